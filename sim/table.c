/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/table.h"

#include <stdio.h>
#include <string.h>

#include "sim/gaps.h"
#include "sim/options.h"
#include "sim/trial.h"

#define PATH_BYTES       512
#define NAME_BYTES       96
#define SEEDS            3 /* unless told */
#define ADAPT_LATENCY_NS (UINT64_C(500) * 1000000)
#define PAIR_SEEDS       20 /* the same, where on is compared with off */

struct tally {
    const struct options *options;
    unsigned rows, reached;
    bool unreadable;
    char scenario[PATH_BYTES];
};

/* ---- One scenario, one load ---- */

struct row {
    const char *scenario;
    double rate_mbps;
    uint32_t latency_ms;
    double of_bound;   /* on time as a share of O1, at least; percent */
    double redundancy; /* bytes sent a byte of media, above 1, at most; percent; 0: any */
    const char *text;  /* instead of a file */
    bool worths;
};

static const struct row rows[] = {
    {"drive-3op", 6, 1000, 99.95, 8, NULL, false},
    {"field-sat-4", 6, 1000, 99.95, 8, NULL, false},
    {"highway-4", 6, 1000, 99.95, 8, NULL, false},
    {"drive-3op", 6, 300, 99.5, 10, NULL, false},
    {"field-sat-4", 6, 300, 99.5, 10, NULL, false},
    {"highway-4", 6, 300, 99.5, 10, NULL, false},
    {"drive-3op", 8, 500, 99, 8, NULL, false},
    {"field-sat-4", 8, 500, 99, 8, NULL, false},
    {"highway-4", 8, 500, 99, 8, NULL, false},
    {"car-3op-sync", 8, 500, 99, 8, NULL, false},
    {"car-3op-sync", 6, 1000, 99.9, 8, NULL, false},
    {"weak-5", 3, 1000, 99.5, 12, NULL, false},
    {"weak-5", 5, 1000, 97, 6, NULL, false},
    {"rack-6", 20, 500, 99.9, 5, NULL, false},
    {"two-of-6", 8, 150, 99.9, 0, "rate=6 delay=30\nrate=6 delay=30\n", false},
    {"drive-3op over-load", 12, 500, 95, 0, NULL, true},
};

static bool wanted(const struct tally *tally, const char *name)
{
    return !tally->unreadable &&
           (!tally->options->rows || strstr(name, tally->options->rows) != NULL);
}

/* Nothing more is run. */
static void unreadable(struct tally *tally, const char *error)
{
    fprintf(stderr, "plait-sim: %s\n", error);
    tally->unreadable = true;
}

static struct experiment prepare(struct tally *tally, const struct row *row)
{
    struct experiment experiment = tally->options->experiment;
    int word = (int)strcspn(row->scenario, " ");
    snprintf(tally->scenario, sizeof tally->scenario, "%s/scenarios/%.*s.txt",
             tally->options->shared, word, row->scenario);
    experiment.scenario = row->text ? row->scenario : tally->scenario;
    experiment.text = row->text;
    experiment.rate_bps = (uint64_t)(row->rate_mbps * 1e6);
    experiment.latency_ns = row->latency_ms * UINT64_C(1000000);
    experiment.worths = row->worths;
    experiment.seeds = tally->options->seeds_given ? experiment.seeds : SEEDS;
    return experiment;
}

static bool measure(struct tally *tally, const struct experiment *experiment,
                    struct experiment_summary *summary)
{
    if (!experiment_run(experiment, summary)) {
        unreadable(tally, summary->error);
        return false;
    }
    if (tally->options->json) {
        experiment_print_json(stdout, experiment, summary);
    } else {
        experiment_print_row(stdout, experiment, summary);
    }
    return true;
}

/* `sound`: no checker failed; a figure reached by an unsound run is not reached. */
static void judge(struct tally *tally, bool reached, bool sound, const char *name,
                  const char *figures)
{
    const char *verdict = !reached ? "MISS" : sound ? "ok" : "BAD";
    tally->rows++;
    tally->reached += reached && sound;
    fprintf(tally->options->json ? stderr : stdout, "    %-4s %-28s %s%s\n", verdict, name, figures,
            sound ? "" : " (a check failed)");
    fflush(stdout);
}

static void split(struct tally *tally, const struct experiment *experiment, const char *name)
{
    struct gaps gaps;
    if (!gaps_measure(experiment, &gaps)) {
        unreadable(tally, gaps.error);
        return;
    }
    gaps_print_row(stdout, name, &gaps);
    tally->rows++;
    tally->reached += !gaps.error[0];
    if (gaps.error[0]) {
        fprintf(stderr, "plait-sim: %s: FAILED: %s\n", name, gaps.error);
    }
}

static void run_row(struct tally *tally, const struct row *row)
{
    char name[NAME_BYTES];
    char figures[160];
    snprintf(name, sizeof name, "%s %g/%u", row->scenario, row->rate_mbps, row->latency_ms);
    if (!wanted(tally, name)) {
        return;
    }
    struct experiment experiment = prepare(tally, row);
    struct experiment_summary summary;
    if (tally->options->gaps) {
        split(tally, &experiment, name);
        return;
    }
    if (!measure(tally, &experiment, &summary)) {
        return;
    }
    bool bounded = summary.bound[EMU_BOUND_KNOWN].mean >= 0;
    double ratio = 100 * (bounded ? summary.ratio.mean : summary.on_time.mean);
    double redundancy = 100 * (summary.sent.mean - 1);
    bool reached =
        ratio >= row->of_bound && (row->redundancy <= 0 || redundancy <= row->redundancy);
    snprintf(figures, sizeof figures, "%.4f %% of O1%s (wish %.2f), redundancy %.2f %% (%s %g)",
             ratio, bounded ? "" : " (not known: of all)", row->of_bound, redundancy,
             row->redundancy > 0 ? "at most" : "any:", row->redundancy);
    judge(tally, reached, !summary.failed, name, figures);
}

/* ---- A fourth link that is no good ---- */

static const struct row fourth_rows[] = {
    {"drive-3op", 6, 1000, 0, 0, NULL, false}, {"field-sat-4", 6, 1000, 0, 0, NULL, false},
    {"highway-4", 6, 1000, 0, 0, NULL, false}, {"car-3op-sync", 6, 1000, 0, 0, NULL, false},
    {"weak-5", 3, 1000, 0, 0, NULL, false},    {"rack-6", 20, 500, 0, 0, NULL, false},
    {"drive-3op", 6, 300, 0, 0, NULL, false},
};

static const struct {
    const char *name, *line;
} fourths[] = {
    {"100 kbit/s", "name=thin rate=100k delay=40 jitter=5 queue=1000"},
    {"1 s RTT", "name=far rate=5 delay=500 jitter=5"},
    {"50 % loss", "name=lossy rate=5 delay=40 jitter=5 loss=0.5 rloss=0.5"},
    {"silent", "name=silent rate=5 delay=40 down=0-100000 rdown=0-100000"},
};

static void run_fourth(struct tally *tally, const struct row *row)
{
    char name[NAME_BYTES];
    char figures[160];
    snprintf(name, sizeof name, "fourth %s %g/%u", row->scenario, row->rate_mbps, row->latency_ms);
    if (!wanted(tally, name)) {
        return;
    }
    struct experiment experiment = prepare(tally, row);
    struct experiment_summary without;
    struct experiment_summary with;
    if (!measure(tally, &experiment, &without)) {
        return;
    }
    for (unsigned i = 0; i < sizeof fourths / sizeof fourths[0]; i++) {
        experiment.added_count = 1;
        experiment.added[0] = fourths[i].line;
        if (!measure(tally, &experiment, &with)) {
            return;
        }
        double fell = 100 * (without.on_time.mean - with.on_time.mean);
        snprintf(figures, sizeof figures, "+ %s: on time %+.4f points (wish > -0.1)",
                 fourths[i].name, -fell);
        judge(tally, fell < 0.1, !with.failed, name, figures);
    }
}

/* ---- Redundancy on against off ---- */

/* The seeds of which each one's figure is kept. */
static unsigned seeds_kept(const struct experiment_summary *summary)
{
    return summary->seeds < EXPERIMENT_SEEDS_KEPT ? summary->seeds : EXPERIMENT_SEEDS_KEPT;
}

/* Those of them in which the second is better than the first. */
static unsigned worse_in(const struct experiment_summary *on, const struct experiment_summary *off)
{
    unsigned worse = 0;
    for (unsigned i = 0; i < seeds_kept(on); i++) {
        worse += on->on_time_of[i] < off->on_time_of[i];
    }
    return worse;
}

static void run_redundancy(struct tally *tally)
{
    static const double loads[] = {30, 45, 60, 75, 85, 95};
    static const struct {
        struct row row;
        double capacity_mbps; /* mean of all links */
    } grounds[] = {
        {{"three-lossy", 0, 500, 0, 0,
          "rate=5 delay=40 jitter=5 ge=0.01:0.25:0.5 queue=300\n"
          "rate=5 delay=30 jitter=5 loss=0.02 queue=300\n"
          "rate=5 delay=60 jitter=10 loss=0.005 queue=300\n",
          false},
         15},
        {{"drive-3op", 0, 500, 0, 0, NULL, false}, 21.3},
    };
    for (unsigned g = 0; g < sizeof grounds / sizeof grounds[0]; g++) {
        for (unsigned i = 0; i < sizeof loads / sizeof loads[0]; i++) {
            char name[NAME_BYTES];
            char figures[240];
            struct row row = grounds[g].row;
            row.rate_mbps = grounds[g].capacity_mbps * loads[i] / 100;
            snprintf(name, sizeof name, "redundancy %s load %.0f%%", row.scenario, loads[i]);
            if (!wanted(tally, name)) {
                continue;
            }
            struct experiment experiment = prepare(tally, &row);
            experiment.seeds = tally->options->seeds_given ? experiment.seeds : PAIR_SEEDS;
            struct experiment_summary on;
            struct experiment_summary off;
            if (!measure(tally, &experiment, &on)) {
                return;
            }
            experiment.endpoint.fec_off = experiment.endpoint.reinject_off = 1;
            if (!measure(tally, &experiment, &off)) {
                return;
            }
            snprintf(figures, sizeof figures,
                     "median on %.3f %% (%.3f to %.3f), off %.3f %% (%.3f to %.3f); mean %.3f, "
                     "%.3f; worse in %u of %u seeds",
                     100 * on.on_time_spread.median, 100 * on.on_time_spread.low,
                     100 * on.on_time_spread.high, 100 * off.on_time_spread.median,
                     100 * off.on_time_spread.low, 100 * off.on_time_spread.high,
                     100 * on.on_time.mean, 100 * off.on_time.mean, worse_in(&on, &off),
                     seeds_kept(&on));
            judge(tally, on.on_time.mean >= off.on_time.mean, !on.failed && !off.failed, name,
                  figures);
        }
    }
}

/* ---- Trials that look inside a run ---- */

static void run_tcp(struct tally *tally)
{
    const char *name;
    for (unsigned i = 0; (name = trial_tcp_name(i)) != NULL; i++) {
        char figures[TRIAL_FIGURES];
        if (!wanted(tally, name)) {
            continue;
        }
        struct experiment experiment = tally->options->experiment;
        experiment.seeds = tally->options->seeds_given ? experiment.seeds : SEEDS;
        judge(tally, trial_tcp(&experiment, i, figures), true, name, figures);
    }
}

static void run_trial(struct tally *tally, const char *name, const char *scenario, trial_fn *trial)
{
    char figures[TRIAL_FIGURES];
    if (!wanted(tally, name)) {
        return;
    }
    struct experiment experiment = tally->options->experiment;
    experiment.seeds = tally->options->seeds_given ? experiment.seeds : 10;
    if (scenario) {
        snprintf(tally->scenario, sizeof tally->scenario, "%s/scenarios/%s.txt",
                 tally->options->shared, scenario);
        experiment.scenario = tally->scenario;
        experiment.latency_ns = ADAPT_LATENCY_NS;
        experiment.seeds = tally->options->seeds_given ? experiment.seeds : SEEDS;
        char error[EMU_ERROR_MAX];
        if (!experiment_readable(&experiment, error)) {
            unreadable(tally, error);
            return;
        }
    }
    bool reached = trial(&experiment, figures);
    judge(tally, reached, true, name, figures);
}

static void run_trials(struct tally *tally)
{
    run_trial(tally, "step 2-10-2", NULL, trial_step);
    run_trial(tally, "cut at half load", NULL, trial_cut);
    run_trial(tally, "adaptive drive-3op", "drive-3op", trial_adapt);
    run_trial(tally, "adaptive car-3op-sync", "car-3op-sync", trial_adapt);
    run_trial(tally, "adaptive steady", NULL, trial_steady);
    run_tcp(tally);
    for (unsigned i = 0; i < sizeof fourth_rows / sizeof fourth_rows[0]; i++) {
        run_fourth(tally, &fourth_rows[i]);
    }
    run_redundancy(tally);
}

int table_run(const struct options *options)
{
    struct tally tally = {.options = options};
    if (options->gaps) {
        gaps_print_head(stdout);
    } else if (!options->json) {
        experiment_print_head(stdout);
    }
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_row(&tally, &rows[i]);
    }
    if (!options->gaps) {
        run_trials(&tally);
    }
    if (tally.unreadable) {
        return 2;
    }
    if (tally.rows == 0) {
        fprintf(stderr, "plait-sim: --rows '%s' is in no row's name; --table alone shows them\n",
                options->rows ? options->rows : "");
        return 2;
    }
    if (!options->gaps) {
        fprintf(options->json ? stderr : stdout, "%u of %u reached\n", tally.reached, tally.rows);
    }
    return tally.reached == tally.rows ? 0 : 1;
}
