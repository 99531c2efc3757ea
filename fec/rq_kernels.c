// SPDX-License-Identifier: BSD-2-Clause
// RaptorQ kernels by CPU level.
#include "rq_kernels.h"

const struct rq_kernels *rq_kernels_of(const struct plait_gf256 *gf)
{
    switch (gf->level) {
#if defined(__x86_64__)
    case PLAIT_GF256_SSSE3:
        return &rq_kernels_ssse3;
    case PLAIT_GF256_AVX2:
        return &rq_kernels_avx2;
    case PLAIT_GF256_GFNI_AVX2:
        return &rq_kernels_gfni_avx2;
    case PLAIT_GF256_GFNI_AVX512:
        return &rq_kernels_gfni_avx512;
#elif defined(__aarch64__)
    case PLAIT_GF256_NEON:
        return &rq_kernels_neon;
#endif
    default:
        return &rq_kernels_ref;
    }
}
