/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Over-load: when what waits is more than the paths can bring in time, something must go, and it
 * goes by worth. The packets that wait are gone through in the order of their deadlines; where
 * those up to one are more than can be carried by its deadline, what is LOW is dropped, and KEY and
 * TOP go ahead of DELTA: so it is DELTA that waits, and is dropped when no path can bring it in
 * time any more. Dropping DELTA earlier loses where the forecast is too dark: links come back.
 */
#include "core/session/session.h"

#include "core/base/seq.h"
#include "core/session/trace.h"

#define BUDGET_EVERY   (5 * NS_PER_MS)
#define SPARE_SHARE    100 /* of the latency: media that waits longer leaves no room for copies */
#define EASY_SHARE     10  /* of the latency: what waits longer gives way to no guess */
#define TIGHT_SHARE    3   /* of the latency: what waits longer may be dropped in the end */
#define BEHIND_SHARE   4   /* of what the links carry: estimates may be so much too low */
#define PATIENCE_SHARE 4   /* of the latency: what has waited less is no sign of over-load */
#define EASED_BY       (30 * NS_PER_MS)  /* shorter waits than when media was set aside last */
#define SKIP_DELAY     (20 * NS_PER_MS)  /* they come in groups: one SKIP tells of many */
#define SKIP_AGAIN     (200 * NS_PER_MS) /* a SKIP and the NACK behind it take no longer */

void session_count_drop(struct session *session, uint64_t now, const struct source *source)
{
    if (trace_on(session))
        trace_gone(session, now, PLAIT_TRACE_DROPPED, source);
    session->stream.dropped++;
    session->stream.dropped_low += source->worth == PLAIT_WORTH_LOW;
    session->stream.dropped_key += source->worth >= PLAIT_WORTH_KEY;
    session_tell(session, PLAIT_EVENT_OVERLOAD, UINT32_MAX, session->stream.dropped);
}

/* The next SKIP is to name it. */
static void tell_of(struct session *session, uint64_t now, struct source *source)
{
    source->to_tell = true;
    if (session->skip_from == session->skip_end)
        session->skip_from = session->skip_end = source->seq;
    session->skip_from = min_u64(session->skip_from, source->seq);
    session->skip_end = max_u64(session->skip_end, source->seq + 1);
    session->control_due_ns = min_u64(session->control_due_ns, now + SKIP_DELAY);
}

/* What goes from here before anything told of it. */
static void tell_of_fresh(struct session *session, uint64_t now, struct source *source)
{
    if (source->state == SOURCE_FRESH && !source->told)
        tell_of(session, now, source);
}

uint64_t session_lasts_ns(const struct session *session)
{
    const struct media_clock *clock = &session->clock;
    const int64_t lean = clock->offset_ns - media_clock_offset(clock, session->latency_ns);

    return session->latency_ns - RELEASE_LEAD - (uint64_t)max_i64(0, lean);
}

uint64_t session_margin_ns(const struct session *session, uint64_t now)
{
    uint64_t bps = 1, late = 0;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];
        const uint64_t kbps = path->state == PATH_ACTIVE ? path->rate.estimate_bps / 1000 + 1 : 0;

        bps += kbps;
        late += path->late_ns / NS_PER_US * kbps;
    }
    return margin_ns(&session->margin, now, late / bps * NS_PER_US, session->latency_ns);
}

typedef void (*piece_fn)(struct session *session, uint64_t now, struct source *piece);

/* A datagram that misses a piece is not delivered: what becomes of one becomes of all. */
static void each_piece(struct session *session, uint64_t now, struct source *source, piece_fn what)
{
    struct source *piece = source;

    what(session, now, source);
    while ((piece = session_piece_before(session, piece)) != NULL)
        what(session, now, piece);
    while ((source = session_piece_after(session, source)) != NULL)
        what(session, now, source);
}

static void drop_piece(struct session *session, uint64_t now, struct source *piece)
{
    if (piece->state != SOURCE_FRESH && piece->state != SOURCE_ASIDE) {
        rtx_store_unwant(&session->store, piece);
        return;
    }
    tell_of_fresh(session, now, piece);
    session_count_drop(session, now, piece);
    rtx_store_on_dropped(&session->store, piece);
}

void session_drop(struct session *session, uint64_t now, struct source *source)
{
    each_piece(session, now, source, drop_piece);
}

static void set_aside_piece(struct session *session, uint64_t now, struct source *piece)
{
    tell_of_fresh(session, now, piece);
    rtx_store_set_aside(&session->store, piece);
    rtx_store_unwant(&session->store, piece);
}

void session_set_aside(struct session *session, uint64_t now, struct source *source)
{
    margin_on_dropped(&session->margin, now);
    if (session->aside_age_ns == 0)
        session->aside_age_ns = now - source->written_ns;
    session->aside_age_ns += (now - source->written_ns) / 8 - session->aside_age_ns / 8;
    each_piece(session, now, source, set_aside_piece);
}

static void take_back_piece(struct session *session, uint64_t now, struct source *piece)
{
    (void)now;
    rtx_store_take_back(&session->store, piece);
}

void session_take_back(struct session *session, uint64_t now, struct source *source)
{
    each_piece(session, now, source, take_back_piece);
}

bool session_is_eased(const struct session *session, uint64_t waited_ns)
{
    return session->store.aside_count > 0 && waited_ns + EASED_BY <= session->aside_age_ns;
}

/* From now until a packet would arrive on the fastest path if that were empty; 0: not known. */
static uint64_t shortest_way(const struct session *session)
{
    int64_t shortest = INT64_MAX;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];

        if (path_is_live(path) && path->forward.valid &&
            !session_is_reserve(session, i, 1U << PATH_ACTIVE))
            shortest = min_i64(shortest, path->forward.base_ns - session->clock.offset_ns);
    }
    return shortest == INT64_MAX ? 0 : (uint64_t)max_i64(0, shortest);
}

void session_drop_hopeless(struct session *session, uint64_t now)
{
    uint64_t way, lasts;
    struct source *source;

    if (session->store.aside_count == 0)
        return;
    way = shortest_way(session);
    lasts = session_lasts_ns(session);
    while ((source = rtx_store_aside_since(&session->store, 0)) != NULL &&
           source->written_ns + lasts <= now + way)
        session_drop(session, now, source);
}

void session_skip_again(struct session *session, uint64_t now, struct source *source)
{
    if (!source->to_tell && now - source->last_sent_ns >= SKIP_AGAIN)
        tell_of(session, now, source);
}

uint32_t session_take_skips(struct session *session, uint64_t now,
                            struct seq_range range[NACK_MAX_RANGES])
{
    uint64_t seq = max_u64(session->skip_from, session->store.first);
    uint32_t count = 0;

    for (; seq < session->skip_end; seq++) {
        struct source *source = rtx_store_find(&session->store, seq);

        if (source == NULL || !source->to_tell)
            continue;
        if (count > 0 && range[count - 1].first + range[count - 1].count == seq)
            range[count - 1].count++;
        else if (count < NACK_MAX_RANGES)
            range[count++] = (struct seq_range){seq, 1};
        else
            break;
        source->to_tell = false;
        source->told = true;
        source->last_sent_ns = now;
    }
    session->skip_from = min_u64(seq, session->skip_end);
    return count;
}

/* Bytes that the sound paths can bring within slack_ns; UINT64_MAX while a rate is unknown. */
static uint64_t carried(const struct session *session, const struct sched_view *views,
                        uint64_t slack_ns)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        const uint64_t bps = session->paths[i].rate.estimate_bps;
        const uint64_t taken_ns = views[i].arrival_ns + views[i].spread_ns;

        if (!views[i].usable || views[i].doubtful)
            continue;
        if (bps == 0)
            return UINT64_MAX;
        if (slack_ns > taken_ns)
            bytes += rate_bytes_in(bps, slack_ns - taken_ns);
    }
    return bytes;
}

struct source *session_next_fresh(struct session *session)
{
    struct source *worthy = session->pressed ? rtx_store_next_worthy(&session->store) : NULL;

    return worthy != NULL ? worthy : rtx_store_next_fresh(&session->store);
}

static void drop_low(struct session *session, uint64_t now)
{
    struct rtx_store *store = &session->store;

    for (uint64_t seq = store->fresh_from; seq < store->next; seq++) {
        struct source *source = rtx_store_find(store, seq);

        if (source == NULL || source->state != SOURCE_FRESH || source->worth > PLAIT_WORTH_LOW)
            continue;
        margin_on_dropped(&session->margin, now);
        session_drop(session, now, source);
    }
}

void session_budget(struct session *session, uint64_t now, const struct sched_view *views)
{
    struct rtx_store *store = &session->store;
    const uint64_t margin = 2 * session_margin_ns(session, now); /* before it is needed */
    const uint64_t lasts = session_lasts_ns(session);
    struct source *source;
    uint64_t waiting = 0;

    if (now < session->budget_ns || !sched_any_sound(views, session->paths_used, lasts))
        return;
    session->budget_ns = now + BUDGET_EVERY;
    session->pressed = false;
    source = rtx_store_next_fresh(store);
    if (source == NULL || now - source->written_ns < session->latency_ns / PATIENCE_SHARE)
        return;
    for (uint64_t seq = store->fresh_from; seq < store->next && !session->pressed; seq++) {
        uint64_t due_ns;

        source = rtx_store_find(store, seq);
        if (source == NULL || source->state != SOURCE_FRESH)
            continue;
        due_ns = source->written_ns + lasts - margin;
        waiting += session_sent_bytes(source);
        session->pressed = waiting > carried(session, views, due_ns > now ? due_ns - now : 0);
    }
    if (session->pressed)
        drop_low(session, now);
}

/* The links together carry so much less than is written that what waits will wait longer. */
static bool falls_behind(const struct advice *advice)
{
    return advice->serves_bps + advice->serves_bps / BEHIND_SHARE < advice->written_bps;
}

enum rtx_room session_room(struct session *session, uint64_t now, const struct path *path)
{
    const struct source *oldest = rtx_store_next_fresh(&session->store);
    const uint64_t waited = oldest == NULL ? 0 : now - oldest->written_ns;
    const bool wary = margin_is_wary(&session->margin, now);

    /* What is aside would be what the copy takes the place of. */
    if (session->store.aside_count > 0)
        return RTX_ROOM_NONE;
    if (waited < session->latency_ns / SPARE_SHARE)
        return wary ? RTX_ROOM_EASY : RTX_ROOM_SPARE;
    if (wary || waited >= session->latency_ns / TIGHT_SHARE)
        return RTX_ROOM_NONE;
    if (waited < session->latency_ns / EASY_SHARE)
        return RTX_ROOM_EASY;
    /* What a link only held back may come yet, and what waits will not have its turn. */
    return path->loses_held || !falls_behind(&session->advice) ? RTX_ROOM_TIGHT : RTX_ROOM_NONE;
}
