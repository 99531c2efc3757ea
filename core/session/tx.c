/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes out next: goodbye > handshake > validation > reports > media (tx_media.c) > repair
 * (protect.c) > padding (padding.c) > probes. */
#include "core/session/session.h"

#include <assert.h>
#include <string.h>

#include "core/base/seq.h"
#include "core/session/trace.h"

#define TAIL_MIN (25 * NS_PER_MS)

#define CONTROL_RETRY (100 * NS_PER_MS)
#define CHALLENGE_MIN 60 /* plaintext bytes: a RESPONSE and a CHALLENGE fit in as many */
#define PING_MIN      12 /* a CHALLENGE fits */

static void fill(struct session *session, uint32_t slot, const uint8_t *data, size_t len,
                 struct plait_poll *out)
{
    struct path *path = &session->paths[slot];
    const struct path_addr *addr = &session->addrs[slot];

    out->kind = PLAIT_POLL_TRANSMIT;
    out->session = session->index;
    out->data = data;
    out->len = len;
    out->link = path->link;
    out->local = addr->local;
    out->remote = addr->remote;
    path->packets_sent++;
    path->bytes_sent += len;
}

void session_seal(struct session *session, uint64_t now, uint32_t slot, size_t len,
                  struct plait_poll *out)
{
    struct path *path = &session->paths[slot];
    uint8_t *packet = session->plain, *body = packet + PACKET_SEALED_HEADER;
    const uint64_t number = path->sent.next;
    int sealed;

    keyring_advance(&session->keys.ring, now);
    packet_encode_sealed(packet, keyring_phase(&session->keys.ring), session->keys.remote_cid,
                         (uint8_t)slot, number);
    sealed = keyring_seal(&session->keys.ring, slot, number, packet, PACKET_SEALED_HEADER, body,
                          len, body);
    assert(sealed > 0);
    fill(session, slot, packet, PACKET_SEALED_HEADER + (size_t)sealed, out);
}

/* The active path with the shortest round trip; one without any only when there is no other. -1:
 * none. */
static int soundest(const struct session *session)
{
    uint64_t shortest = 0;
    int slot = -1;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];
        const uint64_t rtt = path->rtt.smoothed_ns == 0 ? NEVER : path->rtt.smoothed_ns;

        if (path->state != PATH_ACTIVE || (slot >= 0 && rtt >= shortest))
            continue;
        slot = (int)i;
        shortest = rtt;
    }
    return slot;
}

/* A link that is down is asked now and then, or as often as one in doubt while no link is there for
 * the media that waits. */
static uint64_t probe_every(const struct session *session, const struct path *path)
{
    if (path->state == PATH_ACTIVE)
        return KEEPALIVE;
    if (path->state == PATH_SUSPECT || (session->stream.written > 0 && soundest(session) < 0))
        return PROBE_EVERY;
    return PROBE_DOWN_EVERY;
}

/* Seals and, at the sender, records a packet without media that wants a receipt. */
static void send_control(struct session *session, uint64_t now, uint32_t slot,
                         const struct writer *w, bool wants_report, struct plait_poll *out)
{
    struct path *path = &session->paths[slot];
    const size_t len = (size_t)(w->at - (session->plain + PACKET_SEALED_HEADER));

    session_seal(session, now, slot, len, out);
    if (session->is_sender && wants_report && sentmap_has_room(&path->sent)) {
        const uint32_t bytes = (uint32_t)out->len + IP_UDP_OVERHEAD;
        const uint64_t arrival =
            path_arrival(path, now, bytes, session->report_ns, session->clock.offset_ns);

        path_on_sent(path, now, bytes, arrival)->kind = SENT_PROBE;
    } else {
        sentmap_skip(&path->sent);
    }
    if (session->is_sender && trace_on(session))
        trace_sent(session, now, slot, PLAIT_TRACE_PROBE, 0, 0, out->len, NULL, NULL);
    path->ping_due_ns = now + probe_every(session, path);
}

static bool transmit_handshake(struct session *session, uint64_t now, struct plait_poll *out)
{
    struct initiation *in = &session->initiation;

    if (!in->active)
        return false;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (!(in->paths_due & (1U << i)))
            continue;
        in->paths_due &= ~(1U << i);
        if (session->paths[i].state == PATH_NONE)
            continue;
        in->started_ns = min_u64(in->started_ns, now);
        fill(session, i, in->message, in->len, out);
        return true;
    }
    return false;
}

/* What the sender says first from a new address is long enough to be answered (see below). */
static void pad(const struct session *session, struct writer *w, ptrdiff_t plain_min)
{
    while (session->is_sender && w->at - session->plain < PACKET_SEALED_HEADER + plain_min)
        write_u8(w, FRAME_PADDING);
}

static uint64_t draw_token(struct session *session)
{
    uint64_t token = 0;

    while (token == 0)
        session->config->random(session->config->random_ctx, (uint8_t *)&token, sizeof token);
    return token;
}

/* An address that has not answered a challenge is sent at most what came from it. What is counted
 * came from the candidate, when there is one. The sender chose its addresses itself. */
static bool may_send_unvalidated(struct session *session, uint32_t slot, const struct writer *w,
                                 bool to_candidate)
{
    struct path_addr *addr = &session->addrs[slot];
    const size_t len = (size_t)(w->at - session->plain) + AEAD_TAG_LEN;

    if (session->is_sender || (!to_candidate && session->paths[slot].state != PATH_VALIDATING))
        return true;
    if (addr->moving != to_candidate || addr->unvalidated_bytes < len)
        return false;
    addr->unvalidated_bytes -= len;
    return true;
}

/* An authentic goodbye on each path, CLOSE_COPIES times. */
static bool transmit_goodbye(struct session *session, uint64_t now, struct plait_poll *out)
{
    while (session->goodbyes > 0) {
        const uint32_t slot = --session->goodbyes % MAX_PATHS;
        const struct frame frame = {.type = FRAME_CLOSE};
        struct writer w = session_writer(session);

        if (session->paths[slot].state == PATH_NONE)
            continue;
        frame_encode(&w, &frame);
        if (!may_send_unvalidated(session, slot, &w, false))
            continue;
        send_control(session, now, slot, &w, false, out);
        return true;
    }
    session_end(session, SESSION_FACT_GOODBYES_SENT, session->close_reason);
    return false;
}

static bool transmit_response(struct session *session, uint64_t now, uint32_t slot,
                              struct plait_poll *out)
{
    struct path *path = &session->paths[slot];
    const struct frame frame = {.type = FRAME_RESPONSE, .token = path->response_token};
    struct writer w = session_writer(session);

    path->response_token = 0;
    frame_encode(&w, &frame);
    if (!may_send_unvalidated(session, slot, &w, false))
        return false;
    send_control(session, now, slot, &w, false, out);
    return true;
}

static bool transmit_challenge(struct session *session, uint64_t now, uint32_t slot,
                               struct plait_poll *out)
{
    struct path *path = &session->paths[slot];
    struct path_addr *addr = &session->addrs[slot];
    struct frame frame = {.type = FRAME_CHALLENGE};
    struct writer w = session_writer(session);

    path->validation.repeated = path->validation.token != 0;
    if (path->validation.token == 0)
        path->validation.token = draw_token(session);
    frame.token = path->validation.token;
    frame_encode(&w, &frame);
    pad(session, &w, CHALLENGE_MIN);
    path->validation.sent_ns = now;
    path->validation.next_ns = now + path->validation.interval_ns;
    path->validation.interval_ns = min_u64(2 * path->validation.interval_ns, CHALLENGE_MAX_EVERY);
    if (!may_send_unvalidated(session, slot, &w, addr->moving))
        return false;
    send_control(session, now, slot, &w, true, out);
    if (addr->moving) {
        out->remote = addr->candidate;
        out->local = addr->candidate_local;
        out->link = addr->candidate_link;
    }
    return true;
}

/* A PING of so many bytes of plaintext. */
static void send_ping(struct session *session, uint64_t now, uint32_t slot, ptrdiff_t plain_min,
                      struct plait_poll *out)
{
    const struct frame frame = {.type = FRAME_PING};
    struct writer w = session_writer(session);

    frame_encode(&w, &frame);
    pad(session, &w, plain_min);
    send_control(session, now, slot, &w, true, out);
}

void session_send_padding(struct session *session, uint64_t now, uint32_t slot, bool is_full,
                          struct plait_poll *out)
{
    const ptrdiff_t full = session->config->max_udp - PACKET_SEALED_HEADER - AEAD_TAG_LEN;

    send_ping(session, now, slot, is_full ? full : PING_MIN, out);
}

uint64_t session_tail_ns(const struct path *path)
{
    if (path->rtt.smoothed_ns == 0)
        return KEEPALIVE;
    return max_u64(TAIL_MIN, path->rtt.smoothed_ns + 4 * path->rtt.var_ns);
}

/* What was sent last and is not known to be there shows as lost only when something comes after it:
 * where nothing did by when its receipt was to come, a PING does (RFC 8985's tail loss probe, after
 * RFC 9002's probe timeout). */
static uint64_t tail_ping_ns(struct path *path)
{
    const struct sent_packet *last = sentmap_find(&path->sent, path->sent.newest);

    if (last == NULL || last->kind == SENT_PROBE || last->state == SENT_LOST)
        return NEVER;
    return last->sent_ns + session_tail_ns(path);
}

static bool transmit_ping(struct session *session, uint64_t now, uint32_t slot,
                          struct plait_poll *out)
{
    struct path *path = &session->paths[slot];
    uint64_t wanted_ns;

    if (!session->is_sender || !path_is_live(path) || now < path->ping_due_ns)
        return false;
    wanted_ns = min_u64(path->last_sent_ns + KEEPALIVE, path->pinged_ns + PING_EVERY);
    wanted_ns = min_u64(wanted_ns, tail_ping_ns(path));
    if (path->state == PATH_ACTIVE && now < wanted_ns) {
        path->ping_due_ns = wanted_ns;
        return false;
    }
    path->pinged_ns = now;
    send_ping(session, now, slot, PING_MIN, out);
    return true;
}

/* LATENCY, PATH_GONE and SKIP, in one packet on the soundest path; repeated until done. */
static bool transmit_control(struct session *session, uint64_t now, struct plait_poll *out)
{
    struct frame frame = {.type = FRAME_SKIP};
    struct writer w = session_writer(session);
    int slot;

    session->control_due_ns = NEVER;
    slot = soundest(session);
    if (slot < 0) {
        session->control_due_ns = now + CONTROL_RETRY;
        return false;
    }
    frame.skip.ranges = session_take_skips(session, now, frame.skip.range);
    if (frame.skip.ranges > 0)
        frame_encode(&w, &frame);
    if (session->skip_from < session->skip_end)
        session->control_due_ns = now;
    if (session->latency_pending) {
        session->control_due_ns = min_u64(session->control_due_ns, now + CONTROL_RETRY);
        frame = (struct frame){.type = FRAME_LATENCY,
                               .latency_us = session->latency_wish_ns / NS_PER_US};
        frame_encode(&w, &frame);
    }
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (session->paths[i].gone_copies == 0)
            continue;
        frame =
            (struct frame){.type = FRAME_PATH_GONE, .path_gone = {i, session->paths[i].sent.next}};
        frame_encode(&w, &frame);
        session->paths[i].gone_copies--;
        session->control_due_ns = min_u64(session->control_due_ns, now + CONTROL_RETRY);
    }
    if (w.at == session->plain + PACKET_SEALED_HEADER)
        return false;
    frame = (struct frame){.type = FRAME_PING}; /* none of the above wants a receipt */
    frame_encode(&w, &frame);
    send_control(session, now, (uint32_t)slot, &w, true, out);
    return true;
}

/* A struct frame takes kilobytes: it is made only where one is due, which is asked at each poll. */
static bool transmit_path_control(struct session *session, uint64_t now, struct plait_poll *out)
{
    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];

        if (path->state == PATH_NONE)
            continue;
        if (path->response_token != 0 && transmit_response(session, now, i, out))
            return true;
        if (now >= path->validation.next_ns && transmit_challenge(session, now, i, out))
            return true;
    }
    return false;
}

/* False when the key cannot seal another packet: the peer has not followed the last rekey. Of a
 * rekey is told when the receiving side has moved, which is last: then both keys are new. */
static bool key_is_good(struct session *session)
{
    const struct keyring *ring = &session->keys.ring;

    if (session->state != SESSION_UP && session->state != SESSION_CLOSING)
        return true;
    if (ring->recv_generation != session->generation) {
        session->generation = ring->recv_generation;
        session_tell(session, PLAIT_EVENT_REKEYED, UINT32_MAX, ring->recv_generation);
    }
    return ring->sealed < KEYRING_SEAL_MAX;
}

bool session_poll_transmit(struct session *session, uint64_t now, struct plait_poll *out)
{
    if (!key_is_good(session)) {
        session_end(session, SESSION_FACT_ENDED, PLAIT_CLOSE_EXHAUSTED);
        return false;
    }
    if (session->state == SESSION_CLOSING)
        return transmit_goodbye(session, now, out);
    if (session->is_sender && transmit_handshake(session, now, out))
        return true;
    if (session->state != SESSION_UP)
        return false;
    if (transmit_path_control(session, now, out))
        return true;
    if (!session->is_sender)
        return session_transmit_feedback(session, now, out);
    if (now >= session->control_due_ns && transmit_control(session, now, out))
        return true;
    if (session_transmit_media(session, now, out) || session_transmit_repair(session, now, out) ||
        session_transmit_padding(session, now, out))
        return true;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (transmit_ping(session, now, i, out))
            return true;
    }
    return false;
}
