// SPDX-License-Identifier: BSD-2-Clause
// The Reed-Solomon kernels of the gfni_avx2 level.
#include "isa_avx2.h"
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
    return (struct maps16){
        {_mm256_permute4x64_epi64(sum, 0x00), _mm256_permute4x64_epi64(sum, 0x55),
         _mm256_permute4x64_epi64(sum, 0xaa), _mm256_permute4x64_epi64(sum, 0xff)}};
}

static inline VEC map16(const struct maps16 *maps, int which, VEC v)
{
    return v_mul(maps->map[which], v);
}

#include "rs_simd.h"
