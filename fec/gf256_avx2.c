// SPDX-License-Identifier: BSD-2-Clause
// The GF(256) kernels of the avx2 level.
#include "isa_avx2.h"
#include "gf256_simd.h"
