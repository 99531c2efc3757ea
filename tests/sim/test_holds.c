/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that is held up for a while, each second, loses nothing: estimates, windows and
 * deadlines stand it that what waited in its sockets is all read at once, and nothing is sent again
 * for a report that waited there. */
#include "tests/sim/stage.h"

#include "sim/measure.h"

#define HOLDS     20
#define HOLD_NS   (200 * SIM_MS)
#define COARSE_NS (60 * SIM_MS)

static const char links[] = "rate=6 delay=30 jitter=5 queue=500\n"
                            "rate=6 delay=40 jitter=5 queue=500\n";

static void run(enum sim_fault_kind kind, struct measure_result *result)
{
    struct stage *stage = stage_over(links);
    struct sim_config *config = &stage->config;

    config->endpoint.latency_ns = 500 * SIM_MS;
    config->load.rate_bps = 4000000;
    config->load.stop_ns = (HOLDS + 2) * SIM_S;
    config->end_ns = config->load.stop_ns + 4 * SIM_S;
    for (uint32_t i = 0; i < HOLDS; i++) {
        config->fault[config->faults++] =
            (struct sim_fault){(i + 2) * SIM_S + i * 50 * SIM_MS, kind, 0, HOLD_NS};
    }
    assert_true(
        world_run(&stage->world, config)); /* the checkers: on time, but for the hold itself */
    measure_finish(&stage->world, result);
    print_message("# %llu of %llu delivered, %llu on time, %llu second copies\n",
                  (unsigned long long)result->delivered, (unsigned long long)result->written,
                  (unsigned long long)result->on_time,
                  (unsigned long long)(result->resent + result->reinjected));
    stage_free(stage);
}

static void a_sender_held_up(void **state)
{
    struct measure_result result;

    (void)state;
    run(SIM_FAULT_SENDER_HOLD, &result);
    assert_true(result.on_time * 1000 >= result.written * 999);
    assert_int_equal(result.resent + result.reinjected, 0);
}

/* What is due meanwhile comes out late, when it goes on; nothing is missing. */
static void a_receiver_held_up(void **state)
{
    struct measure_result result;

    (void)state;
    run(SIM_FAULT_RECEIVER_HOLD, &result);
    assert_int_equal(result.delivered, result.written);
    assert_true(result.on_time * 1000 >= result.written * 780);
}

/* A program that never comes by more often than each 60 ms still finds what is lost. */
static void a_sender_that_always_comes_late(void **state)
{
    struct stage *stage = stage_over("rate=6 delay=30 loss=0.1 queue=500\n"
                                     "rate=6 delay=40 loss=0.1 queue=500\n");
    struct sim_config *config = &stage->config;
    struct measure_result result;

    (void)state;
    config->endpoint.latency_ns = SIM_S;
    config->load.rate_bps = 1000000;
    config->load.start_ns = SIM_S;
    config->load.stop_ns = SIM_S + SIM_FAULTS_MAX * COARSE_NS;
    config->end_ns = config->load.stop_ns + 3 * SIM_S;
    for (uint32_t i = 0; i < SIM_FAULTS_MAX; i++) {
        config->fault[config->faults++] =
            (struct sim_fault){SIM_S + i * COARSE_NS, SIM_FAULT_SENDER_HOLD, 0, COARSE_NS - SIM_MS};
    }
    assert_true(world_run(&stage->world, config));
    measure_finish(&stage->world, &result);
    print_message("# %llu of %llu delivered, %llu second copies\n",
                  (unsigned long long)result.delivered, (unsigned long long)result.written,
                  (unsigned long long)(result.resent + result.reinjected));
    assert_true(result.delivered * 100 >= result.written * 98);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_held_up),
        cmocka_unit_test(a_receiver_held_up),
        cmocka_unit_test(a_sender_that_always_comes_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
