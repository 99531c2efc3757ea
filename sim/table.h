/* SPDX-License-Identifier: BSD-2-Clause */
/* The table by which the decisions are steered: what must be reached (issue 4), row by row. */
#ifndef PLAIT_SIM_TABLE_H
#define PLAIT_SIM_TABLE_H

struct options;

/* Runs the rows the options name and prints them with their verdicts. Returns an exit code: 0 all
 * reached, 1 some not, 2 the scenarios cannot be read. */
int table_run(const struct options *options);

#endif
