/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeps a receiver cheap to talk to: garbage is dropped by one hash, and under load a source
 * must first return a cookie, which proves that it receives at its address. No state is kept for a
 * source. Source: WireGuard (Donenfeld, NDSS 2017), sections 5.3 and 5.4.7.
 *
 * The first handshake message ends with two macs of 16 bytes:
 *   mac1  keyed by the receiver's public key, over all bytes before it: always checked
 *   mac2  keyed by the cookie, over all bytes before it (mac1 too); zeros without a cookie
 * Under load a message with a good mac1 and without a good mac2 is answered by a cookie reply and
 * by nothing else. A cookie is a keyed hash of the period's number (8 bytes, big-endian) and the
 * source address, so it expires without anything being stored. The reply is sealed with a key that
 * only who knows the receiver's public key can compute, and bound to the mac1 it answers, so only
 * who saw the message can forge one.
 */
#ifndef PLAIT_CRYPTO_COOKIE_H
#define PLAIT_CRYPTO_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COOKIE_LEN        16
#define COOKIE_MAC_LEN    16
#define COOKIE_SECRET_LEN 32
#define COOKIE_KEY_LEN    32
#define COOKIE_NONCE_LEN  24

/* Nonce, sealed cookie, tag. */
#define COOKIE_REPLY_LEN (COOKIE_NONCE_LEN + COOKIE_LEN + 16)

/* The longest source address: IPv6, port and room for a scope. */
#define COOKIE_ADDRESS_MAX 32

/* The secret behind the cookies changes this often; a cookie lives for one to two periods. The
 * initiator should forget a cookie after one. */
#define COOKIE_PERIOD_NS (UINT64_C(120) * 1000000000)

/* The reply is malformed or not authentic. */
#define COOKIE_REJECTED (-1)

/* What both sides compute once from the receiver's static public key: BLAKE2b (32 bytes) of a label
 * ("plait mac1 key v1", "plait cookie reply v1") and the key. As secret as that key is. */
struct cookie_keys {
    uint8_t mac1_key[COOKIE_KEY_LEN];
    uint8_t reply_key[COOKIE_KEY_LEN];
};

/* The receiver's side: one secret; the period's number makes it a new one every period. */
struct cookie_jar {
    uint8_t secret[COOKIE_SECRET_LEN];
};

void cookie_keys_derive(struct cookie_keys *keys, const uint8_t receiver_public_key[32]);

/* mac1 over the len bytes of the message that precede it. */
void cookie_mac1(const struct cookie_keys *keys, const uint8_t *message, size_t len,
                 uint8_t mac1[COOKIE_MAC_LEN]);

/* True when mac1 is right; in constant time. */
bool cookie_mac1_is_valid(const struct cookie_keys *keys, const uint8_t *message, size_t len,
                          const uint8_t mac1[COOKIE_MAC_LEN]);

/* mac2 over the len bytes (mac1 included) that precede it, with a cookie from a reply. */
void cookie_mac2(const uint8_t cookie[COOKIE_LEN], const uint8_t *message, size_t len,
                 uint8_t mac2[COOKIE_MAC_LEN]);

/* secret: 32 random bytes, drawn at start. */
void cookie_jar_init(struct cookie_jar *jar, const uint8_t secret[COOKIE_SECRET_LEN]);

/* True when mac2 was made with a cookie given to this source address (address, port; any bytes that
 * name it, 1..COOKIE_ADDRESS_MAX) in this or the previous period; in constant time. */
bool cookie_mac2_is_valid(const struct cookie_jar *jar, uint64_t now, const uint8_t *address,
                          size_t address_len, const uint8_t *message, size_t len,
                          const uint8_t mac2[COOKIE_MAC_LEN]);

/* Writes the reply to a message with this mac1 from this address. nonce: 24 fresh random bytes. */
void cookie_create_reply(const struct cookie_jar *jar, const struct cookie_keys *keys, uint64_t now,
                         const uint8_t *address, size_t address_len,
                         const uint8_t mac1[COOKIE_MAC_LEN], const uint8_t nonce[COOKIE_NONCE_LEN],
                         uint8_t reply[COOKIE_REPLY_LEN]);

/* Takes the cookie out of a reply to the message whose mac1 is given. 0, or COOKIE_REJECTED (then
 * cookie is unchanged). */
int cookie_consume_reply(const struct cookie_keys *keys, const uint8_t mac1[COOKIE_MAC_LEN],
                         const uint8_t *reply, size_t len, uint8_t cookie[COOKIE_LEN]);

#endif
