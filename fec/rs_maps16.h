// SPDX-License-Identifier: BSD-2-Clause
// Multiplication by an element of GF(2^16) on the 16-byte levels: two look-ups a byte map. Part of
// rs_fft_ssse3.c and rs_fft_neon.c.
#ifndef PLAIT_FEC_RS_MAPS16_H
#define PLAIT_FEC_RS_MAPS16_H

#include "rs_fft.h"

struct maps16 {
    COEF map[4];
};

static inline struct maps16 make_maps16(const struct rs16_maps *maps, uint32_t element)
{
    struct maps16 out;
    for (int i = 0; i < 4; i++) {
        const uint8_t *low = maps->nibble[0][element & 255].table[i];
        const uint8_t *high = maps->nibble[1][element >> 8].table[i];
        out.map[i].lo = v_xor(v_load(low), v_load(high));
        out.map[i].hi = v_xor(v_load(low + 16), v_load(high + 16));
    }
    return out;
}

static inline VEC map16(const struct maps16 *maps, int which, VEC v)
{
    return v_mul(maps->map[which], v);
}

#endif
