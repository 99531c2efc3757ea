/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiver's output: releases source packets at their deadline, joins fragments, hands out. */
#include "core/session/session.h"

#include <string.h>

#include "core/session/trace.h"

static void count_release(struct session *session, const struct reorder_release *release)
{
    struct plait_stream_stats *s = &session->stream;

    s->expected += release->passed.missing + 1;
    s->missing += release->passed.missing;
    s->skipped += release->passed.skipped;
    s->late += release->passed.late;
    s->delivered++;
    s->recovered_fec += release->slot->recovered;
    s->recovered_arq += !release->slot->recovered && (release->slot->flags & FRAME_DATA_AGAIN) != 0;
}

/* Appends a source packet's payload, with the null packets that were taken out of it. */
static bool append(struct session *session, const struct reorder_release *release)
{
    const size_t room = PLAIT_MAX_DATAGRAM - session->assembled;
    uint8_t *to = session->assembly + session->assembled;
    size_t len = release->slot->len;

    if (release->slot->flags & FRAME_DATA_NULLS) {
        len = hint_nulls_in(release->payload, len, to, room);
        if (len == 0)
            return false;
    } else if (len > room) {
        return false;
    } else {
        memcpy(to, release->payload, len);
    }
    session->assembled += len;
    session->stream.delivered_bytes += len;
    return true;
}

/* Adds a fragment; true when the datagram is whole. A datagram that misses one is dropped. */
static bool assemble(struct session *session, const struct reorder_release *release)
{
    const uint8_t flags = release->slot->flags;

    if (release->passed.missing > 0)
        session->assembling = false;
    if (flags & FRAME_DATA_CONT) {
        if (!session->assembling)
            return false;
    } else {
        session->assembling = true;
        session->assembled = 0;
    }
    if (!append(session, release)) {
        session->assembling = false;
        return false;
    }
    if (flags & FRAME_DATA_MORE)
        return false;
    session->assembling = false;
    return true;
}

bool session_poll_deliver(struct session *session, uint64_t now, struct plait_poll *out)
{
    struct reorder_release release;

    while (reorder_pop(&session->reorder, now, session->latency_ns, &release)) {
        count_release(session, &release);
        if (trace_on(session))
            trace_missing(session, now, release.seq, release.passed.missing);
        session->stream.latency_measured_ns = now - release.slot->written_ns;
        if (!assemble(session, &release))
            continue;
        session->stream.datagrams++;
        out->kind = PLAIT_POLL_DELIVER;
        out->session = session->index;
        out->data = session->assembly;
        out->len = session->assembled;
        out->seq = release.seq;
        out->latency_ns = session->stream.latency_measured_ns;
        return true;
    }
    return false;
}

bool session_holds(const struct session *session)
{
    return !session->is_sender && session->reorder.depth > 0;
}

bool session_lingers(const struct session *session)
{
    return session_holds(session) && session->state == SESSION_OVER &&
           (session->close_reason == PLAIT_CLOSE_PEER ||
            session->close_reason == PLAIT_CLOSE_REPLACED);
}
