// SPDX-License-Identifier: BSD-2-Clause
// The Reed-Solomon kernels of the avx2 level.
#include "isa_avx2.h"
#include "rs_fft.h"

static inline __m128i load128(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

struct maps16 {
    COEF map[4];
};

static inline struct maps16 make_maps16(const struct rs16_maps *maps, uint32_t element)
{
    struct maps16 out;
    for (int i = 0; i < 4; i++) {
        const uint8_t *low = maps->nibble[0][element & 255].table[i];
        const uint8_t *high = maps->nibble[1][element >> 8].table[i];
        out.map[i].lo = _mm256_broadcastsi128_si256(_mm_xor_si128(load128(low), load128(high)));
        out.map[i].hi =
            _mm256_broadcastsi128_si256(_mm_xor_si128(load128(low + 16), load128(high + 16)));
    }
    return out;
}

static inline VEC map16(const struct maps16 *maps, int which, VEC v)
{
    return v_mul(maps->map[which], v);
}

#include "rs_simd.h"
