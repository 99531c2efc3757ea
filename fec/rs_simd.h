// SPDX-License-Identifier: BSD-2-Clause
// The Reed-Solomon kernels, written once over the vector operations of an isa_*.h header; each
// rs_fft_<level>.c includes one of those, says how to multiply in GF(2^16), and includes this file.
#ifndef PLAIT_FEC_RS_SIMD_H
#define PLAIT_FEC_RS_SIMD_H

#include "rs_fft.h"
#include <plait/gf256.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#include "rs16_simd.h"
#include "rs8_simd.h"

const struct rs_fft ISA(rs_fft) = {
    .level = ISA_LEVEL,
    .repair8 = repair8,
    .forward16 = forward16,
    .inverse16 = inverse16,
    .scale16 = scale16,
};

#endif
