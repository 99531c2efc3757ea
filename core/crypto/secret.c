/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/secret.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#define ARGON2ID_PASSES 3
#define ARGON2ID_BYTES  (UINT32_C(64) << 20)

static void derive(uint8_t out[NOISE_KEY_LEN], const uint8_t master[NOISE_KEY_LEN],
                   const char *label)
{
    crypto_generichash_blake2b(out, NOISE_KEY_LEN, (const uint8_t *)label, strlen(label), master,
                               NOISE_KEY_LEN);
}

static void derive_pair(struct noise_keypair *pair, const uint8_t master[NOISE_KEY_LEN],
                        const char *label)
{
    derive(pair->secret_key, master, label);
    noise_keypair_from_secret(pair, pair->secret_key);
}

int secret_derive(struct secret_keys *keys, const char *passphrase, size_t len)
{
    static const uint8_t salt[crypto_pwhash_SALTBYTES] = "plait secret v1";
    uint8_t master[NOISE_KEY_LEN];
    int result;

    assert(len > 0 && len <= SECRET_PASSPHRASE_MAX);
    result = crypto_pwhash(master, sizeof master, passphrase, len, salt, ARGON2ID_PASSES,
                           ARGON2ID_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    if (result == 0) {
        derive(keys->psk, master, "plait psk v1");
        derive_pair(&keys->initiator, master, "plait initiator v1");
        derive_pair(&keys->responder, master, "plait responder v1");
    }
    sodium_memzero(master, sizeof master);
    return result == 0 ? 0 : SECRET_NO_MEMORY;
}

void secret_wipe(struct secret_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}
