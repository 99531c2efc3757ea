/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static uint64_t notify_watchdog_ns(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    if (!usec || (pid && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    return strtoull(usec, NULL, 10) * 1000;
}

static int notify_connect(const char *path)
{
    struct sockaddr_un address = {0};
    size_t len = strlen(path);
    if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return -1;
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') /* the abstract name space */
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void notify_open(struct notify *notify)
{
    const char *path = getenv("NOTIFY_SOCKET");
    notify->fd = path ? notify_connect(path) : -1;
    notify->watchdog_ns = notify->fd >= 0 ? notify_watchdog_ns() : 0;
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

void notify_close(struct notify *notify)
{
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}

static void notify_send(struct notify *notify, const char *text)
{
    if (notify->fd >= 0)
        (void)send(notify->fd, text, strlen(text), MSG_NOSIGNAL);
}

void notify_ready(struct notify *notify)
{
    notify_send(notify, "READY=1");
}

void notify_reloading(struct notify *notify, uint64_t now)
{
    char text[64];
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu",
                   (unsigned long long)(now / 1000));
    notify_send(notify, text);
}

void notify_stopping(struct notify *notify)
{
    notify_send(notify, "STOPPING=1");
}

void notify_alive(struct notify *notify)
{
    notify_send(notify, "WATCHDOG=1");
}
