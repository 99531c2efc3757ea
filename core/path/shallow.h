/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link with hardly a queue: one that polices, or drops after a few milliseconds. Nothing waits
 * there to tell that more is sent than it carries; what goes beyond is lost, and sent again, and
 * lost. A radio that loses as much looks the same. So where much is lost and nothing queues it is
 * tried out: for a moment no more is sent than was delivered. If the loss falls it was our own
 * doing, and the path is held to what it carries, with a little more now and then to see what that
 * is; else the loss is the radio's, and the path is left alone for a while.
 */
#ifndef PLAIT_PATH_SHALLOW_H
#define PLAIT_PATH_SHALLOW_H

#include <stdbool.h>
#include <stdint.h>

#define SHALLOW_SPANS 4

enum shallow_state {
    SHALLOW_FREE,
    SHALLOW_TRIED,
    SHALLOW_HELD,
};

struct shallow_count {
    uint64_t acked_bytes, lost_bytes;
};

struct shallow {
    enum shallow_state state;
    uint64_t since_ns;       /* of the state */
    uint64_t alone_ns;       /* how long the last trial in vain kept others off; 0: none has */
    uint64_t alone_until_ns; /* no trial before */
    uint64_t loss_ppm;       /* smoothed over reports, so that an outage is no more than one */
    uint64_t queue_ns;       /* likewise */
    uint64_t before_ppm;     /* the loss when it was tried */
    uint64_t radio_ppm;      /* what was lost in the trial all the same */
    uint64_t carries_bps;    /* what the link delivers when it is full, as far as known */
    uint64_t span_ns;        /* when the span under way began; 0: none has */
    uint64_t
        spans_bps[SHALLOW_SPANS];     /* delivered in the last spans that were full, latest first */
    uint32_t full_spans, clean_spans; /* in a row; clean: not full, and no more than known */
    struct shallow_count report;      /* since the last one */
    struct shallow_count span;        /* in the one under way */
    struct shallow_count trial;       /* of what was sent in the state */
};

/* -- What became of a packet sent at sent_ns, before the report that tells is over -- */
void shallow_on_acked(struct shallow *shallow, uint64_t sent_ns, uint32_t bytes);
void shallow_on_lost(struct shallow *shallow, uint64_t sent_ns, uint32_t bytes);

/* A report has been worked in. queue_ns: own queue in it; round_ns: the round trip, with queue. */
void shallow_on_report(struct shallow *shallow, uint64_t now, uint64_t queue_ns, uint64_t round_ns);

/* The rate that the path is held to, bit/s; 0: none. */
uint64_t shallow_limit_bps(const struct shallow *shallow);

#endif
