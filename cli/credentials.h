/* SPDX-License-Identifier: BSD-2-Clause */
/* Who we are and whom we trust: from --secret, --secret-file, PLAIT_SECRET, --key, --peer, --allow.
 * A pass phrase alone is enough; with keys too it is a pre-shared key on top of them. */
#ifndef PLAIT_CLI_CREDENTIALS_H
#define PLAIT_CLI_CREDENTIALS_H

#include "cli/options.h"
#include "plait/keys.h"

struct credentials {
    uint8_t secret_key[PLAIT_KEY_BYTES];
    uint8_t psk[PLAIT_KEY_BYTES];
    bool has_psk;
    uint32_t peers; /* a sender has one: the receiver */
    uint8_t peer[OPTIONS_MAX_LIST + 1][PLAIT_KEY_BYTES];
    char name[OPTIONS_MAX_LIST + 1][PLAIT_KEY_NAME]; /* of the peers, "" without one */
};

/* `error` names the option, the value and the cure. Wipe *out after use. */
int credentials_read(const struct options *options, enum plait_role role, struct credentials *out,
                     struct run_error *error);

/* Reads the --allow files again (SIGHUP); who has no file any more is not on the list. */
int credentials_reload_allow(const struct options *options, struct credentials *out,
                             struct run_error *error);

#endif
