/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of plait-sim. */
#ifndef PLAIT_SIM_OPTIONS_H
#define PLAIT_SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/experiment.h"

struct options {
    bool help;
    bool seeds_given;               /* --seed N or --seeds A-B: the swarm */
    uint64_t first_seed, last_seed; /* both included */
    bool adversary;                 /* the swarm with an adversary on the path */
    bool verbose;                   /* the swarm: print each world */
    bool table;
    bool gaps;          /* --table: split the gap to the bound instead of judging */
    const char *rows;   /* --table: rows whose name contains this; NULL: all */
    const char *shared; /* folder with scenarios/ */
    bool json;
    bool advised; /* with a scenario: judge what an encoder gets that follows the advice */
    struct experiment experiment; /* with a scenario: measure it */
};

/* The text of --help. */
extern const char *const options_help;

/* 0, or -1 with one line on standard error. */
int options_parse(struct options *options, int argc, char **argv);

#endif
