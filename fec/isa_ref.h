// SPDX-License-Identifier: BSD-2-Clause
// Vector operations of the reference level: one byte at a time, plain C.
#ifndef PLAIT_FEC_ISA_H
#define PLAIT_FEC_ISA_H

#include "gf256_tables.h"
#include <stddef.h>
#include <string.h>

#define ISA(name)  name##_ref
#define ISA_LEVEL  PLAIT_GF256_REF
#define ISA_NAME   "ref"
#define VEC        uint8_t
#define COEF       const uint8_t *
#define VEC_BYTES  1
#define TILE_ROWS  2
#define TILE_PAIRS false
#define FUSED      4
#define TILE_WIDTH 1

static inline VEC v_load(const uint8_t *p)
{
    return *p;
}
static inline void v_store(uint8_t *p, VEC v)
{
    *p = v;
}
static inline VEC v_load_part(const uint8_t *p, size_t n)
{
    return n ? *p : 0;
}
static inline void v_store_part(uint8_t *p, VEC v, size_t n)
{
    if (n)
        *p = v;
}
static inline VEC v_zero(void)
{
    return 0;
}
static inline VEC v_xor(VEC a, VEC b)
{
    return a ^ b;
}
static inline VEC v_xor3(VEC a, VEC b, VEC c)
{
    return (VEC)(a ^ b ^ c);
}
static inline COEF v_coef(uint8_t c)
{
    return gf256_nibble[c];
}
static inline VEC v_mul(COEF c, VEC v)
{
    return c[v & 15] ^ c[16 + (v >> 4)];
}

#endif
