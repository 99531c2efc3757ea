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

static bool is_some_over(const struct plait_endpoint *ep)
{
    uint32_t i = 0;

    while (i < ep->config.max_sessions && ep->sessions[i].state != SESSION_OVER)
        i++;
    return i < ep->config.max_sessions;
}

/* The peer's session before this one is not told to be over. What that one holds comes out no later
 * than the latency of this one, which may have changed, would let it. */
static bool is_behind(struct plait_endpoint *ep, const struct session *session)
{
    bool behind = false;

    for (uint32_t i = 0; i < ep->config.max_sessions && !session->is_sender; i++) {
        struct session *other = &ep->sessions[i];

        if (other == session || other->state != SESSION_OVER ||
            memcmp(other->peer_key, session->peer_key, PLAIT_KEY_BYTES) != 0)
            continue;
        other->latency_ns = min_u64(other->latency_ns, session->latency_ns);
        behind = true;
    }
    return behind;
}

static bool poll_session(struct plait_endpoint *ep, struct session *session, uint64_t now,
                         bool some_over, struct plait_poll *out)
{
    if (poll_event(session, out))
        return true;
    if (session_lingers(session))
        return session_poll_deliver(session, now, out);
    if (session->state == SESSION_OVER) {
        session->state = session_step(session->state, SESSION_FACT_TOLD);
        return false;
    }
    session_on_time_passed(session, now);
    if (wants_handshake(session, now))
        session_initiate(session, now, &ep->own, &ep->peer_cookie_keys[session->index]);
    session->waits = some_over && session->state == SESSION_UP && is_behind(ep, session);
    if (!session->is_sender && session->state == SESSION_UP && !session->waits &&
        session_poll_deliver(session, now, out))
        return true;
    return session_poll_transmit(session, now, out);
}

int plait_endpoint_poll(struct plait_endpoint *ep, uint64_t now, struct plait_poll *out)
{
    bool some_over;

    now = endpoint_time(ep, now);
    memset(out, 0, sizeof *out);
    if (poll_reply(ep, out))
        return out->kind;
    some_over = is_some_over(ep);
    out->timeout = NEVER;
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        struct session *session = &ep->sessions[i];

        if (session->state == SESSION_NONE)
            continue;
        if (poll_session(ep, session, now, some_over, out) || poll_event(session, out))
            return out->kind;
        if (session->state == SESSION_NONE) /* what waited for it goes on */
            return plait_endpoint_poll(ep, now, out);
        session_on_drained(session, now);
        out->timeout = min_u64(out->timeout, session_timeout(session, now));
    }
    out->kind = PLAIT_POLL_TIMEOUT;
    return out->kind;
}
