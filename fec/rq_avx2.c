// SPDX-License-Identifier: BSD-2-Clause
// The RaptorQ kernels of the avx2 level.
#include "isa_avx2.h"
#include "rq_simd.h"
