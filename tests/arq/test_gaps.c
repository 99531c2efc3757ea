/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support.h"

#include "core/arq/gaps.h"

static void a_hole_is_due_once(void **state)
{
    struct gaps gaps = {.highest = 100};

    (void)state;
    gaps_on_arrived(&gaps, 100);
    gaps_on_arrived(&gaps, 101);
    assert_false(gaps_is_due(&gaps));
    gaps_on_arrived(&gaps, 103);
    assert_true(gaps_is_due(&gaps));
    gaps_on_reported(&gaps);
    assert_false(gaps_is_due(&gaps));
    gaps_on_arrived(&gaps, 102);
    gaps_on_arrived(&gaps, 104);
    assert_false(gaps_is_due(&gaps));
    assert_int_equal(gaps.highest, 105);
}

static void runs_against_a_model(void **state)
{
    uint64_t words[4], seed = 1;
    const struct bitmap map = {words, 256};

    (void)state;
    for (int round = 0; round < 3000; round++) {
        const uint64_t base = random_u64(&seed) >> 2, end = base + random_below(&seed, 257);
        uint64_t from = base, first, count, n = base;

        for (int i = 0; i < 4; i++)
            words[i] =
                random_u64(&seed) | random_u64(&seed) | (round % 3 == 0 ? random_u64(&seed) : 0);
        while (gaps_next(&map, &from, end, &first, &count)) {
            assert_true(count > 0);
            for (; n < first; n++)
                assert_true(bitmap_test(&map, n));
            for (; n < first + count; n++)
                assert_false(bitmap_test(&map, n));
            assert_true(n <= end && (n == end || bitmap_test(&map, n)));
        }
        for (; n < end; n++)
            assert_true(bitmap_test(&map, n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hole_is_due_once),
        cmocka_unit_test(runs_against_a_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
