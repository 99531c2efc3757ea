/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiver's reports: TIME, an ACK a path, the stream's NACK, now and then REPORT and LATENCY.
 * Each goes out twice: on the path that is fastest by what arrives, and on the next of the others
 * in turn, so that a way back that is dead costs one copy and every way back is measured. A link
 * that is silent while others speak is left out: it would cost a copy for as long as it is down. */
#include "core/session/session.h"

#include <string.h>

#include "core/base/seq.h"
#include "core/session/trace.h"

#define REPORT_EVERY (200 * NS_PER_MS)
#define RECENT       (150 * NS_PER_MS) /* a path that spoke within this is taken as alive */
#define BEHIND_ACKS  260               /* bytes for NACK, REPORT and LATENCY */
#define GAP_SPACING  (5 * NS_PER_MS)   /* reports for holes alone are this far apart */

uint64_t session_feedback_due(const struct session *session)
{
    uint64_t due = NEVER;
    bool any_live = false;

    if (session->feedback_paths != 0)
        return 0;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        any_live = any_live || path_is_live(&session->paths[i]);
        if (session->paths[i].state != PATH_NONE)
            due = min_u64(due, ackset_due(&session->paths[i].receipts));
    }
    if (gaps_is_due(&session->gaps))
        due = min_u64(due, session->feedback_sent_ns + GAP_SPACING);
    return any_live ? due : NEVER;
}

/* Who spoke lately goes first, and of these the fastest; of the others who spoke last. */
static bool goes_before(const struct path *path, const struct path *other, uint64_t now)
{
    const bool recent = now - path->last_received_ns < RECENT;
    const bool other_recent = now - other->last_received_ns < RECENT;

    if (recent != other_recent)
        return recent;
    if (!recent)
        return path->last_received_ns > other->last_received_ns;
    if (!path->backward.valid || !other->backward.valid)
        return path->backward.valid;
    return path->backward.base_ns < other->backward.base_ns;
}

/* -1: there is none. */
static int choose_first(const struct session *session, uint64_t now)
{
    int best = -1;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (path_is_live(&session->paths[i]) &&
            (best < 0 || goes_before(&session->paths[i], &session->paths[best], now)))
            best = (int)i;
    }
    return best;
}

static void choose_paths(struct session *session, uint64_t now)
{
    const int first = choose_first(session, now);

    session->feedback_paths = 0;
    if (first < 0)
        return;
    session->feedback_paths = 1U << first;
    for (uint32_t k = 1; k <= session->paths_used; k++) {
        const uint32_t i = (session->feedback_turn + k) % session->paths_used;

        if ((int)i != first && path_is_live(&session->paths[i]) &&
            !session_path_is_mute(session, now, i, PATH_DOWN_AFTER)) {
            session->feedback_paths |= 1U << i;
            session->feedback_turn = i;
            return;
        }
    }
}

/* Leaves room for what stands behind. A path whose receipts do not fit tells them next time. */
static void write_acks(struct session *session, uint64_t now, struct writer *w)
{
    struct writer part = {w->at, w->end - BEHIND_ACKS, false};

    session->feedback_told = 0;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct ackset *set = &session->paths[i].receipts;
        struct frame frame = {.type = FRAME_ACK};
        bool fits;

        if (session->paths[i].state == PATH_NONE || set->unreported == 0)
            continue;
        frame.ack.path = i;
        frame.ack.largest = set->largest;
        frame.ack.age_ns = now - ackset_largest_ns(set);
        frame.ack.count =
            ackset_describe(set, frame.ack.received, frame.ack.before_ns, ACK_MAX_ENTRIES);
        /* The first one goes in any case, with as many entries as a small datagram takes: or no
         * report would ever be done. */
        fits = frame_encode(&part, &frame);
        while (!fits && session->feedback_told == 0 && frame.ack.count > 1) {
            frame.ack.count /= 2;
            fits = frame_encode(&part, &frame);
        }
        if (fits)
            session->feedback_told |= 1U << i;
    }
    w->at = part.at;
}

static void write_nack(struct session *session, uint64_t now, struct writer *w)
{
    const struct reorder *reorder = &session->reorder;
    struct frame frame = {.type = FRAME_NACK};
    uint64_t from = reorder->next, first, count;

    frame.nack.base = reorder->next;
    frame.nack.end = max_u64(reorder->end, reorder->next);
    while (gaps_next(&reorder->present, &from, frame.nack.end, &first, &count)) {
        /* What the sender has given up is nothing to ask for. */
        while (count > 0 && bitmap_test(&reorder->skipped, first)) {
            first++;
            count--;
        }
        if (count == 0)
            continue;
        if (frame.nack.ranges == NACK_MAX_RANGES) {
            frame.nack.end = first; /* what lies above is told another time */
            break;
        }
        frame.nack.range[frame.nack.ranges++] = (struct seq_range){first, count};
    }
    if (trace_on(session))
        trace_nack(session, now, &frame.nack);
    frame_encode(w, &frame);
}

static void write_report(struct session *session, uint64_t now, struct writer *w)
{
    const struct plait_stream_stats *s = &session->stream;
    struct frame frame = {.type = FRAME_REPORT};

    if (now < session->report_due_ns)
        return;
    session->report_due_ns = now + REPORT_EVERY;
    frame.report.delivered = s->delivered;
    frame.report.missing = s->missing;
    frame.report.late = s->late;
    frame.report.recovered_fec = s->recovered_fec;
    frame.report.duplicates = s->duplicates;
    frame.report.headroom_us = (uint64_t)max_i64(session_headroom_ns(session, now), 0) / NS_PER_US;
    frame_encode(w, &frame);
    frame = (struct frame){.type = FRAME_LATENCY,
                           .latency_us = session->latency_ns / NS_PER_US,
                           .heard_us = session->peer_wish_ns / NS_PER_US};
    frame_encode(w, &frame);
}

/* The second copy is written anew: TIME must be its own. */
static size_t write_feedback(struct session *session, uint64_t now)
{
    const struct frame time = {.type = FRAME_TIME, .time_us = now / NS_PER_US};
    struct writer w = session_writer(session);

    frame_encode(&w, &time);
    write_acks(session, now, &w);
    write_nack(session, now, &w);
    write_report(session, now, &w);
    return (size_t)(w.at - session->plain) - PACKET_SEALED_HEADER;
}

bool session_transmit_feedback(struct session *session, uint64_t now, struct plait_poll *out)
{
    uint32_t slot;

    if (session->feedback_paths == 0) {
        if (session_feedback_due(session) > now)
            return false;
        choose_paths(session, now);
        if (session->feedback_paths == 0)
            return false;
    }
    slot = (uint32_t)__builtin_ctz(session->feedback_paths);
    session->feedback_paths &= session->feedback_paths - 1;
    session_seal(session, now, slot, write_feedback(session, now), out);
    sentmap_skip(&session->paths[slot].sent);
    if (session->feedback_paths == 0) {
        for (uint32_t i = 0; i < session->paths_used; i++) {
            if (session->feedback_told & (1U << i))
                ackset_on_reported(&session->paths[i].receipts);
        }
        gaps_on_reported(&session->gaps);
        session->feedback_sent_ns = now;
    }
    return true;
}
