/* SPDX-License-Identifier: BSD-2-Clause */
/* The interfaces of this host, and which of them can be a link to a receiver. */
#ifndef PLAIT_RUN_HOSTLINKS_H
#define PLAIT_RUN_HOSTLINKS_H

#include "run/linkspec.h"

#define HOSTLINKS_MAX 64

struct hostlink {
    char dev[16];
    uint32_t ifindex;
    struct plait_addr address; /* its first usable one of the family, family 0: none */
    struct plait_addr subnet;  /* that address with the host's bits zero */
    uint8_t subnet_bits;
    struct plait_addr gateway; /* towards the receiver, family 0: none is needed */
    bool is_up, is_running, is_routed, is_loopback;
};

/* All interfaces, in the kernel's order, as seen from a receiver's address. When
 * the routes cannot be read every interface counts as routed. Returns how many, or a negative
 * error. */
int hostlinks_read(const struct plait_addr *remote, struct hostlink out[HOSTLINKS_MAX],
                   struct run_error *error);

/* Up, with carrier, an address and a route; a loopback is never of use but by its name. */
bool hostlink_is_usable(const struct hostlink *link);

/* NULL when there is none of this name. */
const struct hostlink *hostlinks_find(const struct hostlink *links, uint32_t count,
                                      const char *dev);

/* True when `remote` is an address of this host. */
bool hostlinks_is_own(const struct plait_addr *remote);

#endif
