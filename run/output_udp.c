/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/output.h"

#include <stdlib.h>
#include <unistd.h>

#include "run/addr.h"
#include "run/socket.h"
#include "run/tx_batch.h"

struct output_udp {
    struct output base;
    struct loop_idler idler;
    struct plait_addr remote;
    struct tx_batch tx;
};

static void udp_write(struct output *output, const uint8_t *data, size_t len)
{
    static const struct plait_addr unspecified;
    struct output_udp *udp = (struct output_udp *)output;
    (void)tx_batch_add(&udp->tx, &unspecified, &udp->remote, data, len);
}

static void udp_on_idle(void *ctx, uint64_t now)
{
    struct output_udp *udp = ctx;
    (void)now;
    /* Nobody listening at the moment is no error: a player may start later. */
    (void)tx_batch_flush(&udp->tx);
    udp->base.counts.dropped = udp->tx.dropped;
}

static void udp_close(struct output *output)
{
    struct output_udp *udp = (struct output_udp *)output;
    udp_on_idle(udp, 0);
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
    socket_config.iface = config->url->iface;
    socket_config.ttl = config->url->ttl;
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
    tx_batch_init(&udp->tx, fd, remote.family);
    udp->idler.on_idle = udp_on_idle;
    udp->idler.ctx = udp;
    (void)loop_idler_add(config->loop, &udp->idler);
    *out = &udp->base;
    return PLAIT_OK;
}
