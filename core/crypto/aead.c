/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/aead.h"

#include <assert.h>
#include <string.h>

static void write_nonce(uint8_t nonce[AEAD_NONCE_LEN], uint32_t path_id, uint64_t packet_number)
{
    for (int i = 0; i < 4; i++)
        nonce[i] = (uint8_t)(path_id >> (24 - 8 * i));
    for (int i = 0; i < 8; i++)
        nonce[4 + i] = (uint8_t)(packet_number >> (56 - 8 * i));
}

bool aead_suite_available(unsigned suite)
{
    switch (suite) {
    case AEAD_CHACHA20_POLY1305:
        return true;
    case AEAD_AES256_GCM:
        return crypto_aead_aes256gcm_is_available() == 1;
    default:
        return false;
    }
}

void aead_key_init(struct aead_key *key, enum aead_suite suite, const uint8_t bytes[AEAD_KEY_LEN])
{
    assert(aead_suite_available(suite));
    assert((uintptr_t)key % _Alignof(struct aead_key) == 0);
    aead_key_wipe(key);
    key->suite = suite;
    if (suite == AEAD_AES256_GCM)
        crypto_aead_aes256gcm_beforenm(&key->aes, bytes);
    memcpy(key->bytes, bytes, AEAD_KEY_LEN);
}

void aead_key_wipe(struct aead_key *key)
{
    sodium_memzero(key, sizeof *key);
}

int aead_seal(const struct aead_key *key, uint32_t path_id, uint64_t packet_number,
              const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out)
{
    uint8_t nonce[AEAD_NONCE_LEN];

    assert(len <= AEAD_PLAINTEXT_MAX);
    write_nonce(nonce, path_id, packet_number);
    switch (key->suite) {
    case AEAD_AES256_GCM:
        crypto_aead_aes256gcm_encrypt_afternm(out, NULL, in, len, aad, aad_len, NULL, nonce,
                                              &key->aes);
        break;
    case AEAD_CHACHA20_POLY1305:
        crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in, len, aad, aad_len, NULL, nonce,
                                                  key->bytes);
        break;
    default:
        assert(!"a key that was set");
        return AEAD_REJECTED;
    }
    return (int)(len + AEAD_TAG_LEN);
}

int aead_open(const struct aead_key *key, uint32_t path_id, uint64_t packet_number,
              const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out)
{
    uint8_t nonce[AEAD_NONCE_LEN];
    int result = -1;

    if (len < AEAD_TAG_LEN || len > AEAD_PLAINTEXT_MAX + AEAD_TAG_LEN)
        return AEAD_REJECTED;
    write_nonce(nonce, path_id, packet_number);
    switch (key->suite) {
    case AEAD_AES256_GCM:
        result = crypto_aead_aes256gcm_decrypt_afternm(out, NULL, NULL, in, len, aad, aad_len,
                                                       nonce, &key->aes);
        break;
    case AEAD_CHACHA20_POLY1305:
        result = crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, in, len, aad, aad_len,
                                                           nonce, key->bytes);
        break;
    default:
        assert(!"a key that was set");
    }
    return result == 0 ? (int)(len - AEAD_TAG_LEN) : AEAD_REJECTED;
}
