/* SPDX-License-Identifier: BSD-2-Clause */
/* A way that has become longer, and what looks like one. */
#include "tests/support.h"

#include "core/base/limits.h"
#include "core/path/train.h"

#define REPORT  (10 * NS_PER_MS)
#define ROUND   (120 * NS_PER_MS)
#define NEAR    (4 * NS_PER_MS)
#define LATE    (50 * NS_PER_MS)
#define SERVICE (4 * NS_PER_MS) /* as the link is believed to take */

/* Four packets a report, sent within a third of what they are believed to take; they come gap_ns
 * apart, queue_ns(now) late. Returns what is found within ten seconds, and when. */
static uint64_t longer_ns(uint64_t gap_ns, uint64_t (*queue_ns)(uint64_t), uint64_t *found_ns)
{
    struct train train = {0};

    for (*found_ns = 0; *found_ns < 10 * NS_PER_S; *found_ns += REPORT) {
        uint64_t longer;

        train_on_packet(&train, 3 * SERVICE, SERVICE, SERVICE); /* the first of them */
        for (int i = 0; i < 3; i++)
            train_on_packet(&train, SERVICE / 3, gap_ns, SERVICE);
        longer = train_on_report(&train, NS_PER_S + *found_ns, queue_ns(*found_ns), ROUND, NEAR);
        if (longer != 0)
            return longer;
    }
    return 0;
}

static uint64_t stands(uint64_t now)
{
    return LATE + now / REPORT % 5 * NS_PER_MS;
}

/* Somebody else's: a fifth more in a second, then half of it is gone. */
static uint64_t saws(uint64_t now)
{
    return LATE / 2 + now % (5 * NS_PER_S) / 100;
}

static uint64_t empty(uint64_t now)
{
    return now / REPORT % 5 * NS_PER_MS;
}

static void what_comes_as_close_together_as_it_was_sent_waited_for_nobody(void **state)
{
    uint64_t found_ns;

    (void)state;
    assert_int_equal(longer_ns(SERVICE / 3, stands, &found_ns), LATE);
    assert_in_range(found_ns, TRAIN_LEAST, TRAIN_LEAST + NS_PER_S / 2);
}

static void a_queue_of_ours_draws_packets_apart(void **state)
{
    uint64_t found_ns;

    (void)state;
    assert_int_equal(longer_ns(SERVICE, stands, &found_ns), 0);
}

static void a_queue_that_moves_is_a_queue(void **state)
{
    uint64_t found_ns;

    (void)state;
    assert_int_equal(longer_ns(SERVICE / 3, saws, &found_ns), 0);
}

static void nothing_is_late_where_the_link_is_empty(void **state)
{
    uint64_t found_ns;

    (void)state;
    assert_int_equal(longer_ns(SERVICE / 3, empty, &found_ns), 0);
}

/* One train, and then nothing that would tell whether it is still so. */
static void what_is_not_told_again_is_so_no_more(void **state)
{
    struct train train = {0};

    (void)state;
    for (int i = 0; i < TRAIN_PACKETS; i++)
        train_on_packet(&train, SERVICE / 3, SERVICE / 3, SERVICE);
    for (uint64_t at = 0; at < 10 * NS_PER_S; at += REPORT)
        assert_int_equal(train_on_report(&train, NS_PER_S + at, LATE, ROUND, NEAR), 0);
}

static void of_an_unknown_rate_nothing_is_told(void **state)
{
    struct train train = {0};

    (void)state;
    for (int i = 0; i < TRAIN_PACKETS; i++)
        train_on_packet(&train, 0, 0, 0);
    assert_int_equal(train.packets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_as_close_together_as_it_was_sent_waited_for_nobody),
        cmocka_unit_test(a_queue_of_ours_draws_packets_apart),
        cmocka_unit_test(a_queue_that_moves_is_a_queue),
        cmocka_unit_test(nothing_is_late_where_the_link_is_empty),
        cmocka_unit_test(what_is_not_told_again_is_so_no_more),
        cmocka_unit_test(of_an_unknown_rate_nothing_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
