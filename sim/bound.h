/* SPDX-License-Identifier: BSD-2-Clause */
/* The clairvoyant bound of a world's load over its links (emu/bound.h). */
#ifndef PLAIT_SIM_BOUND_H
#define PLAIT_SIM_BOUND_H

#include "emu/bound.h"

struct world;

/* Shares of the load that could have come on time: without loss (O0), with this world's losses
 * known (O1), with losses learnt as they can be (O2). Negative when a world has no such figure:
 * datagrams of several sizes or larger than a packet, a rate that follows the advice, or no memory.
 */
struct bound_shares {
    double level[EMU_BOUND_LEVELS];
};

void bound_shares(const struct world *world, struct bound_shares *shares);

/* For each datagram of the ledger 1 where O1 has it on time, else 0; to be freed. NULL when the
 * world has no such figure. */
uint8_t *bound_met(const struct world *world);

#endif
