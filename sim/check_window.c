/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in flight on a path stays within its window. A window that was cut may leave more in
 * flight than it allows (RFC 9002, section 7); then nothing but probes may be added. Between
 * samples the core asserts the same at each sending. */
#include "sim/check.h"

#include "sim/world.h"

#define PROBES 2000 /* bytes of pings and challenges between two samples */

static const struct plait_path_stats *path_before(const struct plait_stats *stats, uint32_t path)
{
    for (uint32_t i = 0; i < stats->paths; i++) {
        if (stats->path[i].path == path)
            return &stats->path[i];
    }
    return NULL;
}

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    for (int side = 0; side < SIM_SIDES; side++) {
        const struct plait_stats *stats = &sample->stats[side];
        for (uint32_t i = 0; sample->have[side] && i < stats->paths; i++) {
            const struct plait_path_stats *path = &stats->path[i];
            const struct plait_path_stats *before =
                path_before(&world->check.last.stats[side], path->path);
            if (path->bytes_in_flight > path->window && before != NULL &&
                before->bytes_in_flight > before->window &&
                path->bytes_in_flight > before->bytes_in_flight + PROBES) {
                world_fail(world, "window",
                           "path %u of side %d: %u bytes in flight, window %u; before %u, %u",
                           path->path, side, path->bytes_in_flight, path->window,
                           before->bytes_in_flight, before->window);
            }
        }
    }
}

const struct checker check_window = {"window", NULL, on_sampled};
