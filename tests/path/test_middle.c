/* SPDX-License-Identifier: BSD-2-Clause */
/* The middle of a path's delays: its own queue does not move it, a new route and drifting clocks
 * do. */
#include "tests/support.h"

#include "core/base/limits.h"
#include "core/path/middle.h"

#define MS   ((int64_t)NS_PER_MS)
#define NEAR (8 * NS_PER_MS)

static int64_t middle_by(struct middle *middle, int64_t there, int64_t back)
{
    middle_on_delays(middle, there, back, NEAR);
    return middle->at_ns;
}

static void a_queue_on_the_way_there_does_not_move_it(void **state)
{
    struct middle middle = {0};

    (void)state;
    assert_int_equal(middle_by(&middle, 140 * MS, -60 * MS), 100 * MS);
    assert_int_equal(middle_by(&middle, 147 * MS, -60 * MS), 100 * MS);
    assert_int_equal(middle_by(&middle, 141 * MS, -60 * MS), 100 * MS);
}

static void clocks_that_drift_apart_do(void **state)
{
    struct middle middle = {0};

    (void)state;
    for (int64_t drift = 0; drift < 1000 * MS; drift += MS / 10) {
        const int64_t queue = drift % (5 * MS);

        assert_int_equal(middle_by(&middle, 140 * MS + drift + queue, -60 * MS - drift),
                         100 * MS + drift);
    }
}

static void a_longer_route_is_a_new_one(void **state)
{
    struct middle middle = {0};

    (void)state;
    middle_by(&middle, 140 * MS, -60 * MS);
    assert_int_equal(middle_by(&middle, 160 * MS, -40 * MS), 100 * MS);
    assert_int_equal(middle_by(&middle, 163 * MS, -40 * MS), 100 * MS);
}

static void a_shorter_one_counts_at_once(void **state)
{
    struct middle middle = {0};

    (void)state;
    middle_by(&middle, 140 * MS, -60 * MS);
    assert_int_equal(middle_by(&middle, 136 * MS, -60 * MS), 98 * MS);
    assert_int_equal(middle_by(&middle, 140 * MS, -60 * MS), 98 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_on_the_way_there_does_not_move_it),
        cmocka_unit_test(clocks_that_drift_apart_do),
        cmocka_unit_test(a_longer_route_is_a_new_one),
        cmocka_unit_test(a_shorter_one_counts_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
