/* SPDX-License-Identifier: BSD-2-Clause */
/* The places of a sender's links, which are their numbers and their colours on the pages: each that
 * is named has one from the start, in their order; the others get one when they come. */
#ifndef PLAIT_RUN_BOND_PLACES_H
#define PLAIT_RUN_BOND_PLACES_H

#include "run/bond.h"

/* The link to a receiver on this host. */
extern const struct linkspec bond_places_local;

/* Whether a link with these words is open. */
bool bond_places_has(const struct plait_run *run, const struct linkspec *spec);

/* The place the link had before; else one that nobody has; else a new one; else that of a link that
 * is gone and is not named. PLAIT_MAX_PATHS: there is none. */
uint32_t bond_places_of(const struct plait_run *run, const struct linkspec *spec);

/* Frees those of links that are gone and not wanted any more, and gives each that is named its own.
 * A place that is free has no name. */
void bond_places_keep(struct plait_run *run);

#endif
