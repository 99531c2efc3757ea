/* SPDX-License-Identifier: BSD-2-Clause */
/* Loss-based: slow start, additive increase, half at a loss (RFC 9002, section 7). */
#include "core/path/cc.h"

#include "core/base/seq.h"

static uint64_t on_report(struct cc *cc, const struct cc_report *r)
{
    /* Under pressure the path lets more into flight: then not the window but pacing, which follows
     * the window, is what holds it back. */
    const bool limited = cc->limited || r->bytes_in_flight + r->acked_bytes >= cc->window;

    if (cc->reduced_ns == NEVER)
        cc->reduced_ns = r->now;
    if (r->lost_bytes > 0 && r->lost_sent_ns >= cc->reduced_ns) {
        cc->window = max_u64(cc->window / 2, CC_WINDOW_MIN);
        cc->ssthresh = cc->window;
        cc->reduced_ns = r->now;
    } else if (limited && cc->window < cc->ssthresh) {
        cc->window += r->acked_bytes;
    } else if (limited) {
        cc->window += CC_PACKET * r->acked_bytes / cc->window;
    }
    cc->window = min_u64(cc->window, CC_WINDOW_MAX);
    cc->limited = false;
    if (r->base_rtt_ns > 0)
        cc->pacing_bps = cc->window * 8 * 1000000 / (r->base_rtt_ns / 1000 + 1) * 2;
    return 0;
}

/* What is sent until the path is heard again is lost to the same outage; one that begins before the
 * window has grown again finds nothing to halve (RFC 5681, 3.1: ssthresh is held). */
static void on_outage(struct cc *cc)
{
    if (cc->ssthresh == UINT64_MAX || cc->window >= cc->ssthresh)
        cc->ssthresh = max_u64(cc->window / 2, CC_WINDOW_MIN);
    cc->window = CC_WINDOW_MIN;
    cc->reduced_ns = NEVER;
}

const struct cc_ops cc_aimd = {"aimd", on_report, on_outage};
