/* SPDX-License-Identifier: BSD-2-Clause */
/* A host's clock: monotonic, but with its own origin and its own speed. */
#ifndef PLAIT_SIM_CLOCK_H
#define PLAIT_SIM_CLOCK_H

#include <stdint.h>

#include "plait/plait.h"

struct sim_clock {
    uint64_t offset_ns; /* what the clock shows at world time 0; below 0 where it was set back */
    int32_t drift_ppm;  /* parts a million it runs fast (slow when negative) */
};

/* How much the clock has gained at a world time (below 2^63 / |drift|: half a year at 500 ppm). A
 * nanosecond at a time, or a slow clock would go back. */
static inline uint64_t sim_clock_gain(const struct sim_clock *clock, uint64_t world_ns)
{
    return (uint64_t)((int64_t)world_ns * clock->drift_ppm / 1000000);
}

/* What the clock shows at a world time. */
static inline uint64_t sim_clock_local(const struct sim_clock *clock, uint64_t world_ns)
{
    return clock->offset_ns + world_ns + sim_clock_gain(clock, world_ns);
}

/* The first world time at which the clock shows `local_ns` or later. */
static inline uint64_t sim_clock_world(const struct sim_clock *clock, uint64_t local_ns)
{
    if (local_ns == PLAIT_NEVER) {
        return PLAIT_NEVER;
    }
    if ((int64_t)(local_ns - clock->offset_ns) <= 0) {
        return 0;
    }
    uint64_t shown = local_ns - clock->offset_ns;
    uint64_t world = shown;
    for (int i = 0; i < 4; i++) { /* each round is closer by the drift's factor */
        world = shown - sim_clock_gain(clock, world);
    }
    world = world > 2 ? world - 2 : 0;
    while ((int64_t)(sim_clock_local(clock, world) - local_ns) < 0) {
        world++;
    }
    return world;
}

#endif
