/* SPDX-License-Identifier: BSD-2-Clause */
/* The delay controller's window: the model while a queue is small, less only where it stands high;
 * AIMD's growth. */
#include "tests/support.h"

#include "core/path/cc.h"

#define RATE   UINT64_C(8000000)
#define ROUND  (60 * NS_PER_MS)
#define TARGET (20 * NS_PER_MS)

static uint64_t bytes_in(uint64_t ns)
{
    return RATE / 8 * ns / NS_PER_S;
}

/* The window after one report of a link that serves RATE and stands queue_ns full. */
static uint64_t window_at(uint64_t queue_ns, uint64_t jitter_ns)
{
    const struct cc_report report = {
        .now = NS_PER_S,
        .acked_bytes = 1400,
        .rate_bps = RATE,
        .rate_is_links = true,
        .queue_ns = queue_ns,
        .base_rtt_ns = ROUND,
        .jitter_ns = jitter_ns,
    };
    struct cc cc;

    cc_init(&cc, &cc_delay, TARGET);
    cc.ops->on_report(&cc, &report);
    return cc.window;
}

static void a_queue_is_drained_only_when_high(void **state)
{
    (void)state;
    assert_int_equal(window_at(TARGET, 0), bytes_in(ROUND + TARGET));
    assert_int_equal(window_at(4 * TARGET, 0), bytes_in(ROUND + TARGET));
    assert_int_equal(window_at(5 * TARGET, 0), bytes_in(ROUND));
}

/* What a link scatters is in flight without being a queue. */
static void jitter_is_allowed_for(void **state)
{
    (void)state;
    assert_int_equal(window_at(3 * TARGET, TARGET), bytes_in(ROUND + 2 * TARGET));
}

static void grows_by_what_was_acknowledged_when_in_the_way(void **state)
{
    struct cc_report report = {.now = NS_PER_S, .acked_bytes = 1400, .base_rtt_ns = ROUND};
    struct cc cc;

    (void)state;
    cc_init(&cc, &cc_delay, TARGET);
    cc.ops->on_report(&cc, &report); /* no rate known yet */
    assert_int_equal(cc.window, 11 * CC_PACKET);
    report.rate_bps = RATE;
    report.rate_is_links = true;
    cc.limited = true;
    cc.ops->on_report(&cc, &report);
    assert_int_equal(cc.window, 12 * CC_PACKET);
    assert_false(cc.limited);
}

/* Under pressure a path has more in flight than the window, so it is pacing that is in the way. */
static void aimd_grows_however_it_was_held_back(void **state)
{
    struct cc_report report = {.now = NS_PER_S, .acked_bytes = 1400, .base_rtt_ns = ROUND};
    struct cc cc;

    (void)state;
    cc_init(&cc, &cc_aimd, TARGET);
    report.bytes_in_flight = cc.window / 2;
    cc.ops->on_report(&cc, &report); /* the application is the limit */
    assert_int_equal(cc.window, 10 * CC_PACKET);
    cc.limited = true;
    cc.ops->on_report(&cc, &report);
    assert_int_equal(cc.window, 11 * CC_PACKET);
    report.bytes_in_flight = 2 * cc.window;
    cc.ops->on_report(&cc, &report);
    assert_int_equal(cc.window, 12 * CC_PACKET);
}

/* What an outage loses, probes included, costs nothing beyond what was given way for it; then the
 * window grows as at the start, up to half of what it was (RFC 9002, 7.3.2; RFC 5681, 3.1). */
static void aimd_gives_way_once_for_one_outage(void **state)
{
    struct cc_report report = {.now = NS_PER_S, .acked_bytes = 1400, .base_rtt_ns = ROUND};
    struct cc cc;

    (void)state;
    cc_init(&cc, &cc_aimd, TARGET);
    cc.window = 40 * CC_PACKET;
    cc.ops->on_outage(&cc);
    cc.ops->on_outage(&cc); /* one receipt came between: it is the same outage still */
    assert_int_equal(cc.window, CC_WINDOW_MIN);
    report.lost_bytes = 14000;
    for (int i = 1; i <= 16; i++) {
        report.now = NS_PER_S + (uint64_t)i * 100 * NS_PER_MS;
        report.lost_sent_ns = NS_PER_S + 100 * NS_PER_MS - 1;
        cc.limited = true;
        cc.ops->on_report(&cc, &report);
    }
    assert_int_equal(cc.window, 20 * CC_PACKET);
    report.lost_sent_ns = NS_PER_S + 100 * NS_PER_MS;
    cc.ops->on_report(&cc, &report);
    assert_int_equal(cc.window, 10 * CC_PACKET);
    report.lost_sent_ns = report.now - 1;
    cc.ops->on_report(&cc, &report);
    assert_int_equal(cc.window, 10 * CC_PACKET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aimd_grows_however_it_was_held_back),
        cmocka_unit_test(aimd_gives_way_once_for_one_outage),
        cmocka_unit_test(a_queue_is_drained_only_when_high),
        cmocka_unit_test(jitter_is_allowed_for),
        cmocka_unit_test(grows_by_what_was_acknowledged_when_in_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
