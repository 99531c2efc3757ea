// SPDX-License-Identifier: BSD-2-Clause
// The GF(256) kernels of the gfni_avx512 level.
#include "isa_avx512.h"
#define PAIR(name) name##_gfni_avx2
#include "gf256_simd.h"
