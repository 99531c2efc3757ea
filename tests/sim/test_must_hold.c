/* SPDX-License-Identifier: BSD-2-Clause */
/* What the first stage of the project must hold (exact figures), in virtual time. */
#include "tests/sim/support.h"

#include <stdlib.h>
#include <string.h>

#include "sim/trial.h"

static void three_lossy_links_deliver_everything_on_time(void **state)
{
    (void)state;
    struct experiment experiment = three_links_experiment();
    struct experiment_summary summary;
    experiment.seeds = 4;
    run(&experiment, &summary);
    print_message("# on time %.5f %%, median %.3f ms, sent a media byte %.4f\n",
                  100 * summary.on_time.mean, summary.p50_ms.mean, summary.sent.mean);
    assert_true(summary.on_time.mean >= 1);
    assert_true(summary.p50_ms.mean >= 995 && summary.p50_ms.mean <= 1005);
    assert_true(summary.sent.mean < 1.10);
}

/* What overflows a short queue would be resent at once, and overflow it again. */
static void a_full_link_with_a_short_queue_sees_no_storm(void **state)
{
    (void)state;
    struct experiment experiment = three_links_experiment();
    struct experiment_summary summary;
    experiment.text = "rate=6 delay=30 queue=60\n";
    experiment.rate_bps = 6000000;
    run(&experiment, &summary);
    assert_true(summary.on_time.mean >= 0.97);
    assert_true(summary.sent.mean < 1.15);
}

/* The thin link has the shortest way and the longest packets: the fastest way there and the fastest
 * way back are not the same link's, and none is as long there as back. */
static void a_thin_link_does_not_make_everything_late(void **state)
{
    (void)state;
    static const char links[] = "rate=12k delay=25 jitter=13 queue=1000\n"
                                "rate=6 delay=34 jitter=5\n"
                                "rate=7 delay=38 jitter=5\n";
    assert_true(share_of(links, 3000000, 150, 20) >= 0.999);
}

/* No queue is ever empty from the first packet on, so every delay that is measured is too long: a
 * clock that is thought some ms late makes all media late, and nothing is lost by it alone. */
static void links_full_from_the_start_do_not_make_everything_late(void **state)
{
    (void)state;
    static const char links[] = "rate=2 delay=22 jitter=14 queue=1000\n"
                                "rate=3 delay=48 jitter=15 queue=700\n";
    struct experiment experiment = experiment_over(links, 5500000, 1000, 40);
    struct experiment_summary summary;
    experiment.first_seed = 2;
    run(&experiment, &summary);
    print_message("# on time %.2f %%, with 5 ms more %.2f %%\n", 100 * summary.on_time.mean,
                  100 * summary.on_time_5.mean);
    assert_true(summary.on_time.mean >= summary.on_time_5.mean - 0.001);
}

/* An encoder that follows leaves each link some ms of queue, too little to be drained and enough to
 * be taken, after half a minute, for the way. */
static void an_encoder_that_follows_is_not_late_after_minutes(void **state)
{
    (void)state;
    static const char links[] = "rate=2 delay=40 jitter=5 queue=500\n"
                                "rate=2 delay=30 jitter=2 queue=700\n"
                                "rate=2 delay=50 jitter=10 queue=700\n";
    struct experiment experiment = experiment_over(links, 6000000, 500, 200);
    experiment.first_seed = 7;
    experiment.seeds = 2;
    experiment.follow_max_bps = 30000000;
    assert_true(share(&experiment) >= 0.9999);
}

/* A datagram takes 23 ms to enter this link, a report back none: what no small packet ever measures
 * makes the clock half of that late, for no clock drifts faster within minutes. */
static void a_thin_link_alone_is_not_late_after_minutes(void **state)
{
    (void)state;
    assert_true(share_of("rate=0.45 delay=34 queue=200\n", 380000, 200, 200) >= 0.999);
}

static void holds_while_full(const struct experiment *experiment, double least)
{
    struct experiment_summary summary;
    run(experiment, &summary);
    print_message("# %.3f %% on time, queue %.0f ms\n", 100 * summary.on_time.mean,
                  summary.queue_p95_ms[0].mean);
    assert_true(summary.on_time.mean >= least && summary.queue_p95_ms[0].mean <= 60);
}

/* The smallest delay is forgotten with time, and here no queue is ever empty by itself: one that is
 * taken for the way grows, and the clock is late by half of it. An encoder that does as it is
 * advised fills the link just so. */
static void a_link_full_for_minutes_stays_as_it_was(void **state)
{
    (void)state;
    struct experiment experiment =
        experiment_over("rate=3 delay=34 queue=300\n", 2900000, 200, 200);
    holds_while_full(&experiment, 0.98);
    experiment = experiment_over("rate=6 delay=40 jitter=5 queue=500\n", 2900000, 500, 200);
    experiment.follow_max_bps = 40000000;
    holds_while_full(&experiment, 0.999);
}

/* The links were tried before: there is no second in which they are found out at media's cost. */
static void a_stream_at_a_tight_latency_starts_whole(void **state)
{
    (void)state;
    static const char links[] = "rate=8 delay=30 jitter=5 queue=300\n"
                                "rate=8 delay=30 jitter=5 queue=300\n";
    struct experiment experiment = experiment_over(links, 10000000, 150, 4);
    experiment.seeds = 4;
    assert_true(share(&experiment) >= 0.9999);
}

/* Little more than the way itself: no margin may take all that is left; nor where a near link, too
 * thin, is what latencies are reckoned by. */
static void a_latency_just_above_the_delay_carries(void **state)
{
    (void)state;
    static const char far[] = "rate=12 delay=143 queue=567\n";
    static const char beside[] = "rate=0.4 delay=9 queue=200\nrate=3.2 delay=137 queue=200\n";
    for (uint64_t ms = 180; ms <= 260; ms += 40) {
        assert_true(share_of(far, 3000000, ms, 20) >= 0.93); /* the start takes a second */
    }
    assert_true(share_of(beside, 2800000, 200, 20) >= 0.93);
}

/* Of a datagram in pieces either all go over a path that is slower than the stream, or none. */
static void a_slow_path_of_a_broadcast_carries_whole_datagrams(void **state)
{
    (void)state;
    struct experiment experiment =
        experiment_over("rate=3 delay=40 jitter=3 queue=500\n", 4000000, 500, 10);
    experiment.endpoint.mode = PLAIT_MODE_BROADCAST;
    experiment.size = 1450;
    assert_true(share(&experiment) >= 0.65);
    experiment = experiment_over("rate=0.5 delay=40 jitter=3 queue=500\n", 700000, 500, 40);
    experiment.endpoint.mode = PLAIT_MODE_BROADCAST;
    experiment.size = 16000; /* takes more time than the margin */
    assert_true(share(&experiment) >= 0.55);
}

/* What waits longest is always too late for the far link, which must not stand idle for that. */
static void a_far_link_carries_what_is_younger(void **state)
{
    (void)state;
    static const char links[] = "rate=5 delay=5 queue=200\nrate=10 delay=140 queue=500\n";
    assert_true(share_of(links, 12000000, 300, 20) >= 0.95);
}

static void numbers_pass_their_wrap(void **state)
{
    (void)state;
    static const uint8_t bits[] = {8, 16, 24, 32, 48};
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct experiment experiment = three_links_experiment();
        struct experiment_summary summary;
        experiment.seconds = 4;
        experiment.endpoint.test_first_seq = (UINT64_C(1) << bits[i]) - 200;
        experiment.endpoint.test_first_pn = (UINT64_C(1) << bits[i]) - 200;
        run(&experiment, &summary);
        assert_true(summary.on_time.mean >= 1);
    }
}

/* ---- A cut and a rebinding ---- */

#define CUT_NS        (5 * SIM_S)
#define CARRIES_NS    (2 * SIM_S)
#define CARRIES_BYTES 6000

struct watch {
    uint32_t link;
    uint64_t back_ns;  /* when the link is there again */
    uint64_t bytes;    /* sent on it by then */
    uint64_t again_ns; /* when it carried again, PLAIT_NEVER: not yet */
};

static void observe(void *ctx, const struct world *world)
{
    struct watch *watch = ctx;
    uint64_t bytes = world->line[watch->link].forward_bytes;
    if (world->now <= watch->back_ns) {
        watch->bytes = bytes;
    } else if (watch->again_ns == PLAIT_NEVER && bytes >= watch->bytes + CARRIES_BYTES) {
        watch->again_ns = world->now;
    }
}

static void cut_and_rebind(uint64_t seed)
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    struct world *world = calloc(1, sizeof *world);
    struct sim_rng rng = {sim_mix(seed, 0x68656c64)};
    struct measure_result result;
    struct sim_config config;
    char error[EMU_ERROR_MAX];
    assert_non_null(scenario);
    assert_non_null(world);
    assert_int_equal(emu_scenario_parse(scenario, three_links, strlen(three_links), error), 0);
    uint32_t cut = (uint32_t)sim_rng_between(&rng, 0, 2);
    uint32_t moved = (cut + (uint32_t)sim_rng_between(&rng, 1, 2)) % 3;
    uint64_t cut_ns = sim_rng_between(&rng, 3 * SIM_S, 8 * SIM_S);
    struct watch watch = {cut, cut_ns + CUT_NS, 0, PLAIT_NEVER};
    for (int dir = 0; dir < EMU_DIRS; dir++) {
        scenario->link[cut].dir[dir].down[0] = (struct emu_outage){cut_ns, watch.back_ns};
        scenario->link[cut].dir[dir].down_count = 1;
    }
    scenario->link[moved].rebind_ns[0] = sim_rng_between(&rng, 3 * SIM_S, 14 * SIM_S);
    scenario->link[moved].rebind_count = 1;
    world_defaults(&config, scenario, seed);
    config.load.rate_bps = 8000000;
    config.load.stop_ns = 18 * SIM_S;
    config.end_ns = 22 * SIM_S;
    config.late_ns = 5 * SIM_MS;
    config.early_ns = config.late_ns + SIM_LEAN_NS;
    config.observe = observe;
    config.observe_ctx = &watch;
    bool passed = world_run(world, &config);
    measure_finish(world, &result);
    print_message("# seed %llu: link %u cut at %.3f s, link %u rebound at %.3f s: %llu of %llu on "
                  "time, carries again after %.3f s %s\n",
                  (unsigned long long)seed, cut, (double)cut_ns / 1e9, moved,
                  (double)scenario->link[moved].rebind_ns[0] / 1e9,
                  (unsigned long long)result.on_time_5, (unsigned long long)result.written,
                  watch.again_ns == PLAIT_NEVER ? -1.0
                                                : (double)(watch.again_ns - watch.back_ns) / 1e9,
                  world->error);
    assert_true(passed);
    assert_int_equal(result.on_time_5, result.written);
    assert_true(watch.again_ns <= watch.back_ns + CARRIES_NS);
    world_free(world);
    emu_scenario_free(scenario);
    free(world);
    free(scenario);
}

static void a_cut_link_and_a_rebinding_cost_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        cut_and_rebind(seed);
    }
}

/* The queue beside a TCP flow never empties, so what little is sent is all that a link shows: an
 * advice by that alone once left TCP nine tenths of the link. */
static void an_encoder_that_follows_shares_with_tcp(void **state)
{
    (void)state;
    struct experiment experiment = three_links_experiment();
    char figures[TRIAL_FIGURES];
    unsigned number = 0;
    experiment.seeds = 2;
    while (strcmp(trial_tcp_name(number), "tcp 1 link 4x BDP adaptive") != 0) {
        number++;
    }
    const bool fair = trial_tcp(&experiment, number, figures);
    print_message("# %s\n", figures);
    assert_true(fair);
}

/* What one packet that is lost keeps of the ring of packet numbers, a fast link fills in less. */
static void a_loss_does_not_stop_a_fast_link(void **state)
{
    (void)state;
    static const char links[] = "rate=100 delay=20 loss=0.001 queue=300\n";
    assert_true(share_of(links, 60000000, 500, 5) >= 0.9999);
}

/* The quick way back is gone with its link: receipts come late, which is no silence. What was on
 * its way or written until that was known is lost. */
static void a_long_way_back_is_no_silence(void **state)
{
    (void)state;
    static const char links[] = "rate=8 delay=20 down=10-30\n"
                                "rate=8 delay=40 rdelay=300\n";
    assert_true(share_of(links, 6000000, 500, 30) >= 0.98);
}

/* Nothing overtakes what is lost of a stream this thin, before it is too late; without the PING
 * that does 97 % come in time. The rest is what is lost twice. */
static void telemetry_over_one_lossy_link(void **state)
{
    (void)state;
    struct experiment experiment =
        experiment_over("rate=6 delay=30 loss=0.05 queue=300\n", 80000, 300, 60);
    experiment.size = 1000;
    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.99);
}

/* The good link stalls now and then; the other brings nothing in time and says so. */
static void a_link_of_no_use_does_not_drag_the_other_down(void **state)
{
    (void)state;
    static const char links[] =
        "rate=6 delay=40 queue=500 down=3-3.2+5-5.3+7-7.25+9-9.4+11-11.15+13-13.35+15-15.2\n"
        "rate=1 delay=700 queue=500\n";
    struct experiment experiment = experiment_over(links, 4000000, 500, 20);
    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.99);
}

/* The first link takes longer than media lasts, the reserve does not. Until that is known what went
 * over the first is lost. */
static void a_first_link_of_no_use_leaves_it_to_the_reserve(void **state)
{
    (void)state;
    static const char links[] = "rate=20 delay=160 queue=500\n"
                                "rate=12 delay=42 queue=500\n";
    struct experiment experiment = experiment_over(links, 2700000, 151, 20);
    experiment.endpoint.mode = PLAIT_MODE_BACKUP;
    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.97);
}

/* What is small would come in time over the first link; a datagram takes 11 ms to enter it. */
static void a_first_link_too_thin_leaves_it_to_the_reserve(void **state)
{
    (void)state;
    static const char links[] = "rate=1 delay=145 queue=500\n"
                                "rate=2 delay=22 queue=500\n";
    struct experiment experiment = experiment_over(links, 300000, 155, 40);
    experiment.endpoint.mode = PLAIT_MODE_BACKUP;
    assert_true(share(&experiment) >= 0.98);
}

/* One link's route becomes longer for good. That is no queue of anybody's: beside one the window
 * would grow without end, and the other link's share wait there. */
static void a_longer_route_is_no_queue(void **state)
{
    (void)state;
    static const char links[] = "rate=6 delay=31 queue=500 detour=10-100:80\n"
                                "rate=6 delay=40 queue=500\n";
    struct experiment experiment = experiment_over(links, 10000000, 500, 50);
    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.999);
}

/* What wanders by many milliseconds, as on Wi-Fi, would pass for a queue, and the window for what
 * made it: the link would be taken for slower each round trip. */
static void a_delay_that_wanders_is_no_queue(void **state)
{
    (void)state;
    static const char one[] = "rate=20 delay=30 jitter=40 loss=0.01 queue=200\n";
    static const char two[] = "rate=15 delay=30 jitter=60 loss=0.01 queue=200\n"
                              "rate=5 delay=45 jitter=8 queue=400\n";
    struct experiment experiment = experiment_over(one, 8000000, 250, 30);
    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.97);
    experiment = experiment_over(two, 12000000, 250, 30);
    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.97);
}

/* An encoder on such a link is told what is there. */
static void advice_on_a_link_that_wanders(void **state)
{
    (void)state;
    struct experiment experiment =
        experiment_over("rate=20 delay=30 jitter=15 queue=500\n", 0, 150, 40);
    char figures[TRIAL_FIGURES];
    if (!trial_adapt(&experiment, figures)) {
        fail_msg("%s", figures);
    }
}

/* Now one link is there, now the other: how soon the one that is back is known to be counts. */
static void links_that_take_turns(void **state)
{
    (void)state;
    static const char links[] =
        "rate=8 delay=40 jitter=4 queue=500 down=2-4+6-8+10-12+14-16+18-20+22-24+26-28\n"
        "rate=8 delay=50 jitter=4 queue=500 down=4-6+8-10+12-14+16-18+20-22+24-26+28-30\n";
    struct experiment experiment = experiment_over(links, 2000000, 200, 30);
    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_lossy_links_deliver_everything_on_time),
        cmocka_unit_test(a_full_link_with_a_short_queue_sees_no_storm),
        cmocka_unit_test(a_thin_link_does_not_make_everything_late),
        cmocka_unit_test(a_loss_does_not_stop_a_fast_link),
        cmocka_unit_test(a_long_way_back_is_no_silence),
        cmocka_unit_test(telemetry_over_one_lossy_link),
        cmocka_unit_test(a_link_of_no_use_does_not_drag_the_other_down),
        cmocka_unit_test(a_first_link_of_no_use_leaves_it_to_the_reserve),
        cmocka_unit_test(a_first_link_too_thin_leaves_it_to_the_reserve),
        cmocka_unit_test(a_longer_route_is_no_queue),
        cmocka_unit_test(a_delay_that_wanders_is_no_queue),
        cmocka_unit_test(advice_on_a_link_that_wanders),
        cmocka_unit_test(links_that_take_turns),
        cmocka_unit_test(links_full_from_the_start_do_not_make_everything_late),
        cmocka_unit_test(an_encoder_that_follows_is_not_late_after_minutes),
        cmocka_unit_test(a_thin_link_alone_is_not_late_after_minutes),
        cmocka_unit_test(a_link_full_for_minutes_stays_as_it_was),
        cmocka_unit_test(a_stream_at_a_tight_latency_starts_whole),
        cmocka_unit_test(a_latency_just_above_the_delay_carries),
        cmocka_unit_test(a_far_link_carries_what_is_younger),
        cmocka_unit_test(a_slow_path_of_a_broadcast_carries_whole_datagrams),
        cmocka_unit_test(numbers_pass_their_wrap),
        cmocka_unit_test(a_cut_link_and_a_rebinding_cost_nothing),
        cmocka_unit_test(an_encoder_that_follows_shares_with_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
