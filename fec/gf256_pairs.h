// SPDX-License-Identifier: BSD-2-Clause
// One source into one destination, over the vector operations of an isa_*.h header. There are no
// accumulators to keep, so these are plain unrolled loops. Each vector is stored before the next is
// loaded: on Zen 4 that and 32-byte stores are what reaches the rate of memcpy, 64-byte ones do
// not.
#ifndef PLAIT_FEC_GF256_PAIRS_H
#define PLAIT_FEC_GF256_PAIRS_H

#include "gf256_levels.h"
#include <stdbool.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define PAIR_UNROLL   8

ALWAYS_INLINE void pair_vector(uint8_t *dst, const uint8_t *src, COEF c, bool sum, bool keep)
{
    VEC v = v_load(src);
    v = sum ? v : v_mul(c, v);
    v_store(dst, keep ? v_xor(v, v_load(dst)) : v);
}

// Out of line: its buffer would cost every call a stack frame.
static __attribute__((noinline)) void pair_tail(uint8_t *dst, const uint8_t *src, uint8_t coef,
                                                bool sum, bool keep, size_t len)
{
    VEC v = v_load_part(src, len);
    v = sum ? v : v_mul(v_coef(coef), v);
    v_store_part(dst, keep ? v_xor(v, v_load_part(dst, len)) : v, len);
}

ALWAYS_INLINE void pair_columns(uint8_t *dst, const uint8_t *src, uint8_t coef, bool sum, bool keep,
                                size_t len)
{
    COEF c = v_coef(coef);
    for (; len >= PAIR_UNROLL * VEC_BYTES; len -= PAIR_UNROLL * VEC_BYTES) {
        for (int i = 0; i < PAIR_UNROLL; i++)
            pair_vector(dst + i * VEC_BYTES, src + i * VEC_BYTES, c, sum, keep);
        dst += PAIR_UNROLL * VEC_BYTES;
        src += PAIR_UNROLL * VEC_BYTES;
    }
    for (; len >= VEC_BYTES; len -= VEC_BYTES) {
        pair_vector(dst, src, c, sum, keep);
        dst += VEC_BYTES;
        src += VEC_BYTES;
    }
    if (len)
        pair_tail(dst, src, coef, sum, keep, len);
}

void ISA(gf256_mul)(uint8_t *dst, const uint8_t *src, uint8_t c, size_t len)
{
    pair_columns(dst, src, c, false, false, len);
}

void ISA(gf256_add)(uint8_t *dst, const uint8_t *src, size_t len)
{
    pair_columns(dst, src, 1, true, true, len);
}

void ISA(gf256_addmul)(uint8_t *dst, const uint8_t *src, uint8_t c, size_t len)
{
    pair_columns(dst, src, c, false, true, len);
}

#endif
