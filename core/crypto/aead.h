/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seals and opens one packet. The nonce is the path ID (4 bytes) and the packet number (8 bytes),
 * both big-endian; a packet number is a path's own, so a pair never comes twice under one key
 * (core/crypto/keyring.h holds that). Keys serve one direction only.
 *
 * Sources: RFC 8439 (ChaCha20-Poly1305), NIST SP 800-38D (GCM), both as libsodium implements them.
 * sodium_init() must have run once in the process before any key is set.
 */
#ifndef PLAIT_CRYPTO_AEAD_H
#define PLAIT_CRYPTO_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#define AEAD_KEY_LEN   32
#define AEAD_TAG_LEN   16
#define AEAD_NONCE_LEN 12

/* The longest plaintext: what a UDP datagram can carry. */
#define AEAD_PLAINTEXT_MAX 65535

/* The packet is too short or not authentic. */
#define AEAD_REJECTED (-1)

/* The numbers appear on the wire (negotiation); never renumber. */
enum aead_suite {
    AEAD_CHACHA20_POLY1305 = 1,
    AEAD_AES256_GCM = 2,
};

/* A key ready for use: the expanded form for AES, so that no packet pays for the key schedule.
 * 16-byte aligned, like everything that holds one. */
struct aead_key {
    crypto_aead_aes256gcm_state aes;
    uint8_t bytes[AEAD_KEY_LEN];
    enum aead_suite suite;
};

/* True when this CPU and this libsodium offer the suite. Any other number is not available. */
bool aead_suite_available(unsigned suite);

/* Sets a key from 32 secret bytes. The suite must be available (asserted). */
void aead_key_init(struct aead_key *key, enum aead_suite suite, const uint8_t bytes[AEAD_KEY_LEN]);

void aead_key_wipe(struct aead_key *key);

/*
 * Seals len (0..AEAD_PLAINTEXT_MAX) bytes: out receives len + AEAD_TAG_LEN bytes. out may be the
 * same pointer as in (nothing is copied) or must not overlap it at all; aad (may be NULL when
 * aad_len is 0) must not overlap out. Returns len + AEAD_TAG_LEN.
 */
int aead_seal(const struct aead_key *key, uint32_t path_id, uint64_t packet_number,
              const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out);

/*
 * Opens len bytes (ciphertext and tag): out receives len - AEAD_TAG_LEN bytes. Overlap as above.
 * Returns the plaintext's length or AEAD_REJECTED; then out holds no plaintext (its content is
 * unspecified; opened in place, the datagram is spoilt).
 */
int aead_open(const struct aead_key *key, uint32_t path_id, uint64_t packet_number,
              const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out);

#endif
