/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/output.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/addr.h"
#include "run/clock.h"
#include "run/linkwatch.h"
#include "run/socket.h"
#include "run/tx_batch.h"

#define UDP_QUIET_NS (60 * CLOCK_S)

struct output_udp {
    struct output base;
    struct loop_idler idler;
    struct plait_addr remote;
    struct tx_batch tx;
    struct linkwatch links; /* where a device is named, as iface= or as an address's %NAME */
    char iface[IF_NAMESIZE], named[IF_NAMESIZE + sizeof "iface="]; /* as it was written */
    unsigned ifindex;     /* of that, 0 while it is not there */
    bool is_awaited;      /* that it is not there has been told */
    uint64_t held;        /* datagrams meanwhile */
    uint64_t quiet_until; /* that the kernel refuses what is sent is told again only then */
};

/* What is no group goes by the routes, whatever iface= names; an address of one link names its own.
 */
static void udp_name_device(struct output_udp *udp)
{
    const char *iface = udp->base.config.url->iface;
    bool is_iface = iface[0] != '\0' && addr_is_multicast(&udp->remote);
    if (is_iface)
        memcpy(udp->iface, iface, strlen(iface) + 1);
    else if (udp->remote.scope != 0)
        (void)if_indextoname(udp->remote.scope, udp->iface);
    (void)snprintf(udp->named, sizeof udp->named, "%s%s", is_iface ? "iface=" : "%", udp->iface);
}

static bool udp_has_device(const struct output_udp *udp)
{
    return udp->iface[0] != '\0';
}

static void udp_tell(struct output_udp *udp, uint64_t now, const char *where, const char *what)
{
    const struct output_config *config = &udp->base.config;
    char text[320];
    (void)snprintf(text, sizeof text, "%.200s: %s", where, what);
    if (config->on_note)
        config->on_note(config->ctx, now, text);
}

/* A queue that is full for a moment is no news, nor that nobody listens: a player may start later.
 */
static void udp_sent(struct output_udp *udp, uint64_t now, int err)
{
    if (err == 0 || err == EAGAIN || err == ENOBUFS || err == ECONNREFUSED ||
        now < udp->quiet_until)
        return;
    udp->quiet_until = now + UDP_QUIET_NS;
    udp_tell(udp, now, udp->base.config.url->text, strerror(err));
}

static void udp_on_links(void *ctx, uint64_t now)
{
    struct output_udp *udp = ctx;
    unsigned ifindex = if_nametoindex(udp->iface);
    if (ifindex == 0 && !udp->is_awaited)
        udp_tell(udp, now, udp->named,
                 "no such device, waiting for it (is the name right? see: ip -br link)");
    udp->is_awaited = ifindex == 0;
    if (ifindex == udp->ifindex)
        return;
    if (ifindex != 0 && !socket_multicast_by(udp->tx.fd, udp->tx.family, ifindex))
        return; /* gone again, which will be told */
    udp->ifindex = ifindex;
    if (ifindex == 0)
        return;
    if (udp->remote.scope != 0) /* the device has another number each time that it comes */
        udp->remote.scope = ifindex;
    udp_tell(udp, now, udp->named, "plugged in");
}

/* That a device is not there yet is told by the loop: at the start nobody listens. */
static int udp_watch(struct output_udp *udp, struct run_error *error)
{
    if (!udp_has_device(udp))
        return PLAIT_OK;
    udp->links.ctx = udp;
    udp->links.on_changed = udp_on_links;
    int err = linkwatch_open(&udp->links, udp->base.config.loop, error);
    if (err == PLAIT_OK && udp->ifindex == 0)
        udp->links.settle.at = udp->base.config.loop->now;
    return err;
}

static void udp_write(struct output *output, const uint8_t *data, size_t len)
{
    static const struct plait_addr unspecified;
    struct output_udp *udp = (struct output_udp *)output;
    if (udp->ifindex == 0 && udp_has_device(udp))
        udp->held++;
    else
        udp_sent(udp, udp->base.config.loop->now,
                 tx_batch_add(&udp->tx, &unspecified, &udp->remote, data, len));
}

static void udp_on_idle(void *ctx, uint64_t now)
{
    struct output_udp *udp = ctx;
    udp_sent(udp, now, tx_batch_flush(&udp->tx));
    udp->base.counts.dropped = udp->tx.dropped + udp->held;
}

static void udp_close(struct output *output)
{
    struct output_udp *udp = (struct output_udp *)output;
    udp_on_idle(udp, output->config.loop->now);
    linkwatch_close(&udp->links);
    loop_idler_remove(output->config.loop, &udp->idler);
    close(udp->tx.fd);
    free(udp);
}

int output_udp_open(const struct output_config *config, struct output **out,
                    struct run_error *error)
{
    struct socket_config socket_config = {0};
    struct plait_addr remote;
    int err = addr_parse(config->url->host, ADDR_REACH, &remote, error);
    if (err != PLAIT_OK)
        return err;
    socket_config.bind.family = remote.family;
    socket_config.iface = if_nametoindex(config->url->iface) != 0 ? config->url->iface : NULL;
    socket_config.ttl = config->url->ttl;
    socket_config.broadcast = true;
    int fd = socket_open(&socket_config, error);
    if (fd < 0)
        return fd;
    struct output_udp *udp = calloc(1, sizeof *udp);
    if (!udp) {
        close(fd);
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the output");
    }
    udp->base.config = *config;
    udp->base.write = udp_write;
    udp->base.close = udp_close;
    udp->remote = remote;
    udp_name_device(udp);
    udp->ifindex = if_nametoindex(udp->iface);
    tx_batch_init(&udp->tx, fd, remote.family);
    udp->idler.on_idle = udp_on_idle;
    udp->idler.ctx = udp;
    (void)loop_idler_add(config->loop, &udp->idler);
    err = udp_watch(udp, error);
    if (err != PLAIT_OK) {
        udp_close(&udp->base);
        return err;
    }
    *out = &udp->base;
    return PLAIT_OK;
}
