/* SPDX-License-Identifier: BSD-2-Clause */
/* The sender's store: every source packet from its writing until its deadline, in a ring by
 * sequence number. Says what is to be sent next; where it goes is not its business. */
#ifndef PLAIT_ARQ_RTX_STORE_H
#define PLAIT_ARQ_RTX_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/bitmap.h"
#include "core/base/limits.h"
#include "core/base/pool.h"

/* Worth (enum plait_worth: KEY) from which a source goes first while too much waits. */
#define RTX_WORTHY 3

enum source_state {
    SOURCE_NONE = 0,
    SOURCE_FRESH = 1,   /* written, not sent */
    SOURCE_SENT = 2,    /* sent, not known to have arrived */
    SOURCE_ARRIVED = 3, /* known to have arrived, or to be recovered */
    SOURCE_DROPPED = 4, /* given up */
    SOURCE_ASIDE = 5,   /* not sent, and out of the way of what is fresh */
};

struct source {
    uint64_t seq;
    uint64_t written_ns;
    uint64_t last_sent_ns; /* dropped or set aside: when a SKIP named it */
    uint32_t paths;        /* bit i: went over path i */
    uint32_t block;        /* of its symbol */
    uint32_t written;      /* of its frame: as at the first transmission, or by a new clock */
    uint16_t len;
    uint8_t flags; /* FRAME_DATA_* of its frame */
    uint8_t worth; /* enum plait_worth */
    uint8_t state;
    uint8_t sends;
    uint8_t live;     /* copies under way and not overdue */
    bool to_tell;     /* dropped or aside, and the next SKIP is to name it */
    bool told;        /* a SKIP has named it: no NACK will, so none is a receipt for it */
    bool fresh_again; /* the wanted copy is a second one before a loss was known */
};

struct rtx_store {
    struct source *ring;
    struct pool symbols;  /* payloads, each with room for its symbol header before it */
    struct bitmap wanted; /* to be sent again */
    struct bitmap fresh, aside;
    struct bitmap worthy;  /* of the fresh ones, those that may go first */
    struct bitmap pending; /* fresh, or sent and not known to have arrived */
    uint32_t size, payload_max;
    uint64_t first;      /* oldest kept */
    uint64_t next;       /* next sequence number to be written */
    uint64_t fresh_from; /* every fresh one is at or above */
    uint32_t wanted_count, fresh_count, aside_count, pending_count;
};

void rtx_store_cut(struct rtx_store *store, struct arena *arena, uint32_t size,
                   uint32_t payload_max);
void rtx_store_start(struct rtx_store *store, uint64_t first_seq);
/* Wipes every payload that was ever kept. */
void rtx_store_wipe(struct rtx_store *store);

/* Takes a source packet (len <= payload_max, copied). NULL when the ring is full. */
struct source *rtx_store_put(struct rtx_store *store, uint64_t now, const uint8_t *payload,
                             size_t len, uint8_t worth);

/* The packet, NULL when it is not (or no longer) kept. */
struct source *rtx_store_find(struct rtx_store *store, uint64_t seq);
/* The payload with SYMBOL_HEADER bytes before it, which are the caller's. */
uint8_t *rtx_store_symbol(const struct rtx_store *store, uint64_t seq);
uint8_t *rtx_store_payload(const struct rtx_store *store, uint64_t seq);

/* The earliest to be sent again; the earliest fresh one; the earliest of these that may go first.
 * NULL when there is none. */
struct source *rtx_store_next_wanted(struct rtx_store *store);
struct source *rtx_store_next_fresh(struct rtx_store *store);
struct source *rtx_store_next_worthy(struct rtx_store *store);

/* The earliest fresh one, or one set aside, written at from_ns or later; NULL when there is none.
 */
struct source *rtx_store_fresh_since(struct rtx_store *store, uint64_t from_ns);
struct source *rtx_store_aside_since(struct rtx_store *store, uint64_t from_ns);

/* Facts. */
void rtx_store_on_sent(struct rtx_store *store, struct source *source, uint64_t now, uint32_t path);
/* true when this was news */
bool rtx_store_on_arrived(struct rtx_store *store, struct source *source);
void rtx_store_on_dropped(struct rtx_store *store, struct source *source);

/* Sets a fresh one aside, and makes one that was set aside fresh again; others stay what they are.
 */
void rtx_store_set_aside(struct rtx_store *store, struct source *source);
void rtx_store_take_back(struct rtx_store *store, struct source *source);

/* Marks a sent packet to be sent again (early: before a loss was known); unmarks. */
void rtx_store_want(struct rtx_store *store, struct source *source, bool early);
void rtx_store_unwant(struct rtx_store *store, struct source *source);

/* Lets go of the oldest packet written before `before_ns`; false when there is none. *out tells
 * what became of it. */
bool rtx_store_expire(struct rtx_store *store, uint64_t before_ns, struct source *out);

/* The earliest in [from, to) that is fresh, or sent and not known to have arrived; NULL when there
 * is none. */
struct source *rtx_store_next_pending(struct rtx_store *store, uint64_t from, uint64_t to);

#endif
