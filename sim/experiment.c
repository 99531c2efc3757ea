/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/bound.h"
#include "sim/jobs.h"
#include "sim/world.h"

#define SETTLE_NS         (2 * SIM_S)
#define CPU_S             900          /* a run that takes longer hangs */
#define AUTOPSY_SAMPLE_NS (5 * SIM_MS) /* how exactly it tells when something was noticed */
#define AUTOPSY_PACKETS   200
#define LATE_NS           (50 * SIM_MS) /* measured, not failed, up to here */

struct run {
    struct measure_result result;
    struct bound_shares bound;
    double cpu_s;
    char error[SIM_ERROR_MAX];
};

struct gathering {
    const struct experiment *experiment;
    const struct emu_scenario *scenario;
    struct experiment_summary *summary;
    struct run *runs;
};

void experiment_defaults(struct experiment *experiment)
{
    memset(experiment, 0, sizeof *experiment);
    experiment->rate_bps = 6000000;
    experiment->latency_ns = PLAIT_LATENCY_DEFAULT_NS;
    experiment->seconds = 60;
    experiment->first_seed = 1;
    experiment->seeds = 1;
    experiment->size = 1316;
    experiment->load_start_ns = SIM_S;
    experiment->processes = 1;
}

static bool load_scenario(const struct experiment *experiment, struct emu_scenario *scenario,
                          char *error)
{
    memset(scenario, 0, sizeof *scenario);
    const char *text = experiment->text;
    int err = text ? emu_scenario_parse(scenario, text, strlen(text), error)
                   : emu_scenario_load(scenario, experiment->scenario, error);
    if (err != 0) {
        return false;
    }
    for (uint32_t i = 0; i < experiment->added_count; i++) {
        struct emu_scenario more;
        memset(&more, 0, sizeof more);
        const char *line = experiment->added[i];
        if (emu_scenario_parse(&more, line, strlen(line), error) != 0) {
            emu_scenario_free(scenario);
            return false;
        }
        if (more.link_count != 1 || emu_scenario_missing(&more) ||
            scenario->link_count == EMU_LINKS_MAX) {
            snprintf(error, EMU_ERROR_MAX, "added link '%s': give one link with a rate", line);
            emu_scenario_free(&more);
            emu_scenario_free(scenario);
            return false;
        }
        scenario->link[scenario->link_count++] = more.link[0];
        emu_scenario_free(&more);
    }
    return true;
}

bool experiment_readable(const struct experiment *experiment, char *error)
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    if (!scenario) {
        abort();
    }
    bool read = load_scenario(experiment, scenario, error);
    if (read) {
        emu_scenario_free(scenario);
    }
    free(scenario);
    return read;
}

static void configure(const struct experiment *experiment, const struct emu_scenario *scenario,
                      uint64_t seed, struct sim_config *config)
{
    world_defaults(config, scenario, seed);
    config->endpoint = experiment->endpoint;
    config->endpoint.latency_ns = experiment->latency_ns;
    config->clock[SIM_SENDER].drift_ppm = (int32_t)(sim_mix(seed, 1) % 41) - 20;
    config->clock[SIM_RECEIVER].drift_ppm = (int32_t)(sim_mix(seed, 2) % 41) - 20;
    config->load.start_ns = experiment->load_start_ns;
    config->load.stop_ns = experiment->load_start_ns + experiment->seconds * SIM_S;
    config->load.rate_bps = experiment->rate_bps;
    config->follow_max_bps = experiment->follow_max_bps;
    config->follow_min_bps = experiment->follow_max_bps / 100;
    uint32_t other = experiment->size_other ? experiment->size_other : experiment->size;
    config->load.size_min = other < experiment->size ? other : experiment->size;
    config->load.size_max = other > experiment->size ? other : experiment->size;
    config->load.two_sizes = other != experiment->size;
    config->load.frame_ns = experiment->frame_ns;
    config->load.key_every = experiment->key_every;
    config->load.key_weight = experiment->key_weight;
    memcpy(config->load.step, experiment->step, sizeof experiment->step);
    config->load.steps = experiment->steps;
    config->load.worths = experiment->worths;
    config->load.ts = experiment->ts;
    config->end_ns = config->load.stop_ns + experiment->latency_ns + SETTLE_NS;
    config->early_ns = config->late_ns = LATE_NS;
    config->keep_going = true;
    config->series = experiment->series;
    config->oracle = experiment->oracle;
    config->autopsy = experiment->autopsy;
    if (experiment->autopsy) {
        config->sample_ns = AUTOPSY_SAMPLE_NS;
    }
}

static void run_seed(void *ctx, size_t index, void *out)
{
    struct gathering *gathering = ctx;
    struct run *run = out;
    struct sim_config config;
    struct world *world = calloc(1, sizeof *world);
    if (!world) {
        abort();
    }
    uint64_t seed = gathering->experiment->first_seed + index;
    configure(gathering->experiment, gathering->scenario, seed, &config);
    clock_t before = clock();
    world_run(world, &config);
    run->cpu_s = (double)(clock() - before) / CLOCKS_PER_SEC;
    measure_finish(world, &run->result);
    if (world->autopsy) {
        autopsy_print(stdout, world->autopsy, world, AUTOPSY_PACKETS);
    }
    bound_shares(world, &run->bound);
    memcpy(run->error, world->error, sizeof run->error);
    world_free(world);
    free(world);
}

static bool on_run(void *ctx, size_t index, const void *result)
{
    struct gathering *gathering = ctx;
    struct experiment_summary *summary = gathering->summary;
    struct run *run = &gathering->runs[index];
    if (result) {
        memcpy(run, result, sizeof *run);
    } else {
        snprintf(run->error, sizeof run->error, "the run crashed");
    }
    if (run->error[0]) {
        if (!summary->failed) {
            snprintf(summary->error, sizeof summary->error, "seed %llu: %.400s",
                     (unsigned long long)(gathering->experiment->first_seed + index), run->error);
        }
        summary->failed++;
    }
    return true;
}

/* ---- Summing up ---- */

typedef double figure_fn(const struct run *run);

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

#define FIGURE(name, expression)                                                                   \
    static double figure_##name(const struct run *run)                                             \
    {                                                                                              \
        const struct measure_result *r = &run->result;                                             \
        (void)r;                                                                                   \
        return expression;                                                                         \
    }

FIGURE(on_time, share(r->on_time, r->written))
FIGURE(on_time_5, share(r->on_time_5, r->written))
FIGURE(o0, run->bound.level[EMU_BOUND_LOSSLESS])
FIGURE(o1, run->bound.level[EMU_BOUND_KNOWN])
FIGURE(o2, run->bound.level[EMU_BOUND_LEARNT])
FIGURE(ratio, figure_o1(run) > 0   ? figure_on_time(run) / figure_o1(run)
              : figure_o1(run) < 0 ? -1
                                   : 0)
FIGURE(sent, share(r->sent_bytes, r->media_bytes))
FIGURE(returned, share(r->return_bytes, r->media_bytes))
FIGURE(resent, share(r->resent, r->source_packets))
FIGURE(reinjected, share(r->reinjected, r->source_packets))
FIGURE(repair, share(r->repair, r->source_packets))
FIGURE(dropped, share(r->dropped, r->source_packets))
FIGURE(p50_ms, (double)r->p50_ns / 1e6)
FIGURE(p99_ms, (double)r->p99_ns / 1e6)
FIGURE(p999_ms, (double)r->p999_ns / 1e6)
FIGURE(max_ms, (double)r->max_ns / 1e6)
FIGURE(gap_ms, (double)r->gap_ns / 1e6)

static struct estimate over(const struct gathering *gathering, figure_fn *figure)
{
    /* Student's t, two-sided 95 %, for 1..30 degrees of freedom; above, the normal quantile. */
    static const double student[] = {12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23,
                                     2.20,  2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09, 2.09,
                                     2.08,  2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04};
    uint32_t n = gathering->experiment->seeds;
    double sum = 0;
    double squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += figure(&gathering->runs[i]);
    }
    struct estimate estimate = {sum / n, 0};
    for (uint32_t i = 0; i < n; i++) {
        double error = figure(&gathering->runs[i]) - estimate.mean;
        squares += error * error;
    }
    if (n > 1) {
        double t = n - 1 <= 30 ? student[n - 2] : 1.96;
        estimate.half = t * sqrt(squares / (n - 1) / n);
    }
    return estimate;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void spread_on_time(const struct gathering *gathering)
{
    struct experiment_summary *s = gathering->summary;
    uint32_t n = gathering->experiment->seeds;
    double *sorted = malloc(n * sizeof *sorted);
    if (!sorted) {
        abort();
    }
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = figure_on_time(&gathering->runs[i]);
        if (i < EXPERIMENT_SEEDS_KEPT) {
            s->on_time_of[i] = sorted[i];
        }
    }
    qsort(sorted, n, sizeof *sorted, compare);
    s->on_time_spread =
        (struct spread){(sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1]};
    free(sorted);
}

static void sum_up(const struct gathering *gathering)
{
    struct experiment_summary *s = gathering->summary;
    s->seeds = gathering->experiment->seeds;
    s->links = gathering->scenario->link_count;
    s->on_time = over(gathering, figure_on_time);
    s->on_time_5 = over(gathering, figure_on_time_5);
    s->bound[EMU_BOUND_LOSSLESS] = over(gathering, figure_o0);
    s->bound[EMU_BOUND_KNOWN] = over(gathering, figure_o1);
    s->bound[EMU_BOUND_LEARNT] = over(gathering, figure_o2);
    s->ratio = over(gathering, figure_ratio);
    s->sent = over(gathering, figure_sent);
    s->returned = over(gathering, figure_returned);
    s->resent = over(gathering, figure_resent);
    s->reinjected = over(gathering, figure_reinjected);
    s->repair = over(gathering, figure_repair);
    s->dropped = over(gathering, figure_dropped);
    s->p50_ms = over(gathering, figure_p50_ms);
    s->p99_ms = over(gathering, figure_p99_ms);
    s->p999_ms = over(gathering, figure_p999_ms);
    s->max_ms = over(gathering, figure_max_ms);
    s->gap_ms = over(gathering, figure_gap_ms);
    spread_on_time(gathering);
    s->hash = gathering->runs[0].result.hash;
    for (uint32_t i = 0; i < s->seeds; i++) {
        s->cpu_s += gathering->runs[i].cpu_s;
        for (uint32_t link = 0; link < s->links; link++) {
            s->queue_p95_ms[link].mean +=
                (double)gathering->runs[i].result.queue_p95_ms[link] / s->seeds;
        }
    }
}

bool experiment_run(const struct experiment *experiment, struct experiment_summary *summary)
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    struct run *runs = calloc(experiment->seeds ? experiment->seeds : 1, sizeof *runs);
    if (!scenario || !runs) {
        abort();
    }
    memset(summary, 0, sizeof *summary);
    bool read = load_scenario(experiment, scenario, summary->error);
    if (read) {
        struct gathering gathering = {experiment, scenario, summary, runs};
        unsigned processes =
            experiment->series || experiment->seeds == 1 ? 0 : experiment->processes;
        jobs_run(experiment->seeds, processes, CPU_S, sizeof *runs, run_seed, on_run, &gathering);
        sum_up(&gathering);
        emu_scenario_free(scenario);
    }
    free(runs);
    free(scenario);
    return read;
}
