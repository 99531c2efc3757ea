/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a passphrase to everything a pair needs, so that `--secret PASS` alone on both sides is
 * enough: the pre-shared secret and the static keypair of either side. All who know the passphrase
 * are the same peer to each other; distinct peers need key files.
 *
 * Source: Argon2id (RFC 9106) by libsodium: 3 passes over 64 MiB, one lane, about 0.1 to 0.5 s;
 * then BLAKE2b keyed by the result, of a label for each key ("plait psk v1", "plait initiator v1",
 * "plait responder v1"). The salt is fixed ("plait secret v1" and a zero), because both sides must
 * arrive at the same keys without having met: a passphrase should therefore be long (six random
 * words), as a table for Plait could be computed once for all short ones.
 */
#ifndef PLAIT_CRYPTO_SECRET_H
#define PLAIT_CRYPTO_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/noise.h"

#define SECRET_PASSPHRASE_MAX 1024

/* The memory for Argon2id could not be had. */
#define SECRET_NO_MEMORY (-1)

struct secret_keys {
    uint8_t psk[NOISE_KEY_LEN];
    struct noise_keypair initiator;
    struct noise_keypair responder;
};

/* Derives the keys of a passphrase of len bytes (1..SECRET_PASSPHRASE_MAX, asserted). Runs once, at
 * start: it is slow on purpose and libsodium allocates 64 MiB for its length. 0 or
 * SECRET_NO_MEMORY. */
int secret_derive(struct secret_keys *keys, const char *passphrase, size_t len);

void secret_wipe(struct secret_keys *keys);

#endif
