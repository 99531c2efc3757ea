/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of one link, sans I/O: time is an argument, nothing is allocated after create, and
 * the same seed and calls give the same results. A queue is first in first out and its capacity is
 * known in advance, so the fate of a datagram is settled when it is sent.
 *
 * Capacity. With a trace, a chance moves EMU_CHANCE_BYTES of the datagrams that were sent at or
 * before its time, a datagram counting payload + 28 bytes: small ones share a chance, a large one
 * continues in the next, what nobody used is lost. With a fixed rate, datagrams leave one after
 * another; the time in which EMU_CHANCE_BYTES leave counts as one chance where losses are drawn.
 *
 * Queue. A datagram that would wait longer than queue_ns until its first byte leaves is dropped,
 * which is what a modem's discard timer does (3GPP TS 36.323, 5.4).
 *
 * Outage. What is sent during an outage is lost, chances during one are lost, what is queued waits
 * within queue_ns, what has left arrives.
 *
 * Jitter. The delay is a line through a point each max(4 * jitter_ns, 10 ms), drawn evenly from
 * delay_ns - jitter_ns to delay_ns + jitter_ns (never below 0). It changes by half the passing time
 * at most, so datagrams arrive in the order in which they left; only reorder= changes that order.
 *
 * Chance. Loss, duplicates, corruption and reordering are functions of (seed, link, direction,
 * chance, how many datagrams ended in that chance before), never of what was sent.
 */
#ifndef EMU_LINK_H
#define EMU_LINK_H

#include "emu/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of a datagram. */
enum emu_fate {
    EMU_ACCEPTED,       /* will arrive */
    EMU_LOST,           /* left, but will not arrive */
    EMU_DROPPED_QUEUE,  /* the queue was full */
    EMU_DROPPED_DOWN,   /* sent during an outage */
    EMU_DROPPED_SIZE,   /* longer than EMU_DATAGRAM_MAX */
    EMU_DROPPED_MEMORY, /* too many datagrams are under way (EMU_SLOTS_MAX) */
    EMU_FATES
};

struct emu_stats {
    uint64_t fate[EMU_FATES]; /* datagrams by what became of them; the sum is what was sent */
    uint64_t sent_bytes;      /* payload handed over */
    uint64_t arrived;         /* datagrams received, duplicates included */
    uint64_t duplicated;
    uint64_t corrupted;
    uint64_t reordered;
};

struct emu_arrival {
    const uint8_t *data; /* owned by the link, valid until the next call on it */
    size_t len;          /* 0..EMU_DATAGRAM_MAX */
    uint64_t sent_ns;    /* `now` of the send */
    uint64_t arrived_ns; /* when it arrived, at most `now` */
    uint64_t chance;     /* the chance in which its last byte left */
    unsigned link;       /* as given to emu_link_create */
    enum emu_dir dir;
    bool corrupted;
};

struct emu_link;

/*
 * `link` and `dir` only tell links apart in the draws and in arrivals. The spec is copied, its
 * trace must outlive the link. Takes 0.4 to 6 MB, most of it touched only when needed. Asserts that
 * the spec has a trace or a rate. NULL without memory.
 */
struct emu_link *emu_link_create(const struct emu_dir_spec *spec, uint64_t seed, unsigned link,
                                 enum emu_dir dir);

void emu_link_destroy(struct emu_link *link);

/* Sets the time that counts as 0; else the first send does. Once, before the first send. */
void emu_link_start(struct emu_link *link, uint64_t origin_ns);

/* Sends data[0..len). `now` never falls from call to call and is not before the origin. */
enum emu_fate emu_link_send(struct emu_link *link, uint64_t now, const void *data, size_t len);

/* When the next datagram arrives (may be past), or EMU_NEVER. */
uint64_t emu_link_next_ns(const struct emu_link *link);

/* Takes one datagram that has arrived by `now`, in order of arrival. False when there is none. */
bool emu_link_recv(struct emu_link *link, uint64_t now, struct emu_arrival *arrival);

const struct emu_stats *emu_link_stats(const struct emu_link *link);

/* How long what is queued at `now` will need to leave, ns. */
uint64_t emu_link_queue_ns(const struct emu_link *link, uint64_t now);

/* The bytes (payload + 28 a datagram) the link could move from from_ns up to to_ns; 0 when not
 * started. */
uint64_t emu_link_capacity_bytes(const struct emu_link *link, uint64_t from_ns, uint64_t to_ns);

/* True when an outage covers `now`. */
bool emu_link_is_down(const struct emu_link *link, uint64_t now);

#endif
