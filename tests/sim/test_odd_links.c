/* SPDX-License-Identifier: BSD-2-Clause */
/* Links unlike those recorded, as people have them all the same, in virtual time. */
#include "tests/sim/support.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Nothing queues where more is sent than a link takes: what is lost must not be sent, and lost,
 * again and again. */
static void links_with_hardly_a_queue(void **state)
{
    (void)state;
    static const char links[] = "rate=6 delay=30 jitter=2 queue=10\n"
                                "rate=5 delay=40 jitter=2 queue=10\n"
                                "rate=4 delay=35 jitter=3 queue=10\n";
    const struct experiment experiment = experiment_over(links, 13500000, 1000, 30);
    struct experiment_summary summary;
    run(&experiment, &summary);
    print_message("# %.3f %% on time, sent a media byte %.3f\n", 100 * summary.on_time.mean,
                  summary.sent.mean);
    assert_true(summary.on_time.mean >= 0.999);
    assert_true(summary.sent.mean < 1.10);
}

static void advice_over_a_link_with_hardly_a_queue(void **state)
{
    (void)state;
    struct experiment experiment = experiment_over("rate=10 delay=20 queue=5\n", 10000000, 300, 40);
    experiment.follow_max_bps = 30000000;
    assert_true(share(&experiment) >= 0.998);
}

/* So does a radio that loses a third, and there it must: half as much again is what it takes. */
static void a_radio_that_loses_a_third_is_not_held(void **state)
{
    (void)state;
    assert_true(share_of("rate=20 delay=40 loss=0.3 queue=300\n", 8000000, 1000, 40) >= 0.9999);
}

/* Each second of two, the nearer of two links loses all, with no time to send again; the other one
 * could carry everything. */
static void a_link_that_blinks_is_no_short_cut(void **state)
{
    static const char *const far[] = {"40", "60", "90"};

    (void)state;
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        char links[400];

        snprintf(links, sizeof links,
                 "rate=6 delay=30 jitter=5 loss=0.003 queue=500 down=2-3+4-5+6-7+8-9+10-11+12-13+"
                 "14-15+16-17+18-19+20-21+22-23+24-25\n"
                 "rate=5 delay=%s jitter=5 loss=0.003 queue=500\n",
                 far[i]);
        assert_true(share_of(links, 800000, 150, 25) > 0.98);
    }
}

/* Where the order is kept the jitter of a thin link hides its least delay from media, not from
 * reports: by its own delays alone it is taken to be 9 ms later at the receiver than it is, and
 * what write times lean to the early side and what is released early make up for 6 of them. */
static void a_near_link_that_jitters_is_not_the_only_clock(void **state)
{
    (void)state;
    struct experiment experiment =
        experiment_over("rate=0.85 delay=155 jitter=20 loss=0.03 queue=100\n"
                        "rate=0.45 delay=34 jitter=20 loss=0.001 queue=200\n",
                        520000, 200, 20);
    experiment.seeds = 2;
    assert_true(share(&experiment) >= 0.97);
}

/* Before delays there were seen to scatter: three others say the same. */
static void others_that_agree_are_believed(void **state)
{
    (void)state;
    struct experiment experiment = experiment_over("rate=3 delay=21 jitter=20 queue=500\n"
                                                   "rate=3 delay=84 queue=300\n"
                                                   "rate=3 delay=60 queue=300\n"
                                                   "rate=3 delay=70 queue=300\n",
                                                   4000000, 200, 10);
    experiment.seeds = 4;
    assert_true(share(&experiment) >= 0.998);
}

/* Were the middle of a path believed whose way back is longer, it would cost of the latency: half
 * of what it is longer by, which a link of 122 ms does not have within 150. */
static void a_longer_way_back_is_not_the_time(void **state)
{
    static const char *const back[] = {"142", "162", "400"};

    (void)state;
    for (size_t i = 0; i < sizeof back / sizeof back[0]; i++) {
        char links[200];

        snprintf(links, sizeof links,
                 "rate=3 delay=30 jitter=2 queue=200\n"
                 "rate=5 delay=122 jitter=2 rdelay=%s queue=200\n",
                 back[i]);
        assert_true(share_of(links, 5000000, 150, 20) >= 0.99);
    }
}

/* -- Links that a file describes, in a folder of their own -- */

static char folder[] = "/tmp/plait-odd-links-XXXXXX";

/* A link that serves so many packets of 1500 bytes in the first tenth of each period. */
static void write_bursts(const char *name, uint32_t period_ms, uint32_t packets)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    for (uint32_t i = 0; i < packets; i++)
        fprintf(file, "%" PRIu32 "\n", 1 + i * period_ms / 10 / packets);
    fprintf(file, "%" PRIu32 "\n", period_ms);
    assert_int_equal(fclose(file), 0);
}

static struct experiment experiment_of_file(const char *links, uint64_t rate_bps,
                                            uint64_t latency_ms)
{
    struct experiment experiment = experiment_over(NULL, rate_bps, latency_ms, 40);
    FILE *file = fopen("links.txt", "w");

    assert_non_null(file);
    assert_true(fputs(links, file) >= 0);
    assert_int_equal(fclose(file), 0);
    experiment.scenario = "links.txt";
    return experiment;
}

static int enter_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    write_bursts("there.trace", 100, 49);
    write_bursts("back.trace", 100, 166);
    return 0;
}

static int leave_folder(void **state)
{
    (void)state;
    unlink("there.trace");
    unlink("back.trace");
    unlink("links.txt");
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

/* Everything waits for the next burst, always: nobody else's queue, so no share gives way to it. */
static void a_link_that_serves_in_bursts(void **state)
{
    (void)state;
    struct experiment experiment = experiment_of_file(
        "trace=there.trace delay=30 queue=500 jitter=5 loss=0.01\n", 3000000, 500);

    experiment.follow_max_bps = 30000000;
    experiment.seeds = 2;
    assert_true(share(&experiment) >= 0.99);
}

/* As where the downlink sleeps: what was served and not told of yet must not keep the window shut.
 */
static void reports_that_come_in_bunches(void **state)
{
    (void)state;
    const struct experiment experiment =
        experiment_of_file("rate=6 delay=30 loss=0.005 queue=400 jitter=4 rtrace=back.trace\n"
                           "rate=5 delay=40 loss=0.005 queue=400 jitter=4 rtrace=back.trace\n",
                           9000000, 400);

    assert_true(share(&experiment) >= 0.999);
}

/* By way of a geostationary satellite, on its own and as a spare. */
static void far_links(void **state)
{
    (void)state;
    struct experiment experiment =
        experiment_over("rate=20 delay=280 jitter=5 loss=0.001 queue=500\n", 12000000, 1500, 30);

    experiment.load_start_ns = 4000 * SIM_MS;
    assert_true(share(&experiment) >= 0.999);
    experiment = experiment_over("rate=20 delay=300 jitter=5 queue=500 loss=0.002\n"
                                 "rate=5 delay=40 jitter=8 queue=700 down=10-20+30-38\n",
                                 4000000, 1000, 40);
    experiment.load_start_ns = 1000 * SIM_MS;
    assert_true(share(&experiment) >= 0.999);
}

/* 23.2 of 60 s are spent in tunnels; what is written in the last 265 ms of one can be in time. */
static void one_link_through_tunnels(void **state)
{
    (void)state;
    assert_true(share_of("rate=6 delay=35 jitter=8 queue=500 "
                         "down=10-14.3+20-23.7+30-35.1+40-46+50-53.6\n",
                         3500000, 300, 60) >= 0.632);
}

/* On a link that loses now and then, too, a way that has become longer is soon known to be. */
static void a_longer_route_of_a_link_that_loses(void **state)
{
    (void)state;
    struct experiment experiment = experiment_over(
        "rate=8 delay=30 jitter=5 loss=0.01 queue=300 detour=10-60:60\n", 4000000, 300, 60);

    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.95);
}

/* As a satellite's next one may be: by about as much as may queue, which looks like our own queue,
 * and the window gives way to it, and the estimate to the window. */
static void a_longer_route_looks_like_our_own_queue(void **state)
{
    (void)state;
    struct experiment experiment = experiment_over(
        "rate=16 delay=25 jitter=5 loss=0.003 queue=300 detour=8-38:60\n", 4000000, 150, 30);

    experiment.seeds = 3;
    assert_true(share(&experiment) >= 0.97);
    experiment.latency_ns = 500 * SIM_MS;
    assert_true(share(&experiment) >= 0.985);
}

/* A resend comes in time for most packets, and may be lost too. */
static void one_resend_on_a_link_that_loses_much(void **state)
{
    (void)state;
    assert_true(share_of("rate=8 delay=35 loss=0.2 queue=300\n", 3000000, 150, 40) >= 0.997);
}

static double share_of_telemetry(const char *links, uint64_t rate_bps, uint64_t latency_ms)
{
    struct experiment experiment = experiment_over(links, rate_bps, latency_ms, 40);

    experiment.size = 160;
    experiment.seeds = 2;
    return share(&experiment);
}

/* A drone's control channel: its capacity is many times what it takes. */
static void telemetry_is_repaired_without_stint(void **state)
{
    (void)state;
    assert_true(share_of_telemetry("rate=8 delay=35 loss=0.1 jitter=3 queue=300\n", 64000, 150) >=
                0.99);
}

/* A report each 50 ms: a loss is not known as soon as a round trip is over. */
static void seldom_telemetry_on_a_link_that_loses_much(void **state)
{
    (void)state;
    assert_true(share_of_telemetry("rate=1.6 delay=18 loss=0.2 queue=300\n", 25600, 200) >= 0.98);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_with_hardly_a_queue),
        cmocka_unit_test(advice_over_a_link_with_hardly_a_queue),
        cmocka_unit_test(a_radio_that_loses_a_third_is_not_held),
        cmocka_unit_test(a_link_that_serves_in_bursts),
        cmocka_unit_test(reports_that_come_in_bunches),
        cmocka_unit_test(far_links),
        cmocka_unit_test(one_link_through_tunnels),
        cmocka_unit_test(a_longer_route_of_a_link_that_loses),
        cmocka_unit_test(a_link_that_blinks_is_no_short_cut),
        cmocka_unit_test(a_near_link_that_jitters_is_not_the_only_clock),
        cmocka_unit_test(others_that_agree_are_believed),
        cmocka_unit_test(a_longer_way_back_is_not_the_time),
        cmocka_unit_test(a_longer_route_looks_like_our_own_queue),
        cmocka_unit_test(one_resend_on_a_link_that_loses_much),
        cmocka_unit_test(telemetry_is_repaired_without_stint),
        cmocka_unit_test(seldom_telemetry_on_a_link_that_loses_much),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
