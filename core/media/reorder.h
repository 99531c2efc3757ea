/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiver's ring by sequence number: releases source packets in order, each at its deadline.
 * A hole is passed when the next packet present is due. */
#ifndef PLAIT_MEDIA_REORDER_H
#define PLAIT_MEDIA_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/bitmap.h"
#include "core/base/limits.h"
#include "core/base/pool.h"

struct reorder_slot {
    uint64_t written_ns; /* in this side's clock */
    uint32_t block;      /* of its payload, while it is present */
    uint16_t len;
    uint8_t flags;  /* FRAME_DATA_* */
    bool recovered; /* by a repair symbol */
};

/* Sequence numbers that were passed over. */
struct reorder_passed {
    uint64_t missing; /* all of them */
    uint64_t skipped; /* of those, given up by the sender */
    uint64_t late;    /* of those, came after their deadline */
};

struct reorder {
    struct reorder_slot *ring;
    struct pool payloads;
    struct bitmap present;
    struct bitmap skipped; /* given up by the sender */
    struct bitmap settled; /* released, or counted late: of the last size / 2 numbers below next */
    uint32_t size, payload_max;
    uint64_t next; /* next sequence number to release */
    uint64_t end;  /* one above the highest present */
    uint32_t depth;
    struct reorder_passed passed; /* since the last release */
};

enum reorder_insert {
    REORDER_NEW,
    REORDER_DUPLICATE,
    REORDER_LATE,  /* its turn is over, and it is the first copy */
    REORDER_AHEAD, /* beyond the ring: dropped; or late, and its release counts it */
};

void reorder_cut(struct reorder *reorder, struct arena *arena, uint32_t size, uint32_t payload_max);
void reorder_start(struct reorder *reorder, uint64_t first_seq);
/* Wipes every payload that was ever held. */
void reorder_wipe(struct reorder *reorder);

/* Copies the payload (len <= payload_max) when it is new. What comes from beyond the ring, as after
 * an outage, takes the place of holes before the first packet that is present; where nothing waits
 * any more the ring jumps to where the stream is now. */
enum reorder_insert reorder_insert(struct reorder *reorder, uint64_t seq, uint64_t written_ns,
                                   uint8_t flags, const uint8_t *payload, size_t len,
                                   bool recovered);

/* seq came after its deadline and is not kept: LATE, AHEAD or DUPLICATE. */
enum reorder_insert reorder_late(struct reorder *reorder, uint64_t seq);

/* The sender gave these up. */
void reorder_skip(struct reorder *reorder, uint64_t first, uint64_t count);

/* When the next release is due (written + latency - RELEASE_LEAD of the first present); NEVER. */
uint64_t reorder_due(const struct reorder *reorder, uint64_t latency_ns);

struct reorder_release {
    uint64_t seq;
    struct reorder_passed passed; /* just before it */
    const struct reorder_slot *slot;
    const uint8_t *payload; /* valid until the next insert */
};

/* Releases the next packet that is due at `now`; false when none is. */
bool reorder_pop(struct reorder *reorder, uint64_t now, uint64_t latency_ns,
                 struct reorder_release *out);

const struct reorder_slot *reorder_slot(const struct reorder *reorder, uint64_t seq);

#endif
