/* SPDX-License-Identifier: BSD-2-Clause */
/* An endpoint does not ask to be woken again and again for nothing: on a real machine that is a
 * processor at full load. */
#include "sim/check.h"

#include "sim/world.h"

#define WINDOW_NS (50 * SIM_MS)
#define WAKES_MAX 1000 /* for nothing, in one window: a timer of 50 us still passes */

void check_on_idle_wake(struct world *world, int side)
{
    struct check_state *check = &world->check;
    if (world->now - check->idle_since_ns[side] > WINDOW_NS) {
        check->idle_since_ns[side] = world->now;
        check->idle_wakes[side] = 0;
    }
    if (++check->idle_wakes[side] > WAKES_MAX) {
        world_fail(world, "idle", "side %d wanted to be woken %d times for nothing in %.6f ms",
                   side, WAKES_MAX, (double)(world->now - check->idle_since_ns[side]) / 1e6);
        world->stopped = true; /* it would take hours */
    }
}
