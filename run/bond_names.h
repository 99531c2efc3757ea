/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sender's names: its receiver's, and each link's to=. At the start they are looked up before
 * anything else, so that a wrong one is refused; a name server that does not answer within a second
 * is no mistake, and waited for once. From then on they are looked up beside the loop: all of them
 * while no receiver answers, for it may have moved, ever less often; and those that are not known
 * yet. An address that a name still has stays, whichever is the first.
 */
#ifndef PLAIT_RUN_BOND_NAMES_H
#define PLAIT_RUN_BOND_NAMES_H

#include "run/bond.h"

int bond_names_open(struct plait_run *run, const char *receiver, struct run_error *error);

/* Fills in what the to= of specs[index] stands for, as far as that is known; those before it have
 * theirs. use: ADDR_SOON looks it up now; ADDR_NUMBER leaves it for later, as it does from the
 * first one on that no name server answers. */
int bond_names_resolve(struct plait_run *run, struct linkspec *specs, uint32_t index,
                       enum addr_use *use, struct run_error *error);

/* Numbers that name an interface, fe80::1%eth0: that has another number of its own each time that
 * it comes. */
void bond_names_number_anew(struct plait_run *run);

/* At the next turn of the loop, whatever is to be looked up. */
void bond_names_look(struct plait_run *run);

/* What could not be looked up, to on_link; once, until all could be. */
void bond_names_tell(struct plait_run *run, uint64_t now);

/* The index-th of the names that are not known yet; NULL when there are no more. */
const char *bond_names_unknown(const struct plait_run *run, uint32_t index);

void bond_names_close(struct plait_run *run);

#endif
