/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sender's links as the host has them now. Those that name a device come and go with it: gone,
 * the path is taken away and what was on its way is sent again elsewhere; back, it is a new path.
 * A link keeps its number, and so its colour on the pages, when its device comes back. A receiver
 * may have an IPv4 and an IPv6 address: each link uses the one it has a way to, as long as it has
 * and that is answered (run/bond_trial.h).
 */
#ifndef PLAIT_RUN_BOND_LINKS_H
#define PLAIT_RUN_BOND_LINKS_H

#include "run/bond.h"

/* Opens the links that are there at the start and begins to watch for the others: of the modems of
 * a sender in the street one may be missing, or all until they have registered. */
int bond_links_open(struct plait_run *run, const char *const *links, uint32_t count,
                    struct run_error *error);

/* Adds a path for each link to the session that was just opened. */
int bond_links_join(struct plait_run *run, uint64_t now);

/* How many there are now; run->link_count has those too that wait for their device. */
uint32_t bond_links_count(const struct plait_run *run);

/* Takes the links away whose device is gone or not wanted any more and adds the new ones; tells
 * on_link, once, what each that is missing waits for. */
void bond_links_refresh(struct plait_run *run, uint64_t now);

/* Opens the link anew, to its receiver's address of the other family, if that has as good a way. */
void bond_links_turn(struct plait_run *run, uint64_t now, uint32_t slot);

/* Another list of wanted links, while running. On an error nothing is changed. */
int bond_links_set(struct plait_run *run, uint64_t now, const char *const *links, uint32_t count,
                   struct run_error *error);

void bond_links_close(struct plait_run *run);

#endif
