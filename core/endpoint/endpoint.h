/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The endpoint: all protocol state behind one owner.
 *
 *   endpoint.c  memory, sessions, paths, stream    door.c  datagrams from outside: demux, admission
 *   poll.c      what to do next                    keys.c  keys as bytes and text
 */
#ifndef PLAIT_ENDPOINT_ENDPOINT_H
#define PLAIT_ENDPOINT_ENDPOINT_H

#include "core/base/seq.h"
#include "core/crypto/ratelimit.h"
#include "core/session/session.h"

#define REPLIES_QUEUED 32
#define PEER_FIRSTS    512 /* each one forgotten could hold up its sender once more */

/* An answer to a datagram that has no session yet; never longer than that datagram. */
struct reply {
    uint32_t link;
    struct plait_addr local, remote;
    uint8_t bytes[HANDSHAKE_MAX];
    size_t len;
};

struct peer {
    bool used;
    bool has_psk;
    uint8_t public_key[PLAIT_KEY_BYTES];
    uint8_t psk[PLAIT_KEY_BYTES];
    uint64_t answered[PEER_FIRSTS]; /* the last FIRSTs answered: the beginnings of their digests */
    uint32_t answered_count;
};

struct plait_endpoint {
    struct plait_config config;
    uint64_t now; /* the newest that was told */
    struct noise_keypair own;
    struct noise_handshake responder[2]; /* prepared: plain and psk2 */
    struct cookie_keys own_cookie_keys;
    struct cookie_jar jar;
    struct ratelimit_table ratelimit;
    struct ratelimit_bucket handshakes; /* of all sources: beyond, the endpoint is under load .. */
    uint64_t loaded_until_ns;           /* .. until then */

    struct session *sessions;
    struct cookie_keys *peer_cookie_keys; /* a sender's session each */
    struct peer *peers;

    struct reply replies[REPLIES_QUEUED];
    uint32_t replies_head, replies_count;
    struct plait_door_stats door;
};

static inline struct session *endpoint_session(const struct plait_endpoint *ep, uint32_t index)
{
    if (index >= ep->config.max_sessions || ep->sessions[index].state == SESSION_NONE)
        return NULL;
    return &ep->sessions[index];
}

/* A caller's clock that steps back stands still in here: every difference of times is of a later
 * and an earlier one. */
static inline uint64_t endpoint_time(struct plait_endpoint *ep, uint64_t now)
{
    ep->now = max_u64(ep->now, now);
    return ep->now;
}

struct peer *endpoint_peer_find(struct plait_endpoint *ep,
                                const uint8_t public_key[PLAIT_KEY_BYTES]);

#endif
