/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The middle of a path's delays there and back: the offset of the two clocks, if both ways take
 * equally long. The smallest delays known are those of the last half minute, since clocks drift.
 * Their sum, the round trip, is the same by any clock, so the smallest of these is remembered: what
 * it is longer by now is taken for our own media, which stands on the way there where it never left
 * the link's queue empty. Were it more than a delay without queue scatters by, the queue would have
 * been drained (drain.h), and the route has changed. What stands on the way back, or a route that
 * is longer by less, makes the middle early by no more than that.
 */
#ifndef PLAIT_PATH_MIDDLE_H
#define PLAIT_PATH_MIDDLE_H

#include <stdint.h>

struct middle {
    int64_t round_ns; /* the smallest round trip of this route; 0: none is known */
    int64_t at_ns;    /* receiver's clock minus sender's, by the latest delays */
};

/* there, back: smallest relative delays, forward and backward. near_ns: how far above the smallest
 * a delay may be for its link to pass for empty. */
static inline void middle_on_delays(struct middle *middle, int64_t there, int64_t back,
                                    uint64_t near_ns)
{
    const int64_t round = there + back;

    if (middle->round_ns == 0 || round < middle->round_ns ||
        round > middle->round_ns + (int64_t)near_ns)
        middle->round_ns = round;
    middle->at_ns = (there - back - (round - middle->round_ns)) / 2;
}

#endif
