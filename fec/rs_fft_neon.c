// SPDX-License-Identifier: BSD-2-Clause
// The Reed-Solomon kernels of the neon level.
#include "isa_neon.h"
#include "rs_maps16.h"

#include "rs_simd.h"
