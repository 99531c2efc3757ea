/* SPDX-License-Identifier: BSD-2-Clause */
/* The door: every datagram from outside. What is not authentic costs a hash or an opening and a
 * counter; who knows the receiver's public key can make it pay a key agreement, which is why under
 * load a stranger must first show, with a cookie, that its address is its own. */
#include "core/endpoint/endpoint.h"

#include <string.h>

#include "core/base/bytes.h"

/* A shorter one is none, and would be shorter than what it is answered with. */
#define FIRST_BODY_MIN (NOISE_FIRST_OVERHEAD + FIRST_PAYLOAD + 2 * PACKET_MAC_LEN)

/* Handshakes of all sources together; beyond this rate, and for a second after it, cookies are
 * asked for. */
#define LOAD_KEPT NS_PER_S
static const struct ratelimit_rule load_rule = {5 * NS_PER_MS, 20};

static bool is_under_load(struct plait_endpoint *ep, uint64_t now)
{
    if (!ratelimit_bucket_take(&ep->handshakes, &load_rule, now))
        ep->loaded_until_ns = now + LOAD_KEPT;
    return now < ep->loaded_until_ns;
}

static size_t addr_bytes(const struct plait_addr *addr, uint8_t out[COOKIE_ADDRESS_MAX])
{
    const size_t ip_len = addr->family == 4 ? 4 : 16;

    out[0] = addr->family;
    memcpy(out + 1, addr->ip, ip_len);
    put_u16(out + 1 + ip_len, addr->port);
    return 3 + ip_len;
}

static struct reply *reply_new(struct plait_endpoint *ep, uint32_t link,
                               const struct plait_addr *local, const struct plait_addr *remote)
{
    struct reply *reply;

    if (ep->replies_count == REPLIES_QUEUED)
        return NULL;
    reply = &ep->replies[(ep->replies_head + ep->replies_count) % REPLIES_QUEUED];
    ep->replies_count++;
    reply->link = link;
    reply->local = *local;
    reply->remote = *remote;
    return reply;
}

static void reply_answer(struct plait_endpoint *ep, const struct session *session, uint32_t link,
                         const struct plait_addr *local, const struct plait_addr *remote)
{
    struct reply *reply = reply_new(ep, link, local, remote);

    if (reply == NULL)
        return;
    memcpy(reply->bytes, session->tentative.message, session->tentative.len);
    reply->len = session->tentative.len;
}

static void reply_cookie(struct plait_endpoint *ep, uint64_t now, uint32_t link,
                         const struct plait_addr *local, const struct plait_addr *remote,
                         uint32_t cid, const uint8_t *mac1)
{
    struct reply *reply = reply_new(ep, link, local, remote);
    uint8_t address[COOKIE_ADDRESS_MAX], nonce[COOKIE_NONCE_LEN];

    if (reply == NULL)
        return;
    ep->config.random(ep->config.random_ctx, nonce, sizeof nonce);
    packet_encode_cookie(reply->bytes, cid);
    cookie_create_reply(&ep->jar, &ep->own_cookie_keys, now, address, addr_bytes(remote, address),
                        mac1, nonce, reply->bytes + PACKET_COOKIE_HEADER);
    reply->len = PACKET_COOKIE_HEADER + COOKIE_REPLY_LEN;
    ep->door.cookies_sent++;
}

/* The rate of a source that returned a cookie. One whose tokens are gone is as any other. */
static bool has_credit(struct plait_endpoint *ep, uint64_t now, const struct plait_addr *remote)
{
    return ratelimit_table_take(&ep->ratelimit, remote->ip, remote->family == 4 ? 4 : 16, now);
}

/* A new FIRST, whose mac1 is good, is worth a key agreement: it brings a good cookie, or the
 * receiver is not under load. */
static int first_may_enter(struct plait_endpoint *ep, uint64_t now, uint32_t link,
                           const struct plait_addr *local, const struct plait_addr *remote,
                           const uint8_t *data, size_t len, uint32_t cid)
{
    const size_t signed_len = len - 2 * PACKET_MAC_LEN;
    const uint8_t *mac1 = data + signed_len, *mac2 = mac1 + PACKET_MAC_LEN;
    uint8_t address[COOKIE_ADDRESS_MAX];
    const bool knows_cookie =
        cookie_mac2_is_valid(&ep->jar, now, address, addr_bytes(remote, address), data,
                             signed_len + PACKET_MAC_LEN, mac2);

    if ((knows_cookie && has_credit(ep, now, remote)) || !is_under_load(ep, now))
        return PLAIT_OK;
    if (!knows_cookie)
        reply_cookie(ep, now, link, local, remote, cid, mac1);
    ep->door.rate_limited++;
    return PLAIT_ERR_LIMIT;
}

/* A slot whose peer was answered and has not confirmed for this long may be given to another. */
#define UNCONFIRMED_KEPT NS_PER_S

/* A peer's sessions: one at most of a kind. */
struct known {
    struct session *begun; /* up, or closing */
    struct session *next;  /* answered, in a slot of its own */
    struct session *over;  /* hands out what it holds */
};

static struct known sessions_known(struct plait_endpoint *ep, const uint8_t key[PLAIT_KEY_BYTES])
{
    struct known known = {NULL, NULL, NULL};

    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        struct session *session = &ep->sessions[i];

        if (session->state == SESSION_NONE || memcmp(session->peer_key, key, PLAIT_KEY_BYTES) != 0)
            continue;
        if (session->state == SESSION_CONNECTING)
            known.next = session;
        else if (session->state == SESSION_OVER)
            known.over = session;
        else
            known.begun = session;
    }
    return known;
}

static struct session *session_in(struct plait_endpoint *ep, uint64_t now, uint32_t index,
                                  const struct peer *peer)
{
    struct session *session = &ep->sessions[index];

    session_reset(session, &ep->config, index, now);
    memcpy(session->peer_key, peer->public_key, PLAIT_KEY_BYTES);
    session->state = session_step(SESSION_NONE, SESSION_FACT_OPENED);
    return session;
}

/* Nobody has confirmed its answer, and its slot may be given to a peer that has none: after a
 * while, and where its peer has another at once. */
static bool is_stale(struct plait_endpoint *ep, uint64_t now, const struct session *session)
{
    return session->state == SESSION_CONNECTING && session->tentative.active &&
           (now - session->tentative.since_ns > UNCONFIRMED_KEPT ||
            sessions_known(ep, session->peer_key).begun != NULL);
}

static uint32_t slot_free(const struct plait_endpoint *ep)
{
    uint32_t i = 0;

    while (i < ep->config.max_sessions && ep->sessions[i].state != SESSION_NONE)
        i++;
    return i;
}

/* A slot for a peer that has none; NULL when all are taken. */
static struct session *session_new(struct plait_endpoint *ep, uint64_t now, const struct peer *peer)
{
    uint32_t index = slot_free(ep);

    for (uint32_t i = 0; index == ep->config.max_sessions && i < ep->config.max_sessions; i++) {
        if (is_stale(ep, now, &ep->sessions[i]))
            index = i;
    }
    return index == ep->config.max_sessions ? NULL : session_in(ep, now, index, peer);
}

/* The peer's next start, while a session of its is up. What that holds is handed out yet, and so
 * the next begins beside it, in a slot that is free; else, and where one of before does so already,
 * in its place: a peer that starts again and again does not take the slots of others. */
static struct session *session_beside(struct plait_endpoint *ep, uint64_t now,
                                      const struct peer *peer, const struct known *known)
{
    const uint32_t index = slot_free(ep);

    if (known->next != NULL)
        return known->next;
    if (known->over != NULL || index == ep->config.max_sessions || !session_holds(known->begun))
        return known->begun;
    return session_in(ep, now, index, peer);
}

static struct session *session_for(struct plait_endpoint *ep, uint64_t now, const struct peer *peer,
                                   const struct known *known, const struct first_payload *first)
{
    if (known->begun == NULL)
        return known->next != NULL ? known->next : session_new(ep, now, peer);
    if (known->begun->state != SESSION_UP || known->begun->instance == first->instance)
        return known->begun;
    return session_beside(ep, now, peer, known);
}

/* What is known of a FIRST by its digest, without any public-key cryptography: PLAIT_OK for a
 * repetition of one that is being answered, which gets the same answer, PLAIT_ERR_REPLAYED for one
 * of the FIRST that led to a session's keys, PLAIT_ERR_NOT_FOUND for a new one. */
static int answered_before(struct plait_endpoint *ep, const uint8_t digest[32], uint32_t link,
                           const struct plait_addr *local, const struct plait_addr *remote)
{
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        const struct session *session = &ep->sessions[i];

        if (session->state == SESSION_NONE ||
            sodium_memcmp(session->tentative.first_digest, digest, 32) != 0)
            continue;
        if (!session->tentative.active)
            return PLAIT_ERR_REPLAYED;
        reply_answer(ep, session, link, local, remote);
        return PLAIT_OK;
    }
    return PLAIT_ERR_NOT_FOUND;
}

static bool was_answered(const struct peer *peer, uint64_t name)
{
    for (uint32_t i = 0; i < PEER_FIRSTS; i++) {
        if (peer->answered[i] == name)
            return true;
    }
    return false;
}

/* Answers a FIRST of a known peer, unless it is an old one or a handshake that has only just begun
 * would suffer. */
static int answer(struct plait_endpoint *ep, uint64_t now, struct peer *peer,
                  struct noise_handshake *noise, const struct first_payload *first, uint32_t cid,
                  const uint8_t digest[32], struct session **out)
{
    const struct known known = sessions_known(ep, peer->public_key);
    struct session *session;
    int err = known.begun == NULL ? PLAIT_OK : session_may_answer(known.begun, now, first);

    if (err == PLAIT_OK && known.next != NULL)
        err = session_may_answer(known.next, now, first);
    ep->door.rate_limited += err == PLAIT_ERR_LIMIT;
    if (err != PLAIT_OK)
        return err;
    if (was_answered(peer, get_u64(digest)))
        return PLAIT_ERR_REPLAYED;
    session = session_for(ep, now, peer, &known, first);
    if (session == NULL) {
        ep->door.no_room++;
        return PLAIT_ERR_LIMIT;
    }
    /* The list may have changed since the session began. */
    session->has_psk = peer->has_psk;
    memcpy(session->psk, peer->psk, PLAIT_KEY_BYTES);
    err = session_answer(session, now, noise, first, cid);
    if (err != PLAIT_OK)
        return err;
    memcpy(session->tentative.first_digest, digest, 32);
    peer->answered[peer->answered_count++ % PEER_FIRSTS] = get_u64(digest);
    *out = session;
    return PLAIT_OK;
}

static int on_first(struct plait_endpoint *ep, uint64_t now, uint32_t link,
                    const struct plait_addr *local, const struct plait_addr *remote,
                    const uint8_t *data, size_t len, const struct packet_header *h)
{
    struct noise_handshake noise;
    struct first_payload first;
    struct session *session;
    struct peer *peer;
    const size_t signed_len = len - 2 * PACKET_MAC_LEN;
    uint8_t payload[NOISE_PAYLOAD_MAX], sender_key[PLAIT_KEY_BYTES], digest[32];
    int err, got;

    if (ep->config.role != PLAIT_RECEIVER || h->body_len < FIRST_BODY_MIN)
        return PLAIT_ERR_MALFORMED;
    if (!cookie_mac1_is_valid(&ep->own_cookie_keys, data, signed_len, data + signed_len))
        return PLAIT_ERR_UNAUTHENTIC;
    crypto_generichash(digest, sizeof digest, data, signed_len, NULL, 0);
    err = answered_before(ep, digest, link, local, remote);
    if (err != PLAIT_ERR_NOT_FOUND)
        return err;
    err = first_may_enter(ep, now, link, local, remote, data, len, h->sender_cid);
    if (err != PLAIT_OK)
        return err;
    noise = ep->responder[h->flags & PACKET_FLAG_PSK ? 1 : 0];
    got = noise_consume_first(&noise, h->body, h->body_len - 2 * PACKET_MAC_LEN, payload,
                              sizeof payload, sender_key);
    if (got < 0 || !first_payload_decode(payload, (size_t)got, h, &first)) {
        noise_wipe(&noise);
        return PLAIT_ERR_UNAUTHENTIC;
    }
    peer = endpoint_peer_find(ep, sender_key);
    if (peer == NULL || peer->has_psk != ((h->flags & PACKET_FLAG_PSK) != 0)) {
        noise_wipe(&noise);
        return PLAIT_ERR_REFUSED;
    }
    err = answer(ep, now, peer, &noise, &first, h->sender_cid, digest, &session);
    noise_wipe(&noise);
    if (err == PLAIT_OK)
        reply_answer(ep, session, link, local, remote);
    return err;
}

static int on_cookie(struct plait_endpoint *ep, uint64_t now, uint32_t link,
                     const struct packet_header *h)
{
    struct session *session = endpoint_session(ep, h->receiver_cid & ((1U << CID_INDEX_BITS) - 1));
    struct initiation *in;
    const uint8_t *mac1;
    uint8_t cookie[COOKIE_LEN];

    if (session == NULL || !session->is_sender || !session->initiation.active)
        return PLAIT_ERR_NOT_FOUND;
    in = &session->initiation;
    mac1 = session_first_mac1(in, h->receiver_cid);
    if (mac1 == NULL)
        return PLAIT_ERR_NOT_FOUND;
    if (cookie_consume_reply(&ep->peer_cookie_keys[session->index], mac1, h->body, h->body_len,
                             cookie) != 0)
        return PLAIT_ERR_UNAUTHENTIC;
    /* One that is for a FIRST given up is as good: it is the address's, not the message's. */
    session_wait_longer(session, now, h->receiver_cid);
    if (now < in->cookie_until_ns && sodium_memcmp(in->cookie, cookie, sizeof cookie) == 0)
        return PLAIT_ERR_REPLAYED;
    memcpy(in->cookie, cookie, sizeof cookie);
    in->cookie_until_ns = now + COOKIE_PERIOD_NS;
    session_initiation_mac(session, now, &ep->peer_cookie_keys[session->index]);
    /* A cookie is an address's own: the message goes again where that is. */
    for (uint32_t i = 0; i < session->paths_used; i++) {
        if (session->paths[i].state != PATH_NONE && session->paths[i].link == link)
            in->paths_due |= 1U << i;
    }
    return PLAIT_OK;
}

/* The session is confirmed: the one that its peer had before is over. */
static void on_begun(struct plait_endpoint *ep, uint64_t now, const struct session *session)
{
    for (uint32_t i = 0; i < ep->config.max_sessions; i++) {
        struct session *before = &ep->sessions[i];

        if (before != session && before->state == SESSION_UP &&
            memcmp(before->peer_key, session->peer_key, PLAIT_KEY_BYTES) == 0)
            session_replaced(before, now);
    }
}

static int on_session_packet(struct plait_endpoint *ep, uint64_t now, uint32_t link,
                             const struct plait_addr *local, const struct plait_addr *remote,
                             const uint8_t *data, size_t len, const struct packet_header *h)
{
    struct session *session = endpoint_session(ep, h->receiver_cid & ((1U << CID_INDEX_BITS) - 1));
    bool was_answered_only;
    int err;

    if (session == NULL || session->state == SESSION_OVER)
        return PLAIT_ERR_NOT_FOUND;
    if (h->type == PACKET_SECOND)
        return session->is_sender ? session_on_second(session, now, h) : PLAIT_ERR_MALFORMED;
    was_answered_only = !session->is_sender && session->state == SESSION_CONNECTING;
    err = session_on_sealed(session, now, link, local, remote, data, len, h);
    if (was_answered_only && session->state != SESSION_CONNECTING)
        on_begun(ep, now, session);
    return err;
}

/* PLAIT_ERR_LIMIT has several reasons, counted where each is known. */
static void count(struct plait_door_stats *door, int err)
{
    door->received++;
    door->malformed += err == PLAIT_ERR_MALFORMED;
    door->unauthentic += err == PLAIT_ERR_UNAUTHENTIC;
    door->replayed += err == PLAIT_ERR_REPLAYED;
    door->refused += err == PLAIT_ERR_REFUSED;
    door->unknown_session += err == PLAIT_ERR_NOT_FOUND;
}

int plait_endpoint_recv(struct plait_endpoint *ep, uint64_t now, uint32_t link,
                        const struct plait_addr *local, const struct plait_addr *remote,
                        const uint8_t *data, size_t len)
{
    struct packet_header header;
    int err;

    now = endpoint_time(ep, now);
    /* Nobody can be answered at port 0. Loopback and GRO bring longer ones than there are. */
    switch (remote->port == 0 || len > MAX_UDP ? PACKET_BAD : packet_decode(data, len, &header)) {
    case PACKET_FIRST:
        err = on_first(ep, now, link, local, remote, data, len, &header);
        break;
    case PACKET_COOKIE:
        err = on_cookie(ep, now, link, &header);
        break;
    case PACKET_SECOND:
    case PACKET_SEALED:
        err = on_session_packet(ep, now, link, local, remote, data, len, &header);
        break;
    default:
        err = PLAIT_ERR_MALFORMED;
    }
    count(&ep->door, err);
    return err;
}
