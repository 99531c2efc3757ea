/* SPDX-License-Identifier: BSD-2-Clause */
/* A TCP flow (sim/cubic.h) beside the bond on one of the world's links: full segments forward, an
 * ACK each back, through the same queues. */
#ifndef PLAIT_SIM_TCP_H
#define PLAIT_SIM_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/net.h"

struct tcp_config {
    bool on;
    uint32_t link;
    uint64_t from_ns; /* world time of its start; it sends for ever */
};

struct tcp;

struct tcp *tcp_create(const struct tcp_config *config);
void tcp_free(struct tcp *tcp);

/* World time at which tcp_poll() is due; PLAIT_NEVER: at the next arrival. */
uint64_t tcp_next(const struct tcp *tcp, uint64_t now);

/* Sends what the window allows. */
void tcp_poll(struct tcp *tcp, struct emu_net *net, uint64_t now);

/* True when the datagram is the flow's own, and so was taken in. */
bool tcp_on_arrived(struct tcp *tcp, struct emu_net *net, uint64_t now,
                    const struct emu_arrival *arrival);

/* Bytes of IP packets that the other end has in order; round trip, smoothed. */
uint64_t tcp_received_bytes(const struct tcp *tcp);
uint64_t tcp_rtt_ns(const struct tcp *tcp);

#endif
