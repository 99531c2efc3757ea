/* SPDX-License-Identifier: BSD-2-Clause */
/* The sender works in what the receiver reports: receipts a path, holes of the stream.
 * Afterwards session_review looks for what is lost, overdue or suspect. */
#include "core/session/session.h"

#include "core/base/seq.h"
#include "core/session/trace.h"

#define HELD_UP       (2 * REVIEW_EVERY)
#define HELD_UP_READ  (10 * NS_PER_MS)
#define UNHEARD_AFTER NS_PER_S         /* the same before the first receipt */
#define REPORT_GRACE  (60 * NS_PER_MS) /* a report may be this late before time stands in for it */

/* What came when its place had been delivered is received, and of no use. */
static bool came_in_time(const struct session *session, const struct source *source,
                         uint64_t received_ns)
{
    const uint64_t written_ns = frame_written_ns(source->written, received_ns);

    return received_ns < written_ns + session->latency_ns - RELEASE_LEAD;
}

static void on_packet_acked(struct session *session, struct path *path, struct sent_packet *packet,
                            uint64_t now, uint64_t received_ns)
{
    struct source *source = NULL;

    if (packet->seq != SEQ_NONE)
        source = rtx_store_find(&session->store, packet->seq);
    if (source != NULL) {
        if (packet->counted)
            source->live--;
        if (came_in_time(session, source, received_ns) &&
            rtx_store_on_arrived(&session->store, source))
            session->stream.acked++;
    }
    path_on_acked(path, packet, now, received_ns);
}

void session_on_ack(struct session *session, uint64_t now, uint64_t time_ns,
                    const struct frame_ack *ack)
{
    const uint64_t top_ns = time_ns - ack->age_ns;
    struct path *path;
    uint64_t newest_sent = 0;

    if (!session->is_sender || ack->path >= MAX_PATHS || time_ns == 0)
        return;
    path = &session->paths[ack->path];
    if (path->state == PATH_NONE || ack->largest >= path->sent.next)
        return;
    path_report_begin(path);
    for (uint32_t i = ack->count; i-- > 0;) {
        struct sent_packet *packet =
            ack->received[i] ? sentmap_find(&path->sent, ack->largest - i) : NULL;

        if (packet == NULL)
            continue;
        newest_sent = packet->sent_ns;
        on_packet_acked(session, path, packet, now, top_ns - (uint64_t)ack->before_ns[i]);
    }
    if (newest_sent == 0)
        return;
    session->heard = true;
    rtt_on_sample(&path->rtt, now - newest_sent);
    path_report_end(path, now, way_back_ns(&session->way_back));
    if (trace_on(session))
        trace_metrics(session, now, ack->path);
    if (path->state == PATH_SUSPECT || path->state == PATH_DOWN)
        session_path_step(session, ack->path, now, PATH_FACT_ARRIVED);
}

/* Everything in [from, to) has arrived. */
static void on_range_arrived(struct session *session, uint64_t from, uint64_t to)
{
    struct source *source;

    while ((source = rtx_store_next_pending(&session->store, from, to)) != NULL) {
        /* What a SKIP has named is not asked for, missing or not. */
        if (!source->told && rtx_store_on_arrived(&session->store, source))
            session->stream.acked++;
        from = source->seq + 1;
    }
}

void session_on_nack(struct session *session, uint64_t now, const struct frame_nack *nack)
{
    uint64_t from = nack->base;

    if (!session->is_sender || nack->end > session->store.next)
        return;
    if (trace_on(session))
        trace_nack(session, now, nack);
    for (uint32_t i = 0; i < nack->ranges; i++) {
        const struct seq_range *range = &nack->range[i];
        const uint64_t end = min_u64(range->first + range->count, session->store.next);

        on_range_arrived(session, from, range->first);
        /* Missing there and nothing under way: whatever the paths say, it must go again. */
        for (uint64_t seq = max_u64(range->first, session->store.first); seq < end; seq++) {
            struct source *source = rtx_store_find(&session->store, seq);

            if (source != NULL && source->state == SOURCE_SENT && source->live == 0)
                rtx_store_want(&session->store, source, false);
            if (source != NULL &&
                (source->state == SOURCE_DROPPED || source->state == SOURCE_ASIDE))
                session_skip_again(session, now, source);
        }
        from = end;
    }
    on_range_arrived(session, from, nack->end);
}

/* Everything lost on a path leaves the flight; its source packets are wanted again. */
static void collect_lost(struct session *session, uint32_t slot, uint64_t now)
{
    struct path *path = &session->paths[slot];
    struct sent_packet *packet;

    while ((packet = loss_next(&path->loss, &path->sent, session->report_ns)) != NULL) {
        path_on_lost(path, packet);
        if (trace_on(session))
            trace_lost(session, now, slot, PLAIT_TRACE_LOST, packet);
        session_copy_gone(session, packet, false);
    }
}

/* Fastest way for a second copy on another path, and the cost of one more try. */
static void best_elsewhere(struct session *session, uint32_t slot, uint64_t now,
                           uint64_t *arrival_ns, uint64_t *round_ns)
{
    *arrival_ns = *round_ns = NEVER;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        uint64_t delay;

        if (i == slot || session->paths[i].state != PATH_ACTIVE)
            continue;
        delay = session_delay(session, i, now, CC_PACKET);
        *arrival_ns = min_u64(*arrival_ns, delay);
        *round_ns = min_u64(*round_ns, session->paths[i].rtt.smoothed_ns);
    }
}

/* From now until the packet that ends `ahead` bytes of the flight is expected. A silence is taken
 * to last as long again as it has lasted. */
static uint64_t forecast(struct session *session, struct path *path, uint64_t now, uint64_t there,
                         uint64_t ahead)
{
    const uint64_t served_ns = path_served_ns(path, ahead, there) + path_silent_ns(path, there);

    return (uint64_t)max_i64(0, (int64_t)(served_ns - now) - session->clock.offset_ns);
}

/* Packets that should have been reported: their copies count no longer, and where waiting does not
 * pay they are wanted again. */
static void review_overdue(struct session *session, uint32_t slot, uint64_t now, uint64_t there)
{
    struct path *path = &session->paths[slot];
    struct rtx_facts facts = {.room = session_room(session, now, path)};
    const uint64_t normal_ns = path_slack(path);
    uint64_t ahead = 0;

    if (sentmap_oldest_in_flight(&path->sent) == NULL || session->config->reinject_off ||
        !rtx_gives_up(facts.room, path->state != PATH_ACTIVE))
        return;
    best_elsewhere(session, slot, now, &facts.arrival_ns, &facts.round_ns);
    for (uint64_t n = path->sent.flying; n < path->sent.next; n++) {
        struct sent_packet *packet = sentmap_find(&path->sent, n);
        struct source *source;
        uint64_t deadline;

        if (packet == NULL || packet->state == SENT_LOST)
            continue;
        ahead += packet->bytes;
        if (packet->state != SENT_IN_FLIGHT || !packet->counted)
            continue;
        if (there < packet->expected_ns + normal_ns)
            return;
        source = packet->seq == SEQ_NONE ? NULL : rtx_store_find(&session->store, packet->seq);
        if (source == NULL || source->state != SOURCE_SENT)
            continue;
        deadline = source->written_ns + session->latency_ns;
        facts.overdue_ns = there - packet->expected_ns;
        facts.slack_ns = deadline > now ? deadline - now : 0;
        if (facts.room != RTX_ROOM_SPARE)
            facts.forecast_ns = forecast(session, path, now, there, ahead);
        if (!rtx_pays(&facts))
            continue;
        packet->state = SENT_OVERDUE;
        if (trace_on(session))
            trace_lost(session, now, slot, PLAIT_TRACE_OVERDUE, packet);
        session_copy_gone(session, packet, true);
    }
}

uint64_t session_unheard_ns(const struct session *session, uint64_t now)
{
    const struct way_back *back = &session->way_back;
    int64_t age_ns;

    if (!back->valid || session->report_ns == 0)
        return 0;
    age_ns = (int64_t)(now - session->report_ns) - way_back_ns(back) - (int64_t)ACK_DELAY;
    return min_u64((uint64_t)max_i64(0, age_ns), way_back_spread(back));
}

/* The receiver's time up to which everything that arrived has been reported. Where reports fail to
 * come, time passes all the same. */
static uint64_t reported_until(const struct session *session, uint64_t now)
{
    const struct way_back *back = &session->way_back;
    uint64_t grace_ns;
    int64_t until;

    if (!back->valid)
        return session->report_ns;
    grace_ns = max_u64(REPORT_GRACE, way_back_spread(back) + ACK_DELAY);
    until = (int64_t)now - way_back_ns(back) - (int64_t)(ACK_DELAY + grace_ns);
    return max_u64(session->report_ns, (uint64_t)max_i64(until, 0));
}

/* A receipt is overdue beyond doubt. Where none has ever come, no delay is known to reckon with;
 * the receiver tells of none before it has asked back and been answered. */
static bool is_overdue(const struct session *session, struct path *path, uint64_t now,
                       uint64_t there)
{
    const struct sent_packet *oldest = sentmap_oldest_in_flight(&path->sent);

    if (!path->forward.valid)
        return oldest != NULL &&
               now - oldest->sent_ns > UNHEARD_AFTER + 2 * session->answered_after_ns;
    return path_silent_ns(path, there) > max_u64(SUSPECT_AFTER, 4 * path->forward.jitter_ns);
}

/* Nobody came by for longer than was asked for: the program was held up. What was reported
 * meanwhile waits in its sockets and is handed in one after the other, now or in a moment; before
 * that nothing can be told of what is missing. Who always comes so late is looked at all the same,
 * every other time. */
static bool was_held_up(struct session *session, uint64_t now)
{
    if (session->held_up_ns == 0 && now - session->reviewed_ns > HELD_UP &&
        session_is_flying(session))
        session->held_up_ns = now;
    if (now - session->held_up_ns >= HELD_UP_READ)
        session->held_up_ns = 0;
    session->reviewed_ns = now;
    return session->held_up_ns != 0;
}

void session_review(struct session *session, uint64_t now)
{
    const uint64_t there = reported_until(session, now);

    if (was_held_up(session, now))
        return;
    session_review_backup(session, now);
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];

        if (!path_is_live(path))
            continue;
        collect_lost(session, i, now);
        review_overdue(session, i, now, there);
        if (is_overdue(session, path, now, there))
            session_path_step(session, i, now, PATH_FACT_OVERDUE);
    }
    session_advise(session, now);
}
