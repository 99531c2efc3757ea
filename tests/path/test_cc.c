/* SPDX-License-Identifier: BSD-2-Clause */
/* The delay controller's window: the model while a queue is small, less only where it stands high.
 */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_is_drained_only_when_high),
        cmocka_unit_test(jitter_is_allowed_for),
        cmocka_unit_test(grows_by_what_was_acknowledged_when_in_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
