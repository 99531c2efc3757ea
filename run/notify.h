/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells systemd how we are (sd_notify(3): a datagram to the socket in NOTIFY_SOCKET). Without
 * systemd all of it does nothing. */
#ifndef PLAIT_RUN_NOTIFY_H
#define PLAIT_RUN_NOTIFY_H

#include <stdint.h>

struct notify {
    int fd;               /* -1: nobody to tell */
    uint64_t watchdog_ns; /* how often notify_alive() must come at least; 0 never */
};

/* Connects, reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them from the
 * environment. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

void notify_ready(struct notify *notify);
void notify_reloading(struct notify *notify, uint64_t now);
void notify_stopping(struct notify *notify);
void notify_alive(struct notify *notify);

#endif
