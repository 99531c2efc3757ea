/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/rate.h"

#include "core/base/seq.h"

#define MIN_INTERVAL (15 * NS_PER_MS) /* shorter samples measure the clumping of the link layer */
#define MIN_BYTES    4000             /* so do samples of a few packets */
#define TAU_UP       (80 * NS_PER_MS)
#define TAU_DOWN     (120 * NS_PER_MS)
#define STALLS_APART (1000 * NS_PER_MS)
#define MAX_BPS      UINT64_C(100000000000)

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

static void estimate_move(struct rate *rate, uint64_t sample_bps, uint64_t now)
{
    const uint64_t tau = sample_bps > rate->estimate_bps ? TAU_UP : TAU_DOWN;
    const uint64_t dt = min_u64(now - rate->updated_ns, tau);

    if (rate->estimate_bps == 0) {
        rate->estimate_bps = sample_bps;
    } else {
        const int64_t step = (int64_t)sample_bps - (int64_t)rate->estimate_bps;

        rate->estimate_bps =
            (uint64_t)((int64_t)rate->estimate_bps + step / 1024 * (int64_t)(dt * 1024 / tau));
    }
    rate->updated_ns = now;
}

bool rate_sample(struct rate *rate, const struct sent_packet *last, bool backlogged, uint64_t now)
{
    const uint64_t send_elapsed = last->sent_ns - last->first_sent_ns;
    uint64_t receive_elapsed, interval;

    rate->first_sent_ns = last->sent_ns;
    if (last->sent_ns < rate->fresh_from_ns || last->delivered_ns == 0 ||
        rate->delivered_ns <= last->delivered_ns)
        return false;
    receive_elapsed = rate->delivered_ns - last->delivered_ns;
    /* With a queue of ours the receive interval alone is the link's pace. */
    interval = backlogged ? receive_elapsed : max_u64(send_elapsed, receive_elapsed);
    if (interval < MIN_INTERVAL || rate->delivered - last->delivered < MIN_BYTES)
        return false;
    rate->sample_bps =
        min_u64((rate->delivered - last->delivered) * 8 * 1000000 / (interval / 1000), MAX_BPS);
    if (backlogged || !last->app_limited || rate->sample_bps > rate->estimate_bps)
        estimate_move(rate, rate->sample_bps, now);
    return true;
}

void rate_on_app_limited(struct rate *rate, uint64_t in_flight)
{
    rate->app_limited_until = rate->delivered + max_u64(in_flight, 1);
}

void rate_on_outage_over(struct rate *rate, uint64_t now)
{
    /* Stalls that follow each other are how the link serves. */
    if (rate->fresh_from_ns == 0 || now - rate->fresh_from_ns > STALLS_APART)
        rate->fresh_from_ns = now;
}
