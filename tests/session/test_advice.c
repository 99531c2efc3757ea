/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/session/advice.h"
#include "sim/experiment.h"
#include "sim/trial.h"
#include "sim/world.h"

#define MBIT UINT64_C(1000000)

/* Runs the advice for so many seconds on steady facts; the application writes what it is told, up
 * to a limit. */
static void run(struct advice *advice, struct advice_facts *facts, double seconds, uint64_t most)
{
    const uint64_t end = facts->now + (uint64_t)(seconds * 1e9);

    while (facts->now < end) {
        const uint64_t bps = advice->bps < most ? advice->bps : most;

        facts->now += ADVICE_EVERY_NS;
        facts->written_bytes += bps / 8 * (ADVICE_EVERY_NS / SIM_MS) / 1000;
        advice_update(advice, facts);
    }
}

static struct advice_facts known(uint64_t serves_bps)
{
    return (struct advice_facts){
        .now = SIM_S,
        .latency_ns = 500 * SIM_MS,
        .serves_bps = serves_bps,
        .payload_ppm = 950000,
    };
}

static void it_is_a_share_of_what_the_paths_serve(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT);

    (void)state;
    run(&advice, &facts, 5, 100 * MBIT);
    assert_in_range(advice.bps, 8400000, 8600000);
}

static void unknown_links_are_no_advice(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(0);

    (void)state;
    run(&advice, &facts, 1, 100 * MBIT);
    assert_int_equal(advice.bps, 0);
}

static void what_waits_and_what_goes_again_is_taken_off(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT);

    (void)state;
    facts.backlog_bytes = 50000; /* 25000 above what passes: 1 Mbit/s over 200 ms */
    for (int i = 0; i < 100; i++) {
        facts.again_bytes += 6250; /* 1 Mbit/s */
        run(&advice, &facts, 0.05, 100 * MBIT);
    }
    assert_in_range(advice.bps, 6400000, 6700000);
}

static void down_at_once_up_slowly(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT);
    uint64_t before;

    (void)state;
    run(&advice, &facts, 5, 100 * MBIT);
    facts.backlog_bytes = 125000;
    run(&advice, &facts, 0.05, 100 * MBIT);
    assert_true(advice.bps < 5 * MBIT);
    facts.backlog_bytes = 0;
    before = advice.bps;
    run(&advice, &facts, 0.2, 100 * MBIT);
    assert_int_equal(advice.bps, before);
    run(&advice, &facts, 1.1, 100 * MBIT);
    assert_in_range(advice.bps, before * 3 / 2, 8700000);
    before = advice.bps; /* near the place it fell from */
    run(&advice, &facts, 1, 100 * MBIT);
    assert_in_range(advice.bps, before, before * 122 / 100);
}

static void a_stream_that_is_the_limit_does_not_cap_it(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(2 * MBIT);

    (void)state;
    facts.has_room = 1;
    run(&advice, &facts, 10, 4 * MBIT);
    assert_in_range(advice.bps, 6 * MBIT, 6500000); /* a step above the 4 that are written */
}

/* An encoder that follows, on links that do not change: within 15 % of the middle. */
static void steady_links_make_a_steady_rate(void **state)
{
    struct experiment experiment;
    char figures[TRIAL_FIGURES];

    (void)state;
    experiment_defaults(&experiment);
    if (!trial_steady(&experiment, figures))
        fail_msg("%s", figures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_share_of_what_the_paths_serve),
        cmocka_unit_test(unknown_links_are_no_advice),
        cmocka_unit_test(what_waits_and_what_goes_again_is_taken_off),
        cmocka_unit_test(down_at_once_up_slowly),
        cmocka_unit_test(a_stream_that_is_the_limit_does_not_cap_it),
        cmocka_unit_test(steady_links_make_a_steady_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
