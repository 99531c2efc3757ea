// SPDX-License-Identifier: BSD-2-Clause
// The Reed-Solomon kernels of the ref level.
#include "isa_ref.h"
#include "rs_fft.h"

struct maps16 {
    uint8_t table[4][32];
};

static inline struct maps16 make_maps16(const struct rs16_maps *maps, uint32_t element)
{
    struct maps16 out;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 32; j++)
            out.table[i][j] = maps->nibble[0][element & 255].table[i][j] ^
                              maps->nibble[1][element >> 8].table[i][j];
    return out;
}

static inline VEC map16(const struct maps16 *maps, int which, VEC v)
{
    return v_mul(maps->table[which], v);
}

#include "rs_simd.h"
