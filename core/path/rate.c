/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/rate.h"

#include "core/base/seq.h"

#define MIN_INTERVAL  (15 * NS_PER_MS) /* shorter samples measure the clumping of the link layer */
#define MIN_BYTES     4000             /* so do samples of a few packets.. */
#define LONG_INTERVAL (50 * NS_PER_MS) /* ..unless it took long: a thin link serves no more */
#define TAU           (100 * NS_PER_MS)
#define MIN_BPS       UINT64_C(1000) /* 0 would say that nothing is known */
#define MAX_BPS       UINT64_C(100000000000)

void rate_on_sent(struct rate *rate, struct sent_packet *packet, uint64_t in_flight, uint64_t now)
{
    if (in_flight == 0) {
        rate->first_sent_ns = now;
        /* An idle time must not enter the next sample's receive interval. */
        rate->delivered_ns = 0;
    }
    packet->delivered = rate->delivered;
    packet->delivered_ns = rate->delivered_ns;
    packet->first_sent_ns = rate->first_sent_ns;
    packet->app_limited = rate->app_limited_until > rate->delivered;
}

void rate_on_acked(struct rate *rate, const struct sent_packet *packet, uint64_t received_ns)
{
    rate->delivered += packet->bytes;
    rate->delivered_ns = max_u64(rate->delivered_ns, received_ns);
}

/* What is `dt` old weighs that much less: e^(-dt/TAU), near enough. */
static uint64_t faded(uint64_t sum, uint64_t dt)
{
    return sum * (TAU / 1000) / ((TAU + dt) / 1000);
}

void rate_set(struct rate *rate, uint64_t bps)
{
    rate->busy_bits = bps / 1000 * (TAU / NS_PER_MS);
    rate->busy_ns = TAU;
    rate->estimate_bps = bps;
}

static void served(struct rate *rate, uint64_t bytes, uint64_t dt)
{
    rate->busy_bits = faded(rate->busy_bits, dt) + bytes * 8;
    rate->busy_ns = faded(rate->busy_ns, dt) + dt;
    rate->estimate_bps = rate->busy_bits * 1000000 / (rate->busy_ns / 1000 + 1);
    rate->estimate_bps = min_u64(max_u64(rate->estimate_bps, MIN_BPS), MAX_BPS);
}

/* Returns false when the time since the last sample was too short to tell. */
static bool take_sample(struct rate *rate, const struct sent_packet *last)
{
    const uint64_t send_elapsed = last->sent_ns - last->first_sent_ns;
    const uint64_t bytes = rate->delivered - last->delivered;
    uint64_t interval;

    rate->first_sent_ns = last->sent_ns;
    if (last->delivered_ns == 0 || rate->delivered_ns <= last->delivered_ns)
        return false;
    interval = max_u64(send_elapsed, rate->delivered_ns - last->delivered_ns);
    if (interval < MIN_INTERVAL ||
        (bytes < MIN_BYTES && (interval < LONG_INTERVAL || last->app_limited)))
        return false;
    rate->sample_bps = min_u64(bytes * 8 * 1000000 / (interval / 1000), MAX_BPS);
    return true;
}

void rate_on_idle(struct rate *rate, const struct sent_packet *last)
{
    if (!take_sample(rate, last))
        return;
    if (rate->sample_bps > rate->estimate_bps)
        rate_set(rate, rate->sample_bps);
}

void rate_on_busy(struct rate *rate, const struct sent_packet *last, uint64_t bytes,
                  uint64_t busy_ns)
{
    if (rate->estimate_bps == 0) {
        rate_on_idle(rate, last);
        return;
    }
    take_sample(rate, last);
    served(rate, bytes, busy_ns);
}

uint64_t rate_kept_permille(const struct rate *rate, uint64_t silent_ns)
{
    struct rate after = *rate;

    if (rate->estimate_bps == 0)
        return 1000;
    served(&after, 0, min_u64(silent_ns, RATE_PAUSE_MAX));
    return after.estimate_bps * 1000 / rate->estimate_bps;
}

void rate_on_app_limited(struct rate *rate, uint64_t in_flight)
{
    rate->app_limited_until = rate->delivered + max_u64(in_flight, 1);
}
