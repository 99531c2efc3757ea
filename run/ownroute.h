/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link's own way out where its socket may not be bound to its device: the source address decides
 * (ip-rule(8)). A rule leads what comes from the link's address into a table of the link's own,
 * whose one route goes out of its device. Needs CAP_NET_ADMIN; both are taken back by
 * own_route_clear(). What a crash, or a signal during the start, leaves is found and replaced at
 * the next start: table and rule have the same numbers again. A default route there that somebody
 * else has set stays. With the metric that `ip route add` gives it by itself (IPv4: 0, IPv6: 1024)
 * it takes the place of ours; with another one both are there, and the lower metric is used.
 */
#ifndef PLAIT_RUN_OWNROUTE_H
#define PLAIT_RUN_OWNROUTE_H

#include <stdbool.h>

#include "run/addr.h"

#define OWN_ROUTE_PROTOCOL 200   /* marks what Plait has set, in `ip rule` and `ip route` */
#define OWN_ROUTE_PRIORITY 28000 /* of the rules: before the host's main table */
#define OWN_ROUTE_TABLES   28000 /* table of the device with index 1 is 28001 */

struct own_route {
    bool is_set;
    struct plait_addr source;
    struct plait_addr gateway; /* family 0: the device is the way by itself */
    uint32_t ifindex;
};

uint32_t own_route_table(uint32_t ifindex);

/* Sets rule and route, or sees that they are there; a different one set before is cleared.
 * PLAIT_OK, PLAIT_ERR_REFUSED when it is not permitted, PLAIT_ERR_SYSTEM. */
int own_route_set(struct own_route *own, const struct plait_addr *source,
                  const struct plait_addr *gateway, uint32_t ifindex, struct run_error *error);

/* Takes both back. Safe on a zeroed one. */
void own_route_clear(struct own_route *own);

#endif
