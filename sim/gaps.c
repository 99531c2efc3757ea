/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/gaps.h"

#include <string.h>

bool gaps_measure(const struct experiment *experiment, struct gaps *gaps)
{
    struct experiment with = *experiment;
    struct experiment_summary summary;
    gaps->error[0] = 0;
    for (int kind = ORACLE_OFF; kind < ORACLE_KINDS; kind++) {
        struct experiment_summary *of = kind == ORACLE_OFF ? &gaps->system : &summary;
        with.oracle = (enum oracle_kind)kind;
        if (!experiment_run(&with, of)) {
            memcpy(gaps->error, of->error, sizeof gaps->error);
            return false;
        }
        if (of->failed && !gaps->error[0]) {
            memcpy(gaps->error, of->error, sizeof gaps->error);
        }
        gaps->oracle[kind] = of->on_time;
    }
    return true;
}

void gaps_print_head(FILE *out)
{
    fprintf(out, "| row | O0 | O1 | O2 | O3 delayed | O3 present | O3 future | system "
                 "| O0-O1 | O1-O2 | O2-O3 | O3-system |\n"
                 "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

void gaps_print_row(FILE *out, const char *name, const struct gaps *gaps)
{
    const struct estimate *bound = gaps->system.bound;
    const struct estimate *oracle = gaps->oracle;
    fprintf(out, "| %s |", name);
    for (int level = 0; level < EMU_BOUND_LEVELS; level++) {
        fprintf(out, " %.2f |", 100 * bound[level].mean);
    }
    for (int kind = ORACLE_OFF + 1; kind < ORACLE_KINDS; kind++) {
        fprintf(out, " %.2f |", 100 * oracle[kind].mean);
    }
    fprintf(out, " %.2f +-%.2f |", 100 * oracle[ORACLE_OFF].mean, 100 * oracle[ORACLE_OFF].half);
    fprintf(out, " %.2f | %.2f | %.2f | %.2f |\n",
            100 * (bound[EMU_BOUND_LOSSLESS].mean - bound[EMU_BOUND_KNOWN].mean),
            100 * (bound[EMU_BOUND_KNOWN].mean - bound[EMU_BOUND_LEARNT].mean),
            100 * (bound[EMU_BOUND_LEARNT].mean - oracle[ORACLE_DELAYED].mean),
            100 * (oracle[ORACLE_DELAYED].mean - oracle[ORACLE_OFF].mean));
    fflush(out);
}
