// SPDX-License-Identifier: BSD-2-Clause
// The Reed-Solomon kernels of the ssse3 level.
#include "isa_ssse3.h"
#include "rs_maps16.h"

#include "rs_simd.h"
