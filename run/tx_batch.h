/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams on their way out of one socket: collected, then handed to the kernel in one
 * sendmmsg(2); runs of equal size to the same address as one message with UDP_SEGMENT (GSO,
 * Linux 4.18), which is given up for the socket at the first refusal.
 */
#ifndef PLAIT_RUN_TX_BATCH_H
#define PLAIT_RUN_TX_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "plait/plait.h"

#define TX_BATCH_ITEMS 64
#define TX_BATCH_BYTES (TX_BATCH_ITEMS * 1500)

struct tx_item {
    struct plait_addr local, remote;
    uint32_t offset;
    uint32_t len;
};

struct tx_batch {
    int fd;
    uint8_t family; /* of the socket: 4 or 6 */
    bool gso;
    uint32_t count;
    uint32_t bytes;
    uint64_t sent, dropped, syscalls; /* datagrams; dropped: refused by the kernel */
    struct tx_item items[TX_BATCH_ITEMS];
    uint8_t data[TX_BATCH_BYTES];
};

/* Also for another socket in place of the one before: what has been counted stays, so zero it to
 * start. */
void tx_batch_init(struct tx_batch *batch, int fd, uint8_t family);

/* Adds a copy; flushes first when it does not fit. local: family 0 leaves the source address to the
 * kernel; else the socket must have been opened with pktinfo. A datagram above TX_BATCH_BYTES is
 * dropped. Returns 0 or the errno of that flush. */
int tx_batch_add(struct tx_batch *batch, const struct plait_addr *local,
                 const struct plait_addr *remote, const uint8_t *data, size_t len);

/* Sends all; what the kernel does not take is dropped and counted. Returns 0, or the errno of the
 * last refusal. */
int tx_batch_flush(struct tx_batch *batch);

#endif
