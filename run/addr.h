/* SPDX-License-Identifier: BSD-2-Clause */
/* struct plait_addr: to and from text and the kernel's form. An IPv4 peer of an IPv6 socket has
 * family 4 here and is an IPv4-mapped address (RFC 4291, 2.5.5.2) only inside the kernel's. */
#ifndef PLAIT_RUN_ADDR_H
#define PLAIT_RUN_ADDR_H

#include <stdbool.h>
#include <sys/socket.h>

#include "run/error.h"

#define ADDR_TEXT 80 /* bytes that hold any address with port and scope and the final zero */

/* Where a name may come from, when it is not a number. */
enum addr_use {
    ADDR_LISTEN = 0, /* an empty host is every local address */
    ADDR_REACH = 1,  /* host and port must be there */
    ADDR_NUMBER = 2, /* as ADDR_REACH, but no name is looked up */
    ADDR_SOON = 3,   /* as ADDR_REACH, but each name server has one second, once */
};

/* What a name stands for: the first address of each family, the better one first (RFC 6724). */
struct addr_pair {
    struct plait_addr of[2]; /* family 0: none */
};

/* Reads HOST:PORT, [IPv6]:PORT or a name, which is looked up (this may block). PLAIT_ERR_SYSTEM:
 * it may be looked up later (no name server answers now, or it is no number). */
int addr_parse_pair(const char *text, enum addr_use use, struct addr_pair *out,
                    struct run_error *error);

/* As above; of a family that has several, the one in `known` where it is among them still. */
int addr_parse_pair_anew(const char *text, enum addr_use use, const struct addr_pair *known,
                         struct addr_pair *out, struct run_error *error);

/* As the first, the better one. */
int addr_parse(const char *text, enum addr_use use, struct plait_addr *out,
               struct run_error *error);

/* Reads an IP address without port ("192.0.2.1", "fe80::1%eth0"). */
int addr_parse_ip(const char *text, struct plait_addr *out, struct run_error *error);

/* For a socket of this family (4 or 6); returns the length, 0 when the family cannot hold it. */
socklen_t addr_to_kernel(const struct plait_addr *addr, uint8_t socket_family,
                         struct sockaddr_storage *out);
void addr_from_kernel(const struct sockaddr_storage *kernel, struct plait_addr *out);

/* "192.0.2.1:7000" or "[2001:db8::1]:7000"; "-" for family 0. */
const char *addr_text(const struct plait_addr *addr, char out[ADDR_TEXT]);

/* Without the port: "192.0.2.1" or "2001:db8::1"; "-" for family 0. */
const char *addr_ip_text(const struct plait_addr *addr, char out[ADDR_TEXT]);

bool addr_is_loopback(const struct plait_addr *addr);
bool addr_is_multicast(const struct plait_addr *addr);
bool addr_is_any(const struct plait_addr *addr);

/* False while it has no address at all. */
bool addr_pair_is_known(const struct addr_pair *pair);

/* The one of this family (0: the better one); NULL when there is none. */
const struct plait_addr *addr_of_family(const struct addr_pair *pair, uint8_t family);

bool addr_equal(const struct plait_addr *a, const struct plait_addr *b);
bool addr_is_link_local(const struct plait_addr *addr);

#endif
