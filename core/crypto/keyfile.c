/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/keyfile.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#define SECRET_PREFIX "plait-secret-1:"
#define PUBLIC_PREFIX "plait-public-1:"
#define PREFIX_LEN    (sizeof SECRET_PREFIX - 1)

/* 32 bytes in padded base64. */
#define BASE64_LEN 44

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_name_character(name[i]))
            return false;
    }
    return len <= KEYFILE_NAME_MAX;
}

/* Prefix, base64 and a terminating zero; returns the length without the zero. */
static size_t encode_key(const char *prefix, const uint8_t key[NOISE_KEY_LEN],
                         char out[KEYFILE_LINE_MAX])
{
    memcpy(out, prefix, PREFIX_LEN);
    sodium_bin2base64(out + PREFIX_LEN, BASE64_LEN + 1, key, NOISE_KEY_LEN,
                      sodium_base64_VARIANT_ORIGINAL);
    return PREFIX_LEN + BASE64_LEN;
}

int keyfile_encode_secret(const struct noise_keypair *pair, char out[KEYFILE_LINE_MAX])
{
    return (int)encode_key(SECRET_PREFIX, pair->secret_key, out);
}

int keyfile_encode_public(const struct keyfile_peer *peer, char out[KEYFILE_LINE_MAX])
{
    const char *end = memchr(peer->name, '\0', sizeof peer->name);
    size_t name_len, len;

    if (end == NULL || !is_name(peer->name, (size_t)(end - peer->name)))
        return KEYFILE_REJECTED;
    name_len = (size_t)(end - peer->name);
    len = encode_key(PUBLIC_PREFIX, peer->public_key, out);
    if (name_len > 0) {
        out[len++] = ' ';
        memcpy(out + len, peer->name, name_len + 1);
        len += name_len;
    }
    return (int)len;
}

static size_t trim_end(const char *line, size_t len)
{
    while (len > 0 && is_blank(line[len - 1]))
        len--;
    return len;
}

static bool decode_key(const char *prefix, const char *line, size_t len, uint8_t key[NOISE_KEY_LEN])
{
    size_t key_len = 0;

    return len >= PREFIX_LEN + BASE64_LEN && memcmp(line, prefix, PREFIX_LEN) == 0 &&
           sodium_base642bin(key, NOISE_KEY_LEN, line + PREFIX_LEN, BASE64_LEN, NULL, &key_len,
                             NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           key_len == NOISE_KEY_LEN;
}

int keyfile_decode_secret(const char *line, size_t len, struct noise_keypair *pair)
{
    len = trim_end(line, len);
    if (len != PREFIX_LEN + BASE64_LEN || !decode_key(SECRET_PREFIX, line, len, pair->secret_key)) {
        sodium_memzero(pair, sizeof *pair);
        return KEYFILE_REJECTED;
    }
    noise_keypair_from_secret(pair, pair->secret_key);
    return 0;
}

int keyfile_decode_public(const char *line, size_t len, struct keyfile_peer *peer)
{
    struct keyfile_peer read = {0};
    size_t name_at = PREFIX_LEN + BASE64_LEN;

    len = trim_end(line, len);
    if (!decode_key(PUBLIC_PREFIX, line, len, read.public_key))
        return KEYFILE_REJECTED;
    if (name_at < len && !is_blank(line[name_at]))
        return KEYFILE_REJECTED;
    while (name_at < len && is_blank(line[name_at]))
        name_at++;
    if (!is_name(line + name_at, len - name_at))
        return KEYFILE_REJECTED;
    memcpy(read.name, line + name_at, len - name_at);
    *peer = read;
    return 0;
}
