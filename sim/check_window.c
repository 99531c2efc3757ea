/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in flight on a path stays within its window. A window that was cut may leave more in
 * flight than it allows (RFC 9002, section 7); then nothing but small probes may be added. So it is
 * looked at when something larger was just sent. */
#include "sim/check.h"

#include "sim/world.h"

#define PROBE_BYTES 300 /* what is no larger may pass a full window */

void check_window(struct world *world, const struct plait_stats *stats, uint32_t link, size_t sent)
{
    for (uint32_t i = 0; sent > PROBE_BYTES && i < stats->paths; i++) {
        const struct plait_path_stats *path = &stats->path[i];
        if (path->link == link && path->bytes_in_flight > path->window_bytes) {
            world_fail(world, "window", "path %u: %u bytes in flight after sending %zu, window %u",
                       path->path, path->bytes_in_flight, sent, path->window_bytes);
        }
    }
}

void check_on_sent(struct world *world, const struct host *host, const struct plait_poll *poll)
{
    struct plait_stats stats;
    uint64_t local = sim_clock_local(&host->clock, world->now);
    if (host->side == SIM_SENDER && poll->len > PROBE_BYTES && host->has_session &&
        plait_stats_get(host->ep, local, host->session, &stats) == PLAIT_OK) {
        check_window(world, &stats, poll->link, poll->len);
    }
}
