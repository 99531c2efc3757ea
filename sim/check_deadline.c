/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery is at write + latency: not later than that, and not before it either. What the world
 * grants on both sides covers that two clocks cannot be set exactly over links that differ by
 * direction. */
#include "sim/check.h"

#include "core/base/seq.h"
#include "sim/world.h"

static void on_delivered(struct world *world, uint64_t index, const struct plait_poll *poll)
{
    (void)poll;
    const struct ledger_entry *entry = &world->ledger.entries[index];
    const struct meeting *meeting = &world->meeting;
    bool meets = entry->epoch == world->epoch && entry->written_ns < meeting->until_ns;
    const struct clock_set *set = &world->clock_set;
    uint64_t wrong = entry->written_ns < set->until_ns ? set->wrong_ns : 0;
    uint64_t granted = world->config.late_ns + wrong + (meets ? meeting->late_ns : 0);
    uint64_t early = world->config.early_ns + wrong + (meets ? meeting->early_ns : 0);
    uint64_t took = world->now - entry->written_ns;
    uint64_t due = entry->written_ns + entry->latency_max_ns;
    if (world->now > max_u64(due, world->hold[SIM_RECEIVER].until_ns) + granted) {
        world_fail(world, "deadline", "datagram %llu was delivered %.3f ms after its deadline",
                   (unsigned long long)index, (double)(took - entry->latency_max_ns) / 1e6);
    } else if (took + early < entry->latency_min_ns) {
        world_fail(world, "deadline", "datagram %llu was delivered %.3f ms before its time",
                   (unsigned long long)index, (double)(entry->latency_min_ns - took) / 1e6);
    }
}

const struct checker check_deadline = {"deadline", on_delivered, NULL};
