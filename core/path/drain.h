/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When to let a link's queue run empty. What a link's delay is without queue shows only without
 * one, and it is forgotten with time, since routes change; a link that is full for minutes would
 * take its own queue for the way, and let it grow. So where no delay near the smallest known was
 * seen for a while the window is a little less than a round trip (BBR's ProbeRTT,
 * draft-ietf-ccwg-bbr 5.3.4).
 */
#ifndef PLAIT_PATH_DRAIN_H
#define PLAIT_PATH_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/limits.h"
#include "core/base/seq.h"

/* The smallest delay is known for 27 s at least. */
#define DRAIN_AFTER   (20 * NS_PER_S)
#define DRAIN_MORE    (100 * NS_PER_MS) /* than the round trip: then it was in vain */
#define DRAIN_OWES    3                 /* a round trip over this: see drain_owes_ns */
#define DRAIN_MADE_UP (3 * NS_PER_S)

struct drain {
    uint64_t since_ns; /* under way since then; 0: not */
    uint64_t ended_ns;
};

static inline bool drain_is_on(const struct drain *drain)
{
    return drain->since_ns != 0;
}

/* A report came. near_ns: when a delay near the smallest was last seen; round_ns: the round trip as
 * it is, with queue. */
static inline void drain_on_report(struct drain *drain, uint64_t now, uint64_t near_ns,
                                   uint64_t round_ns)
{
    if (!drain_is_on(drain)) {
        if (now - max_u64(near_ns, drain->ended_ns) > DRAIN_AFTER)
            drain->since_ns = now;
    } else if (near_ns > drain->since_ns || now - drain->since_ns > round_ns + DRAIN_MORE) {
        drain->since_ns = 0;
        drain->ended_ns = now;
    }
}

/* False until what is missing has been sent again, for a round trip: it shows no more than that. */
static inline bool drain_is_over(const struct drain *drain, uint64_t now, uint64_t round_ns)
{
    return !drain_is_on(drain) && now - drain->ended_ns > round_ns;
}

/* How long the link takes for what waits elsewhere because of a drain, about: a pause as long as
 * the queue, and what went idle until a report told of it. While it lasts most is yet to come; then
 * it is made up for by and by. */
static inline uint64_t drain_owes_ns(const struct drain *drain, uint64_t now, uint64_t round_ns)
{
    const uint64_t age_ns = now - drain->ended_ns;

    if (drain_is_on(drain))
        return min_u64(now - drain->since_ns, round_ns) / (UINT64_C(2) * DRAIN_OWES);
    if (drain->ended_ns == 0 || age_ns > DRAIN_MADE_UP)
        return 0;
    return round_ns / DRAIN_OWES / 1000 * ((DRAIN_MADE_UP - age_ns) / 1000000) /
           (DRAIN_MADE_UP / 1000000) * 1000;
}

#endif
