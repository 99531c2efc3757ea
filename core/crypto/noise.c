/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/noise.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#define SEALED_KEY_LEN (NOISE_KEY_LEN + NOISE_TAG_LEN)

static const uint8_t no_psk[NOISE_KEY_LEN];

void noise_keypair_from_secret(struct noise_keypair *pair, const uint8_t secret[NOISE_KEY_LEN])
{
    memmove(pair->secret_key, secret, NOISE_KEY_LEN);
    crypto_scalarmult_base(pair->public_key, pair->secret_key);
}

/* libsodium refuses a shared secret of all zeros, which is what a low-order point gives. */
static int mix_dh(struct noise_symmetric *state, const uint8_t secret[NOISE_KEY_LEN],
                  const uint8_t public_key[NOISE_KEY_LEN])
{
    uint8_t shared[NOISE_KEY_LEN];
    const int result = crypto_scalarmult(shared, secret, public_key);

    if (result == 0)
        noise_mix_key(state, shared);
    sodium_memzero(shared, sizeof shared);
    return result == 0 ? 0 : NOISE_REJECTED;
}

/* The token "e"; patterns with a psk also mix it into the key (Noise section 9.2). */
static void mix_ephemeral(struct noise_symmetric *state, enum noise_pattern pattern,
                          const uint8_t public_key[NOISE_KEY_LEN])
{
    noise_mix_hash(state, public_key, NOISE_KEY_LEN);
    if (pattern == NOISE_IKPSK2)
        noise_mix_key(state, public_key);
}

static void mix_optional_psk(struct noise_symmetric *state, enum noise_pattern pattern,
                             const uint8_t *psk)
{
    assert(pattern == NOISE_IKPSK2 || psk == NULL);
    if (pattern == NOISE_IKPSK2)
        noise_mix_psk(state, psk != NULL ? psk : no_psk);
}

/* What both sides hash before the first message: the name, the prologue, the responder's key. */
static void start(struct noise_handshake *hs, enum noise_pattern pattern,
                  const struct noise_keypair *local_static, const void *prologue,
                  size_t prologue_len, const uint8_t responder_static[NOISE_KEY_LEN])
{
    noise_wipe(hs);
    hs->pattern = pattern;
    hs->local_static = *local_static;
    noise_symmetric_init(&hs->symmetric, pattern == NOISE_IKPSK2
                                             ? "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b"
                                             : "Noise_IK_25519_ChaChaPoly_BLAKE2b");
    noise_mix_hash(&hs->symmetric, prologue, prologue_len);
    noise_mix_hash(&hs->symmetric, responder_static, NOISE_KEY_LEN);
}

void noise_initiator_start(struct noise_handshake *hs, enum noise_pattern pattern,
                           const struct noise_keypair *local_static,
                           const uint8_t remote_static[NOISE_KEY_LEN], const void *prologue,
                           size_t prologue_len)
{
    start(hs, pattern, local_static, prologue, prologue_len, remote_static);
    memcpy(hs->remote_static, remote_static, NOISE_KEY_LEN);
    hs->is_initiator = true;
    hs->state = NOISE_INITIATOR_READY;
}

void noise_responder_start(struct noise_handshake *hs, enum noise_pattern pattern,
                           const struct noise_keypair *local_static, const void *prologue,
                           size_t prologue_len)
{
    start(hs, pattern, local_static, prologue, prologue_len, local_static->public_key);
    hs->state = NOISE_RESPONDER_READY;
}

int noise_create_first(struct noise_handshake *hs, const uint8_t ephemeral_secret[NOISE_KEY_LEN],
                       const void *payload, size_t payload_len, uint8_t *out, size_t cap)
{
    struct noise_symmetric *state = &hs->symmetric;

    assert(hs->state == NOISE_INITIATOR_READY);
    assert(payload_len <= NOISE_PAYLOAD_MAX && cap >= payload_len + NOISE_FIRST_OVERHEAD);

    noise_keypair_from_secret(&hs->local_ephemeral, ephemeral_secret);
    memcpy(out, hs->local_ephemeral.public_key, NOISE_KEY_LEN);
    mix_ephemeral(state, hs->pattern, out);
    out += NOISE_KEY_LEN;
    if (mix_dh(state, hs->local_ephemeral.secret_key, hs->remote_static) != 0)
        goto reject;
    noise_seal_and_hash(state, hs->local_static.public_key, NOISE_KEY_LEN, out);
    out += SEALED_KEY_LEN;
    if (mix_dh(state, hs->local_static.secret_key, hs->remote_static) != 0)
        goto reject;
    noise_seal_and_hash(state, payload, payload_len, out);
    hs->state = NOISE_FIRST_SENT;
    return (int)(payload_len + NOISE_FIRST_OVERHEAD);

reject:
    noise_wipe(hs);
    return NOISE_REJECTED;
}

/* Reads the first message into copies, so that a rejected one leaves no trace. */
static int open_first(const struct noise_handshake *hs, struct noise_symmetric *state,
                      const uint8_t *in, size_t payload_len, uint8_t remote_static[NOISE_KEY_LEN],
                      uint8_t *payload_out)
{
    const uint8_t *ephemeral = in;
    const uint8_t *sealed_static = in + NOISE_KEY_LEN;
    const uint8_t *sealed_payload = sealed_static + SEALED_KEY_LEN;
    const uint8_t *secret = hs->local_static.secret_key;

    mix_ephemeral(state, hs->pattern, ephemeral);
    if (mix_dh(state, secret, ephemeral) != 0)
        return NOISE_REJECTED;
    if (noise_open_and_hash(state, sealed_static, SEALED_KEY_LEN, remote_static) != 0)
        return NOISE_REJECTED;
    if (mix_dh(state, secret, remote_static) != 0)
        return NOISE_REJECTED;
    if (noise_open_and_hash(state, sealed_payload, payload_len + NOISE_TAG_LEN, payload_out) != 0)
        return NOISE_REJECTED;
    return (int)payload_len;
}

int noise_consume_first(struct noise_handshake *hs, const uint8_t *in, size_t len,
                        uint8_t *payload_out, size_t cap, uint8_t remote_static[NOISE_KEY_LEN])
{
    struct noise_symmetric state = hs->symmetric;
    uint8_t static_key[NOISE_KEY_LEN];
    int result;

    assert(hs->state == NOISE_RESPONDER_READY);
    if (len < NOISE_FIRST_OVERHEAD || len - NOISE_FIRST_OVERHEAD > cap ||
        len - NOISE_FIRST_OVERHEAD > NOISE_PAYLOAD_MAX)
        return NOISE_REJECTED;

    result = open_first(hs, &state, in, len - NOISE_FIRST_OVERHEAD, static_key, payload_out);
    if (result >= 0) {
        hs->symmetric = state;
        memcpy(hs->remote_ephemeral, in, NOISE_KEY_LEN);
        memcpy(hs->remote_static, static_key, NOISE_KEY_LEN);
        memcpy(remote_static, static_key, NOISE_KEY_LEN);
        hs->state = NOISE_FIRST_RECEIVED;
    }
    sodium_memzero(&state, sizeof state);
    sodium_memzero(static_key, sizeof static_key);
    return result;
}

int noise_create_second(struct noise_handshake *hs, const uint8_t ephemeral_secret[NOISE_KEY_LEN],
                        const uint8_t *psk, const void *payload, size_t payload_len, uint8_t *out,
                        size_t cap)
{
    struct noise_symmetric *state = &hs->symmetric;

    assert(hs->state == NOISE_FIRST_RECEIVED);
    assert(payload_len <= NOISE_PAYLOAD_MAX && cap >= payload_len + NOISE_SECOND_OVERHEAD);

    noise_keypair_from_secret(&hs->local_ephemeral, ephemeral_secret);
    memcpy(out, hs->local_ephemeral.public_key, NOISE_KEY_LEN);
    mix_ephemeral(state, hs->pattern, out);
    if (mix_dh(state, hs->local_ephemeral.secret_key, hs->remote_ephemeral) != 0 ||
        mix_dh(state, hs->local_ephemeral.secret_key, hs->remote_static) != 0) {
        noise_wipe(hs);
        return NOISE_REJECTED;
    }
    mix_optional_psk(state, hs->pattern, psk);
    noise_seal_and_hash(state, payload, payload_len, out + NOISE_KEY_LEN);
    hs->state = NOISE_COMPLETE;
    return (int)(payload_len + NOISE_SECOND_OVERHEAD);
}

static int open_second(const struct noise_handshake *hs, struct noise_symmetric *state,
                       const uint8_t *in, size_t payload_len, const uint8_t *psk,
                       uint8_t *payload_out)
{
    const uint8_t *ephemeral = in;
    const uint8_t *sealed_payload = in + NOISE_KEY_LEN;

    mix_ephemeral(state, hs->pattern, ephemeral);
    if (mix_dh(state, hs->local_ephemeral.secret_key, ephemeral) != 0)
        return NOISE_REJECTED;
    if (mix_dh(state, hs->local_static.secret_key, ephemeral) != 0)
        return NOISE_REJECTED;
    mix_optional_psk(state, hs->pattern, psk);
    if (noise_open_and_hash(state, sealed_payload, payload_len + NOISE_TAG_LEN, payload_out) != 0)
        return NOISE_REJECTED;
    return (int)payload_len;
}

int noise_consume_second(struct noise_handshake *hs, const uint8_t *in, size_t len,
                         const uint8_t *psk, uint8_t *payload_out, size_t cap)
{
    struct noise_symmetric state = hs->symmetric;
    int result;

    assert(hs->state == NOISE_FIRST_SENT);
    if (len < NOISE_SECOND_OVERHEAD || len - NOISE_SECOND_OVERHEAD > cap ||
        len - NOISE_SECOND_OVERHEAD > NOISE_PAYLOAD_MAX)
        return NOISE_REJECTED;

    result = open_second(hs, &state, in, len - NOISE_SECOND_OVERHEAD, psk, payload_out);
    if (result >= 0) {
        hs->symmetric = state;
        memcpy(hs->remote_ephemeral, in, NOISE_KEY_LEN);
        hs->state = NOISE_COMPLETE;
    }
    sodium_memzero(&state, sizeof state);
    return result;
}

void noise_split(struct noise_handshake *hs, struct noise_keys *keys)
{
    assert(hs->state == NOISE_COMPLETE);
    if (hs->is_initiator)
        noise_symmetric_split(&hs->symmetric, keys->send_key, keys->recv_key);
    else
        noise_symmetric_split(&hs->symmetric, keys->recv_key, keys->send_key);
    memcpy(keys->handshake_hash, hs->symmetric.hash, NOISE_HASH_LEN);
    noise_wipe(hs);
}

void noise_wipe(struct noise_handshake *hs)
{
    sodium_memzero(hs, sizeof *hs);
}
