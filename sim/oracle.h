/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle: puts the truth about the emulated links in the place of the sender's own estimates,
 * so that what remains is the fault of the decisions alone (O3 of docs/DECISIONS.md). What it
 * replaces are the figures that the decisions read: rate.estimate_bps, the controller's window and
 * pacing that follow from it, and, where nothing delays the truth, what stands in the link's queue.
 * Receipts, losses, doubts and states of paths stay the sender's own.
 */
#ifndef PLAIT_SIM_ORACLE_H
#define PLAIT_SIM_ORACLE_H

#include <stdint.h>

#include "plait/plait.h"

struct world;

enum oracle_kind {
    ORACLE_OFF,
    ORACLE_DELAYED, /* the rate of 100 ms up to one return delay ago: what feedback could tell */
    ORACLE_PRESENT, /* the rate of the last 100 ms and the queue of this moment */
    ORACLE_FUTURE,  /* the rate of the next 200 ms and how long the queue will really need */
    ORACLE_KINDS
};

/* What a poll's truth has displaced; opaque to callers. */
struct oracle {
    enum oracle_kind kind;
    uint64_t displaced_ns[PLAIT_MAX_PATHS]; /* top_received_ns; 0: not displaced */
};

/* The rate that an oracle would name for a link now, bit/s. */
uint64_t oracle_rate_bps(const struct world *world, enum oracle_kind kind, uint32_t link);

/* Before the sender takes a datagram in: its estimates are the truth's. */
void oracle_before_recv(struct world *world);

/* Around the sender's polls: the same, and the queues; then what was displaced is put back. */
void oracle_before_poll(struct world *world);
void oracle_after_poll(struct world *world);

#endif
