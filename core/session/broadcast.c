/* SPDX-License-Identifier: BSD-2-Clause */
/* Broadcast mode: every path sends everything, each at its own pace. What it lost goes again over
 * it alone; what others lost says nothing of it. */
#include "core/session/session.h"

#include "core/base/seq.h"

/* Bytes of a datagram's piece and of those behind it. */
static uint32_t rest_bytes(struct session *session, const struct source *source)
{
    uint32_t bytes = session_sent_bytes(source);

    while ((source = session_piece_after(session, source)) != NULL)
        bytes += session_sent_bytes(source);
    return bytes;
}

/* A path passes over what it can bring no more: slower than the stream it would only ever send the
 * oldest. The rest of a datagram goes where its beginning went: a piece alone is of no use. */
static bool passes_over(struct session *session, uint64_t now, uint32_t slot,
                        const struct source *source, uint64_t margin)
{
    const struct source *before = session_piece_before(session, source);
    uint64_t there_ns;

    if (source->state == SOURCE_DROPPED || (before != NULL && !(before->paths & (1U << slot))))
        return true;
    there_ns = now + RELEASE_LEAD + session_delay(session, slot, now, rest_bytes(session, source));
    /* As in tx_media.c (is_worth_it): what has not waited takes nobody's place. */
    margin = before == NULL ? min_u64(margin, 2 * (now - source->written_ns)) : 0;
    return source->written_ns + session->latency_ns <= there_ns + margin;
}

/* Whether a path that carried it before brings it in time, sent again now. */
static bool comes_again(struct session *session, uint64_t now, uint32_t slot,
                        const struct source *source)
{
    const enum path_state state = session->paths[slot].state;

    return (state == PATH_ACTIVE || state == PATH_SUSPECT) && (source->paths & (1U << slot)) != 0 &&
           source->written_ns + session->latency_ns >
               now + RELEASE_LEAD + session_delay(session, slot, now, session_sent_bytes(source));
}

/* What comes too late on every path that lost it would keep what is behind it from going. */
static void unwant_hopeless(struct session *session, uint64_t now)
{
    struct source *source;

    while ((source = rtx_store_next_wanted(&session->store)) != NULL) {
        for (uint32_t i = 0; i < session->paths_used; i++) {
            if (comes_again(session, now, i, source))
                return;
        }
        rtx_store_unwant(&session->store, source);
    }
}

/* What the path is to send next of all there is: what it lost, else where it stands. */
static struct source *broadcast_item(struct session *session, uint64_t now, uint32_t slot)
{
    struct rtx_store *store = &session->store;
    struct source *source = rtx_store_next_wanted(store);
    uint64_t *next = &session->broadcast_next[slot];
    const uint64_t margin = session_margin_ns(session, now);

    if (source != NULL && comes_again(session, now, slot, source))
        return source;
    *next = max_u64(*next, store->first);
    while ((source = rtx_store_find(store, *next)) != NULL &&
           passes_over(session, now, slot, source, margin))
        ++*next;
    return source;
}

bool session_transmit_broadcast(struct session *session, uint64_t now, struct plait_poll *out)
{
    unwant_hopeless(session, now);
    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];
        struct source *source;

        if (path->state != PATH_ACTIVE && path->state != PATH_SUSPECT)
            continue;
        source = broadcast_item(session, now, i);
        if (source == NULL)
            continue;
        if (!path_can_send(path, now, session->config->max_udp + IP_UDP_OVERHEAD)) {
            session_note_blocked(session, path, now);
            continue;
        }
        if (source->seq == session->broadcast_next[i])
            session->broadcast_next[i]++;
        session_send_source(session, now, i, source, NULL, NULL, out);
        return true;
    }
    return false;
}
