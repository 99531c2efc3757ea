/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that is held up: another one has its processor, or a disk blocks. Until it goes on,
 * what arrives waits in its sockets, and it writes, reads and wakes for nothing. */
#ifndef PLAIT_SIM_HOLD_H
#define PLAIT_SIM_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plait/plait.h"
#include "sim/host.h"

struct world;
struct hold_datagram;

struct hold {
    uint64_t until_ns; /* world time at which the program goes on, or went on */
    struct hold_datagram *waiting;
    uint32_t count, room;
};

static inline bool hold_is_on(const struct hold *hold, uint64_t now)
{
    return now < hold->until_ns;
}

static inline uint64_t hold_left(const struct hold *hold, uint64_t now)
{
    return hold_is_on(hold, now) ? hold->until_ns - now : 0;
}

/* World time at which the program does what it would do at `due_ns`. */
static inline uint64_t hold_next(const struct hold *hold, uint64_t now, uint64_t due_ns)
{
    return hold_is_on(hold, now) ? hold->until_ns : due_ns;
}

/* Copies a datagram that arrives meanwhile. */
void hold_keep(struct hold *hold, uint32_t link, const struct plait_addr *source,
               const uint8_t *data, size_t len);

/* Once the program goes on: hands it what waits, in order. */
void hold_release(struct world *world, enum sim_side side);

void hold_free(struct hold *hold);

#endif
