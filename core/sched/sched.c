/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sched/sched.h"

#define COST_NS (2 * NS_PER_MS) /* a unit of cost weighs as much as this much delay */
/* A full window weighs as much as this much delay: what is spread is not stuck together in one
 * stall. */
#define FILLED_NS   (20 * NS_PER_MS)
#define AVOID_NS    (30 * NS_PER_MS)
#define QUANTUM     3000
#define DEFICIT_MAX 30000

uint64_t sched_burden(const struct sched_view *view, uint32_t index, const struct sched_item *item)
{
    uint64_t ns = view->arrival_ns + view->spread_ns + view->risk_ns + view->cost * COST_NS +
                  view->filled * FILLED_NS / 1000;

    if (item->avoid & (1U << index))
        ns += AVOID_NS;
    return ns;
}

/* Index of the least burdened path among those ready, in doubt or not; SCHED_NONE when none. */
static int least_burdened(const struct sched_view *views, uint32_t count,
                          const struct sched_item *item, bool doubtful, bool in_time)
{
    int best = SCHED_NONE;
    uint64_t best_ns = NEVER;

    for (uint32_t i = 0; i < count; i++) {
        const struct sched_view *view = &views[i];
        const uint64_t ns = sched_burden(view, i, item);

        if (!view->usable || !view->ready || view->doubtful != doubtful)
            continue;
        if (in_time && view->arrival_ns + item->doubt_ns > item->slack_ns)
            continue;
        if (view->way_ns > item->slack_ns) /* not even if nothing is in the way */
            continue;
        if (ns < best_ns) {
            best_ns = ns;
            best = (int)i;
        }
    }
    return best;
}

bool sched_any_sound(const struct sched_view *views, uint32_t count, uint64_t within_ns)
{
    for (uint32_t i = 0; i < count; i++) {
        if (views[i].usable && !views[i].doubtful && views[i].arrival_ns <= within_ns)
            return true;
    }
    return false;
}

int sched_pick_on_time(struct sched *sched, const struct sched_view *views, uint32_t count,
                       const struct sched_item *item)
{
    int pick = least_burdened(views, count, item, false, true);

    (void)sched;
    /* A path in doubt is better than none, never better than waiting for a sound one that could
     * bring what is written now. */
    if (pick == SCHED_NONE && !sched_any_sound(views, count, item->lasts_ns))
        pick = least_burdened(views, count, item, true, false);
    return pick;
}

int sched_pick_earliest(struct sched *sched, const struct sched_view *views, uint32_t count,
                        const struct sched_item *item)
{
    int best = SCHED_NONE;

    (void)sched;
    (void)item;
    for (uint32_t i = 0; i < count; i++) {
        if (views[i].usable && views[i].ready &&
            (best == SCHED_NONE || views[i].arrival_ns < views[best].arrival_ns))
            best = (int)i;
    }
    return best;
}

static void dwrr_refill(struct sched *sched, const struct sched_view *views, uint32_t count)
{
    uint64_t greatest = 1;

    for (uint32_t i = 0; i < count; i++) {
        if (views[i].usable && views[i].rate_bps > greatest)
            greatest = views[i].rate_bps;
    }
    for (uint32_t i = 0; i < count; i++) {
        /* An unknown rate counts as a tenth of the greatest: enough to become known. */
        const uint64_t rate = views[i].rate_bps != 0 ? views[i].rate_bps : greatest / 10 + 1;

        sched->deficit[i] += (int64_t)(QUANTUM * rate / greatest) + 1;
        if (sched->deficit[i] > DEFICIT_MAX)
            sched->deficit[i] = DEFICIT_MAX;
    }
}

int sched_pick_dwrr(struct sched *sched, const struct sched_view *views, uint32_t count,
                    const struct sched_item *item)
{
    bool any = false;

    for (uint32_t i = 0; i < count; i++)
        any = any || (views[i].usable && views[i].ready);
    if (!any)
        return SCHED_NONE;
    for (;;) {
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t at = (sched->turn + i) % count;

            if (views[at].usable && views[at].ready && sched->deficit[at] >= (int64_t)item->bytes) {
                sched->deficit[at] -= item->bytes;
                sched->turn = at;
                return (int)at;
            }
        }
        sched->turn = (sched->turn + 1) % count;
        dwrr_refill(sched, views, count);
    }
}

int sched_backup_path(const struct sched_view *views, uint32_t count)
{
    int best = SCHED_NONE;
    uint64_t best_rank = NEVER;

    for (uint32_t i = 0; i < count; i++) {
        const struct sched_view *view = &views[i];
        const uint64_t rank =
            sched_backup_rank(view->slow, view->doubtful, view->weak, view->priority, i);

        if (view->usable && rank < best_rank) {
            best_rank = rank;
            best = (int)i;
        }
    }
    return best;
}

int sched_pick_backup(struct sched *sched, const struct sched_view *views, uint32_t count,
                      const struct sched_item *item)
{
    const int path = sched_backup_path(views, count);

    (void)sched;
    (void)item;
    return path != SCHED_NONE && views[path].ready ? path : SCHED_NONE;
}

bool sched_can_make_it(const struct sched_view *views, uint32_t count, uint64_t slack_ns)
{
    for (uint32_t i = 0; i < count; i++) {
        if (views[i].usable && views[i].arrival_ns <= slack_ns)
            return true;
    }
    return false;
}
