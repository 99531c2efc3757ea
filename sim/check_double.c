/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is delivered twice. */
#include "sim/check.h"

#include "sim/world.h"

static void on_delivered(struct world *world, uint64_t index, const struct plait_poll *poll)
{
    (void)poll;
    if (world->ledger.entries[index].delivered_ns != PLAIT_NEVER) {
        world_fail(world, "double", "datagram %llu was delivered a second time",
                   (unsigned long long)index);
    }
}

const struct checker check_double = {"double", on_delivered, NULL};
