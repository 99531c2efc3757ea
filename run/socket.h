/* SPDX-License-Identifier: BSD-2-Clause */
/* One UDP socket, opened with everything it needs. */
#ifndef PLAIT_RUN_SOCKET_H
#define PLAIT_RUN_SOCKET_H

#include "run/addr.h"

/* What the sockets ask for, bytes: a second of 60 Mbit/s. The kernel may give less. */
#define SOCKET_BUFFER_BYTES (8 * 1024 * 1024)
#define SOCKET_BESIDE_BYTES (512 * 1024) /* of a socket beside: old ones are worth nothing */

struct socket_config {
    struct plait_addr bind; /* family 4 or 6 is needed; an any address with port 0 is no binding */
    const char *dev;        /* NULL or "": any interface */
    bool pktinfo;           /* listens: tell for each datagram to which local address it came */
    bool dual;              /* IPv6: take IPv4 as well */
    bool join;              /* bind is a multicast group: join it */
    const char *iface;      /* of multicast groups; NULL or "": by the routes */
    bool broadcast;         /* may send to all hosts of a network */
    int ttl;                /* of what goes to multicast groups; 0: the host's default */
};

/* Where to listen. Without a host (":7000") it is every local address: of both families (`dual`)
 * where the kernel has IPv6. */
int socket_listen_parse(const char *text, struct plait_addr *out, struct run_error *error);

/* Non-blocking, close-on-exec, GRO on where the kernel has it. Returns the descriptor; or
 * PLAIT_ERR_INVALID (no such device, address in use, ...), PLAIT_ERR_REFUSED (may not bind to a
 * device) or PLAIT_ERR_SYSTEM with the value and the cure in error. */
int socket_open(const struct socket_config *config, struct run_error *error);

/* Whether this host has a way to `remote`: nothing is sent. */
bool socket_leads(const struct plait_addr *remote);

/* From now on multicast leaves by this device. */
bool socket_multicast_by(int fd, uint8_t family, unsigned ifindex);

/* Opens a second socket beside one that listens, for the same address and port: it is given what
 * begins with `first_byte`, so that a flood of that kind fills its own, small buffer and not the
 * other's. Options as for fd, which was opened with config. -1 where the kernel cannot do it: then
 * fd still gets everything. */
int socket_open_beside(int fd, const struct socket_config *config, uint8_t first_byte);

/* The address a socket is bound to. */
void socket_local(int fd, struct plait_addr *out);

/* A failed send or receive after which the socket must be opened anew: its device or address is
 * gone. Others (full queue, no route at the moment) pass. */
bool socket_is_gone(int errno_value);

#endif
