/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/endpoint/endpoint.h"

#include <string.h>

#include "core/base/seq.h"
#include "core/session/addr.h"

static const struct ratelimit_rule source_rule = {50 * NS_PER_MS, 20};

static bool is_power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static void fill_defaults(struct plait_config *c)
{
    c->latency_ns = c->latency_ns == 0 ? PLAIT_LATENCY_DEFAULT_NS : c->latency_ns;
    c->max_udp = c->max_udp == 0 ? DEFAULT_MAX_UDP : c->max_udp;
    if (c->max_sessions == 0)
        c->max_sessions = c->role == PLAIT_SENDER ? 1 : 4;
    c->max_peers = c->max_peers == 0 ? 16 : c->max_peers;
    c->store_packets = c->store_packets == 0 ? DEFAULT_STORE : c->store_packets;
}

static const char *fault(const struct plait_config *c)
{
    if (c->role != PLAIT_SENDER && c->role != PLAIT_RECEIVER)
        return "role is neither PLAIT_SENDER nor PLAIT_RECEIVER";
    /* Forgotten: everybody would have this key. */
    if (sodium_is_zero(c->secret_key, sizeof c->secret_key))
        return "secret_key is all zeros";
    if (!session_is_latency(c->latency_ns))
        return "latency_ns is not PLAIT_LATENCY_MIN_NS to PLAIT_LATENCY_MAX_NS, nor 0";
    if (c->mode > PLAIT_MODE_BROADCAST)
        return "mode is no enum plait_mode";
    if (c->scheduler > PLAIT_SCHED_DWRR)
        return "scheduler is no enum plait_scheduler";
    if (c->controller > PLAIT_CC_AIMD)
        return "controller is no enum plait_controller";
    if (c->max_udp < MIN_MAX_UDP || c->max_udp > MAX_UDP)
        return "max_udp is not 600 to 1472, nor 0";
    if (c->max_sessions > 1U << CID_INDEX_BITS)
        return "max_sessions is above 64";
    if (c->max_peers > 1024)
        return "max_peers is above 1024";
    if (c->store_packets < MIN_STORE || c->store_packets > MAX_STORE ||
        !is_power_of_two(c->store_packets))
        return "store_packets is no power of two from 64 to 65536, nor 0";
    if (c->random == NULL)
        return "random is NULL";
    if (c->test_first_seq >= VARINT_MAX / 2)
        return "test_first_seq is too large";
    return c->test_first_pn < VARINT_MAX / 4 ? NULL : "test_first_pn is too large";
}

/* Copies all but the key, with the defaults filled in; returns as plait_config_fault(). */
static const char *complete(struct plait_config *c, const struct plait_config *given)
{
    const char *found;

    *c = *given;
    fill_defaults(c);
    found = fault(c);
    sodium_memzero(c->secret_key, sizeof c->secret_key);
    return found;
}

const char *plait_config_fault(const struct plait_config *config)
{
    struct plait_config c;

    return complete(&c, config);
}

/* Measures (base NULL) or cuts; the same order both ways. */
static struct plait_endpoint *cut(struct arena *arena, const struct plait_config *c)
{
    struct plait_endpoint *ep = arena_take(arena, sizeof *ep);
    struct session *sessions = arena_take(arena, c->max_sessions * sizeof *sessions);
    struct cookie_keys *keys = arena_take(arena, c->max_sessions * sizeof *keys);
    struct peer *peers = arena_take(arena, c->max_peers * sizeof *peers);

    for (uint32_t i = 0; i < c->max_sessions; i++)
        session_cut(sessions == NULL ? NULL : &sessions[i], arena, c);
    if (ep == NULL)
        return NULL;
    ep->sessions = sessions;
    ep->peer_cookie_keys = keys;
    ep->peers = peers;
    return ep;
}

static size_t measure(const struct plait_config *c)
{
    struct arena arena = {0};

    cut(&arena, c);
    return arena.used;
}

size_t plait_endpoint_bytes(const struct plait_config *config)
{
    struct plait_config c;

    return complete(&c, config) == NULL ? measure(&c) : 0;
}

int plait_endpoint_init(void *memory, size_t bytes, const struct plait_config *config, uint64_t now,
                        struct plait_endpoint **out)
{
    struct plait_config c;
    struct arena arena = {.base = memory};
    struct plait_endpoint *ep;
    uint8_t secret[COOKIE_SECRET_LEN], key[RATELIMIT_KEY_LEN];

    if (complete(&c, config) != NULL || memory == NULL || ((uintptr_t)memory & 63) != 0)
        return PLAIT_ERR_INVALID;
    if (bytes < measure(&c))
        return PLAIT_ERR_NO_MEMORY;
    if (sodium_init() < 0)
        return PLAIT_ERR_CRYPTO;
    ep = cut(&arena, &c);
    ep->config = c;
    ep->now = now;
    noise_keypair_from_secret(&ep->own, config->secret_key);
    cookie_keys_derive(&ep->own_cookie_keys, ep->own.public_key);
    c.random(c.random_ctx, secret, sizeof secret);
    cookie_jar_init(&ep->jar, secret);
    c.random(c.random_ctx, key, sizeof key);
    ratelimit_table_init(&ep->ratelimit, &source_rule, key);
    sodium_memzero(secret, sizeof secret);
    noise_responder_start(&ep->responder[0], NOISE_IK, &ep->own, "plait-1", 7);
    noise_responder_start(&ep->responder[1], NOISE_IKPSK2, &ep->own, "plait-1", 7);
    *out = ep;
    return PLAIT_OK;
}

void plait_endpoint_wipe(struct plait_endpoint *ep)
{
    for (uint32_t i = 0; i < ep->config.max_sessions; i++)
        session_wipe(&ep->sessions[i]);
    sodium_memzero(ep->peer_cookie_keys, ep->config.max_sessions * sizeof *ep->peer_cookie_keys);
    sodium_memzero(ep->peers, ep->config.max_peers * sizeof *ep->peers);
    sodium_memzero(ep, sizeof *ep);
}

struct peer *endpoint_peer_find(struct plait_endpoint *ep,
                                const uint8_t public_key[PLAIT_KEY_BYTES])
{
    for (uint32_t i = 0; i < ep->config.max_peers; i++) {
        struct peer *peer = &ep->peers[i];

        if (peer->used && sodium_memcmp(peer->public_key, public_key, PLAIT_KEY_BYTES) == 0)
            return peer;
    }
    return NULL;
}

int plait_peer_allow(struct plait_endpoint *ep, const uint8_t public_key[PLAIT_KEY_BYTES],
                     const uint8_t *psk)
{
    struct peer *peer = endpoint_peer_find(ep, public_key);

    if (ep->config.role != PLAIT_RECEIVER)
        return PLAIT_ERR_STATE;
    for (uint32_t i = 0; peer == NULL && i < ep->config.max_peers; i++) {
        if (!ep->peers[i].used)
            peer = &ep->peers[i];
    }
    if (peer == NULL)
        return PLAIT_ERR_LIMIT;
    peer->used = true;
    peer->has_psk = psk != NULL;
    memcpy(peer->public_key, public_key, PLAIT_KEY_BYTES);
    sodium_memzero(peer->psk, sizeof peer->psk);
    if (psk != NULL)
        memcpy(peer->psk, psk, PLAIT_KEY_BYTES);
    return PLAIT_OK;
}

int plait_peer_revoke(struct plait_endpoint *ep, uint64_t now,
                      const uint8_t public_key[PLAIT_KEY_BYTES])
{
    struct peer *peer = endpoint_peer_find(ep, public_key);

    (void)now;
    if (peer == NULL)
        return PLAIT_ERR_NOT_FOUND;
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        struct session *session = endpoint_session(ep, i);

        if (session != NULL && memcmp(session->peer_key, public_key, PLAIT_KEY_BYTES) == 0)
            session_end(session, SESSION_FACT_ENDED, PLAIT_CLOSE_REVOKED);
    }
    sodium_memzero(peer, sizeof *peer);
    return PLAIT_OK;
}

int plait_session_open(struct plait_endpoint *ep, uint64_t now,
                       const uint8_t peer_key[PLAIT_KEY_BYTES], const uint8_t *psk,
                       uint32_t *session_out)
{
    struct session *session = NULL;
    uint8_t shared[PLAIT_KEY_BYTES];
    uint32_t index;

    if (ep->config.role != PLAIT_SENDER)
        return PLAIT_ERR_STATE;
    if (crypto_scalarmult(shared, ep->own.secret_key, peer_key) != 0)
        return PLAIT_ERR_CRYPTO;
    sodium_memzero(shared, sizeof shared);
    for (index = 0; index < ep->config.max_sessions; index++) {
        if (ep->sessions[index].state == SESSION_NONE) {
            session = &ep->sessions[index];
            break;
        }
    }
    if (session == NULL)
        return PLAIT_ERR_LIMIT;
    now = endpoint_time(ep, now);
    session_reset(session, &ep->config, index, now);
    memcpy(session->peer_key, peer_key, PLAIT_KEY_BYTES);
    session->has_psk = psk != NULL;
    if (psk != NULL)
        memcpy(session->psk, psk, PLAIT_KEY_BYTES);
    ep->config.random(ep->config.random_ctx, (uint8_t *)&session->instance,
                      sizeof session->instance);
    session_start_stream(session, ep->config.test_first_seq);
    session->state = session_step(SESSION_NONE, SESSION_FACT_OPENED);
    cookie_keys_derive(&ep->peer_cookie_keys[index], peer_key);
    session_initiate(session, now, &ep->own, &ep->peer_cookie_keys[index]);
    *session_out = index;
    return PLAIT_OK;
}

int plait_session_close(struct plait_endpoint *ep, uint64_t now, uint32_t index)
{
    struct session *session = endpoint_session(ep, index);

    (void)now;
    if (session == NULL)
        return PLAIT_ERR_NOT_FOUND;
    session_end(session, SESSION_FACT_CLOSED, PLAIT_CLOSE_LOCAL);
    return PLAIT_OK;
}

int plait_session_latency_set(struct plait_endpoint *ep, uint64_t now, uint32_t index,
                              uint64_t latency_ns)
{
    struct session *session = endpoint_session(ep, index);

    if (session == NULL)
        return PLAIT_ERR_NOT_FOUND;
    if (session->state > SESSION_UP)
        return PLAIT_ERR_STATE;
    if (!session_is_latency(latency_ns))
        return PLAIT_ERR_INVALID;
    session->latency_wish_ns = latency_ns;
    if (session->is_sender) {
        session->latency_pending = true;
        session->control_due_ns = endpoint_time(ep, now);
    } else {
        const uint64_t agreed = max_u64(latency_ns, session->peer_wish_ns);

        if (session->state == SESSION_UP && agreed != session->latency_ns)
            session_tell(session, PLAIT_EVENT_LATENCY, UINT32_MAX, agreed);
        session_agree_latency(session, agreed);
        session->report_due_ns = 0;
    }
    return PLAIT_OK;
}

int plait_endpoint_latency_set(struct plait_endpoint *ep, uint64_t latency_ns)
{
    if (!session_is_latency(latency_ns))
        return PLAIT_ERR_INVALID;
    ep->config.latency_ns = latency_ns;
    return PLAIT_OK;
}

/* The first that is free; one of which the receiver is still being told that it is gone only where
 * there is no other. MAX_PATHS: none is. */
static uint32_t path_slot(const struct session *session)
{
    uint32_t told = MAX_PATHS;

    for (uint32_t i = 0; i < MAX_PATHS; i++) {
        if (session->paths[i].state != PATH_NONE)
            continue;
        if (session->paths[i].gone_copies == 0)
            return i;
        told = told < i ? told : i;
    }
    return told;
}

static bool leads_to(const struct session *session, const struct plait_addr *remote)
{
    for (uint32_t i = 0; i < MAX_PATHS; i++) {
        if (session->paths[i].state != PATH_NONE && addr_equal(&session->addrs[i].remote, remote))
            return true;
    }
    return false;
}

/* Whether another session of ours leads to the same receiver, which has one for each key: the two
 * would end each other in turn. */
static bool is_taken(const struct plait_endpoint *ep, const struct session *session,
                     const struct plait_addr *remote)
{
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        const struct session *other = endpoint_session(ep, i);

        if (other != NULL && other != session && other->state <= SESSION_UP &&
            memcmp(other->peer_key, session->peer_key, PLAIT_KEY_BYTES) == 0 &&
            leads_to(other, remote))
            return true;
    }
    return false;
}

int plait_path_add(struct plait_endpoint *ep, uint64_t now, uint32_t index,
                   const struct plait_path_config *config, uint32_t *path)
{
    struct session *session = endpoint_session(ep, index);
    uint32_t free_slot;

    if (session == NULL)
        return PLAIT_ERR_NOT_FOUND;
    if (!session->is_sender || session->state > SESSION_UP)
        return PLAIT_ERR_STATE;
    if ((config->remote.family != 4 && config->remote.family != 6) || config->remote.port == 0 ||
        (config->local.family != 0 && config->local.family != config->remote.family))
        return PLAIT_ERR_INVALID;
    if (is_taken(ep, session, &config->remote))
        return PLAIT_ERR_STATE;
    free_slot = path_slot(session);
    if (free_slot == MAX_PATHS)
        return PLAIT_ERR_LIMIT;
    *path = free_slot;
    return session_path_add(session, endpoint_time(ep, now), free_slot, config);
}

int plait_path_remove(struct plait_endpoint *ep, uint64_t now, uint32_t index, uint32_t path)
{
    struct session *session = endpoint_session(ep, index);

    if (session == NULL || path >= MAX_PATHS || session->paths[path].state == PATH_NONE)
        return PLAIT_ERR_NOT_FOUND;
    if (!session->is_sender || session->state == SESSION_OVER)
        return PLAIT_ERR_STATE;
    session_path_remove(session, endpoint_time(ep, now), path);
    return PLAIT_OK;
}

int plait_stream_write(struct plait_endpoint *ep, uint64_t now, uint32_t index, const uint8_t *data,
                       size_t len, enum plait_worth worth)
{
    struct session *session = endpoint_session(ep, index);

    if (session == NULL)
        return PLAIT_ERR_NOT_FOUND;
    if (!session->is_sender || session->state > SESSION_UP)
        return PLAIT_ERR_STATE;
    if (len == 0 || worth < PLAIT_WORTH_AUTO || worth > PLAIT_WORTH_TOP)
        return PLAIT_ERR_INVALID;
    if (len > PLAIT_MAX_DATAGRAM)
        return PLAIT_ERR_TOO_BIG;
    return session_write(session, endpoint_time(ep, now), data, len, worth);
}

uint32_t plait_stream_pending(const struct plait_endpoint *ep, uint32_t index)
{
    const struct session *session = endpoint_session(ep, index);

    return session == NULL || !session->is_sender
               ? 0
               : session->store.pending_count + session->store.aside_count;
}

uint64_t plait_stream_advice(const struct plait_endpoint *ep, uint32_t index)
{
    const struct session *session = endpoint_session(ep, index);

    return session == NULL ? 0 : session->stream.advice_bps;
}

int plait_stats_get(const struct plait_endpoint *ep, uint64_t now, uint32_t index,
                    struct plait_stats *out)
{
    const struct session *session = endpoint_session(ep, index);

    if (session == NULL)
        return PLAIT_ERR_NOT_FOUND;
    session_stats(session, max_u64(now, ep->now), out);
    return PLAIT_OK;
}

void plait_door_stats_get(const struct plait_endpoint *ep, struct plait_door_stats *out)
{
    *out = ep->door;
}
