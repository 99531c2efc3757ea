/* SPDX-License-Identifier: BSD-2-Clause */
/* Before there is media each link is tried with some padding: the first second of a stream would be
 * spent on finding out what they carry, and a tight latency does not wait for that. Links that cost
 * something, or are kept for need, are spared. */
#include "core/session/session.h"

#include "core/base/seq.h"

#define PADDING_MAX 100000 /* bytes a path, once: the first four round trips of a start, and.. */
/* ..no more than it carries in so long, so that a thin link is idle again soon. */
#define PADDING_FOR (300 * NS_PER_MS)

/* A path that may yet be the one in use. One that is down is not waited for. */
#define COMING (1U << PATH_VALIDATING | 1U << PATH_ACTIVE | 1U << PATH_SUSPECT)

bool session_pads(const struct session *session, uint32_t slot)
{
    const struct path *path = &session->paths[slot];
    const uint64_t bps = path->rate.estimate_bps;
    const uint64_t most = bps == 0 ? PADDING_MAX : rate_bytes_in(bps, PADDING_FOR);

    return session->stream.written == 0 && !session_is_reserve(session, slot, COMING) &&
           path->state == PATH_ACTIVE && path->cost == 0 &&
           path->padding_bytes < min_u64(most, PADDING_MAX);
}

bool session_transmit_padding(struct session *session, uint64_t now, struct plait_poll *out)
{
    const uint32_t bytes = session->config->max_udp + IP_UDP_OVERHEAD;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];

        if (!session_pads(session, i))
            continue;
        if (path_can_send(path, now, bytes)) {
            path->padding_bytes += bytes;
            session_send_padding(session, now, i, out);
            return true;
        }
        session_note_blocked(session, path, now);
    }
    return false;
}
