/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells when interfaces, their addresses or routes change (netlink multicast, rtnetlink(7)). A
 * burst of changes, as a modem makes that is plugged in, is told once when it is over. */
#ifndef PLAIT_RUN_LINKWATCH_H
#define PLAIT_RUN_LINKWATCH_H

#include "run/error.h"
#include "run/loop.h"

struct mnl_socket;

struct linkwatch {
    struct mnl_socket *netlink; /* NULL: closed */
    struct loop *loop;
    struct loop_watch watch;
    struct loop_timer settle;
    uint64_t first_at; /* of the burst; PLAIT_NEVER: quiet */
    void *ctx;
    void (*on_changed)(void *ctx, uint64_t now);
};

/* ctx and on_changed are set by the caller before. */
int linkwatch_open(struct linkwatch *watch, struct loop *loop, struct run_error *error);

/* Safe on a zeroed one. */
void linkwatch_close(struct linkwatch *watch);

#endif
