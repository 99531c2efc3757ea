// SPDX-License-Identifier: BSD-2-Clause
// Vector operations of the GFNI + AVX-512 level: 64 bytes, one affine instruction a multiplication.
#ifndef PLAIT_FEC_ISA_H
#define PLAIT_FEC_ISA_H

#include "gf256_tables.h"
#include <immintrin.h>
#include <stddef.h>

#define ISA(name)  name##_gfni_avx512
#define ISA_LEVEL  PLAIT_GF256_GFNI_AVX512
#define ISA_NAME   "gfni+avx512"
#define VEC        __m512i
#define COEF       __m512i
#define VEC_BYTES  64
#define TILE_ROWS  5
#define TILE_PAIRS true
#define FUSED      8
#define TILE_WIDTH 4

static inline VEC v_load(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}
static inline void v_store(uint8_t *p, VEC v)
{
    _mm512_storeu_si512(p, v);
}
static inline __mmask64 v_mask(size_t n)
{
    return n >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << n) - 1;
}
static inline VEC v_load_part(const uint8_t *p, size_t n)
{
    return _mm512_maskz_loadu_epi8(v_mask(n), p);
}
static inline void v_store_part(uint8_t *p, VEC v, size_t n)
{
    _mm512_mask_storeu_epi8(p, v_mask(n), v);
}
static inline VEC v_zero(void)
{
    return _mm512_setzero_si512();
}
static inline VEC v_xor(VEC a, VEC b)
{
    return _mm512_xor_si512(a, b);
}
static inline VEC v_xor3(VEC a, VEC b, VEC c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}
static inline COEF v_coef(uint8_t c)
{
    return _mm512_set1_epi64((long long)gf256_affine[c]);
}
static inline VEC v_mul(COEF c, VEC v)
{
    return _mm512_gf2p8affine_epi64_epi8(v, c, 0);
}

#endif
