/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's routing table, asked by netlink (rtnetlink(7)): which interfaces lead to an address.
 */
#ifndef PLAIT_RUN_ROUTE_H
#define PLAIT_RUN_ROUTE_H

#include "run/addr.h"

struct route_found {
    uint32_t ifindex;
    uint32_t metric;           /* of the most specific route */
    uint8_t prefix_bits;       /* 0: the default route */
    struct plait_addr gateway; /* of that route, family 0: none */
};

/* The interfaces with a unicast route that covers `remote`, in any table: the source rules that
 * lead to a table of their own count too, but for what Plait itself has set (ownroute.h). Each
 * once, with its most specific route. Returns how many (at most max), or PLAIT_ERR_SYSTEM. */
int route_interfaces(const struct plait_addr *remote, struct route_found *out, uint32_t max,
                     struct run_error *error);

#endif
