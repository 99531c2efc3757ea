/* SPDX-License-Identifier: BSD-2-Clause */
/* The interfaces of this host, and which of them can be a link to a receiver. */
#ifndef PLAIT_RUN_HOSTLINKS_H
#define PLAIT_RUN_HOSTLINKS_H

#include "run/linkspec.h"

#define HOSTLINKS_MAX 64

/* From an interface to one address of the receiver. */
struct hostlink_way {
    struct plait_addr remote;  /* that address, family 0: the receiver has no other */
    struct plait_addr address; /* the interface's first usable one of its family, family 0: none */
    struct plait_addr subnet;  /* that address with the host's bits zero */
    uint8_t subnet_bits;
    struct plait_addr gateway; /* family 0: none is needed */
    bool is_routed;
};

struct hostlink {
    char dev[16];
    uint32_t ifindex;
    struct hostlink_way way[2]; /* in the order of the receiver's addresses */
    bool is_up, is_running, is_loopback;
};

/* All interfaces, in the kernel's order, with their ways to a receiver. When the routes cannot be
 * read every interface counts as routed. Returns how many, or a negative error. */
int hostlinks_read(const struct addr_pair *receiver, struct hostlink out[HOSTLINKS_MAX],
                   struct run_error *error);

/* How good a way is: 2 with an address and a route, 1 with an address, 0. */
int hostlink_rank(const struct hostlink_way *way);

/* The better of its ways, the first where both are as good. */
const struct hostlink_way *hostlink_best(const struct hostlink *link);

/* Up, with carrier, an address and a route; a loopback is never of use but by its name. */
bool hostlink_is_usable(const struct hostlink *link);

/* NULL when there is none of this name. */
const struct hostlink *hostlinks_find(const struct hostlink *links, uint32_t count,
                                      const char *dev);

/* True when `remote` is an address of this host. */
bool hostlinks_is_own(const struct plait_addr *remote);

#endif
