/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams from a socket, many a system call (recvmmsg(2)); what the kernel joined (UDP_GRO) is
 * taken apart again. One buffer serves all sockets of a loop. */
#ifndef PLAIT_RUN_RX_BATCH_H
#define PLAIT_RUN_RX_BATCH_H

#include <stddef.h>

#include "plait/plait.h"

#define RX_BATCH_MESSAGES 16
#define RX_BATCH_ROUNDS   8 /* system calls a visit, so that one socket cannot starve the others */

struct rx_batch; /* about 1 MB, touched only as far as datagrams come */

struct rx_hooks {
    void *ctx;
    /* One datagram; local has family 0 when the socket was opened without pktinfo. */
    void (*on_datagram)(void *ctx, uint64_t now, const struct plait_addr *local,
                        const struct plait_addr *remote, const uint8_t *data, size_t len);
};

struct rx_batch *rx_batch_create(void);
void rx_batch_destroy(struct rx_batch *batch);

/* Reads what is there, `rounds` system calls at most. Returns 0, or the errno that ended it (never
 * EAGAIN or EINTR). */
int rx_batch_read(struct rx_batch *batch, int fd, int rounds, uint64_t now,
                  const struct rx_hooks *hooks);

#endif
