/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An adversary on the path: sees, and decides about, every datagram that arrives at either side.
 * It drops, delays, duplicates, reorders, replays (also what it recorded of earlier sessions),
 * flips bits, cuts short, injects noise, spoofs sources, and turns a side's datagrams back on
 * itself. It has no keys. What it hands in that cannot be authentic must change nothing: that is
 * checked right there, by the statistics before and after and by what the endpoint answers.
 */
#ifndef PLAIT_SIM_ADVERSARY_H
#define PLAIT_SIM_ADVERSARY_H

#include <stddef.h>
#include <stdint.h>

#include "sim/host.h"

struct world;
struct adversary;
struct adversary_config;

struct adversary *adversary_create(const struct adversary_config *config, uint64_t seed);
void adversary_free(struct adversary *adversary);

/* A datagram would arrive now; the adversary lets it through, or not. */
void adversary_on_passing(struct adversary *adversary, struct world *world, enum sim_side to,
                          uint32_t link, const struct plait_addr *source, const uint8_t *data,
                          size_t len);

/* World time of its next act; adversary_act() carries it out. */
uint64_t adversary_next(const struct adversary *adversary);
void adversary_act(struct adversary *adversary, struct world *world);

/* How many datagrams it handed in that were not authentic. */
uint64_t adversary_forged(const struct adversary *adversary);

#endif
