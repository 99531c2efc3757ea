/* SPDX-License-Identifier: BSD-2-Clause */
/* --stats FILE: one JSON object a line. A reader that pauses or a disk that stops never holds up
 * the stream: lines that it does not take are left out whole, and the next one has their number.
 * What a full disk does not take waits for it. Not in that number is what a reader that has gone
 * left in the pipe; and what is not taken at the end has no next line to tell it: the last ones may
 * be missing, and of one that was begun only a part be there. */
#ifndef PLAIT_CLI_STATS_FILE_H
#define PLAIT_CLI_STATS_FILE_H

#include <jansson.h>
#include <stdbool.h>

#include "run/bond.h"
#include "run/clock.h"
#include "run/error.h"
#include "run/file_writer.h"

#define STATS_FILE_END_MS  250
#define STATS_FILE_DISK_NS (2 * CLOCK_S) /* as OPERATOR_DISK_NS */

struct stats_file {
    int fd;                     /* -1: not wanted */
    struct file_writer *writer; /* of a regular file */
    uint64_t started;
    uint64_t dropped; /* lines left out whole, or in part by a reader that has gone */
    int failed;       /* errno of what was written last; 0: it could be */
    char *line;       /* being written; bytes from `begin` to `end` are to go. NULL: none */
    size_t begin, end;
};

/* Refuses "-" where the media is written to standard output. */
int stats_file_check(const char *path, bool out_is_stdout, struct run_error *error);

/* path NULL: nothing will be written. "-" is standard output. What is in the file stays there until
 * stats_file_begin(). `error` names the option. */
int stats_file_open(struct stats_file *file, const char *path, uint64_t now,
                    struct run_error *error);
/* What was in the file is gone: when nothing can be refused any more. An errno: it is not, and
 * lines come behind it; else 0. */
int stats_file_begin(struct stats_file *file);
/* Waits for a disk STATS_FILE_DISK_NS. `failed` holds on: EBUSY when it, or a reader, had not taken
 * all by then. */
void stats_file_close(struct stats_file *file);

/* {version, command, elapsed_ms, unix_ms, final, lines_dropped}; add to it, then hand it to
 * stats_file_write(), which frees it. NULL when nothing is to be written. */
json_t *stats_file_line(const struct stats_file *file, const char *command, uint64_t now,
                        bool is_final);
/* Does not wait, but for the last line a moment (STATS_FILE_END_MS a step). */
void stats_file_write(struct stats_file *file, json_t *line, bool is_final);

/* All sessions of an endpoint, as "sessions" is written. */
json_t *stats_file_sessions(const struct plait_endpoint *endpoint, enum plait_role role,
                            uint64_t now, const char *const *link_names, uint32_t link_count);

#endif
