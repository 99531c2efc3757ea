/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of the bond: an endpoint in a guarded block of memory, with a clock and keys of its own.
 * Carries out what the endpoint's poll says by handing it to the world. */
#ifndef PLAIT_SIM_HOST_H
#define PLAIT_SIM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "plait/plait.h"
#include "sim/clock.h"
#include "sim/guard.h"
#include "sim/rng.h"

enum sim_side {
    SIM_SENDER = 0,
    SIM_RECEIVER = 1,
};

#define SIM_SIDES 2

struct world;

struct host {
    enum sim_side side;
    struct sim_clock clock;
    struct sim_rng rng; /* what the endpoint draws its keys from */
    struct guard memory;
    struct plait_endpoint *ep;
    uint64_t wake_ns; /* world time of the next poll at the latest */
    uint32_t session; /* sender: the one open; receiver: the one that came up last */
    bool has_session;
    uint8_t secret[PLAIT_KEY_BYTES], public_key[PLAIT_KEY_BYTES];
    uint32_t path_of_link[PLAIT_MAX_PATHS]; /* sender; UINT32_MAX: the link has no path */
    uint64_t outputs;                       /* datagrams, deliveries and events so far */
};

/* Makes the host's keys. */
void host_init(struct host *host, enum sim_side side, const struct sim_clock *clock, uint64_t seed);

/* Builds the endpoint at world time `now`; a sender opens its session on all its links. */
void host_start(struct world *world, struct host *host, uint64_t now);

/* Takes the endpoint away without a goodbye, as a power cut does. */
void host_stop(struct host *host);

/* Polls to TIMEOUT, handing datagrams, deliveries and events to the world. */
void host_drain(struct world *world, struct host *host, uint64_t now);

/* Wakes the host if it wants to be by now. */
void host_wake(struct world *world, struct host *host, uint64_t now);

/* Sender: gives a link a path, or takes it away. */
void host_path_add(struct world *world, struct host *host, uint64_t now, uint32_t link);
void host_path_remove(struct world *world, struct host *host, uint64_t now, uint32_t link);

#endif
