/* SPDX-License-Identifier: BSD-2-Clause */
/* The coding coefficients of a repair symbol, drawn from its repair key: RFC 8681 section 3.6, with
 * the TinyMT32 generator of RFC 8682. */
#include "rlc_internal.h"

#define TINYMT32_MAT1 0x8f7011eeu
#define TINYMT32_MAT2 0xfc78ff1fu
#define TINYMT32_TMAT 0x3793fdffu
#define TINYMT32_MASK 0x7fffffffu

static inline void tinymt_step(struct rlc_tinymt *mt)
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

static inline uint32_t tinymt_output(const struct rlc_tinymt *mt)
{
    const uint32_t t1 = mt->state[0] + (mt->state[2] >> 8);
    const uint32_t odd = 0u - (t1 & 1u);
    return mt->state[3] ^ t1 ^ (odd & TINYMT32_TMAT);
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
    return tinymt_output(mt);
}

void rlc_coefficients(uint16_t repair_key, unsigned density, uint8_t *coefs, size_t count)
{
    struct rlc_tinymt mt;
    size_t done = 0;

    rlc_tinymt_seed(&mt, repair_key);
    if (density == PLAIT_RLC_DENSITY_MAX) {
        /* A zero is drawn again: it is overwritten by the next byte. */
        while (done < count) {
            tinymt_step(&mt);
            coefs[done] = (uint8_t)tinymt_output(&mt);
            done += coefs[done] != 0;
        }
        return;
    }
    for (; done < count; done++) {
        coefs[done] = 0;
        tinymt_step(&mt);
        if ((tinymt_output(&mt) & 0xfu) > density) {
            continue;
        }
        do {
            tinymt_step(&mt);
            coefs[done] = (uint8_t)tinymt_output(&mt);
        } while (coefs[done] == 0);
    }
}
