/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/linkwatch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>

#include "run/clock.h"

#define SETTLE_NS  (30 * CLOCK_MS)  /* quiet for so long: the burst is over */
#define PATIENT_NS (200 * CLOCK_MS) /* told after this at the latest, however busy the table */
#define READ_BYTES 16384
#define READS_MAX  64 /* in one turn of the loop; more come at the next one */

static void linkwatch_on_ready(void *ctx, uint64_t now, short revents)
{
    struct linkwatch *watch = ctx;
    char buffer[READ_BYTES];
    ssize_t got = 1;
    (void)revents;
    /* What changed is not looked at: the interfaces are read anew anyway. Lost messages (ENOBUFS)
     * mean that something changed, too. */
    for (int i = 0; i < READS_MAX && (got > 0 || errno == ENOBUFS); i++)
        got = mnl_socket_recvfrom(watch->netlink, buffer, sizeof buffer);
    if (watch->first_at == PLAIT_NEVER)
        watch->first_at = now;
    uint64_t patient = watch->first_at + PATIENT_NS;
    watch->settle.at = now + SETTLE_NS < patient ? now + SETTLE_NS : patient;
}

static void linkwatch_on_settled(void *ctx, uint64_t now)
{
    struct linkwatch *watch = ctx;
    watch->settle.at = PLAIT_NEVER;
    watch->first_at = PLAIT_NEVER;
    watch->on_changed(watch->ctx, now);
}

int linkwatch_open(struct linkwatch *watch, struct loop *loop, struct run_error *error)
{
    watch->netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!watch->netlink || mnl_socket_bind(watch->netlink,
                                           RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                               RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
                                           MNL_SOCKET_AUTOPID) != 0) {
        linkwatch_close(watch);
        return run_fail(error, PLAIT_ERR_SYSTEM,
                        "changes of interfaces cannot be watched (%s); a service needs "
                        "RestrictAddressFamilies=AF_NETLINK",
                        strerror(errno));
    }
    watch->loop = loop;
    watch->first_at = PLAIT_NEVER;
    watch->settle.at = PLAIT_NEVER;
    watch->settle.on_due = linkwatch_on_settled;
    watch->settle.ctx = watch;
    watch->watch.fd = mnl_socket_get_fd(watch->netlink);
    watch->watch.events = POLLIN;
    watch->watch.on_ready = linkwatch_on_ready;
    watch->watch.ctx = watch;
    int err = loop_timer_add(loop, &watch->settle);
    if (err == PLAIT_OK)
        err = loop_watch_add(loop, &watch->watch);
    return err;
}

void linkwatch_close(struct linkwatch *watch)
{
    if (watch->loop) {
        loop_watch_remove(watch->loop, &watch->watch);
        loop_timer_remove(watch->loop, &watch->settle);
    }
    if (watch->netlink)
        (void)mnl_socket_close(watch->netlink);
    watch->netlink = NULL;
    watch->loop = NULL;
}
