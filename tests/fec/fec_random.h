// SPDX-License-Identifier: BSD-2-Clause
// Deterministic random numbers for the tests of the FEC library: xorshift64.
#ifndef PLAIT_TESTS_FEC_RANDOM_H
#define PLAIT_TESTS_FEC_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct fec_random {
    uint64_t state; // never 0
};

static inline uint64_t fec_random_next(struct fec_random *random)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return random->state;
}

// 0 .. limit-1
static inline uint32_t fec_random_below(struct fec_random *random, uint32_t limit)
{
    return (uint32_t)((fec_random_next(random) >> 20) % limit);
}

// The stream cut to bytes, each output little-endian.
static inline void fec_random_fill(struct fec_random *random, uint8_t *out, size_t bytes)
{
    uint64_t word = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (i % 8 == 0)
            word = fec_random_next(random);
        out[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
}

#endif
