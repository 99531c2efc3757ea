/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/hold.h"

#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

struct hold_datagram {
    uint32_t link;
    struct plait_addr source;
    size_t len;
    uint8_t *data; /* owned */
};

void hold_keep(struct hold *hold, uint32_t link, const struct plait_addr *source,
               const uint8_t *data, size_t len)
{
    if (hold->count == hold->room) {
        hold->room = hold->room ? 2 * hold->room : 64;
        hold->waiting = realloc(hold->waiting, hold->room * sizeof *hold->waiting);
    }
    uint8_t *copy = malloc(len ? len : 1);
    if (!hold->waiting || !copy) {
        abort();
    }
    memcpy(copy, data, len);
    hold->waiting[hold->count++] = (struct hold_datagram){link, *source, len, copy};
}

void hold_release(struct world *world, enum sim_side side)
{
    struct hold *hold = &world->hold[side];
    if (hold_is_on(hold, world->now)) {
        return;
    }
    for (uint32_t i = 0; i < hold->count; i++) {
        struct hold_datagram *datagram = &hold->waiting[i];
        world_arrive(world, side, datagram->link, &datagram->source, datagram->data, datagram->len);
        free(datagram->data);
    }
    hold->count = 0;
}

void hold_free(struct hold *hold)
{
    for (uint32_t i = 0; i < hold->count; i++) {
        free(hold->waiting[i].data);
    }
    free(hold->waiting);
    *hold = (struct hold){0};
}
