/* SPDX-License-Identifier: BSD-2-Clause */
/* Receipts: each is told twice, also those out of order, and reports are due in time. */
#include "tests/support.h"

#include "core/path/ackset.h"

static void told_twice_whatever_the_order(void **state)
{
    static uint8_t told[5000];
    static bool came[5000];
    struct ackset set = {0};
    bool received[ACK_MAX_ENTRIES];
    int64_t before[ACK_MAX_ENTRIES];
    uint64_t seed = 1, now = NS_PER_S;

    (void)state;
    for (uint64_t top = 0; top + 40 < 5000; top++) {
        for (int k = 0; k < 2; k++) {
            const uint64_t n = top + random_below(&seed, 20);

            now += 50 * NS_PER_US;
            if (!came[n])
                ackset_on_received(&set, n, now, true);
            came[n] = true;
        }
        if (ackset_due(&set) <= now) {
            const uint32_t count = ackset_describe(&set, received, before, ACK_MAX_ENTRIES);

            for (uint32_t i = 0; i < count; i++) {
                assert_int_equal(received[i], came[set.largest - i]);
                told[set.largest - i] += received[i];
            }
            ackset_on_reported(&set);
        }
    }
    for (int i = 0; i < 4800; i++)
        assert_true(!came[i] || told[i] >= 2);
}

static void due_by_count_and_by_time(void **state)
{
    struct ackset set = {0};

    (void)state;
    assert_true(ackset_due(&set) == NEVER);
    ackset_on_received(&set, 5, 1000, false);
    assert_true(ackset_due(&set) == NEVER);
    ackset_on_received(&set, 6, 2000, true);
    assert_true(ackset_due(&set) == 2000 + ACK_DELAY);
    for (uint64_t n = 7; n < 6 + ACK_EVERY_PACKETS; n++)
        ackset_on_received(&set, n, 3000, true);
    assert_true(ackset_due(&set) <= 3000);
    ackset_on_reported(&set);
    assert_true(ackset_due(&set) == NEVER);
}

static void old_ones_fall_out_of_the_book(void **state)
{
    struct ackset set = {0};
    bool received[ACK_HISTORY];
    int64_t before[ACK_HISTORY];
    uint32_t count;

    (void)state;
    ackset_on_received(&set, 10000, 1000, true);
    ackset_on_received(&set, 10, 2000, true); /* far below: cannot be told */
    count = ackset_describe(&set, received, before, ACK_HISTORY);
    assert_int_equal(count, ACK_HISTORY);
    for (uint32_t i = 1; i < count; i++)
        assert_false(received[i]);
    ackset_on_received(&set, 50000, 3000, true);
    count = ackset_describe(&set, received, before, ACK_MAX_ENTRIES);
    assert_int_equal(count, ACK_MAX_ENTRIES);
    assert_int_equal(ackset_largest_ns(&set), 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_twice_whatever_the_order),
        cmocka_unit_test(due_by_count_and_by_time),
        cmocka_unit_test(old_ones_fall_out_of_the_book),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
