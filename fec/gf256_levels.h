// SPDX-License-Identifier: BSD-2-Clause
// The kernel tables of every CPU level this build has; private to the FEC library.
#ifndef PLAIT_FEC_GF256_LEVELS_H
#define PLAIT_FEC_GF256_LEVELS_H

#include <plait/gf256.h>

extern const struct plait_gf256 gf256_ref;
extern const struct plait_gf256 gf256_ssse3;
extern const struct plait_gf256 gf256_avx2;
extern const struct plait_gf256 gf256_gfni_avx2;
extern const struct plait_gf256 gf256_gfni_avx512;
extern const struct plait_gf256 gf256_neon;

#define GF256_PAIRS(level)                                                                         \
    void gf256_mul_##level(uint8_t *dst, const uint8_t *src, uint8_t c, size_t len);               \
    void gf256_add_##level(uint8_t *dst, const uint8_t *src, size_t len);                          \
    void gf256_addmul_##level(uint8_t *dst, const uint8_t *src, uint8_t c, size_t len);

// One source into one destination; the AVX-512 level takes those of the level below.
GF256_PAIRS(ref)
GF256_PAIRS(ssse3)
GF256_PAIRS(avx2)
GF256_PAIRS(gfni_avx2)
GF256_PAIRS(neon)
#undef GF256_PAIRS

#endif
