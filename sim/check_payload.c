/* SPDX-License-Identifier: BSD-2-Clause */
/* What is delivered was written, byte for byte, and was not refused. */
#include "sim/check.h"

#include "sim/world.h"

static void on_delivered(struct world *world, uint64_t index, const struct plait_poll *poll)
{
    if (index == UINT64_MAX) {
        world_fail(world, "payload", "%zu bytes were delivered that were never written", poll->len);
    } else if (world->ledger.entries[index].refused) {
        world_fail(world, "payload", "datagram %llu was delivered though its write was refused",
                   (unsigned long long)index);
    }
}

const struct checker check_payload = {"payload", on_delivered, NULL};
