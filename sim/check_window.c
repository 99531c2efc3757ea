/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in flight on a path stays within its window. A window that was cut may leave more in
 * flight than it allows (RFC 9002, section 7); then nothing but probes may be added until it fits
 * again. Between samples the core asserts the same at each sending. */
#include "sim/check.h"

#include "sim/world.h"

#define PROBES 2000 /* bytes of pings and challenges that a full window lets through */

/* The most that may be in flight now: the window, or what was there at the sample before. */
static uint32_t allowed(const struct plait_path_stats *path, const struct check_sample *before,
                        int side)
{
    uint32_t most = path->window;
    const struct plait_stats *stats = &before->stats[side];
    for (uint32_t i = 0; before->have[side] && i < stats->paths; i++) {
        const struct plait_path_stats *old = &stats->path[i];
        if (old->path == path->path && old->link == path->link) {
            most = old->window > most ? old->window : most;
            most = old->bytes_in_flight > most ? old->bytes_in_flight : most;
        }
    }
    return most;
}

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    for (int side = 0; side < SIM_SIDES; side++) {
        const struct plait_stats *stats = &sample->stats[side];
        for (uint32_t i = 0; sample->have[side] && i < stats->paths; i++) {
            const struct plait_path_stats *path = &stats->path[i];
            uint32_t most = allowed(path, &world->check.last, side);
            if (path->bytes_in_flight > most + PROBES) {
                world_fail(world, "window", "path %u of side %d: %u bytes in flight, window %u",
                           path->path, side, path->bytes_in_flight, most);
            }
        }
    }
}

const struct checker check_window = {"window", NULL, on_sampled};
