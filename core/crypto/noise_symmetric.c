/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/noise_symmetric.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

/* BLAKE2b's block, which HMAC pads its key to. */
#define HMAC_BLOCK_LEN 128

static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

/* HMAC (RFC 2104) over two pieces; the key is never longer than a hash, hence than a block. */
static void hmac_blake2b(const uint8_t key[NOISE_HASH_LEN], const uint8_t *first, size_t first_len,
                         const uint8_t *second, size_t second_len, uint8_t out[NOISE_HASH_LEN])
{
    crypto_generichash_blake2b_state state;
    uint8_t pad[HMAC_BLOCK_LEN];
    uint8_t inner[NOISE_HASH_LEN];

    memset(pad, 0x36, sizeof pad);
    for (size_t i = 0; i < NOISE_HASH_LEN; i++)
        pad[i] ^= key[i];
    crypto_generichash_blake2b_init(&state, NULL, 0, NOISE_HASH_LEN);
    crypto_generichash_blake2b_update(&state, pad, sizeof pad);
    if (first_len > 0)
        crypto_generichash_blake2b_update(&state, first, first_len);
    crypto_generichash_blake2b_update(&state, second, second_len);
    crypto_generichash_blake2b_final(&state, inner, sizeof inner);

    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    crypto_generichash_blake2b_init(&state, NULL, 0, NOISE_HASH_LEN);
    crypto_generichash_blake2b_update(&state, pad, sizeof pad);
    crypto_generichash_blake2b_update(&state, inner, sizeof inner);
    crypto_generichash_blake2b_final(&state, out, NOISE_HASH_LEN);

    sodium_memzero(&state, sizeof state);
    sodium_memzero(pad, sizeof pad);
    sodium_memzero(inner, sizeof inner);
}

/* Noise's HKDF: as many outputs, one after the other, as are asked for. */
static void hkdf(const uint8_t chaining_key[NOISE_HASH_LEN], const uint8_t *input, size_t input_len,
                 uint8_t out[][NOISE_HASH_LEN], uint8_t count)
{
    static const uint8_t nothing[1];
    uint8_t temp_key[NOISE_HASH_LEN];

    hmac_blake2b(chaining_key, input, input_len, nothing, 0, temp_key);
    for (uint8_t i = 0; i < count; i++) {
        const uint8_t number = (uint8_t)(i + 1);
        const uint8_t *before = i > 0 ? out[i - 1] : NULL;

        hmac_blake2b(temp_key, before, i > 0 ? NOISE_HASH_LEN : 0, &number, 1, out[i]);
    }
    sodium_memzero(temp_key, sizeof temp_key);
}

void noise_symmetric_init(struct noise_symmetric *state, const char *protocol_name)
{
    const size_t len = strlen(protocol_name);

    assert(len <= NOISE_HASH_LEN);
    sodium_memzero(state, sizeof *state);
    memcpy(state->hash, protocol_name, len);
    memcpy(state->chaining_key, state->hash, NOISE_HASH_LEN);
}

void noise_mix_hash(struct noise_symmetric *state, const void *bytes, size_t len)
{
    crypto_generichash_blake2b_state hash;

    crypto_generichash_blake2b_init(&hash, NULL, 0, NOISE_HASH_LEN);
    crypto_generichash_blake2b_update(&hash, state->hash, NOISE_HASH_LEN);
    if (len > 0)
        crypto_generichash_blake2b_update(&hash, bytes, len);
    crypto_generichash_blake2b_final(&hash, state->hash, NOISE_HASH_LEN);
}

void noise_mix_key(struct noise_symmetric *state, const uint8_t input[NOISE_KEY_LEN])
{
    uint8_t out[2][NOISE_HASH_LEN];

    hkdf(state->chaining_key, input, NOISE_KEY_LEN, out, 2);
    memcpy(state->chaining_key, out[0], NOISE_HASH_LEN);
    memcpy(state->key, out[1], NOISE_KEY_LEN);
    sodium_memzero(out, sizeof out);
}

void noise_mix_psk(struct noise_symmetric *state, const uint8_t psk[NOISE_KEY_LEN])
{
    uint8_t out[3][NOISE_HASH_LEN];

    hkdf(state->chaining_key, psk, NOISE_KEY_LEN, out, 3);
    memcpy(state->chaining_key, out[0], NOISE_HASH_LEN);
    noise_mix_hash(state, out[1], NOISE_HASH_LEN);
    memcpy(state->key, out[2], NOISE_KEY_LEN);
    sodium_memzero(out, sizeof out);
}

void noise_seal_and_hash(struct noise_symmetric *state, const uint8_t *in, size_t len, uint8_t *out)
{
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in, len, state->hash, NOISE_HASH_LEN, NULL,
                                              zero_nonce, state->key);
    noise_mix_hash(state, out, len + NOISE_TAG_LEN);
}

int noise_open_and_hash(struct noise_symmetric *state, const uint8_t *in, size_t len, uint8_t *out)
{
    assert(len >= NOISE_TAG_LEN);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, in, len, state->hash,
                                                  NOISE_HASH_LEN, zero_nonce, state->key) != 0)
        return -1;
    noise_mix_hash(state, in, len);
    return 0;
}

void noise_symmetric_split(const struct noise_symmetric *state, uint8_t forward[NOISE_KEY_LEN],
                           uint8_t backward[NOISE_KEY_LEN])
{
    uint8_t out[2][NOISE_HASH_LEN];

    hkdf(state->chaining_key, NULL, 0, out, 2);
    memcpy(forward, out[0], NOISE_KEY_LEN);
    memcpy(backward, out[1], NOISE_KEY_LEN);
    sodium_memzero(out, sizeof out);
}
