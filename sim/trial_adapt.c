/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials of the encoder advice: an encoder that does at once what it is told, from its lowest rate
 * on. What counts is what was on time, the start included, against the bound of the same time. */
#include "sim/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/bound.h"

#define FOLLOW_MIN_BPS 300000
#define FOLLOW_MAX_BPS 100000000 /* above any bound: what is compared is not what the sink can */
#define WINDOW_NS      (5 * SIM_S)
#define WINDOWS_MAX    800
#define SHARE          0.999
#define OF_BOUND       0.85
#define SETTLED_NS     (10 * SIM_S)   /* the steady link is judged from here on */
#define STEADY_NS      (500 * SIM_MS) /* the latency there */
#define STEADY_BAND    0.15
#define STEADY_LEAST   4500000 /* bit/s of a link of 6 Mbit/s: below, steadiness is no merit */

/* The bound's time starts where the load does: what came before is nobody's. */
static void start_at(struct emu_bound *bound, uint64_t start_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < bound->count; i++) {
        struct emu_bound_chance chance = bound->chance[i];
        if (chance.send_ns < start_ns) {
            continue;
        }
        chance.send_ns -= start_ns;
        chance.arrive_ns -= start_ns;
        chance.learn_ns -= chance.learn_ns == EMU_NEVER ? 0 : start_ns;
        bound->chance[kept++] = chance;
    }
    bound->count = kept;
}

/* The mean of the highest rates that an encoder could have held for a window each, one after the
 * other while there is a load: payload of which SHARE is on time by the latency, losses and
 * capacity known in advance. It pays for payload and 28 bytes a datagram, for no header of ours, no
 * report and no start. */
static double bound_bps(const struct emu_scenario *scenario, const struct sim_config *config)
{
    static uint64_t rates[WINDOWS_MAX];
    struct emu_bound bound;
    uint64_t windows = (config->load.stop_ns - config->load.start_ns) / WINDOW_NS;
    windows = windows < WINDOWS_MAX ? windows : WINDOWS_MAX;
    double sum = 0;
    if (emu_bound_init(&bound, scenario, world_net_seed(config->seed), config->load.size_max,
                       config->end_ns) != 0) {
        return 0;
    }
    start_at(&bound, config->load.start_ns);
    if (emu_bound_adapt(&bound, config->endpoint.latency_ns, SHARE, WINDOW_NS, windows, rates) !=
        0) {
        windows = 0;
    }
    for (uint64_t i = 0; i < windows; i++) {
        sum += (double)rates[i];
    }
    emu_bound_free(&bound);
    return windows ? sum / (double)windows : 0;
}

static void configure(const struct experiment *experiment, const struct emu_scenario *scenario,
                      uint64_t seed, struct sim_config *config)
{
    trial_configure(experiment, scenario, seed, config);
    config->endpoint.latency_ns = experiment->latency_ns;
    config->load.rate_bps = FOLLOW_MIN_BPS;
    config->load.size_min = config->load.size_max = experiment->size;
    config->load.stop_ns = config->load.start_ns + experiment->seconds * SIM_S;
    config->end_ns = config->load.stop_ns + 3 * SIM_S;
    config->follow_min_bps = FOLLOW_MIN_BPS;
    config->follow_max_bps = FOLLOW_MAX_BPS;
}

bool trial_adapt(const struct experiment *experiment, char figures[TRIAL_FIGURES])
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    char error[SIM_ERROR_MAX] = "";
    if (!scenario) {
        abort();
    }
    if (experiment->text) {
        trial_read_text(scenario, experiment->text);
    } else if (emu_scenario_load(scenario, experiment->scenario, error) != 0) {
        snprintf(figures, TRIAL_FIGURES, "%.200s", error);
        free(scenario);
        return false;
    }
    double rate = 0;
    double best = 0;
    double on_time = 0;
    for (uint32_t i = 0; i < experiment->seeds; i++) {
        struct sim_config config;
        struct measure_result result;
        configure(experiment, scenario, experiment->first_seed + i, &config);
        trial_execute(&config, &result, error);
        double share = result.written ? (double)result.on_time / (double)result.written : 0;
        rate += share * (double)result.media_bytes * 8 / experiment->seconds / experiment->seeds;
        on_time += share / experiment->seeds;
        best += bound_bps(scenario, &config) / experiment->seeds;
    }
    emu_scenario_free(scenario);
    free(scenario);
    double of_bound = best > 0 ? rate / best : 0;
    snprintf(figures, TRIAL_FIGURES,
             "%.3f of %.3f Mbit/s: %.1f %% (85), on time %.3f %% (99.9)%s%.100s", rate / 1e6,
             best / 1e6, 100 * of_bound, 100 * on_time, error[0] ? "; " : "", error);
    return of_bound >= OF_BOUND && on_time >= SHARE && !error[0];
}

/* ---- A steady link ---- */

struct steady {
    uint64_t low_bps, high_bps, samples;
    double sum_bps;
};

static void observe_steady(void *ctx, const struct world *world)
{
    struct steady *steady = ctx;
    uint64_t rate = world->load.config.rate_bps;
    if (world->now < SETTLED_NS || world->now >= world->config.load.stop_ns) {
        return;
    }
    steady->low_bps = rate < steady->low_bps ? rate : steady->low_bps;
    steady->high_bps = rate > steady->high_bps ? rate : steady->high_bps;
    steady->sum_bps += (double)rate;
    steady->samples++;
}

bool trial_steady(const struct experiment *experiment, char figures[TRIAL_FIGURES])
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    char error[SIM_ERROR_MAX] = "";
    if (!scenario) {
        abort();
    }
    trial_read_text(scenario, "rate=6 delay=40 jitter=5 queue=500");
    double worst = 0;
    double mean = 0;
    for (uint32_t i = 0; i < experiment->seeds; i++) {
        struct sim_config config;
        struct measure_result result;
        struct steady steady = {.low_bps = UINT64_MAX};
        configure(experiment, scenario, experiment->first_seed + i, &config);
        config.endpoint.latency_ns = STEADY_NS;
        config.observe = observe_steady;
        config.observe_ctx = &steady;
        trial_execute(&config, &result, error);
        double own = steady.samples ? steady.sum_bps / (double)steady.samples : 1;
        double up = (double)steady.high_bps / own - 1;
        double down = 1 - (double)steady.low_bps / own;
        worst = up > worst ? up : worst;
        worst = down > worst ? down : worst;
        mean += own / experiment->seeds;
    }
    emu_scenario_free(scenario);
    free(scenario);
    snprintf(figures, TRIAL_FIGURES, "mean %.3f Mbit/s (4.5), at most %.1f %% off it (15)%s%.100s",
             mean / 1e6, 100 * worst, error[0] ? "; " : "", error);
    return worst <= STEADY_BAND && mean >= STEADY_LEAST && !error[0];
}
