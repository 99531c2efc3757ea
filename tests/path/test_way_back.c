/* SPDX-License-Identifier: BSD-2-Clause */
/* How long reports are under way, and how much longer again and again. */
#include "tests/support.h"

#include "core/path/way_back.h"

static void reports(struct way_back *back, uint64_t from, uint64_t to, int64_t even, int64_t odd)
{
    int64_t turn = 0;

    for (uint64_t now = from; now < to; now += 10 * NS_PER_MS)
        way_back_on_report(back, now, turn++ % 2 == 0 ? even : odd);
}

static void bunches_spread(void **state)
{
    struct way_back back = {0};
    const int64_t ms = NS_PER_MS;

    (void)state;
    reports(&back, NS_PER_S, 3 * NS_PER_S, 30 * ms, 30 * ms);
    assert_int_equal(way_back_ns(&back), 30 * ms);
    assert_int_equal(way_back_spread(&back), 0);
    reports(&back, 3 * NS_PER_S, 4 * NS_PER_S, 30 * ms, 130 * ms);
    assert_int_equal(way_back_ns(&back), 30 * ms);
    assert_int_equal(way_back_spread(&back), 100 * ms);
    reports(&back, 4 * NS_PER_S, 5 * NS_PER_S, 30 * ms, 900 * ms);
    assert_int_equal(way_back_spread(&back), WAY_BACK_SPREAD);
}

static void one_that_is_late_is_no_bunch(void **state)
{
    struct way_back back = {0};
    const int64_t ms = NS_PER_MS;

    (void)state;
    reports(&back, NS_PER_S, 2 * NS_PER_S, 30 * ms, 30 * ms);
    way_back_on_report(&back, 2 * NS_PER_S, 200 * ms);
    assert_int_equal(way_back_spread(&back), 0);
    reports(&back, 2 * NS_PER_S, 3 * NS_PER_S, 30 * ms, 30 * ms);
    assert_int_equal(way_back_spread(&back), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bunches_spread),
        cmocka_unit_test(one_that_is_late_is_no_bunch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
