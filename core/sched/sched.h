/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to send where. Knows views, not paths: the session says of each path what it can do, the
 * scheduler answers with an index. A packet is bound to a path only when that path can take it
 * (late binding), so the views are always of this moment.
 */
#ifndef PLAIT_SCHED_SCHED_H
#define PLAIT_SCHED_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/limits.h"

#define SCHED_NONE (-1) /* nothing can take it now */

struct sched_view {
    bool usable;   /* may carry media */
    bool ready;    /* window and pacing allow a packet now */
    bool doubtful; /* receipts are overdue: for on_time and backup when nothing else is left */
    bool slow;     /* for backup: not to be relied on to bring in time what is written now */
    bool weak;     /* for backup: it carried less than was written */
    uint64_t arrival_ns; /* from now until a packet sent now arrives */
    uint64_t spread_ns;  /* how far arrivals scatter around that */
    uint64_t risk_ns;    /* what an outage would cost, times its probability */
    uint64_t way_ns;     /* what one takes at least, with nothing queued before it */
    uint64_t rate_bps;   /* estimated capacity; 0: unknown */
    uint32_t filled;     /* share of the window in flight, parts a thousand */
    uint32_t cost, priority;
};

struct sched_item {
    uint64_t slack_ns; /* from now until the deadline at the receiver */
    uint64_t lasts_ns; /* a packet's slack when it is written */
    uint64_t doubt_ns; /* closer to the deadline it is to arrive on no path */
    uint32_t bytes;
    uint32_t avoid; /* bit i: this source packet went over path i before */
};

/* Remembers what the weighted round robin needs; zero it to start. */
struct sched {
    int64_t deficit[MAX_PATHS];
    uint32_t turn;
};

typedef int (*sched_pick_fn)(struct sched *sched, const struct sched_view *views, uint32_t count,
                             const struct sched_item *item);

/* Most probably on time, then earliest, then cheapest. Skips paths that cannot make the deadline;
 * of those in doubt, the ones that could not if they were empty. */
int sched_pick_on_time(struct sched *sched, const struct sched_view *views, uint32_t count,
                       const struct sched_item *item);

/* Plain earliest delivery (EDPF): the baseline. */
int sched_pick_earliest(struct sched *sched, const struct sched_view *views, uint32_t count,
                        const struct sched_item *item);

/* Deficit weighted round robin by estimated rate. */
int sched_pick_dwrr(struct sched *sched, const struct sched_view *views, uint32_t count,
                    const struct sched_item *item);

/* The order of a backup, least first: what is slow brings nothing, what is in doubt perhaps, what
 * is weak a part; then by priority number, then by index. */
static inline uint64_t sched_backup_rank(bool slow, bool doubtful, bool weak, uint32_t priority,
                                         uint32_t index)
{
    const uint64_t hope = (slow ? 4 : 0) + (doubtful ? 2 : 0) + (weak ? 1 : 0);

    return (hope << 32 | priority) * MAX_PATHS + index;
}

/* The first usable path in that order. Ready or not: one that is over-loaded still carries.
 * SCHED_NONE when no path is usable. */
int sched_backup_path(const struct sched_view *views, uint32_t count);

/* That path; SCHED_NONE while it is not ready. */
int sched_pick_backup(struct sched *sched, const struct sched_view *views, uint32_t count,
                      const struct sched_item *item);

/* What the choice minimises, ns: arrival, and what speaks against the path otherwise. */
uint64_t sched_burden(const struct sched_view *view, uint32_t index, const struct sched_item *item);

/* True when some usable path, ready or not, is expected to make the deadline. */
bool sched_can_make_it(const struct sched_view *views, uint32_t count, uint64_t slack_ns);

/* True when some usable path that is not in doubt brings a packet within so long. */
bool sched_any_sound(const struct sched_view *views, uint32_t count, uint64_t within_ns);

#endif
