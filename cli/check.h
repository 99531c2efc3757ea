/* SPDX-License-Identifier: BSD-2-Clause */
/* What `plait check` finds: lines of good, warning and bad, each with its cure. */
#ifndef PLAIT_CLI_CHECK_H
#define PLAIT_CLI_CHECK_H

#include "cli/options.h"

enum check_level {
    CHECK_GOOD,
    CHECK_NOTE, /* neither good nor bad; with a cure if it is not meant so */
    CHECK_WARN, /* works, but not as well as it could */
    CHECK_BAD,
};

struct check {
    uint32_t bad, warned;
};

/* cure: a command or an action, NULL when there is none. */
__attribute__((format(printf, 4, 5))) void check_say(struct check *check, enum check_level level,
                                                     const char *cure, const char *format, ...);

/* Interfaces, their addresses and routes, permissions, buffers, filters, clock. The receiver's
 * address decides which routes count; without --to it is any address on the internet. A host that
 * only receives needs neither several links nor the permissions for them. */
void check_host(struct check *check, const struct options *options, bool only_receives);

struct credentials;

/* credentials_read(), which may be asked again: PLAIT_SECRET stays in the environment. */
int check_credentials_read(const struct options *options, enum plait_role role,
                           struct credentials *out, struct run_error *error);

/* --try: connects to the receiver and tells for each link whether it answers. */
void check_reach(struct check *check, const struct options *options);

#endif
