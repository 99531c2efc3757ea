/* SPDX-License-Identifier: BSD-2-Clause */
/* The two handshake messages. Their payloads, all integers big-endian:
 *   FIRST:  version 1 | suites 1 | mode 1 | 0 | latency us 4 | instance 8 | first seq 8 | number
 * base 8 SECOND: version 1 | suite 1 | 0 | 0 | latency us 4 | number base 8 | clock us 8 Longer
 * payloads are allowed; what follows is for later versions. */
#include "core/session/session.h"

#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/seq.h"

#define PAYLOAD_VERSION 1
#define PROLOGUE        "plait-1"

static uint32_t cid_draw(const struct session *session)
{
    uint8_t random[4];

    session->config->random(session->config->random_ctx, random, sizeof random);
    return (get_u32(random) << CID_INDEX_BITS | session->index) & 0xffffff;
}

static uint8_t suites_offered(void)
{
    uint8_t mask = 1U << AEAD_CHACHA20_POLY1305;

    if (aead_suite_available(AEAD_AES256_GCM))
        mask |= 1U << AEAD_AES256_GCM;
    return mask;
}

void session_initiate(struct session *session, uint64_t now, const struct noise_keypair *own,
                      const struct cookie_keys *peer_cookie_keys)
{
    struct initiation *in = &session->initiation;
    const enum noise_pattern pattern = session->has_psk ? NOISE_IKPSK2 : NOISE_IK;
    uint8_t payload[FIRST_PAYLOAD] = {PAYLOAD_VERSION, suites_offered(), (uint8_t)session->mode, 0};
    uint8_t ephemeral[NOISE_KEY_LEN];
    int len;

    put_u32(payload + 4, (uint32_t)(session->latency_wish_ns / NS_PER_US));
    put_u64(payload + 8, session->instance);
    put_u64(payload + 16, session->store.first);
    put_u64(payload + 24, session_number_base(session));
    session->config->random(session->config->random_ctx, ephemeral, sizeof ephemeral);
    noise_initiator_start(&in->noise, pattern, own, session->peer_key, PROLOGUE,
                          sizeof PROLOGUE - 1);
    in->local_cid = cid_draw(session);
    packet_encode_first(in->message, session->has_psk ? PACKET_FLAG_PSK : 0, in->local_cid);
    len = noise_create_first(&in->noise, ephemeral, payload, sizeof payload,
                             in->message + PACKET_FIRST_HEADER,
                             sizeof in->message - PACKET_FIRST_HEADER - 2 * PACKET_MAC_LEN);
    sodium_memzero(ephemeral, sizeof ephemeral);
    if (len < 0)
        return; /* a low-order peer key: it was refused at open */
    in->len = PACKET_FIRST_HEADER + (size_t)len + 2 * PACKET_MAC_LEN;
    in->active = true;
    in->started_ns = in->next_ns = now;
    in->interval_ns = HANDSHAKE_RETRY;
    session_initiation_mac(session, now, peer_cookie_keys);
}

void session_initiation_mac(struct session *session, uint64_t now,
                            const struct cookie_keys *peer_cookie_keys)
{
    struct initiation *in = &session->initiation;
    const size_t len = in->len - 2 * PACKET_MAC_LEN;
    uint8_t *mac2 = in->message + len + PACKET_MAC_LEN;

    cookie_mac1(peer_cookie_keys, in->message, len, in->message + len);
    memset(mac2, 0, PACKET_MAC_LEN);
    if (now < in->cookie_until_ns)
        cookie_mac2(in->cookie, in->message, len + PACKET_MAC_LEN, mac2);
}

int session_on_second(struct session *session, uint64_t now, const struct packet_header *header)
{
    struct initiation *in = &session->initiation;
    struct noise_handshake trial = in->noise;
    struct noise_keys keys;
    struct keyset set;
    uint8_t payload[NOISE_PAYLOAD_MAX];
    const uint64_t round = now - in->sent_ns;
    int len;

    if (!in->active || header->receiver_cid != in->local_cid)
        return PLAIT_ERR_NOT_FOUND;
    len = noise_consume_second(&trial, header->body, header->body_len,
                               session->has_psk ? session->psk : NULL, payload, sizeof payload);
    if (len < SECOND_PAYLOAD || !aead_suite_available(payload[1])) {
        noise_wipe(&trial);
        return PLAIT_ERR_UNAUTHENTIC;
    }
    noise_split(&trial, &keys);
    noise_wipe(&in->noise);
    set.local_cid = in->local_cid;
    set.remote_cid = header->sender_cid;
    set.send_base = session_number_base(session);
    set.recv_base = get_u64(payload + 8);
    keyring_init(&set.ring, (enum aead_suite)payload[1], true, keys.send_key, keys.recv_key, now);
    sodium_memzero(&keys, sizeof keys);
    session->latency_ns = (uint64_t)get_u32(payload + 4) * NS_PER_US;
    media_clock_guess(&session->clock, now,
                      (int64_t)(get_u64(payload + 16) * NS_PER_US - now + round / 2));
    in->active = false;
    session_adopt_keys(session, now, &set);
    keyring_wipe(&set.ring);
    session_tell(session, PLAIT_EVENT_SESSION_UP, UINT32_MAX, session->latency_ns);
    return PLAIT_OK;
}

bool first_payload_decode(const uint8_t *bytes, size_t len, struct first_payload *out)
{
    if (len < FIRST_PAYLOAD || bytes[0] != PAYLOAD_VERSION || bytes[2] > PLAIT_MODE_BROADCAST)
        return false;
    out->suites = bytes[1];
    out->mode = (enum plait_mode)bytes[2];
    out->latency_ns = (uint64_t)get_u32(bytes + 4) * NS_PER_US;
    out->instance = get_u64(bytes + 8);
    out->first_seq = get_u64(bytes + 16);
    out->send_base = get_u64(bytes + 24);
    return out->latency_ns >= PLAIT_LATENCY_MIN_NS && out->latency_ns <= PLAIT_LATENCY_MAX_NS &&
           out->first_seq < VARINT_MAX && out->send_base < VARINT_MAX / 2;
}

int session_answer(struct session *session, uint64_t now, struct noise_handshake *noise,
                   const struct first_payload *first, uint32_t remote_cid, uint32_t local_cid)
{
    struct tentative *t = &session->tentative;
    const uint8_t both = first->suites & suites_offered();
    const enum aead_suite suite =
        both & (1U << AEAD_AES256_GCM) ? AEAD_AES256_GCM : AEAD_CHACHA20_POLY1305;
    uint8_t payload[SECOND_PAYLOAD] = {PAYLOAD_VERSION, (uint8_t)suite, 0, 0};
    uint8_t ephemeral[NOISE_KEY_LEN];
    struct noise_keys keys;
    int len;

    if (!(both & (1U << suite)))
        return PLAIT_ERR_CRYPTO;
    t->keys.send_base = session_number_base(session);
    t->keys.recv_base = first->send_base;
    t->keys.local_cid = local_cid == CID_NONE ? cid_draw(session) : local_cid;
    t->keys.remote_cid = remote_cid;
    t->latency_wish_ns = first->latency_ns;
    put_u32(payload + 4,
            (uint32_t)(max_u64(first->latency_ns, session->latency_wish_ns) / NS_PER_US));
    put_u64(payload + 8, t->keys.send_base);
    put_u64(payload + 16, now / NS_PER_US);
    packet_encode_second(t->message, t->keys.local_cid, remote_cid);
    session->config->random(session->config->random_ctx, ephemeral, sizeof ephemeral);
    len = noise_create_second(noise, ephemeral, session->has_psk ? session->psk : NULL, payload,
                              sizeof payload, t->message + PACKET_SECOND_HEADER,
                              sizeof t->message - PACKET_SECOND_HEADER);
    sodium_memzero(ephemeral, sizeof ephemeral);
    if (len < 0)
        return PLAIT_ERR_UNAUTHENTIC;
    t->len = PACKET_SECOND_HEADER + (size_t)len;
    noise_split(noise, &keys);
    keyring_init(&t->keys.ring, suite, false, keys.send_key, keys.recv_key, now);
    sodium_memzero(&keys, sizeof keys);
    t->instance = first->instance;
    t->first_seq = first->first_seq;
    t->mode = first->mode;
    t->since_ns = now;
    t->active = true;
    return PLAIT_OK;
}

void session_confirm(struct session *session, uint64_t now)
{
    struct tentative *t = &session->tentative;
    const bool same = session->state == SESSION_UP && session->instance == t->instance;

    if (!same) {
        if (session->state == SESSION_UP)
            session_tell(session, PLAIT_EVENT_SESSION_CLOSED, UINT32_MAX, PLAIT_CLOSE_REPLACED);
        for (uint32_t i = 0; i < session->paths_used; i++)
            session->paths[i].state = PATH_NONE;
        memset(&session->stream, 0, sizeof session->stream);
        session->since_ns = now;
        session_start_stream(session, t->first_seq);
    }
    session->instance = t->instance;
    session->mode = t->mode;
    session->peer_wish_ns = t->latency_wish_ns;
    session->latency_ns = max_u64(session->latency_wish_ns, t->latency_wish_ns);
    t->active = false;
    session_adopt_keys(session, now, &t->keys);
    keyring_wipe(&t->keys.ring);
    if (!same)
        session_tell(session, PLAIT_EVENT_SESSION_UP, UINT32_MAX, session->latency_ns);
}
