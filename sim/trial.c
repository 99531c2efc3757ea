/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/trial.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/rng.h"
#include "sim/world.h"

#define SAMPLE_NS  (10 * SIM_MS)
#define MEASURE_NS (50 * SIM_MS) /* measured, not failed, up to here */

void trial_configure(const struct experiment *experiment, const struct emu_scenario *scenario,
                     uint64_t seed, struct sim_config *config)
{
    world_defaults(config, scenario, seed);
    config->endpoint = experiment->endpoint;
    config->load.start_ns = experiment->load_start_ns;
    config->early_ns = config->late_ns = MEASURE_NS;
    config->keep_going = true;
    config->sample_ns = SAMPLE_NS;
}

void trial_execute(const struct sim_config *config, struct measure_result *result, char *error)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world) {
        abort();
    }
    world_run(world, config);
    measure_finish(world, result);
    if (!error[0]) {
        memcpy(error, world->error, SIM_ERROR_MAX);
    }
    world_free(world);
    free(world);
}

void trial_read_text(struct emu_scenario *scenario, const char *text)
{
    char error[EMU_ERROR_MAX];
    memset(scenario, 0, sizeof *scenario);
    int err = emu_scenario_parse(scenario, text, strlen(text), error);
    assert(err == 0);
    (void)err;
}

/* ---- A step ---- */

#define STEP_UP_NS    (20 * SIM_S)
#define STEP_DOWN_NS  (40 * SIM_S)
#define STEP_END_NS   (60 * SIM_S)
#define STEP_LOW_BPS  2000000
#define STEP_HIGH_BPS 10000000
#define STEP_LOAD_BPS 9000000
#define UP_WITHIN_NS  (3 * SIM_S)
#define DOWN_WITHIN   (500 * SIM_MS)
#define WINDOW        25 /* samples: the rate is looked at over 250 ms upward .. */
#define WINDOW_DOWN   10 /* .. and 100 ms downward */
#define QUEUE_P95_MS  60

struct step {
    uint64_t bytes[WINDOW];
    uint32_t samples;
    uint64_t up_ns, down_ns; /* PLAIT_NEVER: not seen */
};

static uint64_t rate_over(const struct step *step, uint32_t samples)
{
    if (step->samples <= samples) {
        return 0;
    }
    uint64_t last = step->bytes[(step->samples - 1) % WINDOW];
    uint64_t first = step->bytes[(step->samples - 1 - (samples - 1)) % WINDOW];
    return (last - first) * 8 * SIM_S / ((samples - 1) * SAMPLE_NS);
}

static void observe_step(void *ctx, const struct world *world)
{
    struct step *step = ctx;
    step->bytes[step->samples++ % WINDOW] = world->line[0].forward_bytes;
    if (world->now >= STEP_UP_NS && world->now < STEP_DOWN_NS && step->up_ns == PLAIT_NEVER &&
        rate_over(step, WINDOW) >= STEP_LOAD_BPS * 9 / 10) {
        step->up_ns = world->now - STEP_UP_NS;
    }
    if (world->now >= STEP_DOWN_NS + WINDOW_DOWN * SAMPLE_NS && step->down_ns == PLAIT_NEVER &&
        rate_over(step, WINDOW_DOWN) <= STEP_LOW_BPS * 12 / 10) {
        step->down_ns = world->now - STEP_DOWN_NS;
    }
}

static size_t add_chances(char *text, size_t at, size_t size, uint64_t from_ns, uint64_t to_ns,
                          uint64_t rate_bps)
{
    uint64_t chances = (to_ns - from_ns) / SIM_MS * rate_bps / (8000 * EMU_CHANCE_BYTES);
    for (uint64_t i = 0; i < chances; i++) {
        uint64_t ms = (from_ns + (i + 1) * ((to_ns - from_ns) / chances)) / SIM_MS;
        int n = snprintf(text + at, size - at, "%llu\n", (unsigned long long)ms);
        assert(n > 0 && (size_t)n < size - at);
        at += (size_t)n;
    }
    return at;
}

static void make_step(struct emu_scenario *scenario)
{
    size_t size = 400000;
    char *text = malloc(size);
    char error[EMU_ERROR_MAX];
    if (!text) {
        abort();
    }
    trial_read_text(scenario, "name=step trace=step delay=40 jitter=5 queue=500\n");
    size_t len = add_chances(text, 0, size, 0, STEP_UP_NS, STEP_LOW_BPS);
    len = add_chances(text, len, size, STEP_UP_NS, STEP_DOWN_NS, STEP_HIGH_BPS);
    len = add_chances(text, len, size, STEP_DOWN_NS, STEP_END_NS, STEP_LOW_BPS);
    int err = emu_scenario_attach(scenario, "step", text, len, error);
    assert(err == 0);
    (void)err;
    free(text);
}

bool trial_step(const struct experiment *experiment, char figures[TRIAL_FIGURES])
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    if (!scenario) {
        abort();
    }
    make_step(scenario);
    uint64_t up = 0;
    uint64_t down = 0;
    uint32_t queue = 0;
    char error[SIM_ERROR_MAX] = "";
    for (uint32_t i = 0; i < experiment->seeds; i++) {
        struct sim_config config;
        struct measure_result result;
        struct step step = {.up_ns = PLAIT_NEVER, .down_ns = PLAIT_NEVER};
        trial_configure(experiment, scenario, experiment->first_seed + i, &config);
        config.load.rate_bps = STEP_LOAD_BPS;
        config.load.size_min = config.load.size_max = experiment->size;
        config.load.stop_ns = config.end_ns = STEP_END_NS - SIM_S;
        config.observe = observe_step;
        config.observe_ctx = &step;
        trial_execute(&config, &result, error);
        up = step.up_ns > up ? step.up_ns : up;
        down = step.down_ns > down ? step.down_ns : down;
        queue = result.queue_p95_ms[0] > queue ? result.queue_p95_ms[0] : queue;
    }
    emu_scenario_free(scenario);
    free(scenario);
    int n =
        snprintf(figures, TRIAL_FIGURES,
                 "up %s%.2f s (3), down %s%.2f s (0.5), own queue p95 "
                 "%u ms (60)%s%.120s",
                 up == PLAIT_NEVER ? "never " : "", up == PLAIT_NEVER ? 0 : (double)up / 1e9,
                 down == PLAIT_NEVER ? "never " : "", down == PLAIT_NEVER ? 0 : (double)down / 1e9,
                 queue, error[0] ? "; " : "", error);
    return n > 0 && up <= UP_WITHIN_NS && down <= DOWN_WITHIN && queue <= QUEUE_P95_MS && !error[0];
}

/* ---- Cuts ---- */

#define CUTS           4
#define CUT_LINKS      3
#define CUT_EVERY_NS   (10 * SIM_S)
#define CUT_LOAD_BPS   4600000 /* with headers half of the survivors' 10 Mbit/s */
#define CUT_LATENCY_NS (500 * SIM_MS)
#define CUT_BACK_NS    (500 * SIM_MS)
#define CUT_BACK_BYTES 6000 /* a link that moved as many since its return carries again */

struct cut {
    uint32_t link[CUTS];
    uint64_t from_ns[CUTS], to_ns[CUTS];
    uint64_t bytes_at_return[CUTS];
    bool returned[CUTS], back[CUTS];
    uint64_t slowest_ns;
};

static void observe_cut(void *ctx, const struct world *world)
{
    struct cut *cut = ctx;
    for (uint32_t i = 0; i < CUTS; i++) {
        uint64_t bytes = world->line[cut->link[i]].forward_bytes;
        if (world->now < cut->to_ns[i] || cut->back[i]) {
            continue;
        }
        if (!cut->returned[i]) {
            cut->returned[i] = true;
            cut->bytes_at_return[i] = bytes;
        }
        if (bytes - cut->bytes_at_return[i] >= CUT_BACK_BYTES ||
            world->now > cut->to_ns[i] + 3 * SIM_S) {
            uint64_t took = world->now - cut->to_ns[i];
            cut->back[i] = true;
            cut->slowest_ns = took > cut->slowest_ns ? took : cut->slowest_ns;
        }
    }
}

static void make_cuts(struct emu_scenario *scenario, struct cut *cut, uint64_t seed)
{
    struct sim_rng rng = {sim_mix(seed, 0x637574)};
    trial_read_text(scenario, "rate=5 delay=40 jitter=5 loss=0.001 queue=300\n"
                              "rate=5 delay=40 jitter=5 loss=0.001 queue=300\n"
                              "rate=5 delay=40 jitter=5 loss=0.001 queue=300\n");
    memset(cut, 0, sizeof *cut);
    for (uint32_t i = 0; i < CUTS; i++) {
        cut->link[i] = (uint32_t)sim_rng_between(&rng, 0, CUT_LINKS - 1);
        cut->from_ns[i] = 4 * SIM_S + i * CUT_EVERY_NS + sim_rng_next(&rng) % SIM_S;
        cut->to_ns[i] = cut->from_ns[i] + sim_rng_between(&rng, 200 * SIM_MS, 5 * SIM_S);
        for (int dir = 0; dir < EMU_DIRS; dir++) {
            struct emu_dir_spec *spec = &scenario->link[cut->link[i]].dir[dir];
            spec->down[spec->down_count++] = (struct emu_outage){cut->from_ns[i], cut->to_ns[i]};
        }
    }
}

bool trial_cut(const struct experiment *experiment, char figures[TRIAL_FIGURES])
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    if (!scenario) {
        abort();
    }
    uint64_t missed = 0;
    uint64_t written = 0;
    uint64_t slowest = 0;
    char error[SIM_ERROR_MAX] = "";
    for (uint32_t i = 0; i < experiment->seeds; i++) {
        struct sim_config config;
        struct measure_result result;
        struct cut cut;
        make_cuts(scenario, &cut, experiment->first_seed + i);
        trial_configure(experiment, scenario, experiment->first_seed + i, &config);
        config.endpoint.latency_ns = CUT_LATENCY_NS;
        config.load.rate_bps = CUT_LOAD_BPS;
        config.load.size_min = config.load.size_max = experiment->size;
        config.load.stop_ns = 4 * SIM_S + CUTS * CUT_EVERY_NS;
        config.end_ns = config.load.stop_ns + 3 * SIM_S;
        config.observe = observe_cut;
        config.observe_ctx = &cut;
        trial_execute(&config, &result, error);
        emu_scenario_free(scenario);
        missed += result.written - result.on_time;
        written += result.written;
        slowest = cut.slowest_ns > slowest ? cut.slowest_ns : slowest;
    }
    free(scenario);
    snprintf(figures, TRIAL_FIGURES,
             "%llu of %llu not on time (0), carries again within %.2f s "
             "(0.5)%s%.120s",
             (unsigned long long)missed, (unsigned long long)written, (double)slowest / 1e9,
             error[0] ? "; " : "", error);
    return missed == 0 && slowest <= CUT_BACK_NS && !error[0];
}
