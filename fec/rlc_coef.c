/* SPDX-License-Identifier: BSD-2-Clause */
/* The coding coefficients of a repair symbol, drawn from its repair key: RFC 8681 section 3.6, with
 * the TinyMT32 generator of RFC 8682. */
#include "rlc_internal.h"

#define TINYMT32_MAT1 0x8f7011eeu
#define TINYMT32_MAT2 0xfc78ff1fu
#define TINYMT32_TMAT 0x3793fdffu
#define TINYMT32_MASK 0x7fffffffu

/* The generator's step is a chain: each needs the sum of three words the one before has made. That
 * sum is kept beside them and made of what is known early first, so that the chain has 7 links
 * instead of 12. */
struct tinymt_run {
    uint32_t s0, s1, s2, y, sum;
};

static inline struct tinymt_run tinymt_start(const struct rlc_tinymt *mt)
{
    return (struct tinymt_run){mt->state[0], mt->state[1], mt->state[2], mt->state[3],
                               (mt->state[0] & TINYMT32_MASK) ^ mt->state[1] ^ mt->state[2]};
}

static inline void tinymt_step(struct tinymt_run *run)
{
    const uint32_t x = run->sum ^ run->sum << 1;
    const uint32_t y = (run->y ^ run->y >> 1) ^ x;
    const uint32_t early = (run->s1 & TINYMT32_MASK) ^ run->s2 ^ x;
    const uint32_t odd = 0u - (y & 1u);
    run->s0 = run->s1;
    run->s1 = run->s2 ^ (odd & TINYMT32_MAT1);
    run->s2 = x ^ y << 10 ^ (odd & TINYMT32_MAT2);
    run->y = y;
    run->sum = (early ^ y << 10) ^ (odd & (TINYMT32_MAT1 ^ TINYMT32_MAT2));
}

static inline uint32_t tinymt_output(const struct tinymt_run *run)
{
    const uint32_t t1 = run->s0 + (run->s2 >> 8);
    const uint32_t odd = 0u - (t1 & 1u);
    return run->y ^ t1 ^ (odd & TINYMT32_TMAT);
}

static void tinymt_stop(const struct tinymt_run *run, struct rlc_tinymt *mt)
{
    mt->state[0] = run->s0;
    mt->state[1] = run->s1;
    mt->state[2] = run->s2;
    mt->state[3] = run->y;
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
    struct tinymt_run run = tinymt_start(mt);
    for (int i = 0; i < 8; i++) {
        tinymt_step(&run);
    }
    tinymt_stop(&run, mt);
}

uint32_t rlc_tinymt_next(struct rlc_tinymt *mt)
{
    struct tinymt_run run = tinymt_start(mt);

    tinymt_step(&run);
    tinymt_stop(&run, mt);
    return tinymt_output(&run);
}

void rlc_coefficients(uint16_t repair_key, unsigned density, uint8_t *coefs, size_t count)
{
    struct rlc_tinymt mt;
    size_t done = 0;

    rlc_tinymt_seed(&mt, repair_key);
    struct tinymt_run run = tinymt_start(&mt);
    if (density == PLAIT_RLC_DENSITY_MAX) {
        /* A zero is drawn again: it is overwritten by the next byte. */
        while (done < count) {
            tinymt_step(&run);
            coefs[done] = (uint8_t)tinymt_output(&run);
            done += coefs[done] != 0;
        }
        return;
    }
    for (; done < count; done++) {
        coefs[done] = 0;
        tinymt_step(&run);
        if ((tinymt_output(&run) & 0xfu) > density) {
            continue;
        }
        do {
            tinymt_step(&run);
            coefs[done] = (uint8_t)tinymt_output(&run);
        } while (coefs[done] == 0);
    }
}
