/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger: every media datagram written in a world, and what became of it.
 *
 * A datagram's payload is a function of (seed, index): from eight bytes on it carries its own
 * index, so that what comes out names what went in; a shorter one is found by comparing.
 */
#ifndef PLAIT_SIM_LEDGER_H
#define PLAIT_SIM_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_entry {
    uint64_t written_ns;                     /* world time */
    uint64_t delivered_ns;                   /* world time, PLAIT_NEVER: not (yet) */
    uint64_t latency_min_ns, latency_max_ns; /* agreed; they differ only around a change of it */
    uint32_t len;                            /* bytes */
    uint16_t epoch; /* counts restarts of the sender: order holds within one */
    uint8_t worth;  /* enum plait_worth */
    bool refused;   /* plait_stream_write() did not take it */
};

struct ledger {
    uint64_t seed;
    bool ts; /* datagrams of TS_DATAGRAM bytes are MPEG-TS (sim/ts.h) */
    uint64_t count, capacity;
    struct ledger_entry *entries;
    uint64_t first_open; /* those before it are delivered or long past their deadline */
    uint64_t behind;     /* index after the last one that ledger_find() told of */
    int64_t late_ns;     /* how much after its deadline the last long one came out */
};

void ledger_init(struct ledger *ledger, uint64_t seed, bool ts);
void ledger_free(struct ledger *ledger);

/* Adds an entry for a datagram written now; the index is `count` before the call. */
struct ledger_entry *ledger_add(struct ledger *ledger, uint64_t now, uint32_t len, uint8_t worth);

/* The payload of a datagram. */
void ledger_payload(const struct ledger *ledger, uint64_t index, uint8_t *out, uint32_t len);

/* Which written datagram this is, or UINT64_MAX when it is none. A full comparison, byte by byte.
 */
uint64_t ledger_find(struct ledger *ledger, uint64_t now, const uint8_t *data, size_t len);

#endif
