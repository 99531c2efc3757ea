/* SPDX-License-Identifier: BSD-2-Clause */
/* plait-sim: runs random worlds, measures scenarios, prints the must-reach table. */
#include <stdio.h>

#include "sim/options.h"
#include "sim/swarm.h"
#include "sim/table.h"
#include "sim/trial.h"

static int measure(const struct options *options)
{
    struct experiment_summary summary;
    if (!experiment_run(&options->experiment, &summary)) {
        fprintf(stderr, "plait-sim: %s\n", summary.error);
        return 2;
    }
    if (options->json) {
        experiment_print_json(stdout, &options->experiment, &summary);
    } else {
        experiment_print_head(stdout);
        experiment_print_row(stdout, &options->experiment, &summary);
    }
    return summary.failed ? 1 : 0;
}

static int judge_advice(const struct options *options)
{
    char figures[TRIAL_FIGURES];
    char error[EMU_ERROR_MAX];
    if (!experiment_readable(&options->experiment, error)) {
        fprintf(stderr, "plait-sim: %s\n", error);
        return 2;
    }
    bool reached = trial_adapt(&options->experiment, figures);
    puts(figures);
    return reached ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options options;
    if (options_parse(&options, argc, argv) != 0) {
        return 2;
    }
    if (options.help) {
        fputs(options_help, stdout);
        return 0;
    }
    if (options.table) {
        return table_run(&options);
    }
    if (options.experiment.scenario) {
        return options.advised ? judge_advice(&options) : measure(&options);
    }
    if (options.seeds_given) {
        return swarm_run(&options);
    }
    fputs("plait-sim: give --seed, --seeds, --scenario or --table; see --help\n", stderr);
    return 2;
}
