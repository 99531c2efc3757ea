/* SPDX-License-Identifier: BSD-2-Clause */
/* A line a second about a running world, on standard output: what to look at when a figure is
 * worse than it should be. */
#ifndef PLAIT_SIM_SERIES_H
#define PLAIT_SIM_SERIES_H

struct world;
struct series;

struct series *series_create(const struct world *world);
void series_free(struct series *series);

/* Prints the second that ended at world->now; samples must have been taken just before. */
void series_on_second(struct series *series, const struct world *world);

#endif
