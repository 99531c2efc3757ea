/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do next: events, answers at the door, deliveries, datagrams; then when to come back. */
#include "core/endpoint/endpoint.h"

#include <string.h>

#include "core/base/seq.h"

static bool poll_event(struct session *session, struct plait_poll *out)
{
    /* What lingers is told of last. */
    if (session->events_count == 0 || (session->events_count == 1 && session_lingers(session)))
        return false;
    out->kind = PLAIT_POLL_EVENT;
    out->session = session->index;
    out->event = session->events[session->events_head];
    session->events_head = (session->events_head + 1) % EVENTS_QUEUED;
    session->events_count--;
    return true;
}

static bool poll_reply(struct plait_endpoint *ep, struct plait_poll *out)
{
    const struct reply *reply = &ep->replies[ep->replies_head];

    if (ep->replies_count == 0)
        return false;
    ep->replies_head = (ep->replies_head + 1) % REPLIES_QUEUED;
    ep->replies_count--;
    out->kind = PLAIT_POLL_TRANSMIT;
    out->session = UINT32_MAX;
    out->data = reply->bytes;
    out->len = reply->len;
    out->link = reply->link;
    out->local = reply->local;
    out->remote = reply->remote;
    return true;
}

/* A sender that hears nothing at all shakes hands anew: the receiver may have lost its state. So it
 * does when the peer does not follow a rekey, long before the key is used up. A FIRST that was not
 * answered is made anew, so that an answer tells the round trip. */
static bool wants_handshake(const struct session *session, uint64_t now)
{
    if (!session->is_sender || session->state > SESSION_UP)
        return false;
    if (session->initiation.active)
        return now >= session->initiation.next_ns;
    return session->state == SESSION_UP &&
           (now >= session->last_authentic_ns + session_silence_ns(session) ||
            session_key_is_old(session));
}

/* What a session that is over has left. */
static bool poll_over(struct session *session, uint64_t now, struct plait_poll *out)
{
    if (poll_event(session, out))
        return true;
    if (session_lingers(session))
        return session_poll_deliver(session, now, out) || poll_event(session, out);
    session->state = session_step(session->state, SESSION_FACT_TOLD);
    return false;
}

/* A receiver's session waits until the end of its peer's session before is told. What that one
 * holds comes out no later than the latency of this one, which may have changed, would let it. */
static void hold_back(struct plait_endpoint *ep, struct session *over)
{
    for (uint32_t i = 0; i < ep->config.max_sessions && !over->is_sender; i++) {
        struct session *session = &ep->sessions[i];

        if (session->state != SESSION_UP ||
            memcmp(session->peer_key, over->peer_key, PLAIT_KEY_BYTES) != 0)
            continue;
        session->waits = true;
        over->latency_ns = min_u64(over->latency_ns, session->latency_ns);
    }
}

/* Before the others, of which one may wait for it. */
static bool poll_all_over(struct plait_endpoint *ep, uint64_t now, struct plait_poll *out)
{
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        struct session *session = &ep->sessions[i];

        session->waits = false;
        if (session->state == SESSION_OVER && poll_over(session, now, out))
            return true;
    }
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        if (ep->sessions[i].state == SESSION_OVER)
            hold_back(ep, &ep->sessions[i]);
    }
    return false;
}

static bool poll_session(struct plait_endpoint *ep, struct session *session, uint64_t now,
                         struct plait_poll *out)
{
    if (poll_event(session, out))
        return true;
    session_on_time_passed(session, now);
    if (wants_handshake(session, now))
        session_initiate(session, now, &ep->own, &ep->peer_cookie_keys[session->index]);
    if (!session->is_sender && session->state == SESSION_UP && !session->waits &&
        session_poll_deliver(session, now, out))
        return true;
    return session_poll_transmit(session, now, out);
}

int plait_endpoint_poll(struct plait_endpoint *ep, uint64_t now, struct plait_poll *out)
{
    now = endpoint_time(ep, now);
    memset(out, 0, sizeof *out);
    if (poll_reply(ep, out))
        return out->kind;
    if (poll_all_over(ep, now, out))
        return out->kind;
    out->timeout = NEVER;
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        struct session *session = &ep->sessions[i];

        if (session->state == SESSION_NONE)
            continue;
        if (session->state != SESSION_OVER &&
            (poll_session(ep, session, now, out) || poll_event(session, out)))
            return out->kind;
        session_on_drained(session, now);
        out->timeout = min_u64(out->timeout, session_timeout(session, now));
    }
    out->kind = PLAIT_POLL_TIMEOUT;
    return out->kind;
}
