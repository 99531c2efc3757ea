/* SPDX-License-Identifier: BSD-2-Clause */
/* The offset between two clocks: it is found, follows drift, and asymmetry costs half of itself. */
#include "tests/support.h"

#include "core/base/limits.h"
#include "core/media/clock.h"

static void measure(struct media_clock *clock, uint64_t now, int64_t middle_ns, uint64_t scatter_ns,
                    bool is_clear)
{
    const struct media_clock_facts facts = {middle_ns, INT64_MIN, scatter_ns, is_clear};

    media_clock_on_middle(clock, now, &facts);
}

/* Runs for `seconds` with true offset `offset` + drift, delays there and back; returns the error.
 */
static int64_t run(int64_t offset, int64_t drift_ppm, int64_t there, int64_t back, int seconds)
{
    struct media_clock clock = {0};
    uint64_t now = 12345 * NS_PER_MS;
    int64_t current = offset;

    media_clock_start(&clock, now, offset + there + 30000000, back + 50000000 - offset);
    for (int i = 0; i < seconds * 100; i++) {
        now += 10 * NS_PER_MS;
        current = offset + (int64_t)(now / 1000000) * drift_ppm;
        measure(&clock, now, (current + there - (back - current)) / 2, 0, true);
    }
    return clock.offset_ns - current;
}

static void found_exactly_when_symmetric(void **state)
{
    static const int64_t offsets[] = {0, 1, -1, INT64_C(1) << 60, -(INT64_C(1) << 60)};

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_in_range(run(offsets[i], 0, 40000000, 40000000, 10) + 10, 0, 20);
}

static void half_of_the_asymmetry(void **state)
{
    (void)state;
    assert_in_range(run(777, 0, 60000000, 20000000, 10), 19999980, 20000020);
    assert_in_range(-run(777, 0, 20000000, 60000000, 10), 19999980, 20000020);
}

static void drift_is_followed(void **state)
{
    (void)state;
    for (int64_t ppm = -100; ppm <= 100; ppm += 50)
        assert_in_range(run(5000, ppm, 30000000, 30000000, 300) + 3000000, 0, 6000000);
}

/* Faster than clocks should, but no packet back came before it was sent. */
static void what_is_proved_is_followed(void **state)
{
    struct media_clock clock = {0};
    uint64_t now = NS_PER_S;

    (void)state;
    media_clock_start(&clock, now, 30000000, 30000000);
    for (int64_t i = 0; i < 10000; i++) {
        const int64_t offset = i * 10000; /* 1000 ppm */
        const struct media_clock_facts facts = {offset, offset - 40000000, 0, true};

        media_clock_on_middle(&clock, now += 10 * NS_PER_MS, &facts);
    }
    assert_in_range(clock.offset_ns, 60000000 - 10000, 60000000);
    assert_int_equal(clock.middle_ns, clock.offset_ns);
}

static void a_jump_is_a_new_start(void **state)
{
    struct media_clock clock = {0};
    uint64_t now = NS_PER_S;

    (void)state;
    media_clock_start(&clock, now, 30000000, 30000000);
    measure(&clock, now += 60 * NS_PER_S, 0, 0, true);
    media_clock_on_jump(&clock, now);
    measure(&clock, now + 10 * NS_PER_MS, 700000000, 0, true);
    assert_int_equal(clock.offset_ns, 700000000);
}

static void a_standing_queue_moves_little(void **state)
{
    struct media_clock clock = {0};
    uint64_t now = NS_PER_S;

    (void)state;
    media_clock_start(&clock, now, 30000000, 30000000);
    for (int i = 0; i < 1300; i++) { /* after 3 s, 10 s with 200 ms of queue on the way there */
        now += 10 * NS_PER_MS;
        measure(&clock, now, i < 300 ? 0 : 100000000, 0, false);
    }
    assert_in_range(clock.offset_ns + 5000000, 0, 10000000);
}

/* What was measured behind a queue gives no right to trust it: 8 ms early until there was none,
 * where the latency has them to spare. */
static void the_lean_fades_only_without_queue(void **state)
{
    struct media_clock clock = {0};
    uint64_t now = NS_PER_S;

    (void)state;
    media_clock_start(&clock, now, 30000000, 30000000);
    assert_int_equal(media_clock_offset(&clock, 150 * NS_PER_MS), -3000000);
    for (int i = 0; i < 3000; i++) {
        now += 10 * NS_PER_MS;
        measure(&clock, now, 0, 2000000, i >= 2000);
        if (i < 2000)
            assert_int_equal(media_clock_offset(&clock, NS_PER_S), -CLOCK_LEAN_NS);
    }
    assert_int_equal(media_clock_offset(&clock, NS_PER_S),
                     -1000000); /* half of the scatter stays */
}

/* A handshake whose answer was repeated with its old time leaves much open: the first delays there
 * and back leave less. */
static void bounds_are_kept(void **state)
{
    struct media_clock clock = {0};

    (void)state;
    media_clock_start(&clock, NS_PER_S, 10000000, 250000000);
    assert_int_equal(clock.offset_ns, -120000000);
    media_clock_on_bounds(&clock, INT64_MIN, INT64_MAX);
    assert_int_equal(clock.offset_ns, -120000000);
    media_clock_on_bounds(&clock, -30000000, 12000000);
    assert_int_equal(clock.offset_ns, -30000000);
    media_clock_on_bounds(&clock, -50000000, -40000000);
    assert_int_equal(clock.offset_ns, -40000000);
    media_clock_on_bounds(&clock, -20000000, -30000000); /* contradict each other: not late */
    assert_int_equal(clock.offset_ns, -30000000);
    /* And what was proved wrong does not come back. */
    clock.offset_ns = clock.middle_ns = -90000000;
    media_clock_on_bounds(&clock, -35000000, 0);
    measure(&clock, NS_PER_S + CLOCK_SETTLE_NS, -34000000, 0, true);
    assert_in_range(-clock.offset_ns, 34000000, 35000000);
}

/* As long as it may jump, a path that takes far longer than the handshake tells less than that. */
static void round_of_the_handshake_counts_until_settled(void **state)
{
    struct media_clock clock = {0};

    (void)state;
    assert_true(media_clock_round(&clock, NS_PER_S) == INT64_MAX);
    media_clock_start(&clock, NS_PER_S, 10000000, 250000000);
    assert_int_equal(media_clock_round(&clock, NS_PER_S), 260000000);
    assert_int_equal(media_clock_round(&clock, NS_PER_S + CLOCK_SETTLE_NS - 1), 260000000);
    assert_true(media_clock_round(&clock, NS_PER_S + CLOCK_SETTLE_NS) == INT64_MAX);
}

/* Nothing was measured in a pause, so it is no reason to lean less. */
static void a_pause_is_no_measurement(void **state)
{
    struct media_clock clock = {0};
    uint64_t now = NS_PER_S;

    (void)state;
    media_clock_start(&clock, now, 30000000, 30000000);
    for (int i = 0; i < 1000; i++) {
        now += 10 * NS_PER_MS;
        media_clock_on_bounds(&clock, -30000000, 30000000);
    }
    measure(&clock, now, 0, 0, true);
    assert_in_range(clock.clear_ns, 1, NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_exactly_when_symmetric),
        cmocka_unit_test(half_of_the_asymmetry),
        cmocka_unit_test(drift_is_followed),
        cmocka_unit_test(what_is_proved_is_followed),
        cmocka_unit_test(a_jump_is_a_new_start),
        cmocka_unit_test(a_standing_queue_moves_little),
        cmocka_unit_test(the_lean_fades_only_without_queue),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(round_of_the_handshake_counts_until_settled),
        cmocka_unit_test(a_pause_is_no_measurement),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
