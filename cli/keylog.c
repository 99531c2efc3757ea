/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plait/keylog.h"

int keylog_open(const char *path, int *fd, struct run_error *error)
{
    *fd = -1;
    if (!path)
        return PLAIT_OK;
    *fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (*fd < 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--keylog '%.200s': %s; give a file that can be written", path,
                        strerror(errno));
    (void)fcntl(*fd, F_SETFL, O_APPEND | O_NONBLOCK); /* a FIFO's reader that stops misses lines */
    return PLAIT_OK;
}

static void keylog_line(int fd, const struct plait_direction_keys *keys)
{
    char line[2 * PLAIT_KEY_BYTES + 64];
    int len = snprintf(line, sizeof line, "plait-keylog-1 %06x %u %u ", keys->receiver_cid,
                       (unsigned)keys->phase, (unsigned)keys->suite);
    for (size_t i = 0; i < sizeof keys->key; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "%02x", keys->key[i]);
    line[len++] = '\n';
    ssize_t written = write(fd, line, (size_t)len);
    (void)written; /* an analyser's file: a full disk must not end the stream */
    explicit_bzero(line, sizeof line);
}

void keylog_write(int fd, const struct plait_endpoint *endpoint, uint32_t session)
{
    struct plait_direction_keys sent, received;
    if (fd < 0 || plait_session_keys(endpoint, session, &sent, &received) != PLAIT_OK)
        return;
    keylog_line(fd, &sent);
    keylog_line(fd, &received);
    explicit_bzero(&sent, sizeof sent);
    explicit_bzero(&received, sizeof received);
}
