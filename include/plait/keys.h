/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys: making them, their text form, and deriving them from a shared secret. Pure functions. */
#ifndef PLAIT_KEYS_H
#define PLAIT_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "plait/plait.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLAIT_KEY_TEXT 160 /* bytes that hold any key's text form, its name and the final zero */
#define PLAIT_KEY_NAME 64  /* bytes that hold a peer's name and the final zero */

/* Turns 32 unpredictable bytes into a secret key and computes its public key. PLAIT_ERR_CRYPTO:
 * libsodium does not start. */
int plait_key_generate(const uint8_t random[PLAIT_KEY_BYTES], uint8_t secret[PLAIT_KEY_BYTES],
                       uint8_t public_key[PLAIT_KEY_BYTES]);

/* The public key of a secret key. Errors as above. */
int plait_key_public(const uint8_t secret[PLAIT_KEY_BYTES], uint8_t public_key[PLAIT_KEY_BYTES]);

/* One line of text, without newline, zero-terminated: "plait-secret-1:<base64>" or
 * "plait-public-1:<base64> <name>" (name may be NULL or "", else up to 63 letters, digits and
 * . _ - @: PLAIT_ERR_INVALID). */
int plait_key_secret_text(const uint8_t secret[PLAIT_KEY_BYTES], char out[PLAIT_KEY_TEXT]);
int plait_key_public_text(const uint8_t public_key[PLAIT_KEY_BYTES], const char *name,
                          char out[PLAIT_KEY_TEXT]);

/* Read those lines back (trailing white space is allowed). PLAIT_ERR_CRYPTO when malformed. */
int plait_key_secret_parse(const char *text, size_t len, uint8_t secret[PLAIT_KEY_BYTES]);
int plait_key_public_parse(const char *text, size_t len, uint8_t public_key[PLAIT_KEY_BYTES],
                           char name[PLAIT_KEY_NAME]);

/* All a pair needs, derived from one pass phrase by a memory-hard function (Argon2id; takes a
 * noticeable part of a second and 64 MiB, so once, at the start). The same phrase gives the same.
 * len: 1..1024 bytes, else PLAIT_ERR_INVALID. PLAIT_ERR_NO_MEMORY; PLAIT_ERR_CRYPTO: libsodium does
 * not start. */
struct plait_pair_keys {
    uint8_t sender_secret[PLAIT_KEY_BYTES], sender_public[PLAIT_KEY_BYTES];
    uint8_t receiver_secret[PLAIT_KEY_BYTES], receiver_public[PLAIT_KEY_BYTES];
    uint8_t psk[PLAIT_KEY_BYTES];
};
int plait_pair_derive(const char *secret, size_t len, struct plait_pair_keys *out);

#ifdef __cplusplus
}
#endif
#endif
