// SPDX-License-Identifier: BSD-2-Clause
// The GF(256) kernels of the gfni_avx2 level.
#include "isa_avx2.h"
#include "gf256_simd.h"
