/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support.h"

#include "core/sched/sched.h"

#define VIEW(ms)                                                                                   \
    {                                                                                              \
        .usable = true, .ready = true, .arrival_ns = (ms)*NS_PER_MS, .rate_bps = 1000000           \
    }

static const struct sched_item item = {
    .slack_ns = 500 * NS_PER_MS, .lasts_ns = 500 * NS_PER_MS, .bytes = 1400};

static void earliest_takes_the_first_to_arrive(void **state)
{
    struct sched_view views[3] = {VIEW(50), VIEW(20), VIEW(90)};

    (void)state;
    assert_int_equal(sched_pick_earliest(NULL, views, 3, &item), 1);
    views[1].ready = false;
    assert_int_equal(sched_pick_earliest(NULL, views, 3, &item), 0);
    views[0].usable = false;
    assert_int_equal(sched_pick_earliest(NULL, views, 3, &item), 2);
    views[2].usable = false;
    assert_int_equal(sched_pick_earliest(NULL, views, 3, &item), SCHED_NONE);
}

/* Sooner by less than what its losses cost in the mean. */
static void on_time_weighs_the_risk(void **state)
{
    struct sched_view views[2] = {VIEW(50), VIEW(20)};

    (void)state;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 1);
    views[1].risk_ns = 29 * NS_PER_MS;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 1);
    views[1].risk_ns = 31 * NS_PER_MS;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 0);
}

static void on_time_waits_rather_than_doubts(void **state)
{
    struct sched_view views[2] = {VIEW(50), VIEW(20)};

    (void)state;
    views[1].doubtful = true;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 0);
    views[0].ready = false;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), SCHED_NONE);
    views[0].usable = false;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 1);
}

static void on_time_skips_what_comes_late(void **state)
{
    struct sched_view views[2] = {VIEW(600), VIEW(700)};

    (void)state;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), SCHED_NONE);
    assert_false(sched_can_make_it(views, 2, item.slack_ns));
    views[1].arrival_ns = 400 * NS_PER_MS;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 1);
    assert_true(sched_can_make_it(views, 2, item.slack_ns));
}

static void on_time_avoids_where_it_was_lost_and_what_costs(void **state)
{
    struct sched_view views[2] = {VIEW(20), VIEW(21)};
    struct sched_item again = item;

    (void)state;
    again.avoid = 1;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &again), 1);
    views[1].cost = 1000;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &again), 0);
}

static void dwrr_shares_by_rate(void **state)
{
    struct sched_view views[3] = {VIEW(10), VIEW(10), VIEW(10)};
    struct sched sched = {0};
    uint32_t count[3] = {0};

    (void)state;
    views[0].rate_bps = 8000000;
    views[1].rate_bps = 4000000;
    views[2].rate_bps = 2000000;
    for (int i = 0; i < 7000; i++) {
        const int pick = sched_pick_dwrr(&sched, views, 3, &item);

        assert_in_range(pick, 0, 2);
        count[pick]++;
    }
    assert_in_range(count[0], 3800, 4200);
    assert_in_range(count[1], 1900, 2100);
    assert_in_range(count[2], 900, 1100);
    views[0].ready = views[1].ready = views[2].ready = false;
    assert_int_equal(sched_pick_dwrr(&sched, views, 3, &item), SCHED_NONE);
    views[1].ready = true;
    views[1].rate_bps = 0; /* unknown: still served, in bounded time */
    assert_int_equal(sched_pick_dwrr(&sched, views, 3, &item), 1);
}

static void backup_keeps_to_the_first_that_lives(void **state)
{
    struct sched_view views[3] = {VIEW(10), VIEW(10), VIEW(10)};

    (void)state;
    views[0].priority = 2;
    views[2].priority = 1;
    assert_int_equal(sched_pick_backup(NULL, views, 3, &item), 1);
    views[1].ready = false; /* waits, does not spill */
    assert_int_equal(sched_pick_backup(NULL, views, 3, &item), SCHED_NONE);
    views[1].doubtful = true;
    assert_int_equal(sched_pick_backup(NULL, views, 3, &item), 2);
    views[2].usable = false;
    assert_int_equal(sched_pick_backup(NULL, views, 3, &item), 0);
    views[0].usable = views[1].usable = false;
    assert_int_equal(sched_pick_backup(NULL, views, 3, &item), SCHED_NONE);
    assert_false(sched_any_sound(views, 3, NEVER));
}

/* Nor is one in doubt that would not bring it if it were empty: what is sent there is taken for
 * sent. */
static void on_time_sends_nothing_that_must_be_late(void **state)
{
    struct sched_view views[2] = {VIEW(50), VIEW(700)};

    (void)state;
    views[0].doubtful = views[1].doubtful = true;
    views[0].ready = false;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 1);
    views[1].way_ns = item.slack_ns + 1;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), SCHED_NONE);
    views[0].ready = true;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 0);
}

/* What no packet written now survives is the last resort, even before what is in doubt. */
static void backup_passes_over_a_way_that_is_too_long(void **state)
{
    struct sched_view views[2] = {VIEW(10), VIEW(10)};

    (void)state;
    views[1].priority = 1;
    assert_int_equal(sched_pick_backup(NULL, views, 2, &item), 0);
    views[0].slow = true;
    assert_int_equal(sched_pick_backup(NULL, views, 2, &item), 1);
    views[1].doubtful = true;
    assert_int_equal(sched_pick_backup(NULL, views, 2, &item), 1);
    views[1].slow = true;
    assert_int_equal(sched_pick_backup(NULL, views, 2, &item), 0);
}

/* It brings a part, where what is in doubt brings nothing perhaps. */
static void backup_passes_over_what_is_weak(void **state)
{
    struct sched_view views[3] = {VIEW(10), VIEW(10), VIEW(10)};

    (void)state;
    views[0].weak = true;
    assert_int_equal(sched_pick_backup(NULL, views, 3, &item), 1);
    views[1].doubtful = views[2].slow = true;
    assert_int_equal(sched_pick_backup(NULL, views, 3, &item), 0);
}

/* A path that could bring nothing is no better one to wait for. */
static void on_time_does_not_wait_for_what_is_of_no_use(void **state)
{
    struct sched_view views[2] = {VIEW(700), VIEW(20)};
    struct sched_item old = item;

    (void)state;
    views[1].doubtful = true;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &item), 1);
    /* Too slow for this packet alone, it is one. */
    views[0].arrival_ns = 400 * NS_PER_MS;
    old.slack_ns = 300 * NS_PER_MS;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &old), SCHED_NONE);
}

/* A path that would bring it at the last moment is none, while a better one is only busy. */
static void on_time_waits_rather_than_cuts_it_fine(void **state)
{
    struct sched_view views[2] = {VIEW(498), VIEW(20)};
    struct sched_item fine = item;

    (void)state;
    views[1].ready = false;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &fine), 0);
    fine.doubt_ns = 20 * NS_PER_MS;
    assert_int_equal(sched_pick_on_time(NULL, views, 2, &fine), SCHED_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earliest_takes_the_first_to_arrive),
        cmocka_unit_test(on_time_weighs_the_risk),
        cmocka_unit_test(on_time_waits_rather_than_doubts),
        cmocka_unit_test(on_time_skips_what_comes_late),
        cmocka_unit_test(on_time_waits_rather_than_cuts_it_fine),
        cmocka_unit_test(on_time_does_not_wait_for_what_is_of_no_use),
        cmocka_unit_test(on_time_avoids_where_it_was_lost_and_what_costs),
        cmocka_unit_test(dwrr_shares_by_rate),
        cmocka_unit_test(on_time_sends_nothing_that_must_be_late),
        cmocka_unit_test(backup_passes_over_a_way_that_is_too_long),
        cmocka_unit_test(backup_passes_over_what_is_weak),
        cmocka_unit_test(backup_keeps_to_the_first_that_lives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
