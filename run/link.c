/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/link.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "run/clock.h"

/* A modem that is plugged in again carries within 2 s, so the pause stays below one. */
#define LINK_PAUSE_MIN_NS (100 * CLOCK_MS)
#define LINK_PAUSE_MAX_NS (800 * CLOCK_MS)

#define LINK_HANDSHAKE   0x10 /* first byte of a first message (docs/PROTOCOL.md, section 2) */
#define LINK_DOOR_ROUNDS 2    /* system calls a visit */

static void link_shut(struct link *link)
{
    loop_watch_remove(link->loop, &link->watch);
    close(link->fd);
    link->fd = -1;
    if (link->door.fd < 0)
        return;
    loop_watch_remove(link->loop, &link->door);
    close(link->door.fd);
    link->door.fd = -1;
}

static void link_fail(struct link *link, uint64_t now, int err)
{
    link->errors++;
    if (link->fd < 0 || !socket_is_gone(err))
        return;
    link_shut(link);
    link->pause_ns = LINK_PAUSE_MIN_NS;
    link->retry.at = now + link->pause_ns;
}

/* A listening socket answers to addresses that strangers chose (any source can be spoofed, a port
 * of 0 is refused by the kernel): that one cannot be sent to says nothing about the socket. */
static void link_send_failed(struct link *link, uint64_t now, int err)
{
    if (link->config.pktinfo)
        link->errors++;
    else
        link_fail(link, now, err);
}

static void link_on_rx(void *ctx, uint64_t now, const struct plait_addr *local,
                       const struct plait_addr *remote, const uint8_t *data, size_t len)
{
    struct link *link = ctx;
    struct plait_addr to = local->family != 0 ? *local : link->local;
    to.port = link->local.port;
    link->hooks.on_datagram(link->hooks.ctx, now, link->index, &to, remote, data, len);
}

static void link_on_ready(void *ctx, uint64_t now, short revents)
{
    struct link *link = ctx;
    (void)revents;
    struct rx_hooks hooks = {link, link_on_rx};
    int err = rx_batch_read(link->rx, link->fd, RX_BATCH_ROUNDS, now, &hooks);
    if (err != 0)
        link_fail(link, now, err);
}

static void link_on_door_ready(void *ctx, uint64_t now, short revents)
{
    struct link *link = ctx;
    (void)revents;
    struct rx_hooks hooks = {link, link_on_rx};
    if (link->door.fd >= 0)
        (void)rx_batch_read(link->rx, link->door.fd, LINK_DOOR_ROUNDS, now, &hooks);
}

/* Without it the first socket gets all. */
static void link_open_door(struct link *link)
{
    if (!link->config.pktinfo)
        return;
    link->door.fd = socket_open_beside(link->fd, &link->config, LINK_HANDSHAKE);
    if (link->door.fd >= 0 && loop_watch_add(link->loop, &link->door) != PLAIT_OK) {
        close(link->door.fd);
        link->door.fd = -1;
    }
}

static int link_start(struct link *link, struct run_error *error)
{
    int fd = socket_open(&link->config, error);
    if (fd < 0)
        return fd;
    link->fd = fd;
    link->watch.fd = fd;
    link->watch.events = POLLIN;
    socket_local(fd, &link->local);
    tx_batch_init(&link->tx, fd, link->config.bind.family);
    int err = loop_watch_add(link->loop, &link->watch);
    if (err != PLAIT_OK)
        link_shut(link);
    else
        link_open_door(link);
    return err;
}

static void link_on_retry(void *ctx, uint64_t now)
{
    struct link *link = ctx;
    struct run_error ignored;
    link->retry.at = PLAIT_NEVER;
    if (link_start(link, &ignored) == PLAIT_OK) {
        link->reopened++;
        return;
    }
    link->pause_ns =
        link->pause_ns * 2 < LINK_PAUSE_MAX_NS ? link->pause_ns * 2 : LINK_PAUSE_MAX_NS;
    link->retry.at = now + link->pause_ns;
}

void link_listen(struct link *link, const struct plait_addr *address)
{
    link->config.bind = *address;
    link->config.pktinfo = true;
    link->config.dual = true;
}

int link_open(struct link *link, struct loop *loop, struct rx_batch *rx,
              const struct link_hooks *hooks, struct run_error *error)
{
    link->loop = loop;
    link->rx = rx;
    link->hooks = *hooks;
    link->fd = link->door.fd = -1;
    link->path = UINT32_MAX;
    if (link->config.bind.family == 0) {
        link->config.bind = link->spec.src;
        link->config.bind.family = link->remote.family;
        link->config.dev = link->spec.dev;
    }
    link->watch.on_ready = link_on_ready;
    link->watch.ctx = link;
    link->door.events = POLLIN;
    link->door.on_ready = link_on_door_ready;
    link->door.ctx = link;
    link->retry.at = PLAIT_NEVER;
    link->retry.on_due = link_on_retry;
    link->retry.ctx = link;
    int err = loop_timer_add(loop, &link->retry);
    if (err != PLAIT_OK)
        return run_fail(error, err, "too many links");
    err = link_start(link, error);
    if (err != PLAIT_OK)
        loop_timer_remove(loop, &link->retry);
    return err;
}

void link_close(struct link *link)
{
    if (!link->loop)
        return;
    if (link->fd >= 0)
        link_shut(link);
    loop_timer_remove(link->loop, &link->retry);
    link->loop = NULL;
}

void link_send(struct link *link, const struct plait_addr *local, const struct plait_addr *remote,
               const uint8_t *data, size_t len)
{
    static const struct plait_addr unspecified;
    if (link->fd < 0)
        return;
    /* Only a listening socket may have to answer from one of several addresses. */
    const struct plait_addr *from = link->config.pktinfo ? local : &unspecified;
    int err = tx_batch_add(&link->tx, from, remote, data, len);
    if (err != 0)
        link_send_failed(link, link->loop->now, err);
}

void link_flush(struct link *link, uint64_t now)
{
    if (link->fd < 0 || link->tx.count == 0)
        return;
    int err = tx_batch_flush(&link->tx);
    if (err != 0)
        link_send_failed(link, now, err);
}
