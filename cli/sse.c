/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/sse.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CONNECT_S 5

static int sse_connect(const char *host, const char *port, struct run_error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct timeval limit = {.tv_sec = CONNECT_S};
    int fd = -1, failed = 0;
    int found = getaddrinfo(host, port, &hints, &list);
    if (found != 0)
        return run_fail(error, PLAIT_ERR_SYSTEM, "'%.100s:%.20s': %s", host, port,
                        gai_strerror(found));
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0);
        if (fd < 0)
            continue;
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            failed = errno;
            (void)close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    if (fd < 0)
        return run_fail(error, PLAIT_ERR_SYSTEM,
                        "'%.100s:%.20s': %s; is a plait running there with --http?", host, port,
                        strerror(failed));
    return fd;
}

/* HTTP/1.0: the answer then comes unchunked, and ends when the connection does. */
static int sse_ask(int fd, const char *address, const char *token, struct run_error *error)
{
    char request[1024];
    int len = snprintf(request, sizeof request,
                       "GET /events HTTP/1.0\r\nHost: %.200s\r\nAccept: text/event-stream\r\n"
                       "%s%.512s%s\r\n",
                       address, token ? "Authorization: Bearer " : "", token ? token : "",
                       token ? "\r\n" : "");
    if (write(fd, request, (size_t)len) != len)
        return run_fail(error, PLAIT_ERR_SYSTEM, "'%.100s' closed the connection", address);
    return PLAIT_OK;
}

static int sse_status(int fd, const char *address, bool has_token, struct run_error *error)
{
    char head[16] = "";
    size_t len = 0;
    while (len < 12) {
        ssize_t got = read(fd, head + len, 12 - len);
        if (got <= 0)
            return run_fail(error, PLAIT_ERR_SYSTEM, "'%.100s' does not answer", address);
        len += (size_t)got;
    }
    int status = memcmp(head, "HTTP/1.", 7) == 0 ? atoi(head + 9) : 0;
    if (status == 200)
        return PLAIT_OK;
    if (status == 401)
        return run_fail(error, PLAIT_ERR_REFUSED,
                        has_token
                            ? "'%.100s' has another token; give the --http-token it began with"
                            : "'%.100s' wants a token; give --http-token",
                        address);
    return run_fail(error, PLAIT_ERR_REFUSED,
                    "'%.100s' does not answer as a plait (status %d); give the address of --http",
                    address, status);
}

int sse_open(struct sse *sse, const char *address, const char *token, struct run_error *error)
{
    char host[256];
    const char *port = strrchr(address, ':');
    size_t len = port ? (size_t)(port - address) : 0;
    sse->fd = -1;
    if (!port || len >= sizeof host || port[1] == '\0' || atol(port + 1) > 65535)
        return run_fail(error, PLAIT_ERR_REFUSED,
                        "'%.100s' has no port up to 65535; give HOST:PORT", address);
    if (len >= 2 && address[0] == '[' && address[len - 1] == ']')
        (void)snprintf(host, sizeof host, "%.*s", (int)len - 2, address + 1);
    else
        (void)snprintf(host, sizeof host, "%.*s", (int)len, len > 0 ? address : "127.0.0.1");
    if (host[0] == '\0')
        (void)snprintf(host, sizeof host, "127.0.0.1");
    int fd = sse_connect(host, port + 1, error);
    if (fd < 0)
        return fd;
    int err = sse_ask(fd, address, token, error);
    if (err == PLAIT_OK)
        err = sse_status(fd, address, token != NULL, error);
    sse->buffer = err == PLAIT_OK ? malloc(SSE_LINE + 1) : NULL;
    if (err == PLAIT_OK && !sse->buffer)
        err = run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory");
    if (err != PLAIT_OK) {
        (void)close(fd);
        return err;
    }
    sse->fd = fd;
    sse->len = sse->scanned = 0;
    sse->too_long = false;
    return PLAIT_OK;
}

/* The first line at or after `scanned`, taken as read; NULL when it is not whole yet. */
static char *sse_line(struct sse *sse)
{
    char *start = sse->buffer + sse->scanned;
    char *end = memchr(start, '\n', sse->len - sse->scanned);
    if (!end)
        return NULL;
    *end = '\0';
    sse->scanned = (size_t)(end - sse->buffer) + 1;
    return start;
}

char *sse_next(struct sse *sse, bool *ended)
{
    char *line;
    *ended = false;
    for (;;) {
        while ((line = sse_line(sse)) != NULL) {
            bool is_data = strncmp(line, "data: ", 6) == 0 && !sse->too_long;
            sse->too_long = false;
            if (is_data)
                return line + 6;
        }
        memmove(sse->buffer, sse->buffer + sse->scanned, sse->len - sse->scanned);
        sse->len -= sse->scanned;
        sse->scanned = 0;
        if (sse->len == SSE_LINE) {
            sse->too_long = true;
            sse->len = 0;
        }
        ssize_t got = recv(sse->fd, sse->buffer + sse->len, SSE_LINE - sse->len, MSG_DONTWAIT);
        if (got <= 0) {
            *ended = got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
            return NULL;
        }
        sse->len += (size_t)got;
    }
}

void sse_close(struct sse *sse)
{
    if (sse->fd >= 0) {
        (void)close(sse->fd);
        free(sse->buffer);
    }
    sse->fd = -1;
    sse->buffer = NULL;
}
