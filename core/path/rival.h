/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is somebody else queueing on this link? The controller holds its own queue down to a target; a
 * queue that stands although our window has given way is somebody else's. Giving way further would
 * only hand the link over: from then on the window is a share, kept as CUBIC keeps one (RFC 9438):
 * it starts by doubling, grows towards its half and then along the curve, and gives way to loss.
 * Three things end it: the queue grows as the share does at the start; it is empty for a while; or
 * it shrinks with the share in two looks in a row, half of the share for a round trip, taken every
 * few seconds. Then the queue was ours. And there is no queue at all where two looks in a row
 * changed nothing and leave just what was least since the sharing began, though any queue would
 * have been shorter for them. The way is longer by that.
 *
 *   ALONE -> STARTING -> SHARING <-> LOOKING      (any) -> ALONE
 */
#ifndef PLAIT_PATH_RIVAL_H
#define PLAIT_PATH_RIVAL_H

#include <stdbool.h>
#include <stdint.h>

enum rival_state {
    RIVAL_ALONE = 0,
    RIVAL_STARTING, /* the share doubles a round trip: ours alone, the queue would too */
    RIVAL_SHARING,
    RIVAL_LOOKING, /* sharing, with half of the share in flight */
};

struct rival {
    enum rival_state state;
    uint64_t share;        /* bytes, while not alone */
    uint64_t peak;         /* bytes: where the share's curve is level.. */
    uint64_t peak_ns;      /* .. and when */
    uint64_t reno;         /* bytes: what Reno would have come to; the share is no less */
    uint64_t usual;        /* bytes: the largest window lately, while alone */
    uint64_t empty_rtt_ns; /* round trip while the queue was no more than ours */
    uint64_t since_ns;     /* ALONE: the queue stands since then; else: when it stood last */
    uint64_t lone_seen_ns; /* ALONE: the last lone_ns beyond what is ours; 0: they scatter */
    uint64_t lone_low_ns, lone_high_ns;
    uint64_t look_ns;       /* SHARING: when to look; LOOKING: when to see what came of it */
    uint64_t look_rtt_ns;   /* STARTING: the smallest round trip; LOOKING: the one at the start */
    uint64_t look_least_ns; /* LOOKING: the smallest round trip of its last part */
    uint64_t look_moves_ns; /* LOOKING: how much shorter a queue would be for it, at least */
    uint64_t look_window;   /* LOOKING: bytes */
    bool look_lost;         /* LOOKING: something was lost */
    unsigned looks_ours;    /* so many looks in a row told that the queue was ours.. */
    unsigned looks_still;   /* .. or that there was none */
    uint64_t least_rtt_ns;  /* since the sharing began */
    uint64_t calm_ns;       /* a loss before this time belongs to the one already answered */
    uint64_t updated_ns;
};

/* One report's worth of facts. */
struct rival_facts {
    uint64_t now;
    uint64_t base_rtt_ns, queue_ns; /* of the round trip */
    uint64_t target_ns;             /* own queue that is aimed at */
    uint64_t allowed_ns;            /* more of it that the window allows just now */
    uint64_t scatter_ns;            /* of that, what no queue makes */
    uint64_t lone_ns;               /* queue met where nothing of ours was left; 0: not seen */
    uint64_t longer_ns;             /* of queue_ns, what is the way (train.h); 0: none known */
    uint64_t near_ns;               /* round trips that differ by no more are the same */
    uint64_t window;                /* bytes, of the controller while alone */
    uint64_t bytes_in_flight, acked_bytes, lost_bytes;
};

/* Returns what of the queue has proved to be none. */
uint64_t rival_on_report(struct rival *rival, const struct rival_facts *facts);

/* Bytes that may be in flight beside the other; window: what may be when alone. */
static inline uint64_t rival_window(const struct rival *rival, uint64_t window)
{
    return rival->state == RIVAL_ALONE     ? window
           : rival->state == RIVAL_LOOKING ? rival->look_window
                                           : rival->share;
}

#endif
