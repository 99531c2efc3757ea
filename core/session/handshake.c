/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two handshake messages. Their payloads, all integers big-endian:
 *
 *   FIRST   version 1 | suites 1 | mode 1 | 0 | latency us 4 | instance 8 | first seq 8 |
 *           number base 8 | stamp 8 | sender CID 3 | 0
 *   SECOND  version 1 | suite 1 | 0 | 0 | latency us 4 | number base 8 | clock us 8 |
 *           sender CID 3 | 0
 *
 * The CIDs are those of the header, which nothing else protects. Longer payloads are allowed; what
 * follows is for later versions.
 */
#include "core/session/session.h"

#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/seq.h"

#define PAYLOAD_VERSION 1
#define PROLOGUE        "plait-1"
#define HANDSHAKE_FRESH (50 * NS_PER_MS)  /* no answer to it tells a time of long ago */
#define DISPLACE_AFTER  (500 * NS_PER_MS) /* a handshake under way is left alone this long */

/* Never the one in use: it decides which keys a packet is opened with. */
static uint32_t cid_draw(const struct session *session)
{
    uint8_t random[4];
    uint32_t cid;

    do {
        session->config->random(session->config->random_ctx, random, sizeof random);
        cid = (get_u32(random) << CID_INDEX_BITS | session->index) & 0xffffff;
    } while (cid == session->keys.local_cid);
    return cid;
}

static uint8_t suites_offered(void)
{
    uint8_t mask = 1U << AEAD_CHACHA20_POLY1305;

    if (aead_suite_available(AEAD_AES256_GCM))
        mask |= 1U << AEAD_AES256_GCM;
    return mask;
}

static void forget_given_up(struct initiation *in)
{
    sodium_memzero(in->before, sizeof in->before);
}

/* The FIRST under way is given up for another. */
static void note_given_up(struct initiation *in)
{
    if (!in->active) {
        forget_given_up(in);
    } else if (in->started_ns != NEVER) {
        memmove(&in->before[1], &in->before[0], sizeof in->before - sizeof in->before[0]);
        in->before[0].cid = in->local_cid;
        in->before[0].started_ns = in->started_ns;
        in->before[0].noise = in->noise;
        memcpy(in->before[0].mac1, in->message + in->len - 2 * PACKET_MAC_LEN, PACKET_MAC_LEN);
    }
}

static int find_given_up(const struct initiation *in, uint32_t cid)
{
    for (int i = 0; i < FIRSTS_KNOWN; i++) {
        if (in->before[i].started_ns != 0 && in->before[i].cid == cid)
            return i;
    }
    return -1;
}

const uint8_t *session_first_mac1(const struct initiation *in, uint32_t cid)
{
    const int i = find_given_up(in, cid);

    if (cid == in->local_cid)
        return in->message + in->len - 2 * PACKET_MAC_LEN;
    return i < 0 ? NULL : in->before[i].mac1;
}

void session_wait_longer(struct session *session, uint64_t now, uint32_t cid)
{
    struct initiation *in = &session->initiation;
    const uint64_t known_ns = session->answered_after_ns;
    const int i = find_given_up(in, cid);
    uint64_t took_ns, learnt_ns;

    if (i < 0 || in->started_ns == NEVER)
        return;
    took_ns = now - in->before[i].started_ns;
    learnt_ns = min_u64(took_ns / 2 * 3, HANDSHAKE_SLOW_MAX);
    if (learnt_ns > in->interval_ns) {
        in->next_ns = in->started_ns + learnt_ns;
        /* What an outage held comes late, too. Then what is not lost of those behind it is answered
         * as fast as before; where the way has become long, the next is waited for that long. */
        if (took_ns > in->interval_ns && took_ns > 2 * known_ns && known_ns != 0)
            in->next_ns = min_u64(in->next_ns, now + 2 * known_ns);
        in->interval_ns = learnt_ns;
    }
    /* A copy of the answer would tell a longer round trip. */
    sodium_memzero(&in->before[i], sizeof in->before[i]);
}

/* A SECOND that is not for the FIRST under way: its keys are of no use any more, and no session is
 * found for it; but it tells how long the way is. */
static int on_late_second(struct session *session, uint64_t now, const struct packet_header *header)
{
    struct initiation *in = &session->initiation;
    const int i = find_given_up(in, header->receiver_cid);
    uint8_t payload[NOISE_PAYLOAD_MAX];
    struct noise_handshake trial;
    int len;

    if (i < 0)
        return PLAIT_ERR_NOT_FOUND;
    trial = in->before[i].noise;
    len = noise_consume_second(&trial, header->body, header->body_len,
                               session->has_psk ? session->psk : NULL, payload, sizeof payload);
    noise_wipe(&trial);
    if (len < 0)
        return PLAIT_ERR_UNAUTHENTIC;
    session_wait_longer(session, now, header->receiver_cid);
    return PLAIT_ERR_NOT_FOUND;
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
    put_u64(payload + 32, ++in->stamp);
    note_given_up(in);
    in->local_cid = cid_draw(session);
    put_u24(payload + 40, in->local_cid);
    session->config->random(session->config->random_ctx, ephemeral, sizeof ephemeral);
    noise_initiator_start(&in->noise, pattern, own, session->peer_key, PROLOGUE,
                          sizeof PROLOGUE - 1);
    packet_encode_first(in->message, session->has_psk ? PACKET_FLAG_PSK : 0, in->local_cid);
    len = noise_create_first(&in->noise, ephemeral, payload, sizeof payload,
                             in->message + PACKET_FIRST_HEADER,
                             sizeof in->message - PACKET_FIRST_HEADER - 2 * PACKET_MAC_LEN);
    sodium_memzero(ephemeral, sizeof ephemeral);
    if (len < 0)
        return; /* a low-order peer key: it was refused at open */
    in->len = PACKET_FIRST_HEADER + (size_t)len + 2 * PACKET_MAC_LEN;
    /* What an answer to one of before has taught outlasts a loss. */
    in->interval_ns =
        in->active ? max_u64(in->interval_ns, min_u64(2 * in->interval_ns, HANDSHAKE_RETRY_MAX))
                   : HANDSHAKE_RETRY;
    in->active = true;
    in->started_ns = NEVER;
    in->next_ns = now + in->interval_ns;
    in->paths_due = (1U << session->paths_used) - 1;
    session_initiation_mac(session, now, peer_cookie_keys);
}

void session_initiation_on_path(struct session *session, uint64_t now, uint32_t slot)
{
    struct initiation *in = &session->initiation;

    if (!in->active)
        return;
    in->paths_due |= 1U << slot;
    if (in->started_ns != NEVER && now - in->started_ns > HANDSHAKE_FRESH)
        in->next_ns = now;
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

/* The receiver wrote its clock's time between our sending and now. Where the offset known says
 * otherwise every relative delay is forgotten, and what it is sent again says when it was written
 * by that clock. A little outside, and it was wrong by what ways there and back differ by: the
 * nearer end is the best guess. By more, and the receiver started anew with another clock. */
static void meet_clock(struct session *session, uint64_t now, uint64_t there_ns)
{
    const int64_t forward = (int64_t)(there_ns - session->initiation.started_ns);
    const int64_t backward = (int64_t)(now - there_ns);
    const int64_t known = session->clock.offset_ns;
    const bool was_valid = session->clock.valid;

    if (was_valid && known <= forward && known >= -backward)
        return;
    media_clock_start(&session->clock, now, forward, backward);
    if (was_valid && known <= forward + CLOCK_UNSURE && known >= -backward - CLOCK_UNSURE) {
        session->clock.offset_ns = known;
        media_clock_on_bounds(&session->clock, -backward, forward);
    }
    session_forget_delays(session);
    session_stamp_again(session);
}

static bool second_is_sound(const uint8_t *payload, size_t len, const struct packet_header *header)
{
    uint64_t latency_ns;

    if (len < SECOND_PAYLOAD || payload[0] != PAYLOAD_VERSION || !aead_suite_available(payload[1]))
        return false;
    latency_ns = (uint64_t)get_u32(payload + 4) * NS_PER_US;
    return session_is_latency(latency_ns) && get_u64(payload + 8) < VARINT_MAX / 2 &&
           get_u64(payload + 16) <= FRAME_TIME_MAX_US &&
           get_u24(payload + 24) == header->sender_cid;
}

int session_on_second(struct session *session, uint64_t now, const struct packet_header *header)
{
    struct initiation *in = &session->initiation;
    struct noise_handshake trial;
    struct noise_keys keys;
    struct keyset set;
    uint8_t payload[NOISE_PAYLOAD_MAX];
    int len;

    if (!in->active)
        return PLAIT_ERR_NOT_FOUND;
    if (header->receiver_cid != in->local_cid)
        return on_late_second(session, now, header);
    trial = in->noise;
    len = noise_consume_second(&trial, header->body, header->body_len,
                               session->has_psk ? session->psk : NULL, payload, sizeof payload);
    if (len < 0 || !second_is_sound(payload, (size_t)len, header)) {
        noise_wipe(&trial);
        return PLAIT_ERR_UNAUTHENTIC;
    }
    noise_split(&trial, &keys);
    noise_wipe(&in->noise);
    forget_given_up(in);
    set.local_cid = in->local_cid;
    set.remote_cid = header->sender_cid;
    set.send_base = session_number_base(session);
    set.recv_base = get_u64(payload + 8);
    keyring_init(&set.ring, (enum aead_suite)payload[1], true, keys.send_key, keys.recv_key, now);
    sodium_memzero(&keys, sizeof keys);
    session_agree_latency(session, (uint64_t)get_u32(payload + 4) * NS_PER_US);
    meet_clock(session, now, get_u64(payload + 16) * NS_PER_US);
    in->active = false;
    session->answered_after_ns = now - min_u64(now, in->started_ns);
    session_adopt_keys(session, now, &set);
    keyring_wipe(&set.ring);
    session_tell(session, PLAIT_EVENT_SESSION_UP, UINT32_MAX, session->latency_ns);
    return PLAIT_OK;
}

bool first_payload_decode(const uint8_t *bytes, size_t len, const struct packet_header *header,
                          struct first_payload *out)
{
    if (len < FIRST_PAYLOAD || bytes[0] != PAYLOAD_VERSION || bytes[2] > PLAIT_MODE_BROADCAST ||
        get_u24(bytes + 40) != header->sender_cid)
        return false;
    out->suites = bytes[1];
    out->mode = (enum plait_mode)bytes[2];
    out->latency_ns = (uint64_t)get_u32(bytes + 4) * NS_PER_US;
    out->instance = get_u64(bytes + 8);
    out->first_seq = get_u64(bytes + 16);
    out->send_base = get_u64(bytes + 24);
    out->stamp = get_u64(bytes + 32);
    return session_is_latency(out->latency_ns) && out->first_seq < VARINT_MAX &&
           out->send_base < VARINT_MAX / 2;
}

int session_may_answer(const struct session *session, uint64_t now,
                       const struct first_payload *first)
{
    const struct tentative *t = &session->tentative;

    if (session->state == SESSION_UP && first->instance == session->instance &&
        first->stamp <= session->stamp)
        return PLAIT_ERR_REPLAYED;
    if (!t->active)
        return PLAIT_OK;
    if (first->instance == t->instance)
        return first->stamp > t->stamp ? PLAIT_OK : PLAIT_ERR_REPLAYED;
    return now - t->since_ns > DISPLACE_AFTER ? PLAIT_OK : PLAIT_ERR_LIMIT;
}

/* A start of the stream is this one's session; for another it is a session that begins. */
static bool is_same_start(const struct session *session, uint64_t instance)
{
    return session->state == SESSION_UP && session->instance == instance;
}

/* What is wished here of a session that goes on, or begins. */
static uint64_t own_wish_ns(const struct session *session, uint64_t instance)
{
    return is_same_start(session, instance) ? session->latency_wish_ns
                                            : session->config->latency_ns;
}

int session_answer(struct session *session, uint64_t now, struct noise_handshake *noise,
                   const struct first_payload *first, uint32_t remote_cid)
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
    t->keys.local_cid = cid_draw(session);
    t->keys.remote_cid = remote_cid;
    t->latency_wish_ns = first->latency_ns;
    put_u32(
        payload + 4,
        (uint32_t)(max_u64(first->latency_ns, own_wish_ns(session, first->instance)) / NS_PER_US));
    put_u64(payload + 8, t->keys.send_base);
    put_u64(payload + 16, now / NS_PER_US);
    put_u24(payload + 24, t->keys.local_cid);
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
    t->stamp = first->stamp;
    t->first_seq = first->first_seq;
    t->mode = first->mode;
    t->since_ns = now;
    t->active = true;
    return PLAIT_OK;
}

static void remove_paths(struct session *session, uint64_t now)
{
    for (uint32_t i = 0; i < session->paths_used; i++)
        session_path_step(session, i, now, PATH_FACT_REMOVED);
}

void session_replaced(struct session *session, uint64_t now)
{
    remove_paths(session, now);
    session_end(session, SESSION_FACT_ENDED, PLAIT_CLOSE_REPLACED);
}

/* The session that was here is over, and another begins in its place. */
static void replace(struct session *session, uint64_t now, uint64_t first_seq)
{
    remove_paths(session, now);
    if (session->state == SESSION_UP)
        session_tell(session, PLAIT_EVENT_SESSION_CLOSED, UINT32_MAX, PLAIT_CLOSE_REPLACED);
    memset(&session->stream, 0, sizeof session->stream);
    session->since_ns = now;
    session_start_stream(session, first_seq);
}

void session_confirm(struct session *session, uint64_t now)
{
    struct tentative *t = &session->tentative;
    const bool same = is_same_start(session, t->instance);
    uint64_t latency_ns;

    session->latency_wish_ns = own_wish_ns(session, t->instance);
    latency_ns = max_u64(session->latency_wish_ns, t->latency_wish_ns);
    if (same) /* the sender may have stamped again what it sent: old repair does not fit the new */
        protect_start(&session->protect, session->is_sender);
    else
        replace(session, now, t->first_seq);
    session->instance = t->instance;
    session->stamp = t->stamp;
    session->mode = t->mode;
    session->peer_wish_ns = t->latency_wish_ns;
    if (same && latency_ns != session->latency_ns)
        session_tell(session, PLAIT_EVENT_LATENCY, UINT32_MAX, latency_ns);
    session_agree_latency(session, latency_ns);
    t->active = false;
    /* The keys of before have gone on numbering since the answer was made. */
    t->keys.send_base = max_u64(t->keys.send_base, session_number_base(session));
    session_adopt_keys(session, now, &t->keys);
    if (!same)
        session->rekeys = 1;
    keyring_wipe(&t->keys.ring);
    if (same)
        session_tell(session, PLAIT_EVENT_REKEYED, UINT32_MAX, 0);
    else
        session_tell(session, PLAIT_EVENT_SESSION_UP, UINT32_MAX, session->latency_ns);
}
