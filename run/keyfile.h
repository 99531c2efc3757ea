/* SPDX-License-Identifier: BSD-2-Clause */
/* Key files: FILE (mode 0600, the secret) and FILE.pub (to give away), one line of text each. */
#ifndef PLAIT_RUN_KEYFILE_H
#define PLAIT_RUN_KEYFILE_H

#include <stdbool.h>

#include "plait/keys.h"
#include "run/error.h"

/* Writes path and path.pub; neither may be there already. name (may be "") goes into path.pub. On
 * an error neither is left behind. */
int keyfile_create(const char *path, const char *name, const uint8_t secret[PLAIT_KEY_BYTES],
                   const uint8_t public_key[PLAIT_KEY_BYTES], struct run_error *error);

/* Refuses a file that others than its owner may read; systemd's credentials may have group-read. */
int keyfile_read_secret(const char *path, uint8_t secret[PLAIT_KEY_BYTES], struct run_error *error);
int keyfile_read_public(const char *path, uint8_t public_key[PLAIT_KEY_BYTES],
                        char name[PLAIT_KEY_NAME], struct run_error *error);
/* The same while the stream runs: a pipe is refused (run/reread.h). */
int keyfile_read_public_again(const char *path, uint8_t public_key[PLAIT_KEY_BYTES],
                              char name[PLAIT_KEY_NAME], struct run_error *error);

/* The first line of a file without its end, zero-terminated; for pass phrases. The same refusal as
 * for secret keys when `is_secret`. Returns its length or a negative error. */
int keyfile_read_line(const char *path, bool is_secret, char *out, size_t size,
                      struct run_error *error);

#endif
