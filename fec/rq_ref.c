// SPDX-License-Identifier: BSD-2-Clause
// The RaptorQ kernels of the ref level.
#include "isa_ref.h"
#include "rq_simd.h"
