/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's randomness: splitmix64 (Steele, Lea, Flood, OOPSLA 2014). One seed, many
 * independent streams by sim_mix(), so that a new consumer never shifts the numbers of another. */
#ifndef PLAIT_SIM_RNG_H
#define PLAIT_SIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct sim_rng {
    uint64_t state;
};

/* One well-mixed number out of two. */
static inline uint64_t sim_mix(uint64_t a, uint64_t b)
{
    uint64_t z = a + UINT64_C(0x9e3779b97f4a7c15) * (b + 1);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t sim_rng_next(struct sim_rng *rng)
{
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    return sim_mix(rng->state, 0);
}

/* Uniform in [low, high], both included. */
static inline uint64_t sim_rng_between(struct sim_rng *rng, uint64_t low, uint64_t high)
{
    return high <= low ? low : low + sim_rng_next(rng) % (high - low + 1);
}

/* True with this probability, parts a million. */
static inline bool sim_rng_chance(struct sim_rng *rng, uint32_t ppm)
{
    return sim_rng_next(rng) % 1000000 < ppm;
}

#endif
