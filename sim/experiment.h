/* SPDX-License-Identifier: BSD-2-Clause */
/* An experiment: one scenario, load and configuration over several seeds, measured and summed up
 * as means with 95 % intervals, beside the clairvoyant bound. */
#ifndef PLAIT_SIM_EXPERIMENT_H
#define PLAIT_SIM_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/bound.h"
#include "emu/emu.h"
#include "plait/plait.h"
#include "sim/load.h"
#include "sim/measure.h"
#include "sim/oracle.h"

#define EXPERIMENT_ADDED_MAX  4
#define EXPERIMENT_SEEDS_KEPT 64

struct experiment {
    const char *scenario;                    /* file; with `text`: only a name */
    const char *text;                        /* the scenario itself, NULL: read the file */
    const char *added[EXPERIMENT_ADDED_MAX]; /* lines that add links to it */
    uint32_t added_count;
    uint64_t rate_bps, latency_ns;
    uint64_t follow_max_bps; /* the load follows the advice; 0: it does not */
    uint32_t seconds;        /* of load */
    uint64_t first_seed;
    uint32_t seeds;
    uint32_t size;       /* bytes a datagram */
    uint32_t size_other; /* of every other datagram; 0: all are of one size */
    uint64_t frame_ns;   /* 0: evenly spaced */
    uint32_t key_every, key_weight;
    struct load_step step[LOAD_STEPS_MAX];
    uint32_t steps;
    bool worths, ts;
    uint64_t load_start_ns;       /* after the sender's start */
    struct plait_config endpoint; /* mode, scheduler, controller, fec_off, .. */
    bool series;
    enum oracle_kind oracle;
    bool autopsy;       /* print why packets were not on time (one seed) */
    unsigned processes; /* at a time, where there are several seeds */
};

/* Mean over the seeds and half the width of its 95 % interval. */
struct estimate {
    double mean, half;
};

/* Over the seeds. */
struct spread {
    double median, low, high;
};

struct experiment_summary {
    uint32_t seeds, failed;
    char error[512];           /* of the first seed that failed a checker */
    struct estimate on_time;   /* share of what was written, by write + latency + 1 ms */
    struct estimate on_time_5; /* by + 5 ms */
    struct spread on_time_spread;
    double on_time_of[EXPERIMENT_SEEDS_KEPT]; /* of the first seeds, to compare pairs */
    struct estimate bound[EMU_BOUND_LEVELS];  /* O0, O1, O2, the same share; negative: none */
    struct estimate ratio;                    /* on_time / O1; negative: there is no O1 */
    struct estimate sent;                     /* forward UDP payload bytes a byte of media */
    struct estimate returned;                 /* reverse UDP payload bytes a byte of media */
    struct estimate resent, reinjected, repair, dropped; /* a source packet written */
    struct estimate p50_ms, p99_ms, p999_ms, max_ms, gap_ms;
    struct estimate queue_p95_ms[EMU_LINKS_MAX];
    uint32_t links;
    uint64_t hash; /* of the first seed */
    double cpu_s;  /* processor time of all seeds */
};

void experiment_defaults(struct experiment *experiment);

/* False: the scenario cannot be read (one line in `error`, EMU_ERROR_MAX bytes). */
bool experiment_readable(const struct experiment *experiment, char *error);

/* Runs it. False: the scenario cannot be read (one line in summary->error). */
bool experiment_run(const struct experiment *experiment, struct experiment_summary *summary);

/* One line of a table, and the line that heads it. */
void experiment_print_head(FILE *out);
void experiment_print_row(FILE *out, const struct experiment *experiment,
                          const struct experiment_summary *summary);
/* One JSON object on a line. */
void experiment_print_json(FILE *out, const struct experiment *experiment,
                           const struct experiment_summary *summary);

#endif
