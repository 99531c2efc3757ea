/* SPDX-License-Identifier: BSD-2-Clause */
/* What came in: opens a packet, then works in its frames. Nothing before keyring_open changes any
 * state but counters. */
#include "core/session/session.h"

#include <string.h>

#include "core/base/seq.h"

/* What all frames of one packet share. */
struct rx {
    uint64_t now;
    uint32_t slot;
    const struct plait_addr *remote;
    uint64_t time_ns; /* of its TIME frame; 0: none */
    bool wants_report;
    bool skipped, nacked; /* it held SKIP, NACK: one of each is worked in, a ring's work at most */
    bool reported;        /* it held ACK or NACK */
};

static void count_arrival(struct session *session, uint64_t now, uint64_t written_ns)
{
    const int64_t spare = (int64_t)(written_ns + session->latency_ns - now);
    const uint64_t passed_ns = now - session->headroom_since_ns;

    if (passed_ns >= HEADROOM_KEPT)
        session->headroom_next_ns = INT64_MAX; /* of before a silence */
    session->headroom_next_ns = min_i64(session->headroom_next_ns, spare);
    if (passed_ns >= NS_PER_S) {
        session->headroom_ns = session->headroom_next_ns;
        session->headroom_next_ns = INT64_MAX;
        session->headroom_since_ns = now;
    }
}

void session_on_source(struct session *session, uint64_t now, uint64_t seq, uint64_t written_ns,
                       uint8_t flags, const uint8_t *payload, size_t len, bool recovered)
{
    enum reorder_insert what;

    if (seq >= VARINT_MAX)
        return; /* no report could tell of what comes after it */
    /* By a clock that was set it may seem to come before it was written, and would hold back for
     * seconds what comes after it. */
    written_ns = min_u64(written_ns, now);
    what = now > written_ns + session->latency_ns
               ? reorder_late(&session->reorder, seq)
               : reorder_insert(&session->reorder, seq, written_ns, flags, payload, len, recovered);
    if (what == REORDER_DUPLICATE) {
        session->stream.duplicates++;
        return;
    }
    count_arrival(session, now, written_ns);
    if (what == REORDER_NEW)
        gaps_on_arrived(&session->gaps, seq);
    session->stream.late += what == REORDER_LATE;
}

/* Each once, and only what is still waited for. */
static void take_recovered(struct session *session, uint64_t now)
{
    struct frame_data data;

    while (protect_next_recovered(&session->protect, &data)) {
        const uint64_t seq = seq_expand(session->gaps.highest, data.seq, 32);
        const uint64_t written_ns = frame_written_ns(data.written, now);

        /* Nothing comes before it was written: such a symbol was solved wrongly. */
        if (seq >= session->reorder.next && written_ns <= now + CLOCK_UNSURE)
            session_on_source(session, now, seq, written_ns, data.flags, data.payload, data.len,
                              true);
    }
}

static void on_data(struct session *session, const struct rx *rx, const struct frame_data *data)
{
    const uint64_t seq = seq_expand(session->gaps.highest, data->seq, FRAME_SEQ_BITS);
    const uint64_t written_ns = frame_written_ns(data->written, rx->now);

    if (session->is_sender || data->len > session->reorder.payload_max || data->len == 0)
        return;
    owd_on_sample(&session->paths[rx->slot].backward, rx->now, (int64_t)(rx->now - written_ns));
    session_count_media(session, rx->now, rx->slot, data->len);
    session_on_source(session, rx->now, seq, written_ns, data->flags, data->payload, data->len,
                      false);
    protect_on_source(&session->protect, seq, data);
    take_recovered(session, rx->now);
}

static void on_repair(struct session *session, uint64_t now, const struct frame_repair *repair)
{
    if (session->is_sender)
        return;
    protect_on_repair(&session->protect, session->gaps.highest, repair);
    take_recovered(session, now);
}

static void on_latency(struct session *session, uint64_t now, uint64_t latency_us,
                       uint64_t heard_us)
{
    const uint64_t ns = latency_us * NS_PER_US;
    const bool heard = heard_us == session->latency_wish_ns / NS_PER_US;
    uint64_t agreed;

    if (latency_us > PLAIT_LATENCY_MAX_NS / NS_PER_US || ns < PLAIT_LATENCY_MIN_NS)
        return;
    if (!session->is_sender) {
        session->peer_wish_ns = ns;
        agreed = max_u64(session->latency_wish_ns, ns);
        session->report_due_ns = 0;
    } else {
        agreed = ns;
        /* What was heard last may be a wish of before, that came late. */
        if (!heard && !session->latency_pending)
            session->control_due_ns = min_u64(session->control_due_ns, now);
        session->latency_pending = !heard;
    }
    if (agreed != session->latency_ns)
        session_tell(session, PLAIT_EVENT_LATENCY, UINT32_MAX, agreed);
    session_agree_latency(session, agreed);
}

static void on_skip(struct session *session, const struct frame_skip *skip)
{
    if (session->is_sender)
        return;
    for (uint32_t i = 0; i < skip->ranges; i++)
        reorder_skip(&session->reorder, skip->range[i].first, skip->range[i].count);
}

/* The sender's next start is being answered: a goodbye of the one before, late, must not take that
 * with it. What confirms the answer ends the old session, and silence does if nothing comes. */
static bool is_overtaken(const struct session *session)
{
    return session->tentative.active && session->tentative.instance != session->instance;
}

static void on_frame(struct session *session, struct rx *rx, const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_DATA:
        rx->wants_report = true;
        on_data(session, rx, &frame->data);
        break;
    case FRAME_REPAIR:
        rx->wants_report = true;
        on_repair(session, rx->now, &frame->repair);
        break;
    case FRAME_PING:
        rx->wants_report = true;
        break;
    case FRAME_CHALLENGE:
        rx->wants_report = true;
        session->paths[rx->slot].response_token = frame->token;
        break;
    case FRAME_RESPONSE:
        session_on_response(session, rx->now, rx->slot, rx->remote, frame->token);
        break;
    case FRAME_TIME:
        rx->time_ns = frame->time_us * NS_PER_US;
        session_on_time(session, rx->now, rx->slot, rx->time_ns);
        break;
    case FRAME_ACK:
        rx->reported = true;
        session_on_ack(session, rx->now, rx->time_ns, &frame->ack);
        break;
    case FRAME_NACK:
        rx->reported = true;
        if (!rx->nacked)
            session_on_nack(session, rx->now, &frame->nack);
        rx->nacked = true;
        break;
    case FRAME_SKIP:
        if (!rx->skipped)
            on_skip(session, &frame->skip);
        rx->skipped = true;
        break;
    case FRAME_LATENCY:
        on_latency(session, rx->now, frame->latency_us, frame->heard_us);
        break;
    case FRAME_PATH_GONE:
        session_on_path_gone(session, rx->now, &frame->path_gone);
        break;
    case FRAME_CLOSE:
        if (!is_overtaken(session))
            session_end(session, SESSION_FACT_ENDED, PLAIT_CLOSE_PEER);
        break;
    default:
        break;
    }
}

static void read_frames(struct session *session, struct rx *rx, const uint8_t *plain, size_t len)
{
    struct reader r = {plain, plain + len, false};
    struct frame frame;

    while (frame_decode(&r, &frame)) {
        on_frame(session, rx, &frame);
        if (session->state == SESSION_OVER)
            return;
    }
}

/* Opens with the current keys, then with the tentative ones. Returns the plaintext's length. */
static int open_packet(struct session *session, uint64_t now, const uint8_t *data,
                       const struct packet_header *h, uint64_t *number, uint8_t *plain)
{
    const struct replay_window *replay = &session->addrs[h->path].replay;
    struct path *path = &session->paths[h->path];
    int len;

    if (h->receiver_cid == session->keys.local_cid) {
        *number = seq_expand(max_u64(replay->next, session->keys.recv_base), h->packet_number,
                             PACKET_NUMBER_BITS);
        if (!replay_is_fresh(replay, *number)) {
            if (!keyring_is_authentic(&session->keys.ring, now, h->phase, h->path, *number, data,
                                      PACKET_SEALED_HEADER, h->body, h->body_len, plain))
                return PLAIT_ERR_UNAUTHENTIC;
            path->duplicates += path->state != PATH_NONE;
            return PLAIT_ERR_REPLAYED;
        }
        len = keyring_open(&session->keys.ring, now, h->phase, h->path, *number, data,
                           PACKET_SEALED_HEADER, h->body, h->body_len, plain);
        return len < 0 ? PLAIT_ERR_UNAUTHENTIC : len;
    }
    if (!session->tentative.active || h->receiver_cid != session->tentative.keys.local_cid)
        return PLAIT_ERR_NOT_FOUND;
    *number = seq_expand(session->tentative.keys.recv_base, h->packet_number, PACKET_NUMBER_BITS);
    len = keyring_open(&session->tentative.keys.ring, now, h->phase, h->path, *number, data,
                       PACKET_SEALED_HEADER, h->body, h->body_len, plain);
    if (len < 0)
        return PLAIT_ERR_UNAUTHENTIC;
    session_confirm(session, now);
    return len;
}

int session_on_sealed(struct session *session, uint64_t now, uint32_t link,
                      const struct plait_addr *local, const struct plait_addr *remote,
                      const uint8_t *data, size_t len, const struct packet_header *h)
{
    uint8_t plain[MAX_UDP];
    struct rx rx = {.now = now, .slot = h->path, .remote = remote};
    struct path *path;
    uint64_t number = 0;
    bool is_newest;
    int got;

    if (len > MAX_UDP)
        return PLAIT_ERR_MALFORMED;
    /* Not opened: it would count, and could come again as it is not marked. */
    if (session->is_sender && session->paths[rx.slot].state == PATH_NONE)
        return PLAIT_ERR_NOT_FOUND;
    got = open_packet(session, now, data, h, &number, plain);
    if (got < 0)
        return got;
    if (session->state != SESSION_UP && session->state != SESSION_CLOSING)
        return PLAIT_ERR_STATE;
    is_newest = number >= session->addrs[rx.slot].replay.next;
    replay_mark(&session->addrs[rx.slot].replay, number);
    session->last_authentic_ns = now;
    /* The peer has what it had, so new keys would only make all that is under way be sent again. */
    if (session->is_sender && session->initiation.active && !session_key_is_old(session))
        session_forget_handshake(session);
    if (!session->is_sender) {
        session_learn_path(session, now, rx.slot, link, local, remote, number, is_newest);
        session_credit_address(session, rx.slot, remote, len);
    }
    path = &session->paths[rx.slot];
    path->last_received_ns = now;
    path->packets_received++;
    path->bytes_received += len;
    read_frames(session, &rx, plain, (size_t)got);
    if (session->state == SESSION_OVER)
        return PLAIT_OK;
    if (!session->is_sender)
        ackset_on_received(&path->receipts, number, now, rx.wants_report);
    if (session->is_sender && rx.reported)
        session_review(session, now);
    return PLAIT_OK;
}
