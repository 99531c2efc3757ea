/* SPDX-License-Identifier: BSD-2-Clause */
/* Running the swarm: seed by seed, on several processors, a replay line for each failure. */
#include "sim/swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/adversary.h"
#include "sim/jobs.h"
#include "sim/options.h"

#define CPU_S 60 /* a world that takes longer hangs */
#define LL(x) ((unsigned long long)(x))

struct outcome {
    bool passed;
    uint64_t hash;
    struct measure_result result;
    char error[SWARM_ERROR_MAX];
    struct adversary_counts acts;
};

struct swarm {
    const struct options *options;
    uint64_t ran, failed, datagrams, events;
    struct adversary_counts acts;
};

static void run_world(struct swarm_world *made, struct outcome *outcome)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world) {
        abort();
    }
    outcome->passed = world_run(world, &made->config);
    measure_finish(world, &outcome->result);
    outcome->hash = world->hash;
    if (world->adversary) {
        outcome->acts = adversary_counts(world->adversary);
    }
    if (!outcome->passed) {
        snprintf(outcome->error, sizeof outcome->error, "%s\n    replay: %s", world->error,
                 made->config.replay);
    }
    world_free(world);
    free(world);
}

bool swarm_run_seed(uint64_t seed, bool adversary, char *error, uint64_t *hash)
{
    struct swarm_world *made = malloc(sizeof *made);
    struct outcome *outcome = calloc(1, sizeof *outcome);
    if (!made || !outcome) {
        abort();
    }
    swarm_make(made, seed, adversary);
    run_world(made, outcome);
    bool passed = outcome->passed;
    memcpy(error, outcome->error, sizeof outcome->error);
    *hash = outcome->hash;
    swarm_free(made);
    free(outcome);
    free(made);
    return passed;
}

static void describe(const struct swarm_world *made)
{
    static const char *const kinds[] = {"path add",         "path remove", "sender restart",
                                        "receiver restart", "latency",     "sender clock",
                                        "receiver clock",   "sender hold", "receiver hold"};
    const struct sim_config *config = &made->config;
    const struct plait_config *endpoint = &config->endpoint;
    printf("%s", made->text);
    printf("latency %llu ms, mode %d, scheduler %d, controller %d, fec %s, reinject %s, max_udp "
           "%u, first seq %llu, first pn %llu\n",
           LL(endpoint->latency_ns / SIM_MS), (int)endpoint->mode, (int)endpoint->scheduler,
           (int)endpoint->controller, endpoint->fec_off ? "off" : "on",
           endpoint->reinject_off ? "off" : "on", endpoint->max_udp, LL(endpoint->test_first_seq),
           LL(endpoint->test_first_pn));
    printf("clocks run fast by %d, %d ppm\n", (int)config->clock[0].drift_ppm,
           (int)config->clock[1].drift_ppm);
    printf("load %.3f Mbit/s, %u..%u bytes, frames each %llu ms, %.3f to %.3f s; calm from %.3f s, "
           "%.1f %%; slack %.1f ms\n",
           (double)config->load.rate_bps / 1e6, config->load.size_min, config->load.size_max,
           LL(config->load.frame_ns / SIM_MS), (double)config->load.start_ns / 1e9,
           (double)config->load.stop_ns / 1e9, (double)config->calm_from_ns / 1e9,
           (double)config->calm_share_ppm / 1e4, (double)config->late_ns / 1e6);
    printf("key frames each %u, %u times as large (0: 4)\n", config->load.key_every,
           config->load.key_weight);
    for (uint32_t i = 0; i < config->load.steps; i++) {
        const struct load_step *step = &config->load.step[i];
        printf("%.3f s: load %.3f Mbit/s\n", (double)(config->load.start_ns + step->at_ns) / 1e9,
               (double)step->rate_bps / 1e6);
    }
    for (uint32_t i = 0; i < config->faults; i++) {
        const struct sim_fault *fault = &config->fault[i];
        printf("%.3f s: %s link %u value %lld\n", (double)fault->at_ns / 1e9, kinds[fault->kind],
               fault->link, (long long)fault->value);
    }
}

static void run_one(void *ctx, size_t index, void *result)
{
    const struct swarm *swarm = ctx;
    struct swarm_world *made = malloc(sizeof *made);
    if (!made) {
        abort();
    }
    swarm_make(made, swarm->options->first_seed + index, swarm->options->adversary);
    if (swarm->options->verbose) {
        describe(made);
    }
    made->config.series = swarm->options->experiment.series;
    run_world(made, result);
    swarm_free(made);
    free(made);
}

static bool on_one(void *ctx, size_t index, const void *result)
{
    struct swarm *swarm = ctx;
    const struct outcome *outcome = result;
    uint64_t seed = swarm->options->first_seed + index;
    swarm->ran++;
    if (!outcome) {
        swarm->failed++;
        printf("FAIL seed %llu: crashed, or hangs\n    replay: plait-sim --seed %llu%s\n", LL(seed),
               LL(seed), swarm->options->adversary ? " --adversary" : "");
        return true;
    }
    swarm->datagrams += outcome->result.written;
    swarm->events += outcome->result.events;
    for (int i = 0; i < ADVERSARY_KINDS; i++) {
        swarm->acts.of[i] += outcome->acts.of[i];
    }
    if (!outcome->passed) {
        swarm->failed++;
        printf("FAIL seed %llu: %s\n", LL(seed), outcome->error);
    }
    if (swarm->options->verbose || swarm->options->first_seed == swarm->options->last_seed) {
        printf("seed %llu: %s, %llu datagrams, %llu on time, hash %016llx\n", LL(seed),
               outcome->passed ? "ok" : "failed", LL(outcome->result.written),
               LL(outcome->result.on_time), LL(outcome->hash));
    }
    fflush(stdout);
    return true;
}

int swarm_run(const struct options *options)
{
    struct swarm swarm = {.options = options};
    size_t count = (size_t)(options->last_seed - options->first_seed + 1);
    bool here = options->verbose || options->experiment.series || count == 1;
    unsigned processes = here ? 0 : options->experiment.processes;
    jobs_run(count, processes, CPU_S, sizeof(struct outcome), run_one, on_one, &swarm);
    printf("%llu worlds, %llu failed, %llu datagrams, %llu events\n", LL(swarm.ran),
           LL(swarm.failed), LL(swarm.datagrams), LL(swarm.events));
    for (int i = 0; options->adversary && i < ADVERSARY_KINDS; i++) {
        printf("%12llu %s\n", LL(swarm.acts.of[i]),
               adversary_kind_text((enum adversary_act_kind)i));
    }
    return swarm.failed ? 1 : 0;
}
