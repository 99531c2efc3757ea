/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The offset between the receiver's clock and the sender's, owned by the sender, which sees both
 * directions: no packet arrives before it is sent, so a path's forward delay bounds the offset from
 * above and its backward delay from below, and the middle is exact when its ways there and back
 * take equally long (as in NTP). What makes them differ is mostly the media on the way there, which
 * moves the middle late; so of several paths the earliest middle is believed, and it is believed
 * for longer than a queue stands: the estimate becomes later only as fast as clocks drift apart, or
 * as the delays back prove. Write times go out in the receiver's clock.
 */
#ifndef PLAIT_MEDIA_CLOCK_H
#define PLAIT_MEDIA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Middles may make it jump this long after the start. */
#define CLOCK_SETTLE_NS (UINT64_C(3000) * 1000000)
#define CLOCK_SLEW_PPM  5000 /* later the estimate moves this fast at most */
/* While few delays without queue are known, write times lean to the early side, by no more than a
 * share of the latency; it fades away, down to what the scatter of delays leaves in doubt: early
 * costs that much of the latency, late costs the packet. Where every link is full from the first
 * packet on, it does not fade. */
#define CLOCK_LEAN_NS    (INT64_C(8) * 1000000)
#define CLOCK_LEAN_SHARE 50
#define CLOCK_LEAN_FOR   (UINT64_C(10) * 1000000000)
#define CLOCK_CLEAR_STEP (UINT64_C(1) * 1000000000) /* what one measurement counts for at most */
#define CLOCK_LEAN_KEPT  (INT64_C(4) * 1000000)     /* at most, for good */
#define CLOCK_DRIFT_PPM  100                        /* what two clocks may drift apart */

/* Ways there and back are taken to differ by no more than twice this: an offset that is wrong by
 * more is another clock's. */
#define CLOCK_UNSURE (INT64_C(250) * 1000000)

struct media_clock {
    bool valid;
    int64_t offset_ns; /* receiver's clock minus sender's */
    int64_t middle_ns; /* the earliest, becoming later by drift */
    int64_t scatter_ns;
    int64_t round_ns; /* the handshake's round trip */
    uint64_t since_ns, updated_ns;
    uint64_t clear_ns; /* how long delays without queue have been measured */
};

/* Starts with the handshake's two delays: forward is receiver's minus sender's clock, backward
 * sender's minus receiver's. */
void media_clock_start(struct media_clock *clock, uint64_t now, int64_t forward_ns,
                       int64_t backward_ns);

/* The handshake's round trip, as long as jumps are allowed: paths whose round trips are far longer
 * tell less than it did. INT64_MAX later. */
int64_t media_clock_round(const struct media_clock *clock, uint64_t now);

/* What the clocks' offset cannot be above (any packet's delay there) or below (minus any one's
 * delay back): for handshakes, and as long as no path's middle is worth more. Late costs the
 * packet, so of bounds that contradict each other, as drift may make them, the earlier counts. */
void media_clock_on_bounds(struct media_clock *clock, int64_t least_ns, int64_t most_ns);

/* One of the clocks was set, or stood still: all may be different, as at the start. */
void media_clock_on_jump(struct media_clock *clock, uint64_t now);

/* One measurement, of delays that were seen lately. */
struct media_clock_facts {
    int64_t middle_ns;   /* the earliest of a path: (forward delay - backward delay) / 2 */
    int64_t least_ns;    /* the offset is no less: clocks may drift faster than they should */
    uint64_t scatter_ns; /* how far that path's forward delays differ */
    bool is_clear;       /* its packets met no queue of ours */
};

void media_clock_on_middle(struct media_clock *clock, uint64_t now,
                           const struct media_clock_facts *facts);

/* The offset to stamp write times with: the estimate, leaning to the early side. */
int64_t media_clock_offset(const struct media_clock *clock, uint64_t latency_ns);

#endif
