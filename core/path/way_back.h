/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long reports are under way: the smallest delay lately of those that told something new, in
 * the sender's clock less the receiver's. What is sent waits for a receipt as long as reports take
 * now, whatever a path that is gone or a downlink that was empty had.
 */
#ifndef PLAIT_PATH_WAY_BACK_H
#define PLAIT_PATH_WAY_BACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/limits.h"
#include "core/base/seq.h"

#define WAY_BACK_SLOT   (250 * NS_PER_MS) /* the smallest of one to two of these */
#define WAY_BACK_SPREAD (250 * NS_PER_MS) /* at most */

struct way_back {
    bool valid;
    uint64_t since_ns; /* when the slot under way began */
    int64_t slot_ns, before_ns;
    int64_t longest_ns, longest_before_ns;
};

static inline void way_back_on_report(struct way_back *back, uint64_t now, int64_t delay_ns)
{
    if (!back->valid || now - back->since_ns >= WAY_BACK_SLOT) {
        const bool follows = back->valid && now - back->since_ns < 2 * WAY_BACK_SLOT;

        back->before_ns = follows ? back->slot_ns : delay_ns;
        back->longest_before_ns = follows ? back->longest_ns : delay_ns;
        back->slot_ns = back->longest_ns = delay_ns;
        back->since_ns = now;
        back->valid = true;
    }
    back->slot_ns = min_i64(back->slot_ns, delay_ns);
    back->longest_ns = max_i64(back->longest_ns, delay_ns);
}

/* Only when valid. */
static inline int64_t way_back_ns(const struct way_back *back)
{
    return min_i64(back->slot_ns, back->before_ns);
}

/* How much longer than that reports are under way again and again, as where a downlink sleeps and
 * they come in bunches. Only when valid. */
static inline uint64_t way_back_spread(const struct way_back *back)
{
    const int64_t longest_ns = min_i64(back->longest_ns, back->longest_before_ns);

    return min_u64((uint64_t)max_i64(0, longest_ns - way_back_ns(back)), WAY_BACK_SPREAD);
}

#endif
