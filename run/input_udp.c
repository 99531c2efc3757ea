/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/input.h"

#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/addr.h"
#include "run/linkwatch.h"
#include "run/rx_batch.h"
#include "run/socket.h"

struct input_udp {
    struct input base;
    struct rx_batch *rx;
    struct loop_watch watch;
    struct socket_config config;
    struct linkwatch
        links; /* where an interface is named: for a group, or in the address (%NAME) */
    char iface[IF_NAMESIZE];
    unsigned ifindex;
};

static void udp_on_datagram(void *ctx, uint64_t now, const struct plait_addr *local,
                            const struct plait_addr *remote, const uint8_t *data, size_t len)
{
    struct input_udp *udp = ctx;
    (void)local;
    (void)remote;
    udp->base.config.hooks.on_datagram(udp->base.config.hooks.ctx, now, data, len);
}

static void udp_on_ready(void *ctx, uint64_t now, short revents)
{
    struct input_udp *udp = ctx;
    struct rx_hooks hooks = {udp, udp_on_datagram};
    (void)revents;
    (void)rx_batch_read(udp->rx, udp->watch.fd, RX_BATCH_ROUNDS, now, &hooks);
}

/* A device that is plugged in again is another one to the kernel, which knows it by its number: the
 * old socket is a member of the group, or bound, where nothing comes from any more. */
static void udp_on_links(void *ctx, uint64_t now)
{
    struct input_udp *udp = ctx;
    struct run_error ignored;
    unsigned ifindex = if_nametoindex(udp->iface);
    (void)now;
    if (ifindex == 0 || ifindex == udp->ifindex)
        return;
    if (udp->config.bind.scope != 0)
        udp->config.bind.scope = ifindex;
    int fd = socket_open(&udp->config, &ignored);
    if (fd < 0) /* its address is not there yet: that is told too when it comes */
        return;
    close(udp->watch.fd);
    udp->watch.fd = fd;
    udp->ifindex = ifindex;
}

static void udp_start(struct input *input, uint64_t now)
{
    struct input_udp *udp = (struct input_udp *)input;
    (void)now;
    (void)loop_watch_add(input->config.loop, &udp->watch);
}

static void udp_close(struct input *input)
{
    struct input_udp *udp = (struct input_udp *)input;
    linkwatch_close(&udp->links);
    loop_watch_remove(input->config.loop, &udp->watch);
    if (udp->watch.fd >= 0)
        close(udp->watch.fd);
    rx_batch_destroy(udp->rx);
    free(udp);
}

static int udp_open(struct input_udp *udp, struct run_error *error)
{
    udp->watch.fd = socket_open(&udp->config, error);
    udp->rx = rx_batch_create();
    if (udp->watch.fd < 0)
        return udp->watch.fd;
    if (!udp->rx)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the input");
    const char *iface = udp->base.config.url->iface;
    if (udp->config.join && iface[0] != '\0')
        memcpy(udp->iface, iface, strlen(iface) + 1);
    else if (udp->config.bind.scope == 0 || !if_indextoname(udp->config.bind.scope, udp->iface))
        return PLAIT_OK;
    udp->ifindex = if_nametoindex(udp->iface);
    udp->links.ctx = udp;
    udp->links.on_changed = udp_on_links;
    return linkwatch_open(&udp->links, udp->base.config.loop, error);
}

int input_udp_socket(const struct url *url, struct socket_config *out, struct run_error *error)
{
    *out = (struct socket_config){.dual = true, .iface = url->iface, .ttl = url->ttl};
    int err = socket_listen_parse(url->host, &out->bind, error);
    out->join = err == PLAIT_OK && addr_is_multicast(&out->bind);
    return err;
}

int input_udp_open(const struct input_config *config, struct input **out, struct run_error *error)
{
    struct socket_config socket;
    int err = input_udp_socket(config->url, &socket, error);
    if (err != PLAIT_OK)
        return err;
    if (socket.bind.port == 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.200s': the port is out of range; write :PORT, 1 to 65535",
                        config->url->text);
    struct input_udp *udp = calloc(1, sizeof *udp);
    if (!udp)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the input");
    udp->config = socket;
    udp->base.config = *config;
    udp->base.start = udp_start;
    udp->base.close = udp_close;
    udp->watch.events = POLLIN;
    udp->watch.on_ready = udp_on_ready;
    udp->watch.ctx = udp;
    err = udp_open(udp, error);
    if (err != PLAIT_OK) {
        udp_close(&udp->base);
        return err;
    }
    *out = &udp->base;
    return PLAIT_OK;
}
