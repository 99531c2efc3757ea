/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support.h"

#include "core/arq/rtx_policy.h"

#define MS UINT64_C(1000000)

static void what_cannot_arrive_is_not_sent(void **state)
{
    const struct rtx_facts late = {.slack_ns = 30 * MS, .arrival_ns = 31 * MS};
    const struct rtx_facts just = {.slack_ns = 30 * MS, .arrival_ns = 30 * MS};

    (void)state;
    assert_false(rtx_pays(&late));
    assert_true(rtx_pays(&just));
}

/* While media waits, a second copy takes its turn only for what would come too late. */
static void waiting_media_comes_first(void **state)
{
    struct rtx_facts f = {.slack_ns = 100 * MS, .arrival_ns = 50 * MS, .overdue_ns = 90 * MS};

    (void)state;
    assert_true(rtx_pays(&f));
    f.room = RTX_ROOM_TIGHT;
    f.forecast_ns = 99 * MS;
    assert_false(rtx_pays(&f));
    f.forecast_ns = 101 * MS;
    assert_true(rtx_pays(&f));
}

static void a_slow_path_is_given_time_where_media_has_waited(void **state)
{
    (void)state;
    assert_true(rtx_gives_up(RTX_ROOM_SPARE, false));
    assert_true(rtx_gives_up(RTX_ROOM_EASY, false));
    assert_false(rtx_gives_up(RTX_ROOM_TIGHT, false));
    assert_true(rtx_gives_up(RTX_ROOM_TIGHT, true));
    assert_false(rtx_gives_up(RTX_ROOM_NONE, true));
}

/* The less time is left, the less is waited; once due it stays due. */
static void patience_shrinks_with_the_slack(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct rtx_facts f = {
            .slack_ns = random_below(&seed, 2000) * MS,
            .arrival_ns = random_below(&seed, 300) * MS,
            .round_ns = random_below(&seed, 300) * MS,
            .overdue_ns = random_below(&seed, 300) * MS,
        };

        if (f.arrival_ns > f.slack_ns)
            assert_false(rtx_pays(&f));
        if (!rtx_pays(&f))
            continue;
        f.overdue_ns += MS;
        assert_true(rtx_pays(&f));
        f.slack_ns -= f.slack_ns > f.arrival_ns ? (f.slack_ns - f.arrival_ns) / 2 : 0;
        assert_true(rtx_pays(&f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_arrive_is_not_sent),
        cmocka_unit_test(waiting_media_comes_first),
        cmocka_unit_test(a_slow_path_is_given_time_where_media_has_waited),
        cmocka_unit_test(patience_shrinks_with_the_slack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
