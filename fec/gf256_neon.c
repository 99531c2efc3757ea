// SPDX-License-Identifier: BSD-2-Clause
// The GF(256) kernels of the neon level.
#include "isa_neon.h"
#include "gf256_simd.h"
