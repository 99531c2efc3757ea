/* SPDX-License-Identifier: BSD-2-Clause */
/* --stats FILE: one JSON object a line. */
#ifndef PLAIT_CLI_STATS_FILE_H
#define PLAIT_CLI_STATS_FILE_H

#include <jansson.h>

#include "run/bond.h"
#include "run/error.h"

struct stats_file {
    int fd; /* -1: not wanted */
    uint64_t started;
};

/* path NULL: nothing will be written. "-" is standard output. `error` names the option. */
int stats_file_open(struct stats_file *file, const char *path, uint64_t now,
                    struct run_error *error);
void stats_file_close(struct stats_file *file);

/* {version, command, elapsed_ms, unix_ms, final}; add to it, then hand it to stats_file_write(),
 * which frees it. NULL when nothing is to be written. */
json_t *stats_file_line(const struct stats_file *file, const char *command, uint64_t now,
                        bool is_final);
void stats_file_write(struct stats_file *file, json_t *line);

/* All sessions of an endpoint, as "sessions" is written. */
json_t *stats_file_sessions(const struct plait_endpoint *endpoint, enum plait_role role,
                            uint64_t now, const char *const *link_names, uint32_t link_count);

#endif
