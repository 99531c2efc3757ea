/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/input.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/addr.h"
#include "run/rx_batch.h"
#include "run/socket.h"

struct input_udp {
    struct input base;
    struct rx_batch *rx;
    struct loop_watch watch;
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

static void udp_start(struct input *input, uint64_t now)
{
    struct input_udp *udp = (struct input_udp *)input;
    (void)now;
    (void)loop_watch_add(input->config.loop, &udp->watch);
}

static void udp_close(struct input *input)
{
    struct input_udp *udp = (struct input_udp *)input;
    loop_watch_remove(input->config.loop, &udp->watch);
    if (udp->watch.fd >= 0)
        close(udp->watch.fd);
    rx_batch_destroy(udp->rx);
    free(udp);
}

int input_udp_open(const struct input_config *config, struct input **out, struct run_error *error)
{
    struct socket_config socket_config = {0};
    int err = addr_parse(config->url->host, ADDR_LISTEN, 0, &socket_config.bind, error);
    if (err != PLAIT_OK)
        return err;
    if (socket_config.bind.port == 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.200s': the port is out of range; write :PORT, 1 to 65535",
                        config->url->text);
    socket_config.dual = true;
    socket_config.iface = config->url->iface;
    socket_config.ttl = config->url->ttl;
    socket_config.join = addr_is_multicast(&socket_config.bind);
    struct input_udp *udp = calloc(1, sizeof *udp);
    if (!udp)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the input");
    udp->base.config = *config;
    udp->base.start = udp_start;
    udp->base.close = udp_close;
    udp->watch.fd = socket_open(&socket_config, error);
    udp->watch.events = POLLIN;
    udp->watch.on_ready = udp_on_ready;
    udp->watch.ctx = udp;
    udp->rx = rx_batch_create();
    if (udp->watch.fd < 0 || !udp->rx) {
        err = udp->watch.fd < 0 ? udp->watch.fd : PLAIT_ERR_NO_MEMORY;
        udp_close(&udp->base);
        return err;
    }
    *out = &udp->base;
    return PLAIT_OK;
}
