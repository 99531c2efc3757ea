// SPDX-License-Identifier: BSD-2-Clause
// Vector operations of the two 32-byte levels: AVX2 look-ups, or the affine instruction where the
// including file is compiled with GFNI.
#ifndef PLAIT_FEC_ISA_H
#define PLAIT_FEC_ISA_H

#include "gf256_tables.h"
#include <immintrin.h>
#include <stddef.h>
#include <string.h>

#define VEC        __m256i
#define VEC_BYTES  32
#define TILE_PAIRS false
#define FUSED      4

static inline VEC v_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
static inline void v_store(uint8_t *p, VEC v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, v);
}
static inline VEC v_zero(void)
{
    return _mm256_setzero_si256();
}
static inline VEC v_xor(VEC a, VEC b)
{
    return _mm256_xor_si256(a, b);
}

#include "isa_parts.h"

#ifdef __GFNI__
#define ISA(name)  name##_gfni_avx2
#define ISA_LEVEL  PLAIT_GF256_GFNI_AVX2
#define ISA_NAME   "gfni+avx2"
#define COEF       __m256i
#define TILE_ROWS  3
#define TILE_WIDTH 3

static inline COEF v_coef(uint8_t c)
{
    return _mm256_set1_epi64x((long long)gf256_affine[c]);
}
static inline VEC v_mul(COEF c, VEC v)
{
    return _mm256_gf2p8affine_epi64_epi8(v, c, 0);
}
#else
#define ISA(name)  name##_avx2
#define ISA_LEVEL  PLAIT_GF256_AVX2
#define ISA_NAME   "avx2"
#define COEF       struct isa_coef
#define TILE_ROWS  2
#define TILE_WIDTH 2

struct isa_coef {
    __m256i lo, hi;
};
static inline __m256i v_table(const uint8_t *p)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline COEF v_coef(uint8_t c)
{
    return (COEF){v_table(gf256_nibble[c]), v_table(gf256_nibble[c] + 16)};
}
static inline VEC v_mul(COEF c, VEC v)
{
    __m256i mask = _mm256_set1_epi8(15);
    __m256i lo = _mm256_shuffle_epi8(c.lo, _mm256_and_si256(v, mask));
    __m256i hi = _mm256_shuffle_epi8(c.hi, _mm256_and_si256(_mm256_srli_epi64(v, 4), mask));
    return _mm256_xor_si256(lo, hi);
}
#endif

#endif
