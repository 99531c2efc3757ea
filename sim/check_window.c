/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in flight on a path stays within its window. */
#include "sim/check.h"

#include "sim/world.h"

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    for (int side = 0; side < SIM_SIDES; side++) {
        const struct plait_stats *stats = &sample->stats[side];
        for (uint32_t i = 0; sample->have[side] && i < stats->paths; i++) {
            const struct plait_path_stats *path = &stats->path[i];
            if (path->bytes_in_flight > path->window) {
                world_fail(world, "window", "path %u of side %d: %u bytes in flight, window %u",
                           path->path, side, path->bytes_in_flight, path->window);
            }
        }
    }
}

const struct checker check_window = {"window", NULL, on_sampled};
