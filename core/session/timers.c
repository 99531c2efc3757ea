/* SPDX-License-Identifier: BSD-2-Clause */
/* What time alone changes, and when the session wants to be called again. */
#include "core/session/session.h"

#include "core/base/seq.h"
#include "core/session/trace.h"

#define LOST_KEPT    (2 * NS_PER_S)  /* a lost packet's entry waits this long for a late receipt */
#define EXPIRE_AFTER (5 * NS_PER_MS) /* what is out of date goes together: not a wake for each */

/* A path that is down sends probes of which nobody tells that they are lost: unless they are
 * forgotten they fill the ring, and the receipt that brings the path back finds no place. One that
 * is lost may not keep the ring from those behind it either: a fast link fills it in less. */
static void forget_old(struct path *path, uint64_t now)
{
    const bool down = path->state == PATH_DOWN;

    while (path->sent.oldest < path->sent.next) {
        const bool fills = path->sent.next - path->sent.oldest > SENTMAP_PACKETS / 2;
        struct sent_packet *packet = sentmap_find(&path->sent, path->sent.oldest);
        const bool lost = packet != NULL && packet->state == SENT_LOST;

        if (packet == NULL || (!lost && !down))
            return;
        if (now - packet->sent_ns < (down ? PATH_DOWN_AFTER : LOST_KEPT) && !(lost && fills))
            return;
        sentmap_settle(&path->sent, packet);
    }
}

static void expire(struct session *session, uint64_t now)
{
    struct source gone;

    if (now < session->latency_ns)
        return;
    while (rtx_store_expire(&session->store, now - session->latency_ns, &gone)) {
        if (gone.state == SOURCE_FRESH || gone.state == SOURCE_ASIDE)
            session_count_drop(session, now, &gone);
        if (gone.state != SOURCE_SENT)
            continue;
        session->stream.expired++;
        if (trace_on(session))
            trace_gone(session, now, PLAIT_TRACE_EXPIRED, &gone);
    }
}

static void sender_time(struct session *session, uint64_t now)
{
    expire(session, now);
    if (session->state != SESSION_UP)
        return;
    keyring_advance(&session->keys.ring, now);
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];

        forget_old(path, now);
        owd_on_time(&path->forward, now);
        owd_on_time(&path->full, now);
        owd_on_time(&path->backward, now);
        if (path->state == PATH_SUSPECT && now - path->suspect_since_ns > PATH_DOWN_AFTER)
            session_path_step(session, i, now, PATH_FACT_SILENT);
    }
    if (now - session->reviewed_ns >= REVIEW_EVERY)
        session_review(session, now);
}

void session_on_time_passed(struct session *session, uint64_t now)
{
    if (session->is_sender) {
        sender_time(session, now);
        return;
    }
    keyring_advance(&session->keys.ring, now);
    if (session->tentative.active && now - session->tentative.since_ns > HANDSHAKE_KEPT) {
        session_forget_handshake(session);
    }
    if (session->state == SESSION_CONNECTING && !session->tentative.active) {
        sodium_memzero(session->psk, sizeof session->psk);
        session->state = session_step(session->state, SESSION_FACT_UNCONFIRMED);
    }
    if (session->state == SESSION_UP && now - session->last_authentic_ns > SESSION_DEAD_AFTER)
        session_end(session, SESSION_FACT_ENDED, PLAIT_CLOSE_SILENT);
    if (session->state != SESSION_UP)
        return;
    /* Nothing is reported or asked there any more. A packet that comes makes the path anew. */
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (session->paths[i].state != PATH_NONE &&
            session_path_is_mute(session, now, i, PATH_KEPT))
            session_path_step(session, i, now, PATH_FACT_REMOVED);
    }
}

/* Nothing is left that would go over the path, or it could go now and does not. */
static bool is_app_limited(const struct session *session, uint64_t now, uint32_t slot)
{
    const struct path *path = &session->paths[slot];
    const bool media = session->store.fresh_count + session->store.wanted_count > 0;

    if (path->sent.bytes_in_flight + CC_PACKET > path_window(path))
        return false;
    return (!media && !session_pads(session, slot)) || pacer_ready_at(&path->pacer, now) <= now;
}

void session_on_drained(struct session *session, uint64_t now)
{
    for (uint32_t i = 0; i < session->paths_used && session->is_sender; i++) {
        if (is_app_limited(session, now, i))
            rate_on_app_limited(&session->paths[i].rate, session->paths[i].sent.bytes_in_flight);
    }
}

static uint64_t path_timeout(const struct session *session, uint64_t now, uint32_t slot)
{
    const struct path *path = &session->paths[slot];
    uint64_t at = path->validation.next_ns;

    if (session->is_sender && path_is_live(path))
        at = min_u64(at, path->ping_due_ns);
    if (path->state == PATH_SUSPECT)
        at = min_u64(at, path->suspect_since_ns + PATH_DOWN_AFTER + 1);
    if (!session->is_sender && session_path_is_mute(session, now, slot, 0))
        at = min_u64(at, path->last_received_ns + PATH_KEPT + 1);
    return at;
}

bool session_is_flying(const struct session *session)
{
    bool flying = false;

    for (uint32_t i = 0; i < session->paths_used; i++)
        flying = flying || session->paths[i].sent.bytes_in_flight > 0;
    return flying;
}

static uint64_t sender_timeout(const struct session *session, uint64_t now)
{
    uint64_t at = min_u64(session->blocked_until_ns, session->control_due_ns);

    if (session->store.first != session->store.next) {
        const struct source *oldest =
            &session->store.ring[session->store.first & (session->store.size - 1)];

        at = min_u64(at, oldest->written_ns + session->latency_ns + EXPIRE_AFTER);
    }
    if (session_is_flying(session) || session->store.wanted_count + session->store.fresh_count > 0)
        at = min_u64(at, now + REVIEW_EVERY);
    return at;
}

uint64_t session_timeout(const struct session *session, uint64_t now)
{
    uint64_t at = NEVER;

    if (session->initiation.active)
        at = min_u64(at, session->initiation.next_ns);
    if (session->is_sender && session->state == SESSION_UP && !session->initiation.active)
        at = min_u64(at, session->last_authentic_ns + session_silence_ns(session));
    if (session->tentative.active)
        at = min_u64(at, session->tentative.since_ns + HANDSHAKE_KEPT + 1);
    if (session_lingers(session))
        at = min_u64(at, reorder_due(&session->reorder, session->latency_ns));
    if (session->state != SESSION_UP)
        return max_u64(at, now + 1);
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (session->paths[i].state != PATH_NONE)
            at = min_u64(at, path_timeout(session, now, i));
    }
    at = min_u64(at, keyring_deadline(&session->keys.ring));
    if (session->is_sender)
        return max_u64(min_u64(at, sender_timeout(session, now)), now + 1);
    at = min_u64(at, session_feedback_due(session));
    if (!session->waits)
        at = min_u64(at, reorder_due(&session->reorder, session->latency_ns));
    at = min_u64(at, session->last_authentic_ns + SESSION_DEAD_AFTER + 1);
    return max_u64(at, now + 1);
}
