/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracle tells the truth, of the time it is asked for, and the sender believes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/oracle.h"
#include "sim/world.h"

#define STEP_NS  (4 * SIM_S)
#define LOW_BPS  2000000
#define HIGH_BPS 8000000
#define ROUND_NS (90 * SIM_MS) /* 40 ms there, 40 ms back and a report's delay */

static bool near(uint64_t rate_bps, uint64_t wanted_bps)
{
    return rate_bps > wanted_bps * 8 / 10 && rate_bps < wanted_bps * 12 / 10;
}

/* A link that goes from LOW_BPS to HIGH_BPS at STEP_NS. */
static void make_step(struct emu_scenario *scenario)
{
    static char trace[100000];
    char error[EMU_ERROR_MAX];
    const char line[] = "trace=step delay=40 queue=500";
    size_t at = 0;
    memset(scenario, 0, sizeof *scenario);
    assert_int_equal(emu_scenario_parse(scenario, line, strlen(line), error), 0);
    for (uint64_t us = 6000; us <= 10000000;) {
        at += (size_t)snprintf(trace + at, sizeof trace - at, "%llu\n",
                               (unsigned long long)(us / 1000));
        us += us < STEP_NS / 1000 ? 6000 : 1500;
    }
    assert_int_equal(emu_scenario_attach(scenario, "step", trace, at, error), 0);
}

static void look(void *ctx, const struct world *world)
{
    unsigned *looks = ctx;
    uint64_t delayed = oracle_rate_bps(world, ORACLE_DELAYED, 0);
    uint64_t present = oracle_rate_bps(world, ORACLE_PRESENT, 0);
    uint64_t future = oracle_rate_bps(world, ORACLE_FUTURE, 0);
    if (world->now > SIM_S && world->now < STEP_NS + ROUND_NS) {
        assert_true(near(delayed, LOW_BPS));
        assert_true(near(present, LOW_BPS) || world->now > STEP_NS);
        assert_true(near(future, LOW_BPS) || world->now > STEP_NS - 200 * SIM_MS);
        *looks |= 1;
    }
    if (world->now > STEP_NS + ROUND_NS + 110 * SIM_MS && world->now < 9 * SIM_S) {
        assert_true(near(delayed, HIGH_BPS) && near(present, HIGH_BPS) && near(future, HIGH_BPS));
        *looks |= 2;
    }
    if (world->now >= STEP_NS && world->now < STEP_NS + 10 * SIM_MS) {
        assert_true(near(present, LOW_BPS) && near(future, HIGH_BPS));
        *looks |= 4;
    }
}

static void each_kind_tells_its_time(void **state)
{
    (void)state;
    struct emu_scenario scenario;
    struct sim_config config;
    struct world *world = calloc(1, sizeof *world);
    unsigned looks = 0;
    assert_non_null(world);
    make_step(&scenario);
    world_defaults(&config, &scenario, 3);
    config.load.rate_bps = 1000000;
    config.load.stop_ns = 9 * SIM_S;
    config.end_ns = 10 * SIM_S;
    config.sample_ns = 5 * SIM_MS;
    config.observe = look;
    config.observe_ctx = &looks;
    assert_true(world_run(world, &config));
    assert_int_equal(looks, 7);
    world_free(world);
    free(world);
    emu_scenario_free(&scenario);
}

static void run_links(enum oracle_kind kind, struct measure_result *result, uint64_t *capacity_bps)
{
    static const char links[] = "rate=5 delay=40 jitter=5 loss=0.01 queue=300\n"
                                "rate=3 delay=30 jitter=5 loss=0.01 queue=300\n";
    struct emu_scenario scenario;
    struct sim_config config;
    char error[EMU_ERROR_MAX];
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    memset(&scenario, 0, sizeof scenario);
    assert_int_equal(emu_scenario_parse(&scenario, links, strlen(links), error), 0);
    world_defaults(&config, &scenario, 9);
    config.load.rate_bps = 2000000; /* far from what the links carry: own estimates stay low */
    config.load.stop_ns = 6 * SIM_S;
    config.end_ns = 8 * SIM_S;
    config.oracle = kind;
    assert_true(world_run(world, &config));
    measure_finish(world, result);
    *capacity_bps = world->check.last.stats[SIM_SENDER].path[0].capacity_bps;
    world_free(world);
    free(world);
    emu_scenario_free(&scenario);
}

static void the_sender_believes_it_and_runs_repeat(void **state)
{
    (void)state;
    for (int kind = ORACLE_OFF; kind < ORACLE_KINDS; kind++) {
        struct measure_result first;
        struct measure_result second;
        uint64_t capacity_bps;
        run_links((enum oracle_kind)kind, &first, &capacity_bps);
        run_links((enum oracle_kind)kind, &second, &capacity_bps);
        assert_true(first.hash == second.hash);
        assert_int_equal(first.on_time, first.written);
        if (kind != ORACLE_OFF) {
            assert_in_range(capacity_bps, 4999000, 5001000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_tells_its_time),
        cmocka_unit_test(the_sender_believes_it_and_runs_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
