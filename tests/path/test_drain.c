/* SPDX-License-Identifier: BSD-2-Clause */
/* A link that is full for long is let run empty now and then, and only then. */
#include "tests/support.h"

#include "core/base/limits.h"
#include "core/path/drain.h"
#include "core/path/owd.h"

#define ROUND (100 * NS_PER_MS)

static void a_delay_near_the_smallest_puts_it_off(void **state)
{
    struct drain drain = {0};
    uint64_t near_ns = NS_PER_S;

    (void)state;
    for (uint64_t now = NS_PER_S; now < 100 * NS_PER_S; now += 10 * NS_PER_MS) {
        if (now - near_ns > DRAIN_AFTER - NS_PER_S)
            near_ns = now;
        drain_on_report(&drain, now, near_ns, ROUND);
        assert_false(drain_is_on(&drain));
        assert_int_equal(drain_owes_ns(&drain, now, ROUND), 0);
    }
}

static void it_ends_with_a_delay_near_the_smallest(void **state)
{
    struct drain drain = {0};
    const uint64_t now = 2 * NS_PER_S + DRAIN_AFTER;

    (void)state;
    drain_on_report(&drain, now, NS_PER_S, ROUND);
    assert_true(drain_is_on(&drain));
    drain_on_report(&drain, now + ROUND, NS_PER_S, ROUND);
    assert_true(drain_is_on(&drain));
    /* Half of it as yet: the rest comes once what waits is sent. */
    assert_int_equal(drain_owes_ns(&drain, now + ROUND, ROUND), ROUND / (2 * DRAIN_OWES));
    drain_on_report(&drain, now + ROUND, now + ROUND, ROUND);
    assert_false(drain_is_on(&drain));
    assert_false(drain_is_over(&drain, now + 2 * ROUND, ROUND));
    assert_true(drain_is_over(&drain, now + 2 * ROUND + 1, ROUND));
    assert_in_range(drain_owes_ns(&drain, now + ROUND + DRAIN_MADE_UP / 2, ROUND),
                    ROUND / DRAIN_OWES / 2 - NS_PER_MS, ROUND / DRAIN_OWES / 2);
    assert_int_equal(drain_owes_ns(&drain, now + 2 * ROUND + DRAIN_MADE_UP, ROUND), 0);
}

/* The way has become longer: what was the smallest delay never comes again. */
static void in_vain_it_is_tried_seldom(void **state)
{
    struct drain drain = {0};
    uint64_t on = 0;

    (void)state;
    for (uint64_t now = NS_PER_S; now <= 101 * NS_PER_S; now += 10 * NS_PER_MS) {
        drain_on_report(&drain, now, NS_PER_S, ROUND);
        on += drain_is_on(&drain);
    }
    assert_in_range(on, 4 * 20, 4 * 22);
}

static void what_is_near_is_within_the_scatter(void **state)
{
    struct owd owd = {0};

    (void)state;
    for (uint64_t now = NS_PER_S; now < 2 * NS_PER_S; now += 10 * NS_PER_MS)
        owd_on_sample(&owd, now, 30000000);
    owd_on_sample(&owd, 3 * NS_PER_S, 50000000);
    assert_in_range(owd.near_ns, NS_PER_S, 2 * NS_PER_S);
    owd_on_sample(&owd, 4 * NS_PER_S, 32000000);
    assert_int_equal(owd.near_ns, 4 * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delay_near_the_smallest_puts_it_off),
        cmocka_unit_test(it_ends_with_a_delay_near_the_smallest),
        cmocka_unit_test(in_vain_it_is_tried_seldom),
        cmocka_unit_test(what_is_near_is_within_the_scatter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
