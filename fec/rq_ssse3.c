// SPDX-License-Identifier: BSD-2-Clause
// The RaptorQ kernels of the ssse3 level.
#include "isa_ssse3.h"
#include "rq_simd.h"
