/* SPDX-License-Identifier: BSD-2-Clause */
/* An endpoint writes nothing outside the bytes it declared. (The pages around the block stop the
 * world at once; the pattern between the two catches what stays within the page.) */
#include "sim/check.h"

#include "sim/world.h"

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    (void)sample;
    for (int side = 0; side < SIM_SIDES; side++) {
        const struct host *host = &world->host[side];
        if (host->ep && !guard_intact(&host->memory)) {
            world_fail(world, "memory", "side %d wrote outside its %zu bytes", side,
                       host->memory.bytes);
        }
    }
}

const struct checker check_memory = {"memory", NULL, on_sampled};
