/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The offset between the receiver's clock and the sender's, owned by the sender, which sees both
 * directions: no packet arrives before it is sent, so every forward delay bounds the offset from
 * above and every backward delay from below. The middle is the estimate (as in NTP: exact when the
 * fastest ways there and back take equally long). Write times go out in the receiver's clock.
 */
#ifndef PLAIT_MEDIA_CLOCK_H
#define PLAIT_MEDIA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SETTLE_NS                                                                            \
    (UINT64_C(1500) * 1000000) /* jumps are allowed this long after the first bound */
#define CLOCK_JUMP_NS  (INT64_C(20) * 1000000) /* a greater error is jumped over at any time */
#define CLOCK_SLEW_PPM 400                     /* else it is approached this fast */

struct media_clock {
    bool valid;
    int64_t offset_ns; /* receiver's clock minus sender's */
    uint64_t since_ns, updated_ns;
};

/* A first guess, from the handshake. */
void media_clock_guess(struct media_clock *clock, uint64_t now, int64_t offset_ns);

/* New bounds: the smallest forward delay (receiver's minus sender's clock) and the smallest
 * backward delay (sender's minus receiver's) over all paths. */
void media_clock_on_bounds(struct media_clock *clock, uint64_t now, int64_t forward_ns,
                           int64_t backward_ns);

#endif
