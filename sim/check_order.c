/* SPDX-License-Identifier: BSD-2-Clause */
/* Within one session of the sender, datagrams are delivered in the order they were written in. */
#include "sim/check.h"

#include "sim/world.h"

static void on_delivered(struct world *world, uint64_t index, const struct plait_poll *poll)
{
    (void)poll;
    uint64_t *next = &world->check.order_next[world->ledger.entries[index].epoch % CHECK_EPOCHS];
    if (index < *next) {
        world_fail(world, "order", "datagram %llu was delivered after datagram %llu",
                   (unsigned long long)index, (unsigned long long)(*next - 1));
    }
    *next = index + 1;
}

const struct checker check_order = {"order", on_delivered, NULL};
