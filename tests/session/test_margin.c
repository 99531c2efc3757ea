/* SPDX-License-Identifier: BSD-2-Clause */
/* The margin: larger where forecasts are worse and while an over-load lasts. */
#include "tests/support.h"

#include "core/base/limits.h"
#include "core/session/margin.h"

#define LATENCY NS_PER_S
#define LATE    (35 * NS_PER_MS)

static void grows_while_media_is_dropped(void **state)
{
    struct margin margin = {0};
    uint64_t now = 5 * NS_PER_S, before = margin_ns(&margin, now, LATE, LATENCY);
    const uint64_t at_rest = before;

    (void)state;
    assert_in_range(before, 50 * NS_PER_MS, 90 * NS_PER_MS);
    for (int i = 0; i < 100; i++) {
        margin_on_dropped(&margin, now += 50 * NS_PER_MS);
        assert_true(margin_ns(&margin, now, LATE, LATENCY) >= before);
        before = margin_ns(&margin, now, LATE, LATENCY);
    }
    assert_in_range(before, 3 * at_rest / 2, 3 * at_rest);
    assert_int_equal(margin_ns(&margin, now + NS_PER_S, LATE, LATENCY), at_rest); /* it is over */
}

static void follows_what_forecasts_are_worth(void **state)
{
    const struct margin margin = {0};
    const uint64_t good = margin_ns(&margin, NS_PER_S, 20 * NS_PER_MS, LATENCY);
    const uint64_t bad = margin_ns(&margin, NS_PER_S, 100 * NS_PER_MS, LATENCY);

    (void)state;
    assert_in_range(bad, 9 * good / 2, 11 * good / 2);
}

static void never_takes_more_than_a_third(void **state)
{
    struct margin margin = {0};

    (void)state;
    for (uint64_t i = 0; i < 5000; i++)
        margin_on_dropped(&margin, NS_PER_S + i * 100 * NS_PER_MS);
    assert_int_equal(margin_ns(&margin, 501 * NS_PER_S, 400 * NS_PER_MS, LATENCY), LATENCY / 3);
}

/* A second copy may take a place when the over-load is over for long, not in a pause of it. */
static void wary_for_seconds_after_a_drop(void **state)
{
    struct margin margin = {0};
    const uint64_t now = 5 * NS_PER_S;

    (void)state;
    assert_false(margin_is_wary(&margin, now));
    margin_on_dropped(&margin, now);
    assert_true(margin_is_wary(&margin, now + 15 * NS_PER_S));
    assert_false(margin_is_wary(&margin, now + 25 * NS_PER_S));
}

static void wary_while_a_stream_is_new(void **state)
{
    struct margin margin = {0};

    (void)state;
    assert_false(margin_is_wary(&margin, NS_PER_S));
    margin_on_start(&margin, NS_PER_S);
    assert_true(margin_is_wary(&margin, 5 * NS_PER_S));
    assert_false(margin_is_wary(&margin, 7 * NS_PER_S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_while_media_is_dropped),
        cmocka_unit_test(follows_what_forecasts_are_worth),
        cmocka_unit_test(never_takes_more_than_a_third),
        cmocka_unit_test(wary_for_seconds_after_a_drop),
        cmocka_unit_test(wary_while_a_stream_is_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
