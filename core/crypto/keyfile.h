/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text form of a key: one line, base64 (RFC 4648 section 4, padded).
 *
 *   plait-secret-1:BASE64
 *   plait-public-1:BASE64 NAME
 *
 * NAME (letters, digits and . _ - @, up to KEYFILE_NAME_MAX) is what the peer is called in logs and
 * statistics; it may be left out. Files and their modes are the caller's business.
 */
#ifndef PLAIT_CRYPTO_KEYFILE_H
#define PLAIT_CRYPTO_KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/noise.h"

#define KEYFILE_NAME_MAX 63

/* Room for the longest line and a terminating zero. */
#define KEYFILE_LINE_MAX 128

/* The line is not a key of the wanted kind. */
#define KEYFILE_REJECTED (-1)

/* A public key and who it belongs to (empty: unnamed). */
struct keyfile_peer {
    uint8_t public_key[NOISE_KEY_LEN];
    char name[KEYFILE_NAME_MAX + 1];
};

/* Writes the line without a newline and a terminating zero; returns the length without the zero. */
int keyfile_encode_secret(const struct noise_keypair *pair, char out[KEYFILE_LINE_MAX]);

/* As above; KEYFILE_REJECTED when the name has other characters or is too long. */
int keyfile_encode_public(const struct keyfile_peer *peer, char out[KEYFILE_LINE_MAX]);

/* Reads a secret key's line of len bytes (a newline and spaces at the end are forgiven) and
 * computes the public half. 0 or KEYFILE_REJECTED (then pair is wiped). */
int keyfile_decode_secret(const char *line, size_t len, struct noise_keypair *pair);

/* Reads a public key's line. 0 or KEYFILE_REJECTED (then peer is unchanged). */
int keyfile_decode_public(const char *line, size_t len, struct keyfile_peer *peer);

#endif
