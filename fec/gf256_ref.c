// SPDX-License-Identifier: BSD-2-Clause
// The GF(256) kernels of the ref level.
#include "isa_ref.h"
#include "gf256_simd.h"
