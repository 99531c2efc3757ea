/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiver's ring against a naive model: random order, loss, duplicates, lateness. */
#include "tests/support.h"

#include "core/media/reorder.h"

#define SIZE    256
#define PACKETS 40000
#define LATENCY (100 * NS_PER_MS)

static struct reorder *create(uint64_t first)
{
    struct reorder *reorder = calloc(1, sizeof *reorder);
    struct arena measure = {0}, cut = {0};

    reorder_cut(NULL, &measure, SIZE, 16);
    cut.base = aligned_alloc(64, (measure.used + 63) & ~(size_t)63);
    reorder_cut(reorder, &cut, SIZE, 16);
    assert_int_equal(cut.used, measure.used);
    reorder_start(reorder, first);
    return reorder;
}

static void destroy(struct reorder *reorder)
{
    free(reorder->ring); /* the beginning of the block */
    free(reorder);
}

static enum reorder_insert insert(struct reorder *reorder, uint64_t seq, uint64_t written)
{
    uint8_t payload[16];

    memset(payload, (int)(seq & 0xff), sizeof payload);
    return reorder_insert(reorder, seq, written, 0, payload, sizeof payload, false);
}

static void against_a_model(void **state)
{
    static bool present[PACKETS], seen[PACKETS];
    const uint64_t start = UINT64_C(0xffffffff) - 1000;
    struct reorder *reorder = create(start);
    struct reorder_release release;
    uint64_t seed = 1, written = 0, next = 0, now = NS_PER_S, missing = 0, delivered = 0;

    (void)state;
    memset(present, 0, sizeof present);
    memset(seen, 0, sizeof seen);
    while (written < PACKETS) {
        /* a packet a millisecond; arrivals of any of the last 120 */
        now += NS_PER_MS;
        written++;
        for (int k = 0; k < 2; k++) {
            const uint64_t i = written - 1 - random_below(&seed, written < 120 ? written : 120);
            const enum reorder_insert verdict =
                insert(reorder, start + i, NS_PER_S + i * NS_PER_MS);

            if (i < next)
                assert_int_equal(verdict, seen[i] ? REORDER_DUPLICATE : REORDER_LATE);
            else
                assert_int_equal(verdict, present[i] ? REORDER_DUPLICATE : REORDER_NEW);
            present[i] = present[i] || i >= next;
            seen[i] = true;
        }
        while (reorder_pop(reorder, now, LATENCY, &release)) {
            const uint64_t i = release.seq - start;

            missing = 0;
            while (!present[next]) {
                missing++;
                next++;
            }
            assert_true(i == next && release.passed.missing == missing);
            assert_int_equal(release.payload[15], release.seq & 0xff);
            assert_true(release.slot->written_ns + LATENCY - RELEASE_LEAD <= now);
            next++;
            delivered++;
        }
        assert_true(reorder_due(reorder, LATENCY) > now);
    }
    assert_true(delivered > PACKETS / 2);
    destroy(reorder);
}

static void skipped_are_counted(void **state)
{
    struct reorder *reorder = create(10);
    struct reorder_release release;

    (void)state;
    reorder_skip(reorder, 0, 13);
    reorder_skip(reorder, 1000, 5); /* beyond the ring */
    assert_int_equal(insert(reorder, 15, NS_PER_S), REORDER_NEW);
    assert_false(reorder_pop(reorder, NS_PER_S, LATENCY, &release));
    assert_true(reorder_pop(reorder, NS_PER_S + LATENCY, LATENCY, &release));
    assert_int_equal(release.passed.missing, 5);
    assert_int_equal(release.passed.skipped, 3);
    destroy(reorder);
}

/* Given up by the sender or late, never both, whenever the packet comes that was given up. */
static void what_was_skipped_and_comes_counts_once(void **state)
{
    struct reorder *reorder = create(0);
    struct reorder_release release;

    (void)state;
    reorder_skip(reorder, 0, 2);
    assert_int_equal(reorder_late(reorder, 0), REORDER_AHEAD);
    assert_int_equal(insert(reorder, 2, NS_PER_S), REORDER_NEW);
    assert_true(reorder_pop(reorder, NS_PER_S + LATENCY, LATENCY, &release));
    assert_int_equal(release.passed.missing, 2);
    assert_int_equal(release.passed.late, 1);
    assert_int_equal(release.passed.skipped, 1);
    assert_int_equal(reorder_late(reorder, 1), REORDER_DUPLICATE);
    destroy(reorder);
}

/* The SKIP was overtaken by what it names: the sender gave that up as it came. */
static void what_came_late_is_not_skipped_after(void **state)
{
    struct reorder *reorder = create(0);
    struct reorder_release release;

    (void)state;
    assert_int_equal(reorder_late(reorder, 1), REORDER_AHEAD);
    reorder_skip(reorder, 0, 3);
    assert_int_equal(insert(reorder, 3, NS_PER_S), REORDER_NEW);
    assert_true(reorder_pop(reorder, NS_PER_S + LATENCY, LATENCY, &release));
    assert_int_equal(release.passed.missing, 3);
    assert_int_equal(release.passed.skipped, 2);
    assert_int_equal(release.passed.late, 1);
    destroy(reorder);
}

static void a_jump_forgets_neither_skipped_nor_late(void **state)
{
    struct reorder *reorder = create(0);
    struct reorder_release release;

    (void)state;
    reorder_skip(reorder, 3, 4);
    assert_int_equal(reorder_late(reorder, 9), REORDER_AHEAD);
    assert_int_equal(insert(reorder, SIZE, NS_PER_S), REORDER_NEW);
    assert_int_equal(reorder_late(reorder, 9), REORDER_DUPLICATE);
    assert_true(reorder_pop(reorder, NS_PER_S + LATENCY, LATENCY, &release));
    assert_int_equal(release.passed.missing, SIZE);
    assert_int_equal(release.passed.skipped, 4);
    assert_int_equal(release.passed.late, 1);
    destroy(reorder);
}

static void jumps_after_a_long_gap(void **state)
{
    struct reorder *reorder = create(0);
    struct reorder_release release;
    uint64_t missing = 0, delivered = 0;

    (void)state;
    assert_int_equal(insert(reorder, 0, NS_PER_S), REORDER_NEW);
    assert_int_equal(insert(reorder, 100000, 2 * NS_PER_S), REORDER_AHEAD); /* 0 waits */
    assert_true(reorder_pop(reorder, NS_PER_S + LATENCY, LATENCY, &release));
    for (uint64_t seq = 100000; seq < 100000 + SIZE / 4; seq++)
        assert_int_equal(insert(reorder, seq, 2 * NS_PER_S), REORDER_NEW);
    assert_int_equal(insert(reorder, 100000 - SIZE / 4, 2 * NS_PER_S), REORDER_NEW);
    assert_int_equal(insert(reorder, 100000 - SIZE / 4 - 1, 2 * NS_PER_S), REORDER_LATE);
    assert_int_equal(insert(reorder, 100000 - SIZE / 4 - 1, 2 * NS_PER_S), REORDER_DUPLICATE);
    while (reorder_pop(reorder, 3 * NS_PER_S, LATENCY, &release)) {
        missing += release.passed.missing;
        delivered++;
    }
    assert_int_equal(delivered, SIZE / 4 + 1);
    assert_int_equal(1 + missing + delivered, 100000 + SIZE / 4);
    destroy(reorder);
}

/* After an outage some of what comes fits into the ring, and what follows does not: holes give way,
 * as many as it takes. What was skipped or late among them is told all the same. */
static void slides_over_holes(void **state)
{
    struct reorder *reorder = create(0);
    struct reorder_release release;
    const uint64_t first = SIZE / 2 - 2;

    (void)state;
    reorder_skip(reorder, 1, 2);
    assert_int_equal(reorder_late(reorder, 0), REORDER_AHEAD);
    assert_int_equal(insert(reorder, first, NS_PER_S), REORDER_NEW);
    assert_int_equal(insert(reorder, SIZE / 2 + 9, NS_PER_S), REORDER_NEW);
    assert_int_equal(insert(reorder, 9, NS_PER_S), REORDER_LATE);
    assert_int_equal(insert(reorder, 0, NS_PER_S), REORDER_DUPLICATE);
    assert_int_equal(insert(reorder, 10, NS_PER_S), REORDER_NEW);
    assert_int_equal(insert(reorder, SIZE / 2 + 11, NS_PER_S), REORDER_AHEAD);
    assert_true(reorder_pop(reorder, NS_PER_S + LATENCY, LATENCY, &release));
    assert_int_equal(release.seq, 10);
    assert_int_equal(release.passed.missing, 10);
    assert_int_equal(release.passed.skipped, 2);
    assert_int_equal(release.passed.late, 1); /* 0; 9 was told of when it came */
    assert_int_equal(insert(reorder, SIZE / 2 + first, NS_PER_S), REORDER_AHEAD);
    assert_int_equal(reorder->next, 11);
    assert_int_equal(insert(reorder, SIZE / 2 + first - 1, NS_PER_S), REORDER_NEW);
    assert_int_equal(reorder->next, first);
    assert_true(reorder_pop(reorder, NS_PER_S + LATENCY, LATENCY, &release));
    assert_int_equal(release.seq, first);
    assert_int_equal(release.passed.missing, first - 11);
    assert_int_equal(release.passed.skipped, 0);
    destroy(reorder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_a_model),
        cmocka_unit_test(skipped_are_counted),
        cmocka_unit_test(slides_over_holes),
        cmocka_unit_test(what_was_skipped_and_comes_counts_once),
        cmocka_unit_test(what_came_late_is_not_skipped_after),
        cmocka_unit_test(a_jump_forgets_neither_skipped_nor_late),
        cmocka_unit_test(jumps_after_a_long_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
