/* SPDX-License-Identifier: BSD-2-Clause */
#include "plait/keys.h"

#include <string.h>

#include "core/crypto/aead.h"
#include "core/crypto/keyfile.h"
#include "core/crypto/secret.h"

_Static_assert(PLAIT_KEY_TEXT >= KEYFILE_LINE_MAX, "a key's text fits");
_Static_assert(PLAIT_KEY_NAME >= KEYFILE_NAME_MAX + 1, "a peer's name fits");

int plait_key_generate(const uint8_t random[PLAIT_KEY_BYTES], uint8_t secret[PLAIT_KEY_BYTES],
                       uint8_t public_key[PLAIT_KEY_BYTES])
{
    memcpy(secret, random, PLAIT_KEY_BYTES);
    return plait_key_public(secret, public_key);
}

int plait_key_public(const uint8_t secret[PLAIT_KEY_BYTES], uint8_t public_key[PLAIT_KEY_BYTES])
{
    struct noise_keypair pair;

    if (sodium_init() < 0)
        return PLAIT_ERR_CRYPTO;
    noise_keypair_from_secret(&pair, secret);
    memcpy(public_key, pair.public_key, PLAIT_KEY_BYTES);
    sodium_memzero(&pair, sizeof pair);
    return PLAIT_OK;
}

int plait_key_secret_text(const uint8_t secret[PLAIT_KEY_BYTES], char out[PLAIT_KEY_TEXT])
{
    struct noise_keypair pair;
    int len;

    noise_keypair_from_secret(&pair, secret);
    len = keyfile_encode_secret(&pair, out);
    sodium_memzero(&pair, sizeof pair);
    return len < 0 ? PLAIT_ERR_CRYPTO : PLAIT_OK;
}

int plait_key_public_text(const uint8_t public_key[PLAIT_KEY_BYTES], const char *name,
                          char out[PLAIT_KEY_TEXT])
{
    struct keyfile_peer peer = {0};
    const size_t len = name == NULL ? 0 : strlen(name);

    if (len > KEYFILE_NAME_MAX)
        return PLAIT_ERR_INVALID;
    memcpy(peer.public_key, public_key, PLAIT_KEY_BYTES);
    if (len > 0)
        memcpy(peer.name, name, len);
    return keyfile_encode_public(&peer, out) < 0 ? PLAIT_ERR_INVALID : PLAIT_OK;
}

int plait_key_secret_parse(const char *text, size_t len, uint8_t secret[PLAIT_KEY_BYTES])
{
    struct noise_keypair pair;

    if (keyfile_decode_secret(text, len, &pair) != 0)
        return PLAIT_ERR_CRYPTO;
    memcpy(secret, pair.secret_key, PLAIT_KEY_BYTES);
    sodium_memzero(&pair, sizeof pair);
    return PLAIT_OK;
}

int plait_key_public_parse(const char *text, size_t len, uint8_t public_key[PLAIT_KEY_BYTES],
                           char name[PLAIT_KEY_NAME])
{
    struct keyfile_peer peer;

    if (keyfile_decode_public(text, len, &peer) != 0)
        return PLAIT_ERR_CRYPTO;
    memcpy(public_key, peer.public_key, PLAIT_KEY_BYTES);
    memcpy(name, peer.name, KEYFILE_NAME_MAX + 1);
    return PLAIT_OK;
}

int plait_pair_derive(const char *secret, size_t len, struct plait_pair_keys *out)
{
    struct secret_keys keys;

    if (len == 0 || len > SECRET_PASSPHRASE_MAX)
        return PLAIT_ERR_INVALID;
    if (sodium_init() < 0)
        return PLAIT_ERR_CRYPTO;
    if (secret_derive(&keys, secret, len) != 0)
        return PLAIT_ERR_NO_MEMORY;
    memcpy(out->psk, keys.psk, PLAIT_KEY_BYTES);
    memcpy(out->sender_secret, keys.initiator.secret_key, PLAIT_KEY_BYTES);
    memcpy(out->sender_public, keys.initiator.public_key, PLAIT_KEY_BYTES);
    memcpy(out->receiver_secret, keys.responder.secret_key, PLAIT_KEY_BYTES);
    memcpy(out->receiver_public, keys.responder.public_key, PLAIT_KEY_BYTES);
    secret_wipe(&keys);
    return PLAIT_OK;
}
