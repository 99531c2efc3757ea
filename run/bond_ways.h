/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a sender's link leads: to its receiver, or to what its to= says; and by which of an
 * interface's ways, IPv4 or IPv6. */
#ifndef PLAIT_RUN_BOND_WAYS_H
#define PLAIT_RUN_BOND_WAYS_H

#include "run/bond.h"
#include "run/hostlinks.h"

/* The addresses of where a link leads, as they are known by now. */
const struct addr_pair *bond_ways_receiver(const struct plait_run *run,
                                           const struct linkspec *spec);
bool bond_ways_is_known(const struct plait_run *run, const struct linkspec *spec);

/* Of those, the one for its source address, without which it is the one of this family (0: the
 * better one). NULL, with the cure, when there is none. */
const struct plait_addr *bond_ways_remote(const struct plait_run *run, const struct linkspec *spec,
                                          uint8_t family, struct run_error *error);

/* An interface with its ways to where this link leads; `host` has those to the receiver. */
struct hostlink bond_ways_seen(const struct plait_run *run, const struct linkspec *spec,
                               const struct hostlink *host);

/* The way of the source address's kind where that is given, else the better. */
const struct hostlink_way *bond_ways_pick(const struct linkspec *spec, const struct hostlink *seen);

/* The same, but of two that are as good the one of this family; 0: any. */
const struct hostlink_way *bond_ways_try(const struct linkspec *spec, uint8_t family,
                                         const struct hostlink *seen);

/* The family in which the receiver can be tried where an open link is not answered: the other one,
 * if its way is as good. 0: none. `seen` is the interface's, NULL for a link without a device,
 * which needs any way. */
uint8_t bond_ways_other(const struct plait_run *run, const struct link *link,
                        const struct hostlink *seen);

/* The way an open link goes, as it is now; NULL when the receiver has that address no longer. */
const struct hostlink_way *bond_ways_own(const struct link *link, const struct hostlink *seen);

/* What an interface has too little of; "" nothing. */
const char *bond_ways_lack(const struct hostlink *host, const struct hostlink_way *way);

/* A device that was named may be used without a route of its own: the user knows why. */
bool bond_ways_can_use(const struct plait_run *run, const struct hostlink *host,
                       const struct linkspec *spec, bool is_named);

#endif
