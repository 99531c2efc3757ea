// SPDX-License-Identifier: BSD-2-Clause
// The GF(256) kernels of the ssse3 level.
#include "isa_ssse3.h"
#include "gf256_simd.h"
