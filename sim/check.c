/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/check.h"

#include <stddef.h>

#include "sim/world.h"

/* The payload's checker first: the others need a datagram they know. */
static const struct checker *const checkers[] = {
    &check_payload,  &check_double, &check_order,  &check_deadline,
    &check_counters, &check_links,  &check_memory, &check_liveness,
};

#define CHECKERS (sizeof checkers / sizeof checkers[0])

void check_on_delivered(struct world *world, uint64_t index, const struct plait_poll *poll)
{
    bool known = index != UINT64_MAX;
    for (size_t i = 0; i < CHECKERS && !world->stopped && (known || i == 0); i++) {
        if (checkers[i]->on_delivered) {
            checkers[i]->on_delivered(world, index, poll);
        }
    }
    world->check.flow_ns = world->now;
    world->check.delivered++;
    world->check.delivered_bytes += poll->len;
}

void check_on_sampled(struct world *world)
{
    struct check_sample sample = {.now = world->now};
    uint64_t longest = world->latency_max_ns + world->config.late_ns + SIM_S;
    sample.settled = world->now >= world->config.load.stop_ns + longest;
    for (int side = 0; side < SIM_SIDES; side++) {
        const struct host *host = &world->host[side];
        uint64_t local = sim_clock_local(&host->clock, world->now);
        if (!host->ep) {
            continue;
        }
        plait_door_stats_get(host->ep, &sample.door[side]);
        sample.have[side] = host->has_session && plait_stats_get(host->ep, local, host->session,
                                                                 &sample.stats[side]) == PLAIT_OK;
    }
    for (size_t i = 0; i < CHECKERS && !world->stopped; i++) {
        if (checkers[i]->on_sampled) {
            checkers[i]->on_sampled(world, &sample);
        }
    }
    world->check.last = sample;
}
