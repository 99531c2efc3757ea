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

#define LATENCY (500 * SIM_MS)
#define ROUND_S 0.08 /* round trip of the links here */
#define AIM_S   0.05 /* excess that is aimed at, at this latency */
#define PAYLOAD 0.95 /* of what a link carries */
#define LAG_MAX 32   /* updates */

/* Steady facts: the links serve so much, and what is in excess takes excess_s to be worked off. */
static struct advice_facts known(uint64_t serves_bps, double excess_s)
{
    const double bytes_per_s = (double)serves_bps / 8;

    return (struct advice_facts){
        .now = SIM_S,
        .latency_ns = LATENCY,
        .serves_bps = serves_bps,
        .transit_bytes = (uint64_t)(bytes_per_s * ROUND_S),
        .pending_bytes = (uint64_t)(bytes_per_s * (ROUND_S + excess_s)),
        .payload_ppm = (uint64_t)(PAYLOAD * 1e6),
    };
}

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

/* A link that serves link_bps, and an encoder that does what it was told some updates ago. What is
 * seen of the link is what it carried, over 100 ms; more than that nobody knows. */
struct loop {
    struct advice advice;
    struct advice_facts facts;
    uint64_t told[LAG_MAX];
    uint64_t updates, lag;
    double link_bps, seen_bps, queue_bytes;
    double worst_excess_s;
};

static void loop_update(struct loop *loop)
{
    const double dt = (double)ADVICE_EVERY_NS / 1e9;
    const uint64_t at = loop->updates++;
    const uint64_t bps = at > loop->lag ? loop->told[(at - 1 - loop->lag) % LAG_MAX] : 500000;
    const double written = (double)bps / 8 * dt;
    const double can = loop->link_bps / 8 * dt;
    double carried, excess_s;

    loop->queue_bytes += written / PAYLOAD;
    carried = loop->queue_bytes < can ? loop->queue_bytes : can;
    loop->queue_bytes -= carried;
    if (loop->queue_bytes > 0 || carried * 8 / dt > loop->seen_bps)
        loop->seen_bps += (carried * 8 / dt - loop->seen_bps) * dt / 0.1;
    excess_s = loop->queue_bytes * 8 / loop->link_bps;
    loop->worst_excess_s = excess_s > loop->worst_excess_s ? excess_s : loop->worst_excess_s;
    loop->facts.now += ADVICE_EVERY_NS;
    loop->facts.written_bytes += (uint64_t)written;
    loop->facts.serves_bps = (uint64_t)loop->seen_bps;
    loop->facts.transit_bytes = (uint64_t)(loop->seen_bps / 8 * ROUND_S);
    loop->facts.pending_bytes = (uint64_t)(carried / dt * ROUND_S + loop->queue_bytes);
    advice_update(&loop->advice, &loop->facts);
    loop->told[at % LAG_MAX] = loop->advice.bps;
}

static void loop_run(struct loop *loop, double seconds)
{
    const uint64_t end = loop->facts.now + (uint64_t)(seconds * 1e9);

    while (loop->facts.now < end)
        loop_update(loop);
}

static struct loop loop_on(double link_bps, uint64_t lag)
{
    return (struct loop){
        .facts = known(500000, 0), .link_bps = link_bps, .seen_bps = 500000, .lag = lag};
}

static void it_is_what_the_paths_serve_of_payload(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT, AIM_S);

    (void)state;
    run(&advice, &facts, 5, 100 * MBIT);
    assert_in_range(advice.bps, 9400000, 9600000);
}

static void unknown_links_are_no_advice(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(0, 0);

    (void)state;
    run(&advice, &facts, 1, 100 * MBIT);
    assert_int_equal(advice.bps, 0);
}

/* That nothing can be sent now is known: it is not the 0 of knowing nothing. */
static void links_that_fell_silent_are_next_to_nothing(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT, AIM_S);

    (void)state;
    run(&advice, &facts, 1, 100 * MBIT);
    facts.serves_bps = facts.transit_bytes = 0;
    run(&advice, &facts, 0.02, 100 * MBIT);
    assert_in_range(advice.bps, 1, 10000);
}

static void what_is_in_excess_and_what_goes_again_is_taken_off(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT, AIM_S + 0.02); /* 8 % of 250 ms more */

    (void)state;
    for (int i = 0; i < 250; i++) {
        facts.again_bytes += 2500; /* 1 Mbit/s */
        run(&advice, &facts, 0.02, 100 * MBIT);
    }
    assert_in_range(advice.bps, 7650000, 7850000);
}

/* The first 20 ms are scatter; what is beyond goes four times as fast. */
static void what_is_far_in_excess_is_worked_off_at_once(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT, AIM_S + 0.06);

    (void)state;
    run(&advice, &facts, 5, 100 * MBIT);
    assert_in_range(advice.bps, 2500000, 2800000);
}

static void down_at_once_up_evened_out(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(10 * MBIT, AIM_S);
    const uint64_t in_excess = facts.pending_bytes + 250000; /* 200 ms more */
    const uint64_t aimed_at = facts.pending_bytes;

    (void)state;
    run(&advice, &facts, 5, 100 * MBIT);
    facts.pending_bytes = in_excess;
    run(&advice, &facts, 0.02, 100 * MBIT);
    assert_true(advice.bps < MBIT);
    facts.pending_bytes = aimed_at;
    run(&advice, &facts, 0.02, 100 * MBIT);
    assert_in_range(advice.bps, MBIT, 3 * MBIT);
    run(&advice, &facts, 0.4, 100 * MBIT);
    assert_in_range(advice.bps, 9 * MBIT, 9600000);
}

/* An encoder with steps, which stays where it is for as long as the next one is not offered. */
static void a_stream_that_is_the_limit_does_not_cap_it(void **state)
{
    struct advice advice = {0};
    struct advice_facts facts = known(2 * MBIT, 0);

    (void)state;
    run(&advice, &facts, 20, 4 * MBIT);
    assert_in_range(advice.bps, 6 * MBIT, 6500000); /* a step above the 4 that are written */
}

static void a_stream_that_follows_finds_out_what_a_link_can(void **state)
{
    struct loop loop = loop_on(10e6, 0);

    (void)state;
    loop_run(&loop, 4); /* from half a Mbit/s */
    assert_in_range(loop.advice.bps, 9 * MBIT, 10 * MBIT);
    loop_run(&loop, 10);
    assert_in_range(loop.advice.bps, 9400000, 9600000);
    assert_true(loop.worst_excess_s < 0.1);
}

static void a_link_that_falls_is_followed_before_it_is_late(void **state)
{
    struct loop loop = loop_on(10e6, 0);

    (void)state;
    loop_run(&loop, 10);
    loop.link_bps = 4e6;
    loop_run(&loop, 0.2);
    assert_true(loop.advice.bps < 4 * MBIT);
    loop_run(&loop, 2);
    assert_in_range(loop.advice.bps, 3700000, 3900000);
    assert_true(loop.worst_excess_s < 0.35);
    loop.link_bps = 10e6;
    loop_run(&loop, 3);
    assert_in_range(loop.advice.bps, 9 * MBIT, 10 * MBIT);
}

/* Encoders take 100 ms and more to do what they are told. */
static void an_encoder_that_lags_does_not_swing(void **state)
{
    struct loop loop = loop_on(10e6, (uint64_t)(100 * SIM_MS / ADVICE_EVERY_NS));
    uint64_t low = UINT64_MAX, high = 0;

    (void)state;
    loop_run(&loop, 10);
    for (int i = 0; i < 500; i++) {
        loop_update(&loop);
        low = loop.advice.bps < low ? loop.advice.bps : low;
        high = loop.advice.bps > high ? loop.advice.bps : high;
    }
    assert_in_range(low, 8500000, 9600000);
    assert_in_range(high, 9400000, 10500000);
}

/* An encoder that follows, on links that do not change: within 15 % of the middle. */
static void steady_links_make_a_steady_rate(void **state)
{
    struct experiment experiment;
    char figures[TRIAL_FIGURES];

    (void)state;
    experiment_defaults(&experiment);
    experiment.seeds = 30;
    if (!trial_steady(&experiment, figures))
        fail_msg("%s", figures);
}

/* One that sends a packet each 180 ms brings little, and spoils nothing. */
static void a_thin_link_beside_a_good_one_makes_nothing_late(void **state)
{
    struct experiment experiment;
    struct experiment_summary summary;

    (void)state;
    experiment_defaults(&experiment);
    experiment.scenario = "6 Mbit/s and 60 kbit/s";
    experiment.text = "rate=6 delay=40 jitter=5 queue=500\n"
                      "rate=0.06 delay=28 jitter=5 queue=700\n";
    experiment.latency_ns = LATENCY;
    experiment.follow_max_bps = 30 * MBIT;
    experiment.seeds = 3;
    assert_true(experiment_run(&experiment, &summary));
    assert_int_equal(summary.failed, 0);
    if (summary.on_time.mean < 0.999)
        fail_msg("%.3f %% on time", 100 * summary.on_time.mean);
}

/* In backup mode one link carries; what the other has shown that it can is not there to be sent. */
static void a_link_in_reserve_is_no_rate(void **state)
{
    struct experiment experiment;
    struct experiment_summary summary;

    (void)state;
    experiment_defaults(&experiment);
    experiment.scenario = "5 Mbit/s and 5 Mbit/s, backup";
    experiment.text = "rate=5 delay=30 queue=500 down=8-14\nrate=5 delay=30 queue=500\n";
    experiment.latency_ns = LATENCY;
    experiment.endpoint.mode = PLAIT_MODE_BACKUP;
    experiment.follow_max_bps = 30 * MBIT;
    assert_true(experiment_run(&experiment, &summary));
    assert_int_equal(summary.failed, 0);
    if (summary.on_time.mean < 0.9995)
        fail_msg("%.3f %% on time", 100 * summary.on_time.mean);
}

/* Nor is the first link, where it takes longer than media lasts: the reserve carries. */
static void the_link_that_carries_is_the_rate(void **state)
{
    static const char *const links[] = {
        "rate=20 delay=600 queue=500\nrate=3 delay=40 queue=500\n",
        "rate=2 delay=600 queue=500\nrate=10 delay=40 queue=500\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        struct experiment experiment;
        char figures[TRIAL_FIGURES];

        experiment_defaults(&experiment);
        experiment.text = links[i];
        experiment.seconds = 30;
        experiment.latency_ns = LATENCY;
        experiment.endpoint.mode = PLAIT_MODE_BACKUP;
        if (!trial_adapt(&experiment, figures))
            fail_msg("%s", figures);
    }
}

/* What the user allows a link is all that it can. */
static void what_is_allowed_is_the_rate(void **state)
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    struct measure_result result;
    struct sim_config config;
    char error[SIM_ERROR_MAX] = "";

    (void)state;
    assert_non_null(scenario);
    trial_read_text(scenario, "rate=10 delay=20\n");
    world_defaults(&config, scenario, 1);
    config.endpoint.latency_ns = LATENCY;
    config.max_bps[0] = MBIT / 2;
    config.sample_ns = 10 * SIM_MS; /* what is told is done at once */
    config.load.rate_bps = 6 * MBIT;
    config.load.start_ns = SIM_S;
    config.load.stop_ns = 30 * SIM_S;
    config.load.size_min = config.load.size_max = 1316;
    config.follow_min_bps = MBIT * 3 / 10;
    config.end_ns = 34 * SIM_S;
    config.follow_max_bps = 30 * MBIT;
    trial_execute(&config, &result, error);
    emu_scenario_free(scenario);
    free(scenario);
    assert_string_equal(error, "");
    assert_true((double)result.on_time_5 >= 0.999 * (double)result.written);
    assert_in_range(result.media_bytes * 8 / 29, MBIT * 4 / 10, MBIT / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_the_paths_serve_of_payload),
        cmocka_unit_test(unknown_links_are_no_advice),
        cmocka_unit_test(links_that_fell_silent_are_next_to_nothing),
        cmocka_unit_test(what_is_in_excess_and_what_goes_again_is_taken_off),
        cmocka_unit_test(what_is_far_in_excess_is_worked_off_at_once),
        cmocka_unit_test(down_at_once_up_evened_out),
        cmocka_unit_test(a_stream_that_is_the_limit_does_not_cap_it),
        cmocka_unit_test(a_stream_that_follows_finds_out_what_a_link_can),
        cmocka_unit_test(a_link_that_falls_is_followed_before_it_is_late),
        cmocka_unit_test(an_encoder_that_lags_does_not_swing),
        cmocka_unit_test(steady_links_make_a_steady_rate),
        cmocka_unit_test(a_thin_link_beside_a_good_one_makes_nothing_late),
        cmocka_unit_test(a_link_in_reserve_is_no_rate),
        cmocka_unit_test(the_link_that_carries_is_the_rate),
        cmocka_unit_test(what_is_allowed_is_the_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
