// SPDX-License-Identifier: BSD-2-Clause
// The Reed-Solomon kernels of the gfni_avx512 level.
#include "isa_avx512.h"
#include "rs_fft.h"

struct maps16 {
    COEF map[4];
};

static inline struct maps16 make_maps16(const struct rs16_maps *maps, uint32_t element)
{
    const uint64_t *low = maps->affine[0][element & 255].matrix;
    const uint64_t *high = maps->affine[1][element >> 8].matrix;
    const __m256i sum = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)low),
                                         _mm256_loadu_si256((const __m256i *)(const void *)high));
    const __m512i all = _mm512_castsi256_si512(sum);
    return (struct maps16){{_mm512_broadcastq_epi64(_mm512_castsi512_si128(all)),
                            _mm512_permutexvar_epi64(_mm512_set1_epi64(1), all),
                            _mm512_permutexvar_epi64(_mm512_set1_epi64(2), all),
                            _mm512_permutexvar_epi64(_mm512_set1_epi64(3), all)}};
}

static inline VEC map16(const struct maps16 *maps, int which, VEC v)
{
    return v_mul(maps->map[which], v);
}

#include "rs_simd.h"
