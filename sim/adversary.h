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
                          size_t len, bool is_corrupted);

/* World time of its next act; adversary_act() carries it out. */
uint64_t adversary_next(const struct adversary *adversary);
void adversary_act(struct adversary *adversary, struct world *world);

/* What it did, in datagrams; cuts are times one direction was silenced. */
enum adversary_act_kind {
    ADVERSARY_DROPPED,
    ADVERSARY_DELAYED, /* and so reordered */
    ADVERSARY_DUPLICATED,
    ADVERSARY_FLIPPED,
    ADVERSARY_CUT_SHORT, /* or lengthened */
    ADVERSARY_SPOOFED,   /* any source but the true one */
    ADVERSARY_REPLAYED,
    ADVERSARY_REPLAYED_OLD, /* of a session before a restart of either side */
    ADVERSARY_INJECTED,
    ADVERSARY_TURNED_BACK,
    ADVERSARY_SPLIT,   /* a direction was silenced: each side believes another story */
    ADVERSARY_CHECKED, /* not authentic, and shown to have changed nothing */
    ADVERSARY_KINDS,
};

struct adversary_counts {
    uint64_t of[ADVERSARY_KINDS];
};

/* The name of a kind, in words. */
const char *adversary_kind_text(enum adversary_act_kind kind);

struct adversary_counts adversary_counts(const struct adversary *adversary);

#endif
