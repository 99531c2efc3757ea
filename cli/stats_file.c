/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/stats_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/json.h"
#include "run/clock.h"

#define STATS_MAX_SESSIONS 64

int stats_file_open(struct stats_file *file, const char *path, uint64_t now,
                    struct run_error *error)
{
    file->fd = -1;
    file->started = now;
    if (!path)
        return PLAIT_OK;
    if (strcmp(path, "-") == 0) {
        file->fd = STDOUT_FILENO;
        return PLAIT_OK;
    }
    file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file->fd < 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--stats '%.200s' cannot be written (%s); take another place", path,
                        strerror(errno));
    return PLAIT_OK;
}

void stats_file_close(struct stats_file *file)
{
    if (file->fd > STDERR_FILENO)
        close(file->fd);
    file->fd = -1;
}

json_t *stats_file_line(const struct stats_file *file, const char *command, uint64_t now,
                        bool is_final)
{
    if (file->fd < 0)
        return NULL;
    return json_pack("{s:i, s:s, s:I, s:I, s:b}", "version", PLAIT_STATS_VERSION, "command",
                     command, "elapsed_ms", (json_int_t)((now - file->started) / CLOCK_MS),
                     "unix_ms", (json_int_t)clock_unix_ms(), "final", is_final);
}

void stats_file_write(struct stats_file *file, json_t *line)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (!text)
        return;
    size_t len = strlen(text);
    text[len] = '\n'; /* one write a line: readers never see half of one */
    ssize_t ignored = write(file->fd, text, len + 1);
    (void)ignored; /* a full disk must not stop the stream */
    free(text);
}

json_t *stats_file_sessions(const struct plait_endpoint *endpoint, enum plait_role role,
                            uint64_t now, const char *const *link_names, uint32_t link_count)
{
    struct plait_stats stats;
    json_t *sessions = json_array();
    for (uint32_t i = 0; i < STATS_MAX_SESSIONS; i++) {
        if (plait_stats_get(endpoint, now, i, &stats) == PLAIT_OK)
            (void)json_array_append_new(sessions, json_stats(&stats, role, link_names, link_count));
    }
    return sessions;
}
