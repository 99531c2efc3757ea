// SPDX-License-Identifier: BSD-2-Clause
// The RaptorQ kernels of the neon level.
#include "isa_neon.h"
#include "rq_simd.h"
