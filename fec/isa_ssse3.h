// SPDX-License-Identifier: BSD-2-Clause
// Vector operations of the SSSE3 level: 16 bytes, two 16-entry look-ups a multiplication.
#ifndef PLAIT_FEC_ISA_H
#define PLAIT_FEC_ISA_H

#include "gf256_tables.h"
#include <stddef.h>
#include <string.h>
#include <tmmintrin.h>

#define ISA(name)  name##_ssse3
#define ISA_LEVEL  PLAIT_GF256_SSSE3
#define ISA_NAME   "ssse3"
#define VEC        __m128i
#define COEF       struct isa_coef
#define VEC_BYTES  16
#define TILE_ROWS  2
#define TILE_PAIRS false
#define FUSED      4
#define TILE_WIDTH 2

struct isa_coef {
    __m128i lo, hi;
};

static inline VEC v_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}
static inline void v_store(uint8_t *p, VEC v)
{
    _mm_storeu_si128((__m128i *)(void *)p, v);
}
static inline VEC v_zero(void)
{
    return _mm_setzero_si128();
}
static inline VEC v_xor(VEC a, VEC b)
{
    return _mm_xor_si128(a, b);
}

#include "isa_parts.h"

static inline COEF v_coef(uint8_t c)
{
    return (COEF){v_load(gf256_nibble[c]), v_load(gf256_nibble[c] + 16)};
}
static inline VEC v_mul(COEF c, VEC v)
{
    __m128i mask = _mm_set1_epi8(15);
    __m128i lo = _mm_shuffle_epi8(c.lo, _mm_and_si128(v, mask));
    __m128i hi = _mm_shuffle_epi8(c.hi, _mm_and_si128(_mm_srli_epi64(v, 4), mask));
    return _mm_xor_si128(lo, hi);
}

#endif
