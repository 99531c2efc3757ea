/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a link delivers: the one estimate of its capacity, by the receiver's times, so that the
 * return path's jitter does not enter. While the link had a queue of ours, what it delivered in
 * what time is its rate, pauses included: the estimate is what was delivered in the last TAU of
 * such busy time. Otherwise a sample in the manner of BBR's delivery-rate draft
 * (draft-cheng-iccrg-delivery-rate-estimation) is the least that the link can, and only raises it.
 */
#ifndef PLAIT_PATH_RATE_H
#define PLAIT_PATH_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/path/sentmap.h"

/* A longer pause is an outage and tells no more of the rate, unless one packet takes as long. */
#define RATE_PAUSE_MAX (150 * NS_PER_MS)

struct rate {
    uint64_t delivered;          /* bytes reported received, ever */
    uint64_t delivered_ns;       /* receive time of the last of them */
    uint64_t first_sent_ns;      /* send time of the packet that ended the last sample */
    uint64_t app_limited_until;  /* `delivered` up to which samples are the application's */
    uint64_t estimate_bps;       /* 0: unknown */
    uint64_t sample_bps;         /* what was delivered lately, whoever was the limit */
    uint64_t busy_bits, busy_ns; /* sums, each weighing less the more busy time has passed since */
};

/* Bytes that pass at this rate in ns. */
static inline uint64_t rate_bytes_in(uint64_t bps, uint64_t ns)
{
    return bps / 8000 * (ns / 1000) / 1000;
}

/* How long so many bytes take at this rate, ns. */
static inline uint64_t rate_ns_for(uint64_t bps, uint64_t bytes)
{
    return bytes * 8 * 1000000 / (bps / 1000 + 1);
}

/* Notes in the packet's entry what the later sample needs. in_flight: before this packet. */
void rate_on_sent(struct rate *rate, struct sent_packet *packet, uint64_t in_flight, uint64_t now);

/* Counts one reported packet; call in order of packet numbers. */
void rate_on_acked(struct rate *rate, const struct sent_packet *packet, uint64_t received_ns);

/* -- At the end of a report; last: the last packet of it. -- */
/* The link had a queue of ours: it served `bytes` in busy_ns. */
void rate_on_busy(struct rate *rate, const struct sent_packet *last, uint64_t bytes,
                  uint64_t busy_ns);
/* It had not: what was delivered is the least that the link can. */
void rate_on_idle(struct rate *rate, const struct sent_packet *last);

/* Makes it the estimate. */
void rate_set(struct rate *rate, uint64_t bps);

/* What is left of the estimate when nothing has come for silent_ns though the link had a queue of
 * ours: parts a thousand. */
uint64_t rate_kept_permille(const struct rate *rate, uint64_t silent_ns);

/* There was room and nothing to send: what is in flight now will make application-limited samples.
 */
void rate_on_app_limited(struct rate *rate, uint64_t in_flight);

#endif
