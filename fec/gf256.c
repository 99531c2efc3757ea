// SPDX-License-Identifier: BSD-2-Clause
// Choice of the kernels for this CPU, and arithmetic on single elements.
#include "gf256_levels.h"
#include "gf256_tables.h"

static uint32_t gf256_cpu_levels(void)
{
    uint32_t levels = PLAIT_GF256_REF;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("ssse3"))
        levels |= PLAIT_GF256_SSSE3;
    if (__builtin_cpu_supports("avx2")) {
        levels |= PLAIT_GF256_AVX2;
        if (__builtin_cpu_supports("gfni")) {
            levels |= PLAIT_GF256_GFNI_AVX2;
            if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512vl"))
                levels |= PLAIT_GF256_GFNI_AVX512;
        }
    }
#elif defined(__aarch64__)
    levels |= PLAIT_GF256_NEON;
#endif
    return levels;
}

const struct plait_gf256 *plait_gf256_select(uint32_t level_mask)
{
    uint32_t levels = gf256_cpu_levels() & level_mask;
#if defined(__x86_64__)
    if (levels & PLAIT_GF256_GFNI_AVX512)
        return &gf256_gfni_avx512;
    if (levels & PLAIT_GF256_GFNI_AVX2)
        return &gf256_gfni_avx2;
    if (levels & PLAIT_GF256_AVX2)
        return &gf256_avx2;
    if (levels & PLAIT_GF256_SSSE3)
        return &gf256_ssse3;
#elif defined(__aarch64__)
    if (levels & PLAIT_GF256_NEON)
        return &gf256_neon;
#endif
    (void)levels;
    return &gf256_ref;
}

uint8_t plait_gf256_mul(uint8_t a, uint8_t b)
{
    return gf256_mul(a, b);
}

uint8_t plait_gf256_inv(uint8_t a)
{
    return gf256_inverse[a];
}
