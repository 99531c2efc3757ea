/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handshake: Noise IK and IKpsk2 with 25519, ChaChaPoly and BLAKE2b.
 * Source: The Noise Protocol Framework, revision 34, sections 4, 5, 7.5 and 9.
 *
 *   <- s                           the initiator knows the responder's static key
 *   -> e, es, s, ss  [payload]     first message
 *   <- e, ee, se     [payload]     second message (IKpsk2: then psk)
 *
 * Nothing here allocates, reads a clock or draws randomness: the ephemeral secret is an argument.
 * A message that is not authentic leaves the handshake as it was, so a forged answer cannot end a
 * handshake that is under way. Calling the functions out of order is a programmer's error (assert).
 */
#ifndef PLAIT_CRYPTO_NOISE_H
#define PLAIT_CRYPTO_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/noise_symmetric.h"

/* What a message is longer than its payload: e, sealed s, tag; and e, tag. */
#define NOISE_FIRST_OVERHEAD  (NOISE_KEY_LEN + NOISE_KEY_LEN + NOISE_TAG_LEN + NOISE_TAG_LEN)
#define NOISE_SECOND_OVERHEAD (NOISE_KEY_LEN + NOISE_TAG_LEN)

/* The longest payload of a handshake message; Plait's messages fit one datagram. */
#define NOISE_PAYLOAD_MAX 1024

/* The message is malformed, not authentic, or carries a low-order point. */
#define NOISE_REJECTED (-1)

/*
 * The pattern is hashed into the first message, so both sides must agree on it beforehand. IKpsk2
 * with no secret at all (psk NULL: 32 zero bytes, as WireGuard does) is as strong as IK and lets
 * the responder pick the secret after it has seen who is calling.
 */
enum noise_pattern {
    NOISE_IK,
    NOISE_IKPSK2,
};

enum noise_state {
    NOISE_WIPED,
    NOISE_INITIATOR_READY,
    NOISE_FIRST_SENT,
    NOISE_RESPONDER_READY,
    NOISE_FIRST_RECEIVED,
    NOISE_COMPLETE,
};

struct noise_keypair {
    uint8_t secret_key[NOISE_KEY_LEN];
    uint8_t public_key[NOISE_KEY_LEN];
};

/* One handshake, owned by the caller; about 350 bytes, all of it secret. */
struct noise_handshake {
    enum noise_state state;
    enum noise_pattern pattern;
    bool is_initiator;
    struct noise_symmetric symmetric;
    struct noise_keypair local_static;
    struct noise_keypair local_ephemeral;
    uint8_t remote_static[NOISE_KEY_LEN];
    uint8_t remote_ephemeral[NOISE_KEY_LEN];
};

/* What a finished handshake gives, as this side sees it. The hash names the session (channel
 * binding, Noise section 11.2) and is not secret. */
struct noise_keys {
    uint8_t send_key[NOISE_KEY_LEN];
    uint8_t recv_key[NOISE_KEY_LEN];
    uint8_t handshake_hash[NOISE_HASH_LEN];
};

/* Fills both halves of a keypair from 32 secret bytes (any bytes are a valid X25519 secret). */
void noise_keypair_from_secret(struct noise_keypair *pair, const uint8_t secret[NOISE_KEY_LEN]);

/* Starts an initiator. The prologue (any length, may be NULL when 0) is authenticated, not sent. */
void noise_initiator_start(struct noise_handshake *hs, enum noise_pattern pattern,
                           const struct noise_keypair *local_static,
                           const uint8_t remote_static[NOISE_KEY_LEN], const void *prologue,
                           size_t prologue_len);

/* Starts a responder. Does hashing only; may be done once and copied for each arriving message. */
void noise_responder_start(struct noise_handshake *hs, enum noise_pattern pattern,
                           const struct noise_keypair *local_static, const void *prologue,
                           size_t prologue_len);

/*
 * Writes the first message: payload_len + NOISE_FIRST_OVERHEAD bytes into out (cap must suffice,
 * asserted). ephemeral_secret: 32 fresh random bytes, never used again. Returns the length, or
 * NOISE_REJECTED when the remote static key is a low-order point.
 */
int noise_create_first(struct noise_handshake *hs, const uint8_t ephemeral_secret[NOISE_KEY_LEN],
                       const void *payload, size_t payload_len, uint8_t *out, size_t cap);

/*
 * Reads the first message. Returns the payload's length (0..cap) and the initiator's static key, or
 * NOISE_REJECTED; then remote_static is unchanged and payload_out holds nothing of the message.
 * Costs two X25519, and only one for a message made by who does not know this responder's key.
 * The caller decides whether the key is welcome, and guards against a recorded first message being
 * played again: the payload should carry a time stamp that must grow for a given static key.
 */
int noise_consume_first(struct noise_handshake *hs, const uint8_t *in, size_t len,
                        uint8_t *payload_out, size_t cap, uint8_t remote_static[NOISE_KEY_LEN]);

/*
 * Writes the second message: payload_len + NOISE_SECOND_OVERHEAD bytes. psk: the secret shared with
 * this initiator, NULL for none; must be NULL with NOISE_IK. Returns the length, or NOISE_REJECTED
 * when the initiator's key is a low-order point.
 */
int noise_create_second(struct noise_handshake *hs, const uint8_t ephemeral_secret[NOISE_KEY_LEN],
                        const uint8_t *psk, const void *payload, size_t payload_len, uint8_t *out,
                        size_t cap);

/* Reads the second message. Returns the payload's length (0..cap) or NOISE_REJECTED (also when the
 * pre-shared secrets differ); after a rejection a genuine answer is still welcome. */
int noise_consume_second(struct noise_handshake *hs, const uint8_t *in, size_t len,
                         const uint8_t *psk, uint8_t *payload_out, size_t cap);

/* Takes the session's keys out of a complete handshake and wipes it. */
void noise_split(struct noise_handshake *hs, struct noise_keys *keys);

/* Wipes a handshake in whatever state. */
void noise_wipe(struct noise_handshake *hs);

#endif
