/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The default controller. Cellular queues are deep and their losses are not congestion, so the own
 * queue's delay is the signal and the delivery rate is the size: the window is what the link
 * delivers in one round trip without queue, its jitter and the target queue. While the link
 * delivers faster than asked, that same window lets the rate grow by target/rtt a round trip, so no
 * separate probing is needed. Where somebody else queues, that rule would hand the link over: there
 * the window is a share (rival.h).
 */
#include "core/path/cc.h"

#include "core/base/seq.h"
#include "core/path/rate.h"

#define PACING_GAIN 3 /* bursts fill a link at once; more than its window they cannot be */
#define SHRINK_AT   4 /* target queues: less goes away with the window as it is */

static void pace(struct cc *cc, uint64_t rtt_ns)
{
    cc->pacing_bps = cc->window * 8 * 1000000 / (rtt_ns / 1000 + 1) * PACING_GAIN;
}

/* Returns what of the queue is none. */
static uint64_t beside(struct cc *cc, const struct cc_report *r)
{
    const uint64_t scatter_ns = r->jitter_ns + r->rests_ns;
    const struct rival_facts facts = {
        .now = r->now,
        .base_rtt_ns = r->base_rtt_ns,
        .queue_ns = r->queue_ns,
        .target_ns = cc->target_ns,
        .allowed_ns = r->pressure_ns + scatter_ns,
        .near_ns = r->near_ns,
        .scatter_ns = scatter_ns,
        .lone_ns = r->lone_ns,
        .longer_ns = r->longer_ns,
        .window = cc->window,
        .bytes_in_flight = r->bytes_in_flight,
        .acked_bytes = r->acked_bytes,
        .lost_bytes = r->lost_bytes - r->radio_bytes,
    };

    const uint64_t none_ns = rival_on_report(&cc->rival, &facts);
    cc->window = rival_window(&cc->rival, cc->window);
    return none_ns;
}

static uint64_t on_report(struct cc *cc, const struct cc_report *r)
{
    const uint64_t queue = r->queue_ns > r->jitter_ns ? r->queue_ns - r->jitter_ns : 0;
    const uint64_t model =
        rate_bytes_in(r->rate_bps, r->base_rtt_ns + r->jitter_ns + cc->target_ns);
    /* Receipts come as the link serves, and over a long way pacing lets the window fill more slowly
     * than that: few reports would find it in the way. */
    const bool limited = cc->limited || (r->base_rtt_ns > FAR_RTT &&
                                         2 * (r->bytes_in_flight + r->acked_bytes) >= cc->window);
    uint64_t none_ns;

    if (r->base_rtt_ns == 0 || r->acked_bytes == 0)
        return 0;
    if (r->rate_bps == 0 || (queue < cc->target_ns / 2 && limited)) {
        /* Nothing stands in the link's queue and the window is in the way: at most double a round.
         */
        cc->window += r->acked_bytes;
    } else if (queue >= cc->target_ns / 2 && r->rate_is_links) {
        const uint64_t less =
            queue > SHRINK_AT * cc->target_ns ? rate_bytes_in(r->rate_bps, cc->target_ns) : 0;

        cc->window = model - less;
    } else {
        cc->window = max_u64(cc->window, min_u64(model, cc->window + r->acked_bytes));
    }
    cc->window = min_u64(max_u64(cc->window, CC_WINDOW_MIN), CC_WINDOW_MAX);
    none_ns = beside(cc, r);
    cc->limited = false;
    pace(cc, r->base_rtt_ns);
    return none_ns;
}

static void on_outage(struct cc *cc)
{
    (void)cc; /* what the link carried before is the best guess of what it will carry after */
}

const struct cc_ops cc_delay = {"delay", on_report, on_outage};
