/* SPDX-License-Identifier: BSD-2-Clause */
/* What a world's run is worth: how much came on time, when, and at what cost. */
#ifndef PLAIT_SIM_MEASURE_H
#define PLAIT_SIM_MEASURE_H

#include <stdint.h>

#include "emu/limits.h"
#include "plait/stats.h"

#define MEASURE_QUEUE_MS 4096 /* own queue: buckets of a millisecond, the last holds the rest */

struct world;

struct measure {
    uint32_t queue_ms[EMU_LINKS_MAX][MEASURE_QUEUE_MS]; /* datagrams by the wait they met */
    uint64_t queued[EMU_LINKS_MAX];
    uint64_t last_delivered_ns, longest_gap_ns;
};

struct measure_result {
    uint64_t written, delivered;
    uint64_t on_time;                                 /* by write + latency + 1 ms */
    uint64_t on_time_5;                               /* by write + latency + 5 ms */
    uint64_t media_bytes;                             /* written, payload */
    uint64_t sent_bytes;                              /* forward, UDP payload, all links */
    uint64_t return_bytes;                            /* reverse */
    uint64_t p50_ns, p99_ns, p999_ns, max_ns, min_ns; /* latency of what was delivered */
    uint64_t gap_ns;                                  /* longest between two deliveries */
    uint32_t queue_p95_ms[EMU_LINKS_MAX];
    uint64_t resent, reinjected, repair, dropped; /* source packets, by the sender's count */
    uint64_t source_packets;
    uint64_t recovered_fec, recovered_arq;
    uint64_t hash, events;
};

/* A forward datagram was handed to a link on which wait_ns is queued in front of it. */
void measure_on_sent(struct measure *measure, uint32_t link, uint64_t wait_ns);
void measure_on_delivered(struct measure *measure, uint64_t now);

/* Reads a finished world. */
void measure_finish(const struct world *world, struct measure_result *result);

#endif
