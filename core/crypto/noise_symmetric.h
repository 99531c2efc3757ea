/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Noise's SymmetricState over BLAKE2b and ChaChaPoly: what a handshake has agreed on so far.
 * Source: The Noise Protocol Framework, revision 34, sections 4.3, 5.1, 5.2 and 12.
 *
 * In IK and IKpsk2 every key encrypts exactly one thing before it is replaced, so the nonce is
 * always zero and no counter is kept.
 */
#ifndef PLAIT_CRYPTO_NOISE_SYMMETRIC_H
#define PLAIT_CRYPTO_NOISE_SYMMETRIC_H

#include <stddef.h>
#include <stdint.h>

#define NOISE_KEY_LEN  32
#define NOISE_TAG_LEN  16
#define NOISE_HASH_LEN 64

struct noise_symmetric {
    uint8_t chaining_key[NOISE_HASH_LEN];
    uint8_t hash[NOISE_HASH_LEN];
    uint8_t key[NOISE_KEY_LEN];
};

/* Starts from the protocol's full name, at most NOISE_HASH_LEN characters. */
void noise_symmetric_init(struct noise_symmetric *state, const char *protocol_name);

/* Binds bytes that both sides see. */
void noise_mix_hash(struct noise_symmetric *state, const void *bytes, size_t len);

/* Takes in the result of a Diffie-Hellman (or a psk pattern's ephemeral key): a new key. */
void noise_mix_key(struct noise_symmetric *state, const uint8_t input[NOISE_KEY_LEN]);

/* Takes in a pre-shared secret: a new key, and the transcript knows of it. */
void noise_mix_psk(struct noise_symmetric *state, const uint8_t psk[NOISE_KEY_LEN]);

/* Seals len bytes into len + NOISE_TAG_LEN and binds the result. in and out must not overlap. */
void noise_seal_and_hash(struct noise_symmetric *state, const uint8_t *in, size_t len,
                         uint8_t *out);

/* Opens len (at least NOISE_TAG_LEN) bytes and binds them. 0, or -1 when they are not authentic;
 * then the state is unchanged and out is zeroed. */
int noise_open_and_hash(struct noise_symmetric *state, const uint8_t *in, size_t len, uint8_t *out);

/* The two transport keys: initiator to responder, responder to initiator. */
void noise_symmetric_split(const struct noise_symmetric *state, uint8_t forward[NOISE_KEY_LEN],
                           uint8_t backward[NOISE_KEY_LEN]);

#endif
