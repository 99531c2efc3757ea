/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backup mode: which link carries all, and when it gives way to the next: where it may be silent
 * (doubtful), where nothing comes in time over it (slow), and where it carries less than is written
 * (weak): media has waited, and will not be in time over it, as it would be over another. A link
 * that carries nothing tells nothing of what it could carry by now. So one that was weak has its
 * turn again after a while, and after twice as long each time that this was in vain.
 */
#include "core/session/session.h"

#include "core/base/seq.h"

#define REST_LEAST (1 * NS_PER_S)
#define STARTING   (1 * NS_PER_S) /* of the stream: what is late waits for the first receipts */
#define WEAK_FIRST (10 * NS_PER_S)
#define WEAK_MOST  (320 * NS_PER_S)

bool session_path_is_slow(const struct session *session, uint32_t slot)
{
    return path_way_of_two(&session->paths[slot], session->clock.offset_ns) >
           (int64_t)session_lasts_ns(session);
}

static uint64_t backup_rank(const struct session *session, uint32_t slot)
{
    const struct path *path = &session->paths[slot];

    return sched_backup_rank(session_path_is_slow(session, slot), false, path->weak, path->priority,
                             slot);
}

bool session_is_reserve(const struct session *session, uint32_t slot, uint32_t states)
{
    for (uint32_t i = 0; session->mode == PLAIT_MODE_BACKUP && i < session->paths_used; i++) {
        if (states & (1U << session->paths[i].state) &&
            backup_rank(session, i) < backup_rank(session, slot))
            return true;
    }
    return false;
}

static bool has_rested(const struct path *path, uint64_t now)
{
    return now >= path->weak_until_ns - path->weak_for_ns + REST_LEAST;
}

/* The next path that would bring in time what waits longest, where the one that carries would not;
 * SCHED_NONE: it would, or there is none. What was weak itself is taken when nothing else is left.
 */
static int relief(struct session *session, uint64_t now, const struct sched_view *views,
                  uint32_t count, uint32_t carries)
{
    const struct source *oldest = rtx_store_next_fresh(&session->store);
    uint64_t best_rank = NEVER, due_ns, slack_ns, margin_ns;
    int best = SCHED_NONE;

    if (oldest == NULL || views[carries].doubtful || now - session->margin.start_ns < STARTING)
        return SCHED_NONE;
    due_ns = oldest->written_ns + session_lasts_ns(session);
    slack_ns = due_ns > now ? due_ns - now : 0;
    margin_ns = min_u64(session_margin_ns(session, now), 2 * (now - oldest->written_ns));
    if (views[carries].arrival_ns + margin_ns < slack_ns)
        return SCHED_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const struct sched_view *view = &views[i];
        const uint64_t rank = sched_backup_rank(view->slow, false, view->weak, view->priority, i);

        if (i != carries && view->usable && !view->doubtful && !view->slow &&
            view->arrival_ns < slack_ns && rank < best_rank &&
            (!view->weak || has_rested(&session->paths[i], now))) {
            best_rank = rank;
            best = (int)i;
        }
    }
    return best;
}

static void give_way(struct path *path, uint64_t now)
{
    const bool in_vain = path->weak_for_ns != 0 && now < path->weak_until_ns + path->weak_for_ns;

    path->weak_for_ns = in_vain ? min_u64(2 * path->weak_for_ns, WEAK_MOST) : WEAK_FIRST;
    path->weak_until_ns = now + path->weak_for_ns;
    path->weak = true;
}

void session_leave_reserves(struct session *session, uint64_t now, struct sched_view *views,
                            uint32_t count)
{
    int carries = sched_backup_path(views, count), next = SCHED_NONE;

    if (carries != SCHED_NONE)
        next = relief(session, now, views, count, (uint32_t)carries);
    if (next != SCHED_NONE) {
        give_way(&session->paths[carries], now);
        session->paths[next].weak = false;
        views[carries].weak = true;
        views[next].weak = false;
        carries = sched_backup_path(views, count);
    }
    /* What a link in reserve could bring says nothing of when media will be there. */
    for (uint32_t i = 0; i < count; i++)
        views[i].usable = views[i].usable && (int)i == carries;
}

void session_review_backup(struct session *session, uint64_t now)
{
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];

        path->weak = path->weak && now < path->weak_until_ns;
    }
}
