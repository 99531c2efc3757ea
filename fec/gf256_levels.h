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

#endif
