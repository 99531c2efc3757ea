/* SPDX-License-Identifier: BSD-2-Clause */
/* The emulated links did what their scenario says: none had too little memory for what was under
 * way, which would pass for loss. */
#include "sim/check.h"

#include "sim/world.h"

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    (void)sample;
    for (unsigned i = 0; world->net && i < emu_net_link_count(world->net); i++) {
        for (int dir = 0; dir < EMU_DIRS; dir++) {
            const struct emu_link *link = emu_net_link(world->net, i, (enum emu_dir)dir);
            uint64_t dropped = emu_link_stats(link)->fate[EMU_DROPPED_MEMORY];
            if (dropped) {
                world_fail(world, "links", "the emulator had no memory for %llu datagrams of %s%s",
                           (unsigned long long)dropped, emu_net_link_name(world->net, i),
                           dir == EMU_REVERSE ? ", way back" : "");
            }
        }
    }
}

const struct checker check_links = {"links", NULL, on_sampled};
