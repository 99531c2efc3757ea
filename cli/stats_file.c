/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/stats_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/json.h"

#define STATS_MAX_SESSIONS 64

int stats_file_check(const char *path, bool out_is_stdout, struct run_error *error)
{
    if (path && strcmp(path, "-") == 0 && out_is_stdout)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--out - and --stats - both write standard output; give --stats FILE");
    return PLAIT_OK;
}

int stats_file_open(struct stats_file *file, const char *path, uint64_t now,
                    struct run_error *error)
{
    struct stat info;
    struct run_error why;
    memset(file, 0, sizeof *file);
    file->fd = -1;
    file->started = now;
    if (!path)
        return PLAIT_OK;
    file->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO
                                      : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file->fd < 0)
        return run_fail(error, PLAIT_ERR_INVALID, "--stats '%.200s' cannot be written (%s); %s",
                        path, strerror(errno),
                        errno == EMFILE ? "raise: ulimit -n" : "take another place");
    if (fstat(file->fd, &info) == 0 && S_ISREG(info.st_mode)) {
        file->writer = file_writer_open(file->fd, true, &why);
        if (!file->writer)
            return run_fail(error, PLAIT_ERR_NO_MEMORY, "--stats '%.200s': %s", path, why.text);
    }
    return PLAIT_OK;
}

int stats_file_begin(struct stats_file *file)
{
    bool has_old = file->fd > STDERR_FILENO && file->writer;
    return has_old && ftruncate(file->fd, 0) != 0 ? errno : 0;
}

void stats_file_close(struct stats_file *file)
{
    int failed = file_writer_close(file->writer, clock_now_ns() + STATS_FILE_DISK_NS);
    if (file->writer)
        file->failed = failed < 0 ? EBUSY : failed;
    if (file->line && file->failed == 0)
        file->failed = EBUSY;
    file->writer = NULL;
    if (file->fd > STDERR_FILENO && failed >= 0)
        close(file->fd);
    file->fd = -1;
    free(file->line);
    file->line = NULL;
}

json_t *stats_file_line(const struct stats_file *file, const char *command, uint64_t now,
                        bool is_final)
{
    if (file->fd < 0)
        return NULL;
    return json_pack("{s:i, s:s, s:I, s:I, s:b, s:I}", "version", PLAIT_STATS_VERSION, "command",
                     command, "elapsed_ms", (json_int_t)((now - file->started) / CLOCK_MS),
                     "unix_ms", (json_int_t)clock_unix_ms(), "final", is_final, "lines_dropped",
                     (json_int_t)file->dropped);
}

/* After POLLOUT a pipe takes PIPE_BUF bytes without blocking, so the descriptor (which may be
 * shared with a shell) need not be made non-blocking. */
static bool stats_file_may_write(int fd, bool is_final)
{
    struct pollfd ready = {fd, POLLOUT, 0};
    return poll(&ready, 1, is_final ? STATS_FILE_END_MS : 0) > 0;
}

/* Goes on with the line begun. What a paused reader does not take waits for the next call, if there
 * is one; a reader that is gone left half a line behind, and the next begins with a whole one. */
static void stats_file_push(struct stats_file *file, bool is_final)
{
    int fd = file->writer ? file_writer_pipe(file->writer) : file->fd;
    bool runs = !file->writer || file_writer_start(file->writer);
    while (runs && file->line && stats_file_may_write(fd, is_final)) {
        size_t len = file->end - file->begin < PIPE_BUF ? file->end - file->begin : PIPE_BUF;
        ssize_t done = write(fd, file->line + file->begin, len);
        file->failed = done < 0 && errno != EAGAIN && errno != EINTR ? errno : 0;
        bool is_gone = done < 0 && errno == EPIPE;
        if (done < 0 && !is_gone)
            break;
        file->begin += done > 0 ? (size_t)done : 0;
        if (file->begin < file->end && !is_gone)
            continue;
        file->dropped += is_gone;
        free(file->line);
        file->line = NULL;
    }
    if (file->writer)
        file->failed = file_writer_failed(file->writer);
}

void stats_file_write(struct stats_file *file, json_t *line, bool is_final)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (!text)
        return;
    stats_file_push(file, is_final);
    if (file->line) {
        file->dropped++;
        free(text);
        return;
    }
    file->line = text;
    file->begin = 0;
    file->end = strlen(text) + 1;
    text[file->end - 1] = '\n';
    stats_file_push(file, is_final);
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
