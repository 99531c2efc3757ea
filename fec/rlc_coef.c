/* SPDX-License-Identifier: BSD-2-Clause */
/* The coding coefficients of a repair symbol, drawn from its repair key: RFC 8681 section 3.6, with
 * the TinyMT32 generator of RFC 8682. */
#include "rlc_internal.h"

#define TINYMT32_MAT1 0x8f7011eeu
#define TINYMT32_MAT2 0xfc78ff1fu
#define TINYMT32_TMAT 0x3793fdffu
#define TINYMT32_MASK 0x7fffffffu

static void tinymt_step(struct rlc_tinymt *mt)
{
    uint32_t x = (mt->state[0] & TINYMT32_MASK) ^ mt->state[1] ^ mt->state[2];
    uint32_t y = mt->state[3];

    x ^= x << 1;
    y ^= (y >> 1) ^ x;
    const uint32_t odd = 0u - (y & 1u);
    mt->state[0] = mt->state[1];
    mt->state[1] = mt->state[2] ^ (odd & TINYMT32_MAT1);
    mt->state[2] = x ^ (y << 10) ^ (odd & TINYMT32_MAT2);
    mt->state[3] = y;
}

void rlc_tinymt_seed(struct rlc_tinymt *mt, uint32_t seed)
{
    mt->state[0] = seed;
    mt->state[1] = TINYMT32_MAT1;
    mt->state[2] = TINYMT32_MAT2;
    mt->state[3] = TINYMT32_TMAT;
    for (uint32_t i = 1; i < 8; i++) {
        const uint32_t prev = mt->state[(i - 1) & 3];
        mt->state[i & 3] ^= i + UINT32_C(1812433253) * (prev ^ (prev >> 30));
    }
    for (int i = 0; i < 8; i++) {
        tinymt_step(mt);
    }
}

uint32_t rlc_tinymt_next(struct rlc_tinymt *mt)
{
    tinymt_step(mt);
    const uint32_t t1 = mt->state[0] + (mt->state[2] >> 8);
    const uint32_t odd = 0u - (t1 & 1u);
    return mt->state[3] ^ t1 ^ (odd & TINYMT32_TMAT);
}

static uint8_t nonzero_byte(struct rlc_tinymt *mt)
{
    uint8_t byte;
    do {
        byte = (uint8_t)(rlc_tinymt_next(mt) & 0xffu);
    } while (byte == 0);
    return byte;
}

void rlc_coefficients(uint16_t repair_key, unsigned density, uint8_t *coefs, size_t count)
{
    struct rlc_tinymt mt;

    rlc_tinymt_seed(&mt, repair_key);
    if (density == PLAIT_RLC_DENSITY_MAX) {
        for (size_t i = 0; i < count; i++) {
            coefs[i] = nonzero_byte(&mt);
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const bool present = (rlc_tinymt_next(&mt) & 0xfu) <= density;
        coefs[i] = present ? nonzero_byte(&mt) : 0;
    }
}
