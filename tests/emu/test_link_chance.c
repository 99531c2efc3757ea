/* SPDX-License-Identifier: BSD-2-Clause */
/* Loss, duplicates, corruption, reordering: their rates, and what they may not depend on. */
#include "support.h"

#define CHANCES 20000U

static uint8_t payload[1000];

/* Sends one datagram of `len` bytes just before each of the first chances of a 1 ms trace. */
static void run(const char *line, uint64_t seed, size_t len, bool is_lost[CHANCES],
                struct emu_stats *stats)
{
    struct emu_scenario *scenario = support_scenario(line, "1\n");
    struct emu_link *link = support_link(scenario, seed);
    struct emu_arrival arrival;

    for (unsigned i = 0; i < CHANCES; i++) {
        is_lost[i] = emu_link_send(link, (i + 1) * MS, payload, len) == EMU_LOST;
        while (emu_link_recv(link, (i + 1) * MS, &arrival)) {
            assert_true(arrival.sent_ns <= arrival.arrived_ns);
        }
    }
    while (emu_link_recv(link, EMU_NEVER - 1, &arrival)) {
        assert_int_equal(arrival.len, len);
    }
    *stats = *emu_link_stats(link);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static unsigned count(const bool is_lost[CHANCES])
{
    unsigned lost = 0;

    for (unsigned i = 0; i < CHANCES; i++) {
        lost += is_lost[i];
    }
    return lost;
}

static void independent_loss_has_its_rate(void **state)
{
    bool is_lost[CHANCES];
    struct emu_stats stats;

    (void)state;
    run("trace=t loss=0.05", 3, 1000, is_lost, &stats);
    assert_in_range(count(is_lost), 900, 1100); /* sigma 31 */
    run("trace=t loss=1", 3, 1000, is_lost, &stats);
    assert_int_equal(count(is_lost), CHANCES);
    run("trace=t", 3, 1000, is_lost, &stats);
    assert_int_equal(count(is_lost), 0);
}

static void bursts_have_their_rate_and_length(void **state)
{
    bool is_lost[CHANCES];
    struct emu_stats stats;
    unsigned bursts = 0;
    unsigned lost;

    (void)state;
    run("trace=t ge=0.01:0.2:1", 9, 1000, is_lost, &stats);
    lost = count(is_lost);
    for (unsigned i = 1; i < CHANCES; i++) {
        bursts += is_lost[i] && !is_lost[i - 1];
    }
    assert_in_range(lost, 760, 1140); /* a share of P / (P + R) = 0.0476 */
    assert_in_range(100 * lost / bursts, 400, 600);
}

static void loss_does_not_depend_on_what_was_sent(void **state)
{
    static const char *const lines[] = {"trace=t loss=0.1", "trace=t ge=0.02:0.1:0.7"};
    struct emu_arrival arrival;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct emu_scenario *scenario = support_scenario(lines[i], "1\n");
        struct emu_link *link = support_link(scenario, 11);
        bool is_lost[CHANCES];
        struct emu_stats stats;
        unsigned seen = 0;
        uint64_t random = 5;

        run(lines[i], 11, 1000, is_lost, &stats);
        /* Now with gaps, other sizes and other contents. */
        for (unsigned at = 0; at < CHANCES; at += 1 + support_random(&random) % 7) {
            size_t len = support_random(&random) % sizeof payload;
            enum emu_fate fate = emu_link_send(link, (at + 1) * MS - 5, "other", len % 6);

            assert_int_equal(fate, is_lost[at] ? EMU_LOST : EMU_ACCEPTED);
            while (emu_link_recv(link, (at + 1) * MS, &arrival)) {
                seen++;
            }
        }
        assert_true(seen > 0);
        emu_link_destroy(link);
        support_scenario_free(scenario);
    }
}

static void seed_link_and_direction_draw_apart(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=10M loss=0.5", NULL);
    const struct emu_dir_spec *spec = &scenario->link[0].dir[EMU_FORWARD];
    struct emu_link *link[4] = {
        emu_link_create(spec, 1, 0, EMU_FORWARD), emu_link_create(spec, 2, 0, EMU_FORWARD),
        emu_link_create(spec, 1, 1, EMU_FORWARD), emu_link_create(spec, 1, 0, EMU_REVERSE)};
    uint64_t fates[4] = {0};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        for (uint64_t bit = 0; bit < 64; bit++) {
            uint64_t is_lost = emu_link_send(link[i], bit * 10 * MS, payload, 100) == EMU_LOST;

            fates[i] |= is_lost << bit;
        }
        for (unsigned other = 0; other < i; other++) {
            assert_true(fates[i] != fates[other]);
        }
        emu_link_destroy(link[i]);
    }
    support_scenario_free(scenario);
}

static void copies_and_flips_have_their_rates(void **state)
{
    bool is_lost[CHANCES];
    struct emu_stats stats;

    (void)state;
    run("trace=t delay=30 dup=0.1 corrupt=0.05 reorder=0.02", 4, 1000, is_lost, &stats);
    assert_in_range(stats.duplicated, 1850, 2150);
    assert_in_range(stats.corrupted, 890, 1110);
    assert_in_range(stats.reordered, 330, 470);
    assert_int_equal(stats.arrived, CHANCES + stats.duplicated);
    assert_int_equal(stats.fate[EMU_ACCEPTED], CHANCES);
}

static void corruption_is_marked_and_flips_few_bits(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=10M corrupt=0.5", NULL);
    struct emu_link *link = support_link(scenario, 8);
    struct emu_arrival arrival;
    unsigned corrupted = 0;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        unsigned flipped = 0;

        emu_link_send(link, i * 10 * MS, payload, 100);
        assert_true(emu_link_recv(link, i * 10 * MS + 9 * MS, &arrival));
        for (size_t at = 0; at < arrival.len; at++) {
            for (unsigned bits = arrival.data[at]; bits != 0; bits &= bits - 1) {
                flipped++;
            }
        }
        assert_true(flipped <= 3 && (arrival.corrupted || flipped == 0));
        corrupted += flipped > 0;
    }
    assert_in_range(corrupted, 430, 560);
    assert_int_equal(emu_link_send(link, 20 * S, NULL, 0), EMU_ACCEPTED);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void reordering_lets_others_overtake(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=10M delay=20 reorder=0.1", NULL);
    struct emu_link *link = support_link(scenario, 8);
    struct emu_arrival arrival;
    uint64_t last = 0;
    unsigned overtaken = 0;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        emu_link_send(link, i * 2 * MS, payload, 1000);
    }
    while (emu_link_recv(link, EMU_NEVER - 1, &arrival)) {
        overtaken += arrival.sent_ns < last;
        last = arrival.sent_ns > last ? arrival.sent_ns : last;
    }
    assert_int_equal(overtaken, emu_link_stats(link)->reordered);
    assert_in_range(overtaken, 60, 140);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_loss_has_its_rate),
        cmocka_unit_test(bursts_have_their_rate_and_length),
        cmocka_unit_test(loss_does_not_depend_on_what_was_sent),
        cmocka_unit_test(seed_link_and_direction_draw_apart),
        cmocka_unit_test(copies_and_flips_have_their_rates),
        cmocka_unit_test(corruption_is_marked_and_flips_few_bits),
        cmocka_unit_test(reordering_lets_others_overtake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
