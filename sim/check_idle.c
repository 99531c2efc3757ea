/* SPDX-License-Identifier: BSD-2-Clause */
/* An endpoint does not ask to be woken again and again for nothing: on a real machine that is a
 * processor at full load. */
#include "sim/check.h"

#include "sim/world.h"

#define BARREN_A_MS  2
#define BARREN_BURST 50

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    uint64_t passed_ms = (sample->now - world->check.last.now) / SIM_MS;
    for (int side = 0; side < SIM_SIDES; side++) {
        uint64_t barren = sample->barren[side] - world->check.last.barren[side];
        if (barren > BARREN_BURST + BARREN_A_MS * passed_ms) {
            world_fail(world, "idle",
                       "side %d wanted to be woken for nothing %llu times in %llu ms", side,
                       (unsigned long long)barren, (unsigned long long)passed_ms);
        }
    }
}

const struct checker check_idle = {"idle", NULL, on_sampled};
