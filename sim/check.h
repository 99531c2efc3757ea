/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checkers: what must hold in every world, whatever the links do. One file each. A checker that
 * finds something calls world_fail(); it changes nothing else but its own state.
 */
#ifndef PLAIT_SIM_CHECK_H
#define PLAIT_SIM_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "plait/plait.h"
#include "plait/stats.h"

#define CHECK_EPOCHS 64 /* sessions of a sender in one world, at most */

struct world;
struct host;

/* The counters of both sides at one time. */
struct check_sample {
    uint64_t now;
    bool settled; /* the load ended and every deadline has long passed */
    bool have[2]; /* by enum sim_side: the session is there */
    struct plait_stats stats[2];
    struct plait_door_stats door[2];
};

struct check_state {
    struct check_sample last; /* the sample before this one */
    uint64_t order_next[CHECK_EPOCHS];
    uint64_t flow_ns;   /* last time something was delivered */
    uint64_t delivered; /* datagrams */
    uint64_t delivered_bytes;
    uint64_t written_bytes; /* that plait_stream_write() took, or dropped as its store was full */
    uint64_t idle_since_ns[2], idle_wakes[2]; /* wake-ups for nothing in the current window */
};

struct checker {
    const char *name;
    /* A datagram came out; index names it in the ledger, UINT64_MAX: it was never written. Called
     * before the ledger notes it. May be NULL. */
    void (*on_delivered)(struct world *world, uint64_t index, const struct plait_poll *poll);
    /* May be NULL. */
    void (*on_sampled)(struct world *world, const struct check_sample *sample);
};

extern const struct checker check_payload, check_order, check_deadline, check_double,
    check_counters, check_links, check_memory, check_liveness;

/* A host transmitted (check_window.c); `poll` stays valid. */
void check_on_sent(struct world *world, const struct host *host, const struct plait_poll *poll);

/* The same, by statistics taken right after sending so many bytes on a link. */
void check_window(struct world *world, const struct plait_stats *stats, uint32_t link, size_t sent);

/* A host wanted to be woken now and had nothing to do (check_idle.c). */
void check_on_idle_wake(struct world *world, int side);

/* Runs all checkers. */
void check_on_delivered(struct world *world, uint64_t index, const struct plait_poll *poll);
void check_on_sampled(struct world *world);

#endif
