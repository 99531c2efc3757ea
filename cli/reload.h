/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGHUP with --config: what may change while the stream runs is taken from the file anew: links,
 * allow, peer and latency, unless the command line has set them. All of it or, where something
 * cannot be taken, nothing: the log has one line, event=reloaded or event=reload_failed. */
#ifndef PLAIT_CLI_RELOAD_H
#define PLAIT_CLI_RELOAD_H

#include "cli/service.h"

/* Reads the file, if there is one, and lets service->on_reload take its part. */
void reload(struct service *service, uint64_t now);

/* The sender's links as `fresh` has them; on an error they stay as they are. */
int reload_links(struct service *service, const struct options *fresh, uint64_t now,
                 struct run_error *error);

#endif
