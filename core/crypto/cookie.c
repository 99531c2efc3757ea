/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/cookie.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

static void derive_from_public(uint8_t out[COOKIE_KEY_LEN], const char *label,
                               const uint8_t public_key[32])
{
    crypto_generichash_blake2b_state state;

    crypto_generichash_blake2b_init(&state, NULL, 0, COOKIE_KEY_LEN);
    crypto_generichash_blake2b_update(&state, (const uint8_t *)label, strlen(label));
    crypto_generichash_blake2b_update(&state, public_key, 32);
    crypto_generichash_blake2b_final(&state, out, COOKIE_KEY_LEN);
}

void cookie_keys_derive(struct cookie_keys *keys, const uint8_t receiver_public_key[32])
{
    derive_from_public(keys->mac1_key, "plait mac1 key v1", receiver_public_key);
    derive_from_public(keys->reply_key, "plait cookie reply v1", receiver_public_key);
}

void cookie_mac1(const struct cookie_keys *keys, const uint8_t *message, size_t len,
                 uint8_t mac1[COOKIE_MAC_LEN])
{
    crypto_generichash_blake2b(mac1, COOKIE_MAC_LEN, message, len, keys->mac1_key, COOKIE_KEY_LEN);
}

bool cookie_mac1_is_valid(const struct cookie_keys *keys, const uint8_t *message, size_t len,
                          const uint8_t mac1[COOKIE_MAC_LEN])
{
    uint8_t wanted[COOKIE_MAC_LEN];

    cookie_mac1(keys, message, len, wanted);
    return sodium_memcmp(wanted, mac1, COOKIE_MAC_LEN) == 0;
}

void cookie_mac2(const uint8_t cookie[COOKIE_LEN], const uint8_t *message, size_t len,
                 uint8_t mac2[COOKIE_MAC_LEN])
{
    crypto_generichash_blake2b(mac2, COOKIE_MAC_LEN, message, len, cookie, COOKIE_LEN);
}

void cookie_jar_init(struct cookie_jar *jar, const uint8_t secret[COOKIE_SECRET_LEN])
{
    memcpy(jar->secret, secret, COOKIE_SECRET_LEN);
}

/* The cookie of an address in a period: nothing needs to be stored to know it again. */
static void bake(const struct cookie_jar *jar, uint64_t period, const uint8_t *address,
                 size_t address_len, uint8_t cookie[COOKIE_LEN])
{
    uint8_t input[8 + COOKIE_ADDRESS_MAX];

    assert(address_len > 0 && address_len <= COOKIE_ADDRESS_MAX);
    for (int i = 0; i < 8; i++)
        input[i] = (uint8_t)(period >> (56 - 8 * i));
    memcpy(input + 8, address, address_len);
    crypto_generichash_blake2b(cookie, COOKIE_LEN, input, 8 + address_len, jar->secret,
                               COOKIE_SECRET_LEN);
}

bool cookie_mac2_is_valid(const struct cookie_jar *jar, uint64_t now, const uint8_t *address,
                          size_t address_len, const uint8_t *message, size_t len,
                          const uint8_t mac2[COOKIE_MAC_LEN])
{
    const uint64_t period = now / COOKIE_PERIOD_NS;
    int matches = 0;

    if (sodium_is_zero(mac2, COOKIE_MAC_LEN))
        return false; /* no cookie: nothing to compute, and nothing secret in saying so */
    for (uint64_t age = 0; age < 2 && age <= period; age++) {
        uint8_t cookie[COOKIE_LEN];
        uint8_t wanted[COOKIE_MAC_LEN];

        bake(jar, period - age, address, address_len, cookie);
        cookie_mac2(cookie, message, len, wanted);
        matches |= sodium_memcmp(wanted, mac2, COOKIE_MAC_LEN) == 0;
        sodium_memzero(cookie, sizeof cookie);
    }
    return matches != 0;
}

void cookie_create_reply(const struct cookie_jar *jar, const struct cookie_keys *keys, uint64_t now,
                         const uint8_t *address, size_t address_len,
                         const uint8_t mac1[COOKIE_MAC_LEN], const uint8_t nonce[COOKIE_NONCE_LEN],
                         uint8_t reply[COOKIE_REPLY_LEN])
{
    uint8_t cookie[COOKIE_LEN];

    bake(jar, now / COOKIE_PERIOD_NS, address, address_len, cookie);
    memcpy(reply, nonce, COOKIE_NONCE_LEN);
    crypto_aead_xchacha20poly1305_ietf_encrypt(reply + COOKIE_NONCE_LEN, NULL, cookie, COOKIE_LEN,
                                               mac1, COOKIE_MAC_LEN, NULL, nonce, keys->reply_key);
    sodium_memzero(cookie, sizeof cookie);
}

int cookie_consume_reply(const struct cookie_keys *keys, const uint8_t mac1[COOKIE_MAC_LEN],
                         const uint8_t *reply, size_t len, uint8_t cookie[COOKIE_LEN])
{
    uint8_t opened[COOKIE_LEN];

    if (len != COOKIE_REPLY_LEN)
        return COOKIE_REJECTED;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(opened, NULL, NULL, reply + COOKIE_NONCE_LEN,
                                                   len - COOKIE_NONCE_LEN, mac1, COOKIE_MAC_LEN,
                                                   reply, keys->reply_key) != 0)
        return COOKIE_REJECTED;
    memcpy(cookie, opened, COOKIE_LEN);
    sodium_memzero(opened, sizeof opened);
    return 0;
}
