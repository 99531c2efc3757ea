/* SPDX-License-Identifier: BSD-2-Clause */
/* Before there is media each link is tried with some padding: the first second of a stream would be
 * spent on finding out what they carry, and a tight latency does not wait for that. A far link
 * would take many seconds, and is tried with more, whether there is media or not: it goes when
 * nothing else does. Every other packet is a small one: it costs nearly nothing, tells of the delay
 * once more, and of a thin link's without what a full one takes to enter it. Links that cost
 * something, or are kept for need, are spared. */
#include "core/session/session.h"

#include "core/base/seq.h"

#define PADDING_MAX 100000 /* bytes a path, once: the first four round trips of a start, and.. */
/* ..no more than it carries in so long, so that a thin link is idle again soon. */
#define PADDING_FOR  (300 * NS_PER_MS)
#define FAR_ROUNDS   3                 /* over a far link it is of so many round trips, and.. */
#define FAR_MAX_EACH (100 * NS_PER_MS) /* ..PADDING_MAX for each so long part of one */

/* A path that may yet be the one in use. One that is down is not waited for. */
#define COMING (1U << PATH_VALIDATING | 1U << PATH_ACTIVE | 1U << PATH_SUSPECT)

static uint64_t padding_most(const struct path *path, bool is_far)
{
    const uint64_t rtt_ns = path->base_rtt_ns;
    const uint64_t max = is_far ? PADDING_MAX * (rtt_ns / FAR_MAX_EACH) : PADDING_MAX;
    const uint64_t bps = path->rate.estimate_bps;

    if (bps == 0)
        return PADDING_MAX;
    return min_u64(rate_bytes_in(bps, is_far ? FAR_ROUNDS * rtt_ns : PADDING_FOR), max);
}

bool session_pads(const struct session *session, uint32_t slot)
{
    const struct path *path = &session->paths[slot];
    const bool is_far = path->base_rtt_ns > FAR_RTT;

    return (session->stream.written == 0 || is_far) && !session_is_reserve(session, slot, COMING) &&
           path->state == PATH_ACTIVE && path->cost == 0 &&
           path->padding_bytes < padding_most(path, is_far);
}

bool session_transmit_padding(struct session *session, uint64_t now, struct plait_poll *out)
{
    const uint32_t bytes = session->config->max_udp + IP_UDP_OVERHEAD;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];

        if (!session_pads(session, i))
            continue;
        if (path_can_send(path, now, bytes)) {
            session_send_padding(session, now, i, path->sent.newest % 2 == 0, out);
            path->padding_bytes += out->len + IP_UDP_OVERHEAD;
            return true;
        }
        session_note_blocked(session, path, now);
    }
    return false;
}
