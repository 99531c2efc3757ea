/* SPDX-License-Identifier: BSD-2-Clause */
/* The gap between the bound and the system, split (docs/DECISIONS.md): what loss takes (O0-O1),
 * what not knowing the losses takes (O1-O2), what not knowing the future takes (O2-O3: own
 * decisions under true but delayed rates), and what the own estimates take (O3-system). */
#ifndef PLAIT_SIM_GAPS_H
#define PLAIT_SIM_GAPS_H

#include <stdio.h>

#include "sim/experiment.h"

struct gaps {
    struct experiment_summary system;
    struct estimate oracle[ORACLE_KINDS]; /* on-time share; [ORACLE_OFF]: the system's */
    char error[512];                      /* of the first run that failed a checker, if any did */
};

/* Runs the system and the oracles. False as experiment_run(). */
bool gaps_measure(const struct experiment *experiment, struct gaps *gaps);

/* A line of a Markdown table, percent and points, and the lines that head it. */
void gaps_print_head(FILE *out);
void gaps_print_row(FILE *out, const char *name, const struct gaps *gaps);

#endif
