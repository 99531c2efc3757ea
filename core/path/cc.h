/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Congestion control: how much a path may have in flight and how fast it may send. A const vtable
 * of controllers over one small state; the capacity itself is rate's estimate, the controller only
 * says what to do with it. Losses are reported BEFORE any recovery.
 */
#ifndef PLAIT_PATH_CC_H
#define PLAIT_PATH_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/limits.h"
#include "core/path/rival.h"

#define CC_PACKET     UINT64_C(1400) /* the unit windows are reckoned in */
#define CC_WINDOW_MIN (4 * CC_PACKET)
#define CC_WINDOW_MAX (UINT64_C(16) * 1024 * 1024)

struct cc {
    const struct cc_ops *ops;
    uint64_t window;     /* bytes */
    uint64_t pacing_bps; /* 0: not limited */
    uint64_t target_ns;  /* own queue on the link that is aimed at */
    uint64_t ssthresh;   /* AIMD */
    uint64_t reduced_ns; /* AIMD: what was sent before is lost to the last reduction */
    struct rival rival;  /* delay */
    bool limited;        /* the window was in the way since the last report */
};

/* One report's worth of facts. */
struct cc_report {
    uint64_t now;
    uint64_t acked_bytes;
    uint64_t lost_bytes;
    uint64_t radio_bytes;     /* of these, what the link loses at any height of its queue */
    uint64_t lost_sent_ns;    /* when the last of them was sent */
    uint64_t bytes_in_flight; /* after the report */
    uint64_t rate_bps;        /* rate's estimate; 0: unknown */
    bool rate_is_links;       /* the estimate is the link's own: not limited by the application */
    uint64_t queue_ns;        /* smallest one-way delay above base in this report */
    uint64_t base_rtt_ns;     /* without queue, with the receiver's report delay; 0: unknown */
    uint64_t jitter_ns;
    uint64_t near_ns;     /* delays that differ by no more are the same */
    uint64_t lone_ns;     /* queue_ns of what found nothing of ours at the link; 0: not seen */
    uint64_t longer_ns;   /* queue_ns that is the way (train.h); 0: none is known to be */
    uint64_t rests_ns;    /* what waits for the next burst of a link that rests may wait so long */
    uint64_t pressure_ns; /* what the path lets queue beyond the window */
};

struct cc_ops {
    const char *name;
    /* Returns what of queue_ns has proved to be no queue: the way has become longer by that. */
    uint64_t (*on_report)(struct cc *cc, const struct cc_report *report);
    void (*on_outage)(struct cc *cc); /* the path fell silent */
};

extern const struct cc_ops cc_delay; /* default: window = rate * (rtt + jitter + target) */
extern const struct cc_ops cc_aimd;  /* NewReno-like, for comparison and for shallow queues */

void cc_init(struct cc *cc, const struct cc_ops *ops, uint64_t target_ns);

#endif
