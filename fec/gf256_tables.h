// SPDX-License-Identifier: BSD-2-Clause
// Multiplication tables of GF(256), polynomial 0x11D; private to the FEC library.
#ifndef PLAIT_FEC_GF256_TABLES_H
#define PLAIT_FEC_GF256_TABLES_H

#include <stdint.h>

#define GF256_HIDDEN __attribute__((visibility("hidden")))

extern const uint8_t gf256_nibble[256][32] GF256_HIDDEN;
extern const uint64_t gf256_affine[256] GF256_HIDDEN;
extern const uint8_t gf256_inverse[256] GF256_HIDDEN;

static inline uint8_t gf256_mul(uint8_t a, uint8_t b)
{
    return gf256_nibble[a][b & 15] ^ gf256_nibble[a][16 + (b >> 4)];
}

#endif
