/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The offset between the receiver's clock and the sender's, owned by the sender, which sees both
 * directions: no packet arrives before it is sent, so every forward delay bounds the offset from
 * above and every backward delay from below. The middle is the estimate (as in NTP: exact when the
 * fastest ways there and back take equally long). A bound loosens only as fast as clocks can drift
 * apart, so a queue that stands for minutes does not move it. Write times go out in the receiver's
 * clock.
 */
#ifndef PLAIT_MEDIA_CLOCK_H
#define PLAIT_MEDIA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Jumps are allowed this long after the start. */
#define CLOCK_SETTLE_NS (UINT64_C(1000) * 1000000)
#define CLOCK_SLEW_PPM  5000 /* later the estimate moves this fast at most */
/* While few delays are known, write times lean to the early side; it fades away, down to what the
 * scatter of delays leaves in doubt: early costs that much of the latency, late costs the packet.
 */
#define CLOCK_LEAN_NS   (INT64_C(8) * 1000000)
#define CLOCK_LEAN_FOR  (UINT64_C(10) * 1000000000)
#define CLOCK_LEAN_KEPT (INT64_C(4) * 1000000) /* at most, for good */
#define CLOCK_DRIFT_PPM 100                    /* what two clocks may drift apart */

struct media_clock {
    bool valid;
    int64_t offset_ns;               /* receiver's clock minus sender's */
    int64_t forward_ns, backward_ns; /* the bounds: smallest delays, loosening */
    int64_t scatter_ns;
    uint64_t since_ns, updated_ns;
};

/* Starts with the handshake's two delays: forward is receiver's minus sender's clock, backward
 * sender's minus receiver's. */
void media_clock_start(struct media_clock *clock, uint64_t now, int64_t forward_ns,
                       int64_t backward_ns);

/* The smallest delays measured lately, over all paths; scatter_ns: how far delays differ on the
 * path that is fastest forward. */
void media_clock_on_delays(struct media_clock *clock, uint64_t now, int64_t forward_ns,
                           int64_t backward_ns, uint64_t scatter_ns);

/* The offset to stamp write times with: the estimate, leaning to the early side. */
int64_t media_clock_offset(const struct media_clock *clock, uint64_t now);

#endif
