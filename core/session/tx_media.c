/* SPDX-License-Identifier: BSD-2-Clause */
/* Media: takes datagrams in, and binds each source packet to a path at the moment the path can take
 * it: first what is wanted again, then what is fresh, both by deadline. */
#include "core/session/session.h"

#include <assert.h>
#include <string.h>

#include "core/base/seq.h"
#include "core/session/trace.h"

#define PRESSURE_SHARE 6 /* of the latency, at most, is spent in queues of links under pressure */
#define DOUBT_SHARE    3 /* of the margin: what one path among several must keep */
#define OUTAGE_COST    (3 * NS_PER_S) /* a packet lost for good weighs as much as this much delay */
#define OTHERS_CARRY   4              /* one of so many parts more than is written */

/* What the datagram is worth when the caller does not say; and without its null packets, written to
 * `stripped` (HINT_NULLS_MAX bytes): their length there, 0 when it goes as it is. */
static size_t look_inside(struct session *session, const uint8_t *data, size_t len,
                          enum plait_worth *worth, uint8_t *stripped)
{
    static const enum plait_worth worths[] = {
        [HINT_LOW] = PLAIT_WORTH_LOW,
        [HINT_DELTA] = PLAIT_WORTH_DELTA,
        [HINT_KEY] = PLAIT_WORTH_KEY,
    };
    enum hint_worth hint = HINT_DELTA;
    size_t left = 0;

    if (!session->config->hints_off) {
        hint = hint_look(&session->hint, data, len);
        left = hint_nulls_out(data, len, stripped);
    }
    if (*worth == PLAIT_WORTH_AUTO)
        *worth = worths[hint];
    return left <= session->store.payload_max ? left : 0;
}

_Static_assert(RTX_WORTHY == PLAIT_WORTH_KEY, "key frames go first");

int session_write(struct session *session, uint64_t now, const uint8_t *data, size_t len,
                  enum plait_worth worth)
{
    struct rtx_store *store = &session->store;
    uint8_t stripped[HINT_NULLS_MAX];
    const size_t left = look_inside(session, data, len, &worth, stripped);
    const uint8_t nulls = left > 0 ? FRAME_DATA_NULLS : 0;
    size_t pieces;

    if (session->stream.written == 0)
        margin_on_start(&session->margin, now);
    session->stream.written_bytes += len;
    if (left > 0) {
        data = stripped;
        len = left;
    }
    pieces = (len + store->payload_max - 1) / store->payload_max;
    session->stream.written += pieces;
    if (store->next + pieces - store->first > store->size) {
        session->stream.dropped += pieces;
        session->stream.dropped_low += worth == PLAIT_WORTH_LOW ? pieces : 0;
        session->stream.dropped_key += worth >= PLAIT_WORTH_KEY ? pieces : 0;
        session_tell(session, PLAIT_EVENT_OVERLOAD, UINT32_MAX, session->stream.dropped);
        return PLAIT_ERR_FULL;
    }
    for (size_t at = 0; at < len; at += store->payload_max) {
        const size_t piece = min_u64(len - at, store->payload_max);
        struct source *source = rtx_store_put(store, now, data + at, piece, (uint8_t)worth);

        assert(source != NULL);
        source->flags = (uint8_t)(nulls | (at > 0 ? FRAME_DATA_CONT : 0) |
                                  (at + piece < len ? FRAME_DATA_MORE : 0));
    }
    return PLAIT_OK;
}

uint64_t session_delay(struct session *session, uint32_t slot, uint64_t now, uint32_t bytes)
{
    const int64_t arrival = (int64_t)path_arrival(&session->paths[slot], now, bytes,
                                                  session->report_ns, session->clock.offset_ns);

    return (uint64_t)max_i64(0, arrival - session->clock.offset_ns - (int64_t)now);
}

/* How long the oldest media that waits has waited, as far as links may queue for it. */
static uint64_t pressure_ns(struct session *session, uint64_t now)
{
    const struct source *oldest = rtx_store_next_fresh(&session->store);

    return oldest == NULL ? 0
                          : min_u64(now - oldest->written_ns, session->latency_ns / PRESSURE_SHARE);
}

/* What others bring, from now on, and how fast, when path `but` is left out; NEVER: nothing. */
static uint64_t elsewhere(const struct session *session, const struct sched_view *views,
                          uint32_t but, uint64_t *bps)
{
    uint64_t arrival_ns = NEVER;

    *bps = 0;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (i == but || !views[i].usable || views[i].doubtful)
            continue;
        arrival_ns = min_u64(arrival_ns, views[i].arrival_ns);
        *bps += path_serves_bps(&session->paths[i]);
    }
    return arrival_ns;
}

/* What an outage takes until it is noticed is lost for good where no other path can bring it then.
 * Where the others cannot carry all, the path is needed for all that. */
static void weigh_blinks(struct session *session, uint64_t now, struct sched_view *views)
{
    const uint64_t written_bps = session->advice.written_bps;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];
        const uint64_t noticed_ns = path->rtt.smoothed_ns + SUSPECT_AFTER;
        uint64_t again_ns, bps;

        if (path->blinks.apart_ns == 0)
            continue;
        again_ns = elsewhere(session, views, i, &bps);
        if (again_ns != NEVER && noticed_ns + again_ns > session_lasts_ns(session) &&
            bps >= written_bps + written_bps / OTHERS_CARRY)
            views[i].risk_ns = OUTAGE_COST / 1000 * blinks_within(&path->blinks, now, noticed_ns);
    }
}

/* The views of this moment, and when the first path that waits for pacing alone is ready. */
static void look(struct session *session, uint64_t now, uint32_t bytes, struct sched_view *views,
                 uint64_t *ready_ns)
{
    const uint64_t pressure = pressure_ns(session, now);
    const uint64_t unheard_ns = session_unheard_ns(session, now);

    *ready_ns = NEVER;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];
        struct sched_view *view = &views[i];
        bool fits;

        path->pressure_ns = pressure;
        path->unheard_ns = unheard_ns;
        fits = path->sent.bytes_in_flight + bytes <= path_window(path) &&
               sentmap_has_room(&path->sent);
        *view = (struct sched_view){0};
        if (path->state != PATH_ACTIVE && path->state != PATH_SUSPECT)
            continue;
        view->usable = true;
        view->ready = path_can_send(path, now, bytes);
        view->arrival_ns = session_delay(session, i, now, bytes);
        view->spread_ns = path->forward.jitter_ns;
        view->way_ns = (uint64_t)max_i64(0, path_way(path, session->clock.offset_ns));
        view->doubtful = path->state == PATH_SUSPECT || path_is_silent(path, session->report_ns);
        view->slow = session_path_is_slow(session, i);
        view->weak = path->weak;
        view->rate_bps = path->rate.estimate_bps;
        view->filled =
            (uint32_t)min_u64(1000, path->sent.bytes_in_flight * 1000 / path_window(path));
        view->cost = path->cost;
        view->priority = path->priority;
        if (!fits)
            path->cc.limited = true;
        if (fits && !view->ready)
            *ready_ns = min_u64(*ready_ns, pacer_ready_at(&path->pacer, now));
    }
    weigh_blinks(session, now, views);
    if (session->mode == PLAIT_MODE_BACKUP)
        session_leave_reserves(session, now, views, session->paths_used);
}

static int pick(struct session *session, const struct sched_view *views,
                const struct sched_item *item)
{
    static const sched_pick_fn picks[] = {
        [PLAIT_SCHED_ON_TIME] = sched_pick_on_time,
        [PLAIT_SCHED_EARLIEST] = sched_pick_earliest,
        [PLAIT_SCHED_DWRR] = sched_pick_dwrr,
    };

    if (session->mode == PLAIT_MODE_BACKUP)
        return sched_pick_backup(&session->sched, views, session->paths_used, item);
    return picks[session->config->scheduler](&session->sched, views, session->paths_used, item);
}

/* Where every path carries all, what went over others only is no repetition. */
static bool goes_again(const struct session *session, uint32_t slot, const struct source *source)
{
    if (session->mode == PLAIT_MODE_BROADCAST)
        return (source->paths & (1U << slot)) != 0;
    return source->state != SOURCE_FRESH;
}

static void count_sent(struct session *session, const struct source *source, bool again)
{
    if (source->state == SOURCE_FRESH)
        session->stream.sent_first++;
    else if (!again)
        session->copies++;
    else if (source->fresh_again)
        session->stream.reinjected++;
    else
        session->stream.resent++;
}

void session_send_source(struct session *session, uint64_t now, uint32_t slot,
                         struct source *source, const struct sched_view *views,
                         const struct sched_item *item, struct plait_poll *out)
{
    struct path *path = &session->paths[slot];
    const bool again = goes_again(session, slot, source);
    struct frame frame; /* kilobytes, for ACK's sake: not to be cleared for each packet */
    struct writer w = session_writer(session);
    struct sent_packet *packet;
    uint64_t arrival;
    uint32_t bytes;

    if (source->state == SOURCE_FRESH)
        session_on_first_sent(session, source, slot);
    frame.type = FRAME_DATA;
    frame.data = (struct frame_data){
        .flags = source->flags | (again ? FRAME_DATA_AGAIN : 0),
        .seq = (uint32_t)source->seq,
        .written = source->written,
        .payload = rtx_store_payload(&session->store, source->seq),
        .len = source->len,
    };
    frame_encode(&w, &frame);
    assert(!w.bad);
    count_sent(session, source, again);
    session_seal(session, now, slot, (size_t)(w.at - session->plain) - PACKET_SEALED_HEADER, out);
    bytes = (uint32_t)out->len + IP_UDP_OVERHEAD;
    arrival = path_arrival(path, now, bytes, session->report_ns, session->clock.offset_ns);
    packet = path_on_sent(path, now, bytes, arrival);
    assert(path->sent.bytes_in_flight <= path_window(path));
    packet->seq = source->seq;
    packet->kind = again ? SENT_AGAIN : SENT_MEDIA;
    packet->counted = true;
    path->ping_due_ns = min_u64(path->ping_due_ns, now + session_tail_ns(path));
    session_count_media(session, now, slot, out->len);
    if (trace_on(session))
        trace_sent(session, now, slot,
                   !again                ? PLAIT_TRACE_FRESH
                   : source->fresh_again ? PLAIT_TRACE_REINJECT
                                         : PLAIT_TRACE_RESEND,
                   source->seq, 1, out->len, views, item);
    rtx_store_on_sent(&session->store, source, now, slot);
}

static bool makes_it(const struct session *session, const struct sched_view *views,
                     uint64_t slack_ns, uint64_t margin_ns)
{
    return slack_ns > margin_ns &&
           sched_can_make_it(views, session->paths_used, slack_ns - margin_ns);
}

/* True for what is left of a datagram that was begun: what was sent of it is lost without. */
static bool is_rest(struct session *session, const struct source *source)
{
    const struct source *before = session_piece_before(session, source);

    return (source->flags & FRAME_DATA_CONT) != 0 &&
           (before == NULL || before->state != SOURCE_FRESH);
}

/* True when some path brings it with the margin to spare; item gets the doubt that the path taken
 * must allow. A packet that has not waited takes nobody's place: the margin is for those that did,
 * and the doubt for where another path needs none. */
static bool is_worth_it(struct session *session, uint64_t now, const struct sched_view *views,
                        const struct source *source, struct sched_item *item)
{
    const uint64_t waited_ns = now - source->written_ns;
    const bool is_new = source->state == SOURCE_FRESH && !is_rest(session, source);
    const uint64_t margin = is_new ? session_margin_ns(session, now) : 0;

    item->doubt_ns = margin / DOUBT_SHARE;
    if (!makes_it(session, views, item->slack_ns, item->doubt_ns))
        item->doubt_ns = min_u64(item->doubt_ns, waited_ns);
    return makes_it(session, views, item->slack_ns, min_u64(margin, 2 * waited_ns));
}

/* The oldest that the fastest path which is not in doubt (and ready, where that is asked) brings in
 * time with its share of the margin to spare; item is made its. NULL when there is none. */
static struct source *
oldest_in_time(struct session *session, uint64_t now, const struct sched_view *views, bool ready,
               struct source *(*since)(struct rtx_store *store, uint64_t from_ns),
               struct sched_item *item)
{
    const uint64_t lasts_ns = session_lasts_ns(session);
    uint64_t fastest_ns = NEVER, needed_ns;
    struct source *source;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (views[i].usable && !views[i].doubtful && (views[i].ready || !ready))
            fastest_ns = min_u64(fastest_ns, views[i].arrival_ns);
    }
    if (fastest_ns == NEVER)
        return NULL;
    item->doubt_ns = session_margin_ns(session, now) / DOUBT_SHARE;
    needed_ns = now + fastest_ns + item->doubt_ns;
    source = since(&session->store, needed_ns - min_u64(needed_ns, lasts_ns));
    if (source == NULL)
        return NULL;
    item->slack_ns = source->written_ns + lasts_ns - now;
    item->avoid = 0;
    item->bytes = session_sent_bytes(source);
    return source;
}

/* What was set aside and can be sent after all. */
static struct source *aside_item(struct session *session, uint64_t now,
                                 const struct sched_view *views, struct sched_item *item)
{
    const struct source *oldest = rtx_store_next_fresh(&session->store);

    if (!session_is_eased(session, oldest == NULL ? 0 : now - oldest->written_ns))
        return NULL;
    return oldest_in_time(session, now, views, false, rtx_store_aside_since, item);
}

/* The next source packet that can still make it, earliest deadline first; NULL when none. */
static struct source *next_item(struct session *session, uint64_t now,
                                const struct sched_view *views, struct sched_item *item)
{
    struct source *source;

    for (;;) {
        uint64_t deadline;

        source = rtx_store_next_wanted(&session->store);
        if (source == NULL && (source = aside_item(session, now, views, item)) != NULL)
            return source;
        if (source == NULL)
            source = session_next_fresh(session);
        if (source == NULL)
            return NULL;
        deadline = source->written_ns + session_lasts_ns(session);
        item->slack_ns = deadline > now ? deadline - now : 0;
        item->avoid = source->paths;
        item->bytes = session_sent_bytes(source);
        if (is_worth_it(session, now, views, source, item))
            return source;
        /* With every path in doubt there is no forecast: hope lasts as long as the deadline. */
        if (item->slack_ns > 0 &&
            !sched_any_sound(views, session->paths_used, session_lasts_ns(session)))
            return source;
        if (source->state == SOURCE_FRESH)
            session_set_aside(session, now, source);
        else
            rtx_store_unwant(&session->store, source);
    }
}

void session_note_blocked(struct session *session, struct path *path, uint64_t now)
{
    const uint64_t ready_ns = pacer_ready_at(&path->pacer, now);

    if (ready_ns > now)
        session->blocked_until_ns = min_u64(session->blocked_until_ns, ready_ns);
    else
        path->cc.limited = true;
}

/* The oldest packet that a path which is ready now, but too slow for those that wait longer, brings
 * in time; item is made its. NULL when there is none. */
static struct source *younger_item(struct session *session, uint64_t now,
                                   const struct sched_view *views, struct sched_item *item)
{
    return oldest_in_time(session, now, views, true, rtx_store_fresh_since, item);
}

bool session_transmit_media(struct session *session, uint64_t now, struct plait_poll *out)
{
    struct sched_view views[MAX_PATHS];
    struct sched_item item = {.lasts_ns = session_lasts_ns(session)};
    struct source *source;
    uint64_t ready_ns;
    uint32_t fresh;
    int slot;

    session->blocked_until_ns = NEVER;
    if (session->mode == PLAIT_MODE_BROADCAST)
        return session_transmit_broadcast(session, now, out);
    if (session->store.fresh_count + session->store.wanted_count + session->store.aside_count == 0)
        return false;
    look(session, now, session->config->max_udp + IP_UDP_OVERHEAD, views, &ready_ns);
    session_budget(session, now, views);
    fresh = session->store.fresh_count;
    source = next_item(session, now, views, &item);
    if (session->store.fresh_count != fresh) /* what waits now puts less pressure on the paths */
        look(session, now, session->config->max_udp + IP_UDP_OVERHEAD, views, &ready_ns);
    session_drop_hopeless(session, now);
    if (source == NULL)
        return false;
    slot = pick(session, views, &item);
    if (slot == SCHED_NONE && (source = younger_item(session, now, views, &item)) != NULL)
        slot = pick(session, views, &item);
    if (slot == SCHED_NONE) {
        session->blocked_until_ns = ready_ns;
        return false;
    }
    if (source->state == SOURCE_ASIDE)
        session_take_back(session, now, source);
    session_send_source(session, now, (uint32_t)slot, source, views, &item, out);
    return true;
}
