/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support.h"

#include "core/path/path.h"

static void every_state_and_fact(void **state)
{
    const enum path_state n = PATH_NONE, v = PATH_VALIDATING, a = PATH_ACTIVE, s = PATH_SUSPECT,
                          d = PATH_DOWN;
    const enum path_state expected[5][6] = {
        /* ADDED VALIDATED OVERDUE ARRIVED SILENT REMOVED */
        {v, n, n, n, n, n}, {v, a, v, v, v, n}, {a, a, s, a, s, n},
        {s, a, s, a, d, n}, {d, a, d, a, d, n},
    };

    (void)state;
    for (int i = 0; i < 5; i++) {
        for (int f = 0; f < 6; f++)
            assert_int_equal(path_step((enum path_state)i, (enum path_fact)f), expected[i][f]);
    }
}

static void numbers_go_on_in_a_new_path(void **state)
{
    struct path *path = calloc(1, sizeof *path);
    struct sent_packet *ring = calloc(SENTMAP_PACKETS, sizeof *ring);

    (void)state;
    sentmap_init(&path->sent, ring, 500);
    path_start(path, 0, &cc_delay, 40 * NS_PER_MS, true);
    for (int i = 0; i < 10; i++)
        path_on_sent(path, 1, 1400, 2);
    path->state = path_step(path->state, PATH_FACT_REMOVED);
    path_start(path, 5, &cc_aimd, 40 * NS_PER_MS, true);
    assert_int_equal(path->sent.next, 510);
    assert_int_equal(path->sent.bytes_in_flight, 0);
    assert_int_equal(path->state, PATH_VALIDATING);
    assert_null(sentmap_find(&path->sent, 505));
    free(ring);
    free(path);
}

static void rtt_follows_rfc_9002(void **state)
{
    struct rtt rtt = {0};

    (void)state;
    rtt_on_sample(&rtt, 80);
    assert_true(rtt.smoothed_ns == 80 && rtt.var_ns == 40 && rtt.min_ns == 80);
    rtt_on_sample(&rtt, 160);
    assert_true(rtt.smoothed_ns == 90 && rtt.var_ns == 50 && rtt.min_ns == 80);
    rtt_on_sample(&rtt, 10);
    assert_true(rtt.smoothed_ns == 80 && rtt.min_ns == 10);
}

static void pacer_keeps_the_rate(void **state)
{
    struct pacer pacer = {.rate_bps = 8000000};
    uint64_t now = NS_PER_S, bytes = 0;

    (void)state;
    while (now < 2 * NS_PER_S) {
        now = pacer_ready_at(&pacer, now);
        pacer_on_sent(&pacer, now, 1400);
        bytes += 1400;
    }
    assert_in_range(bytes, 990000, 1012000);
    pacer.rate_bps = 0;
    assert_int_equal(pacer_ready_at(&pacer, now), now);
}

static void owd_keeps_its_minimum(void **state)
{
    struct owd owd = {0};

    (void)state;
    owd_on_sample(&owd, NS_PER_S, -500);
    owd_on_sample(&owd, NS_PER_S, -200);
    assert_true(owd.base_ns == -500 && owd_above_base(&owd) == 300);
    for (uint64_t s = 1; s < 40; s++)
        owd_on_sample(&owd, s * NS_PER_S, -200);
    assert_true(owd.base_ns == -200); /* a minimum of 30 s ago is forgotten */
}

/* A path whose way takes 30 ms, as a report at `now` told. */
static struct path *start(uint64_t now)
{
    struct path *path = calloc(1, sizeof *path);

    path->sent.ring = calloc(SENTMAP_PACKETS, sizeof *path->sent.ring);
    path_start(path, now, &cc_delay, 20 * NS_PER_MS, true);
    owd_on_sample(&path->forward, now, 30 * (int64_t)NS_PER_MS);
    return path;
}

static void end(struct path *path)
{
    free(path->sent.ring);
    free(path);
}

/* Packets that were to wait 50 ms come 100 ms later than that; those that come early tell nothing.
 */
static void lateness_is_measured_of_what_waits(void **state)
{
    uint64_t now = NS_PER_S;
    struct path *path = start(now);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        const uint64_t wait_ns = (i % 2 == 0 ? 50 : 5) * NS_PER_MS;
        struct sent_packet *packet = path_on_sent(path, now, 1400, now + 30 * NS_PER_MS + wait_ns);

        path_report_begin(path);
        path_on_acked(path, packet, now + 300 * NS_PER_MS,
                      packet->expected_ns + (i % 4 == 2 ? 0 : 100 * NS_PER_MS));
        now += 10 * NS_PER_MS;
    }
    assert_in_range(path->late_ns, 95 * NS_PER_MS, 105 * NS_PER_MS);
    end(path);
}

/* Full pressure only where the rate goes up and down; not on a step, not on jitter. */
static void a_swing_is_no_step(void **state)
{
    struct swing swing = {0};

    (void)state;
    for (int n = 0; n < 1000; n++)
        swing_on_rate(&swing, n % 2 == 0 ? 2000000 : 2040000);
    assert_int_equal(swing_permille(&swing), 0);
    for (int n = 0; n < 40; n++)
        swing_on_rate(&swing, 10000000);
    assert_int_equal(swing_permille(&swing), 0);
    for (int n = 0; n < 1000; n++)
        swing_on_rate(&swing, n % 40 < 20 ? 8000000 : 4000000);
    assert_int_equal(swing_permille(&swing), 1000);
}

/* One packet, and the report that tells of it, report_ns after it came. */
static void carry(struct path *path, uint64_t sent_ns, uint32_t bytes, uint64_t received_ns,
                  uint64_t report_ns)
{
    struct sent_packet *packet = path_on_sent(path, sent_ns, bytes, received_ns);

    path_report_begin(path);
    path_on_acked(path, packet, received_ns + report_ns, received_ns);
    path_report_end(path, received_ns + report_ns, 20 * (int64_t)NS_PER_MS);
}

/* One packet that waited at the link and came `took_ns` after the one before. */
static void serve(struct path *path, uint64_t *received_ns, uint64_t took_ns)
{
    *received_ns += took_ns;
    carry(path, *received_ns - 400 * NS_PER_MS, 1400, *received_ns, 0);
}

/* After a stall a link is believed to go on as before; where every packet is one, it is thin. */
static void a_stall_is_no_rate_but_stalls_are(void **state)
{
    uint64_t received_ns = 10 * NS_PER_S;
    struct path *path = start(received_ns);

    (void)state;
    rate_set(&path->rate, 4000000);
    for (int i = 0; i < 300; i++)
        serve(path, &received_ns, 2800 * NS_PER_US);
    assert_in_range(path->rate.estimate_bps, 3900000, 4100000);
    serve(path, &received_ns, 150 * NS_PER_MS);
    assert_in_range(path->rate.estimate_bps, 2500000, 3500000);
    for (int i = 0; i < 8; i++)
        serve(path, &received_ns, 112 * NS_PER_MS);
    assert_in_range(path->rate.estimate_bps, 90000, 150000);
    end(path);
}

/* Where one packet takes longer than the longest pause that tells of a rate elsewhere. */
static void a_link_of_a_few_packets_a_second_is_known(void **state)
{
    uint64_t received_ns = 10 * NS_PER_S;
    struct path *path = start(received_ns);

    (void)state;
    rate_set(&path->rate, 100000);
    for (int i = 0; i < 40; i++)
        serve(path, &received_ns, 300 * NS_PER_MS); /* 1400 bytes at 37.7 kbit/s */
    assert_in_range(path->rate.estimate_bps, 36500, 39000);
    end(path);
}

/* Eight packets that waited so long at a link of 3.7 Mbit/s, `lost` of them lost, and the report.
 */
static void report_eight(struct path *path, uint64_t *received_ns, uint64_t wait_ns, int lost)
{
    path_report_begin(path);
    for (int i = 0; i < 8; i++) {
        struct sent_packet *packet;

        *received_ns += 3 * NS_PER_MS;
        packet = path_on_sent(path, *received_ns - 30 * NS_PER_MS - wait_ns, 1400, *received_ns);
        if (i < 8 - lost) {
            path_on_acked(path, packet, *received_ns, *received_ns);
        } else {
            path_on_lost(path, packet);
            sentmap_settle(&path->sent, packet);
        }
    }
    path_report_end(path, *received_ns, 20 * (int64_t)NS_PER_MS);
}

/* Losses at any height of the queue are the radio's; at the highest alone, the queue is full. */
static void a_full_queue_is_told_from_a_bad_radio(void **state)
{
    uint64_t at_any = 10 * NS_PER_S, at_peak = at_any;
    struct path *radio = start(at_any), *full = start(at_peak);

    (void)state;
    rate_set(&radio->rate, 3700000);
    rate_set(&full->rate, 3700000);
    for (int n = 0; n < 1000; n++) {
        const uint64_t wait_ns = (20 + 8 * (uint64_t)(n % 10)) * NS_PER_MS;

        report_eight(radio, &at_any, wait_ns, n % 3);
        report_eight(full, &at_peak, wait_ns, n % 10 == 9 ? 2 : 0);
    }
    assert_true(radio->room_ns > NS_PER_S);
    assert_true(full->room_ns < 100 * NS_PER_MS);
    end(radio);
    end(full);
}

/* A link of 3 Mbit/s without scatter, at three quarters of its load: what waits behind another
 * packet was served since that was done. */
static void a_short_wait_tells_of_no_fast_link(void **state)
{
    const uint64_t service_ns = 3733 * NS_PER_US; /* 1400 bytes */
    uint64_t now = 10 * NS_PER_S, done = 0, most_bps = 0, seed = 1;
    struct path *path = start(now);

    (void)state;
    rate_set(&path->rate, 3000000);
    for (int i = 0; i < 4000; i++) {
        done = max_u64(done, now + 30 * NS_PER_MS) + service_ns;
        carry(path, now, 1400, done, 20 * NS_PER_MS);
        if (i > 100)
            most_bps = max_u64(most_bps, path->rate.estimate_bps);
        now += random_below(&seed, service_ns * 8 / 3);
    }
    assert_in_range(most_bps, 2900000, 3700000);
    end(path);
}

/* What found the link empty is late by the link's scatter, and tells nothing of its rate: a ping of
 * 60 bytes that is 20 ms late would make 24 kbit/s of it. */
static void scatter_on_an_idle_link_is_no_rate(void **state)
{
    uint64_t now = 10 * NS_PER_S, seed = 1;
    struct path *path = start(now);

    (void)state;
    rate_set(&path->rate, 2000000);
    for (int i = 0; i < 1000; i++, now += 200 * NS_PER_MS)
        carry(path, now, 60, now + 30 * NS_PER_MS + random_below(&seed, 20 * NS_PER_MS),
              20 * NS_PER_MS);
    assert_int_equal(path->rate.estimate_bps, 2000000);
    assert_in_range(owd_scatter(&path->forward), 15 * NS_PER_MS, 25 * NS_PER_MS);
    end(path);
}

/* Jitter counts the waits behind our own packets; scatter does not. */
static void a_wait_is_no_scatter(void **state)
{
    struct owd owd = {0};

    (void)state;
    for (uint64_t i = 0; i < 200; i++)
        owd_on_sample(&owd, NS_PER_S, (i % 2) * 30000000);
    assert_in_range(owd_scatter(&owd), 85 * NS_PER_MS, 95 * NS_PER_MS); /* nothing else is known */
    for (uint64_t i = 0; i < 200; i++)
        owd_on_empty(&owd, (i % 2) * 2000000);
    assert_in_range(owd_scatter(&owd), 6 * NS_PER_MS, 8 * NS_PER_MS);
    owd.jitter_ns = NS_PER_MS; /* waits that all are alike */
    assert_int_equal(owd_scatter(&owd), 4 * NS_PER_MS);
}

/* A window of the least size promises nothing on a link that had a queue; once that is long ago,
 * the link is believed again. */
static void a_thin_link_is_not_promised_a_window(void **state)
{
    struct path *path = start(0);

    (void)state;
    path->base_rtt_ns = 80 * NS_PER_MS;
    path->cc.window = CC_WINDOW_MIN;
    rate_set(&path->rate, 100000);
    assert_in_range(path_serves_bps(path), 400000, 500000); /* no queue was ever seen */
    path->backlogged_ns = 3 * NS_PER_S;
    path->last_acked_ns = 3 * NS_PER_S + 400 * NS_PER_MS;
    assert_int_equal(path_serves_bps(path), 100000);
    path->last_acked_ns = 4 * NS_PER_S;
    assert_in_range(path_serves_bps(path), 400000, 500000);
    path->last_acked_ns = path->backlogged_ns;
    rate_set(&path->rate, 300000); /* near enough: it may have been idle */
    assert_in_range(path_serves_bps(path), 400000, 500000);
    path->cc.window = 2 * CC_WINDOW_MIN; /* that one was found out */
    assert_in_range(path_serves_bps(path), 800000, 1000000);
    end(path);
}

/* A probe a second behind somebody's queue of 700 ms: a rate of some kbit/s says that a packet
 * takes seconds, and the link would never be tried again. It takes what the probe took. */
static void little_beside_somebody_waits_as_long_as_was_seen(void **state)
{
    uint64_t now = 10 * NS_PER_S;
    struct path *path = start(now);
    struct sent_packet *packet;
    uint64_t arrival;

    (void)state;
    for (int i = 0; i < 8; i++) {
        path_report_begin(path);
        packet = path_on_sent(path, now, 100, now);
        now += 730 * NS_PER_MS;
        path_on_acked(path, packet, now, now);
        path_report_end(path, now, 30 * (int64_t)NS_PER_MS);
    }
    path->cc.rival.state = RIVAL_SHARING;
    path->cc.rival.share = 20 * CC_PACKET;
    rate_set(&path->rate, 5000);
    path_on_sent(path, now, 100, now);
    arrival = path_arrival(path, now, 1400, now, 0);
    assert_in_range(arrival - now, 700 * NS_PER_MS, 800 * NS_PER_MS);
    for (int i = 0; i < 12; i++)
        path_on_sent(path, now, 1400, now); /* the share in use: its own rate counts */
    assert_true(path_arrival(path, now, 1400, now, 0) > now + 2 * NS_PER_S);
    end(path);
}

/* A ping knows the way, a datagram what it takes beside it; neither is known for ever. */
static void two_packets_take_what_a_full_one_took(void **state)
{
    const int64_t way_ns = 30 * (int64_t)NS_PER_MS, own_ns = 12 * (int64_t)NS_PER_MS;
    uint64_t now = 10 * NS_PER_S;
    struct path *path = start(now);

    (void)state;
    for (uint32_t bytes = 700; bytes <= 1400; bytes += 700) { /* half of one tells nothing */
        struct sent_packet *packet = path_on_sent(path, now, bytes, now);

        assert_int_equal(path_way_of_two(path, 0), path_way(path, 0));
        now += 100 * NS_PER_MS;
        path_on_acked(path, packet, now,
                      packet->sent_ns + (uint64_t)(way_ns + own_ns * bytes / 1400));
    }
    assert_int_equal(path_way(path, 0), way_ns);
    assert_int_equal(path_way_of_two(path, 0), way_ns + 2 * own_ns);
    owd_on_time(&path->full, now + 30 * NS_PER_S);
    assert_int_equal(path_way_of_two(path, 0), way_ns);
    end(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_and_fact),
        cmocka_unit_test(numbers_go_on_in_a_new_path),
        cmocka_unit_test(rtt_follows_rfc_9002),
        cmocka_unit_test(pacer_keeps_the_rate),
        cmocka_unit_test(little_beside_somebody_waits_as_long_as_was_seen),
        cmocka_unit_test(owd_keeps_its_minimum),
        cmocka_unit_test(two_packets_take_what_a_full_one_took),
        cmocka_unit_test(lateness_is_measured_of_what_waits),
        cmocka_unit_test(a_swing_is_no_step),
        cmocka_unit_test(a_stall_is_no_rate_but_stalls_are),
        cmocka_unit_test(a_link_of_a_few_packets_a_second_is_known),
        cmocka_unit_test(a_full_queue_is_told_from_a_bad_radio),
        cmocka_unit_test(a_short_wait_tells_of_no_fast_link),
        cmocka_unit_test(scatter_on_an_idle_link_is_no_rate),
        cmocka_unit_test(a_wait_is_no_scatter),
        cmocka_unit_test(a_thin_link_is_not_promised_a_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
