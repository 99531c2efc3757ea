// SPDX-License-Identifier: BSD-2-Clause
// Vector operations of the NEON level (ARM64): 16 bytes, two 16-entry look-ups a multiplication.
#ifndef PLAIT_FEC_ISA_H
#define PLAIT_FEC_ISA_H

#include "gf256_tables.h"
#include <arm_neon.h>
#include <stddef.h>
#include <string.h>

#define ISA(name)  name##_neon
#define ISA_LEVEL  PLAIT_GF256_NEON
#define ISA_NAME   "neon"
#define VEC        uint8x16_t
#define COEF       struct isa_coef
#define VEC_BYTES  16
#define TILE_ROWS  3
#define TILE_PAIRS false
#define FUSED      8
#define TILE_WIDTH 4

struct isa_coef {
    uint8x16_t lo, hi;
};

static inline VEC v_load(const uint8_t *p)
{
    return vld1q_u8(p);
}
static inline void v_store(uint8_t *p, VEC v)
{
    vst1q_u8(p, v);
}
static inline VEC v_zero(void)
{
    return vdupq_n_u8(0);
}
static inline VEC v_xor(VEC a, VEC b)
{
    return veorq_u8(a, b);
}

#include "isa_parts.h"

static inline COEF v_coef(uint8_t c)
{
    return (COEF){vld1q_u8(gf256_nibble[c]), vld1q_u8(gf256_nibble[c] + 16)};
}
static inline VEC v_mul(COEF c, VEC v)
{
    return veorq_u8(vqtbl1q_u8(c.lo, vandq_u8(v, vdupq_n_u8(15))),
                    vqtbl1q_u8(c.hi, vshrq_n_u8(v, 4)));
}

#endif
