/* SPDX-License-Identifier: BSD-2-Clause */
/* Spreads a path's packets over time: a token bucket of a small burst. */
#ifndef PLAIT_PATH_PACER_H
#define PLAIT_PATH_PACER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/seq.h"
#include "core/path/rate.h"

struct pacer {
    uint64_t rate_bps; /* 0: unlimited */
    uint64_t next_ns;  /* the time at which the bucket is exactly full again, minus the burst */
};

#define PACER_BURST_NS (UINT64_C(4) * 1000000) /* of the rate, and always one packet */

/* The lower of two limits; 0: none. */
static inline uint64_t pacer_least(uint64_t a_bps, uint64_t b_bps)
{
    return a_bps == 0 || b_bps == 0 ? max_u64(a_bps, b_bps) : min_u64(a_bps, b_bps);
}

/* When the next packet may leave: now or later. */
static inline uint64_t pacer_ready_at(const struct pacer *pacer, uint64_t now)
{
    if (pacer->rate_bps == 0 || pacer->next_ns <= now + PACER_BURST_NS)
        return now;
    return pacer->next_ns - PACER_BURST_NS;
}

static inline void pacer_on_sent(struct pacer *pacer, uint64_t now, uint32_t bytes)
{
    if (pacer->rate_bps == 0)
        return;
    if (pacer->next_ns < now)
        pacer->next_ns = now;
    pacer->next_ns += rate_ns_for(pacer->rate_bps, bytes);
}

#endif
