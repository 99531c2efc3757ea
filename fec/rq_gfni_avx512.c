// SPDX-License-Identifier: BSD-2-Clause
// The RaptorQ kernels of the gfni_avx512 level.
#include "isa_avx512.h"
#include "rq_simd.h"
