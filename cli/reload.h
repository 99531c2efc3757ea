/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGHUP with --config: what may change while the stream runs is taken from the file anew: links,
 * allow and latency, unless the command line has set them. */
#ifndef PLAIT_CLI_RELOAD_H
#define PLAIT_CLI_RELOAD_H

#include "cli/service.h"

/* Reads the file; on a mistake in it all stays as it is, and the log says so. */
void reload_config(struct service *service, enum option_command command, uint64_t now);

#endif
