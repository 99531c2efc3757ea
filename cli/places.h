/* SPDX-License-Identifier: BSD-2-Clause */
/* What the options write, and what they read, are files of their own. */
#ifndef PLAIT_CLI_PLACES_H
#define PLAIT_CLI_PLACES_H

#include "cli/options.h"

/* Refuses a file that would be written by two, or that another option reads: a --stats that is the
 * --key would be the end of it. `error` names both options. */
int places_check(const struct options *options, struct run_error *error);

#endif
