/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a way has become longer, told by packets sent faster than the link is believed to serve. A
 * queue of ours would draw them apart, to what the link takes for each. Where they come closer
 * together than that, and late all the same, the window is short of the round trip and the estimate
 * is what it lets through: our own doing, and less each round. Beside somebody else it looks so
 * too, since what is believed is our share; but his queue moves. So what is late by nearly the same
 * for seconds is the way.
 */
#ifndef PLAIT_PATH_TRAIN_H
#define PLAIT_PATH_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/limits.h"
#include "core/base/seq.h"

#define TRAIN_FASTER    150 /* percent of what is believed: they are sent by so much, and come so */
#define TRAIN_PACKETS   12  /* together tell one or the other */
#define TRAIN_NEAR      3   /* times near_ns: nearly the same */
#define TRAIN_AGE       4   /* round trips, and .. */
#define TRAIN_AGE_LEAST (2 * NS_PER_S) /* .. so long: what was not told again is so no more */
#define TRAIN_ROUNDS    8              /* so long, and .. */
#define TRAIN_LEAST     (3 * NS_PER_S) /* .. so long: a CUBIC that is level moves in it */

/* Zero it to start. */
struct train {
    uint32_t packets;
    uint64_t took_ns;     /* they came within this.. */
    uint64_t believed_ns; /* ..where the link would have taken this */
    uint64_t judged_ns;   /* when enough of them told one or the other last */
    uint64_t since_ns;    /* since then they came closer together, by the same; 0: they do not */
    uint64_t least_ns, most_ns; /* how much above base they were in that time */
};

/* A packet came right behind the one sent before it. */
static inline void train_on_packet(struct train *train, uint64_t sent_gap_ns, uint64_t gap_ns,
                                   uint64_t service_ns)
{
    if (service_ns == 0 || sent_gap_ns * TRAIN_FASTER / 100 > service_ns)
        return;
    train->packets++;
    train->took_ns += gap_ns;
    train->believed_ns += service_ns;
}

/* Those counted are enough to tell. */
static inline void train_judge(struct train *train, uint64_t now)
{
    if (train->took_ns * TRAIN_FASTER / 100 > train->believed_ns)
        train->since_ns = 0;
    else if (train->since_ns == 0)
        train->since_ns = now;
    train->judged_ns = now;
    train->packets = 0;
    train->took_ns = train->believed_ns = 0;
}

/* A report has been worked in whose packets came queue_ns above base at least. Returns how much
 * longer the way has become; 0: no longer, as far as known. */
static inline uint64_t train_on_report(struct train *train, uint64_t now, uint64_t queue_ns,
                                       uint64_t round_ns, uint64_t near_ns)
{
    const bool was = train->since_ns != 0;

    if (train->packets >= TRAIN_PACKETS)
        train_judge(train, now);
    if (now - train->judged_ns > max_u64(TRAIN_AGE * round_ns, TRAIN_AGE_LEAST))
        train->since_ns = 0;
    train->least_ns = was ? min_u64(train->least_ns, queue_ns) : queue_ns;
    train->most_ns = was ? max_u64(train->most_ns, queue_ns) : queue_ns;
    if (train->since_ns == 0)
        return 0;
    if (train->most_ns - train->least_ns > TRAIN_NEAR * near_ns) {
        train->since_ns = now;
        train->least_ns = train->most_ns = queue_ns;
    }
    if (now - train->since_ns < max_u64(TRAIN_ROUNDS * round_ns, TRAIN_LEAST))
        return 0;
    train->since_ns = 0;
    return train->least_ns > TRAIN_NEAR * near_ns ? train->least_ns : 0;
}

#endif
