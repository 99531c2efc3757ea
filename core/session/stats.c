/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/session/session.h"

#include <string.h>

#include "core/base/seq.h"

void session_count_media(struct session *session, uint64_t now, uint32_t slot, uint64_t bytes)
{
    /* Halved every second: what went lately counts. */
    if (now - session->share_since_ns >= NS_PER_S) {
        session->share_since_ns = now;
        for (uint32_t i = 0; i < session->paths_used; i++)
            session->paths[i].media_bytes /= 2;
    }
    session->paths[slot].media_bytes += bytes;
}

int64_t session_headroom_ns(const struct session *session, uint64_t now)
{
    const bool known =
        session->headroom_ns != INT64_MAX && now - session->headroom_since_ns < HEADROOM_KEPT;

    return known ? session->headroom_ns : 0;
}

void session_path_stats(const struct session *session, uint32_t slot, struct plait_path_stats *out)
{
    const struct path *path = &session->paths[slot];
    uint64_t total = 0;

    for (uint32_t i = 0; i < session->paths_used; i++)
        total += session->paths[i].media_bytes;

    out->path = slot;
    out->link = path->link;
    out->state = (enum plait_path_state)path->state;
    out->local = session->addrs[slot].local;
    out->remote = session->addrs[slot].remote;
    out->rate_bps = path->rate.sample_bps;
    out->capacity_bps = path->rate.estimate_bps;
    out->pacing_bps = path->pacer.rate_bps;
    out->rtt_ns = path->rtt.smoothed_ns;
    out->min_rtt_ns = path->rtt.min_ns;
    out->queue_ns = path->queue_ns;
    out->jitter_ns = session->is_sender ? path->forward.jitter_ns : path->backward.jitter_ns;
    out->bytes_in_flight = (uint32_t)min_u64(path->sent.bytes_in_flight, UINT32_MAX);
    out->window_bytes = (uint32_t)min_u64(path_window(path), UINT32_MAX);
    out->loss_ppm = path->loss.ppm;
    out->share_ppm = total == 0 ? 0 : (uint32_t)(path->media_bytes * 1000000 / total);
    out->packets_sent = path->packets_sent;
    out->bytes_sent = path->bytes_sent;
    out->packets_received = path->packets_received;
    out->bytes_received = path->bytes_received;
    out->packets_acked = path->loss.acked;
    out->packets_lost = path->loss.lost;
    out->packets_spurious = path->loss.spurious;
    out->duplicates = path->duplicates;
}

void session_stats(const struct session *session, uint64_t now, struct plait_stats *out)
{
    memset(out, 0, sizeof *out);
    out->version = PLAIT_STATS_VERSION;
    out->session = session->index;
    memcpy(out->peer_key, session->peer_key, sizeof out->peer_key);
    out->up = session->state == SESSION_UP;
    out->uptime_ns = now - session->since_ns;
    out->rekeys = session->rekeys + session->keys.ring.send_generation;
    out->stream = session->stream;
    out->stream.latency_ns = session->latency_ns;
    if (session->is_sender) {
        out->stream.backlog = session->store.fresh_count;
    } else {
        out->stream.reorder_depth = session->reorder.depth;
        out->stream.headroom_ns = session_headroom_ns(session, now);
    }
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (session->paths[i].state != PATH_NONE)
            session_path_stats(session, i, &out->path[out->paths++]);
    }
}
