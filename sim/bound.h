/* SPDX-License-Identifier: BSD-2-Clause */
/* The clairvoyant bound of a world (ALGORITHMS.md section 1). */
#ifndef PLAIT_SIM_BOUND_H
#define PLAIT_SIM_BOUND_H

struct world;

/* O1: the share of this world's load that could have come on time, for its losses; negative when it
 * is not known. */
double bound_share(const struct world *world);

#endif
