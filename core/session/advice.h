/* SPDX-License-Identifier: BSD-2-Clause */
/* Advice to an encoder: the media rate that can be sent now within the latency. */
#ifndef PLAIT_SESSION_ADVICE_H
#define PLAIT_SESSION_ADVICE_H

#include <stdint.h>

/* Zero it to start. */
struct advice {
    uint64_t updated_ns;
    uint64_t again_bps;                  /* resends and repair, smoothed over a second */
    uint64_t written_bps;                /* what the application writes, smoothed likewise */
    uint64_t serves_bps;                 /* what the links are expected to serve */
    uint64_t again_bytes, written_bytes; /* totals at the last update */
    uint64_t bps;                        /* 0: nothing is known yet */
    uint64_t told_bps;                   /* of the last event */
};

/* What the session knows at a moment; bytes and rates are the links' unless said otherwise. */
struct advice_facts {
    uint64_t now;
    uint64_t latency_ns;
    uint64_t serves_bps;    /* sum of what the paths that carry media are expected to serve */
    uint64_t pending_bytes; /* media written and not known to have arrived */
    uint64_t transit_bytes; /* of that, what links without a queue would have on the way */
    uint64_t payload_ppm;   /* of a packet on the link, its payload's share */
    uint64_t again_bytes;   /* payload resent, second copies and repair so far */
    uint64_t written_bytes; /* by the application so far */
};

/* Works the facts in, every ADVICE_EVERY or so. */
#define ADVICE_EVERY_NS (UINT64_C(20) * 1000000)
void advice_update(struct advice *advice, const struct advice_facts *facts);

#endif
