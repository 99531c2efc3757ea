/* SPDX-License-Identifier: BSD-2-Clause */
/* Capacity, queue, delay and outage of one direction. */
#include "support.h"

static uint8_t payload[EMU_DATAGRAM_MAX + 1];

/* Sends `len` bytes at `now` and returns when they arrive, which must be settled at once. */
static uint64_t arrival_of(struct emu_link *link, uint64_t now, size_t len)
{
    struct emu_arrival arrival;

    assert_int_equal(emu_link_send(link, now, payload, len), EMU_ACCEPTED);
    assert_true(emu_link_recv(link, EMU_NEVER - 1, &arrival));
    assert_int_equal(arrival.len, len);
    assert_int_equal(arrival.sent_ns, now);
    return arrival.arrived_ns;
}

static void fixed_rate_serialises(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=8M delay=10", NULL);
    struct emu_link *link = support_link(scenario, 1);

    (void)state;
    /* 972 + 28 bytes take 1 ms at 8 Mbit/s. */
    assert_int_equal(arrival_of(link, 0, 972), 11 * MS);
    assert_int_equal(arrival_of(link, 0, 972), 12 * MS);
    assert_int_equal(emu_link_queue_ns(link, 0), 2 * MS);
    assert_int_equal(emu_link_queue_ns(link, 5 * MS), 0);
    assert_int_equal(arrival_of(link, 5 * MS, 472), 15500000);
    assert_int_equal(emu_link_capacity_bytes(link, 0, S), 1000000);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void small_ones_share_a_chance_and_a_large_one_continues(void **state)
{
    struct emu_scenario *scenario = support_scenario("trace=t delay=1", "10\n20\n30\n40\n");
    struct emu_link *link = support_link(scenario, 1);

    (void)state;
    assert_int_equal(arrival_of(link, 0, 472), 11 * MS);
    assert_int_equal(arrival_of(link, 0, 472), 11 * MS);
    assert_int_equal(arrival_of(link, 10 * MS, 472), 11 * MS);
    assert_int_equal(arrival_of(link, 10 * MS, 472), 21 * MS);
    assert_int_equal(arrival_of(link, 10 * MS, 1472), 31 * MS);
    assert_int_equal(arrival_of(link, 10 * MS, 972), 31 * MS);
    /* What nobody used is lost: 500 bytes of the chance at 30 were left. */
    assert_int_equal(arrival_of(link, 30 * MS + 1, 72), 41 * MS);
    assert_int_equal(arrival_of(link, 45 * MS, 72), 51 * MS);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void saturated_trace_moves_exactly_its_bytes(void **state)
{
    struct emu_scenario *scenario = support_scenario("trace=t queue=60000", "3\n3\n4\n9\n50\n");
    struct emu_link *link = support_link(scenario, 1);
    uint64_t random = 77;
    uint64_t bytes = 0;
    uint64_t next = 0;
    struct emu_arrival arrival;

    (void)state;
    while (next < 2000 * MS) {
        size_t len = support_random(&random) % (EMU_DATAGRAM_MAX + 1);

        assert_int_equal(emu_link_send(link, 0, payload, len), EMU_ACCEPTED);
        assert_true(emu_link_recv(link, EMU_NEVER - 1, &arrival));
        assert_true(arrival.arrived_ns >= next);
        next = arrival.arrived_ns;
        bytes += len + EMU_OVERHEAD_BYTES;
    }
    /* Time 2 s is chance 199 (and 200: none); the last datagram ended in it. */
    assert_int_equal(emu_link_capacity_bytes(link, 0, 2000 * MS), 199 * EMU_CHANCE_BYTES);
    assert_in_range(bytes, 199 * EMU_CHANCE_BYTES, 200 * EMU_CHANCE_BYTES);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void queue_limit_is_a_waiting_time(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=8M queue=10", NULL);
    struct emu_link *link = support_link(scenario, 1);
    unsigned accepted = 0;

    (void)state;
    while (emu_link_send(link, 0, payload, 972) == EMU_ACCEPTED) {
        accepted++;
    }
    assert_int_equal(accepted, 11); /* the last one waits 10 ms */
    assert_int_equal(emu_link_stats(link)->fate[EMU_DROPPED_QUEUE], 1);
    assert_int_equal(emu_link_send(link, MS - 1, payload, 972), EMU_DROPPED_QUEUE);
    assert_int_equal(emu_link_send(link, MS, payload, 972), EMU_ACCEPTED);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void queue_limit_sees_a_gap_of_the_trace(void **state)
{
    struct emu_scenario *scenario = support_scenario("trace=t queue=100", "1\n1000\n");
    struct emu_link *link = support_link(scenario, 1);

    (void)state;
    assert_int_equal(arrival_of(link, 0, 1000), 1 * MS);
    assert_int_equal(emu_link_send(link, 2 * MS, payload, 1000), EMU_DROPPED_QUEUE);
    assert_int_equal(arrival_of(link, 900 * MS, 1000), 1000 * MS);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void jitter_keeps_order_and_bounds(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=100M delay=20 jitter=15", NULL);
    struct emu_link *link = support_link(scenario, 5);
    uint64_t least = EMU_NEVER;
    uint64_t most = 0;
    uint64_t last = 0;

    (void)state;
    for (uint64_t now = 0; now < 20 * S; now += MS) {
        uint64_t arrived = arrival_of(link, now, 97);
        uint64_t delay = arrived - now - 10000; /* 125 bytes leave in 10 us */

        assert_true(arrived >= last);
        last = arrived;
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    assert_in_range(least, 5 * MS, 7 * MS);
    assert_in_range(most, 33 * MS, 35 * MS);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void a_detour_takes_longer_while_it_lasts(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=80k delay=20 detour=1-2:30", NULL);
    struct emu_link *link = support_link(scenario, 1);

    (void)state;
    assert_int_equal(arrival_of(link, 0, 72), 30 * MS); /* 100 bytes leave in 10 ms */
    assert_int_equal(arrival_of(link, 990 * MS, 72), 1050 * MS);
    assert_int_equal(arrival_of(link, 1989 * MS, 72), 2049 * MS);
    assert_int_equal(arrival_of(link, 2100 * MS, 72), 2130 * MS);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void outage_loses_what_is_sent_and_holds_what_is_queued(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=80k queue=1000 down=1-1.5+2-9", NULL);
    struct emu_link *link = support_link(scenario, 1);

    (void)state;
    /* 972 + 28 bytes take 100 ms. */
    assert_int_equal(arrival_of(link, 950 * MS, 972), 1550 * MS);
    assert_true(emu_link_is_down(link, S));
    assert_int_equal(emu_link_send(link, S, payload, 972), EMU_DROPPED_DOWN);
    assert_false(emu_link_is_down(link, 1500 * MS));
    assert_int_equal(arrival_of(link, 1500 * MS, 972), 1650 * MS);
    assert_int_equal(emu_link_capacity_bytes(link, 0, 3 * S), 15000);
    /* In the second outage the queue would hold it too long. */
    assert_int_equal(arrival_of(link, 1900 * MS, 972), 2000 * MS);
    assert_int_equal(emu_link_send(link, 1900 * MS, payload, 972), EMU_DROPPED_QUEUE);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void outage_takes_the_chances_of_a_trace(void **state)
{
    struct emu_scenario *scenario =
        support_scenario("trace=t queue=1000 down=0.015-0.035", "10\n20\n30\n40\n");
    struct emu_link *link = support_link(scenario, 1);

    (void)state;
    assert_int_equal(arrival_of(link, 0, 1472), 10 * MS);
    assert_int_equal(arrival_of(link, 0, 1472), 40 * MS);
    assert_int_equal(emu_link_capacity_bytes(link, 0, 41 * MS), 2 * EMU_CHANCE_BYTES);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void refuses_what_does_not_fit(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=10G delay=60000", NULL);
    struct emu_link *link = support_link(scenario, 1);

    (void)state;
    assert_int_equal(emu_link_send(link, 0, payload, EMU_DATAGRAM_MAX + 1), EMU_DROPPED_SIZE);
    for (unsigned i = 0; i < EMU_SLOTS_MAX; i++) {
        assert_int_equal(emu_link_send(link, i, payload, EMU_DATAGRAM_MAX), EMU_ACCEPTED);
    }
    assert_int_equal(emu_link_send(link, S, payload, 0), EMU_DROPPED_MEMORY);
    emu_link_destroy(link);
    support_scenario_free(scenario);
}

static void nothing_passes_above_capacity(void **state)
{
    struct emu_scenario *scenario =
        support_scenario("trace=t queue=300", "2\n4\n4\n4\n30\n31\n77\n78\n78\n120\n");

    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct emu_link *link = support_link(scenario, seed);
        uint64_t random = seed;
        uint64_t bytes = 0;
        struct emu_arrival arrival;

        for (uint64_t now = 0; now < 5 * S; now += support_random(&random) % (4 * MS)) {
            emu_link_send(link, now, payload, support_random(&random) % EMU_DATAGRAM_MAX);
            while (emu_link_recv(link, now, &arrival)) {
                bytes += arrival.len + EMU_OVERHEAD_BYTES;
                assert_true(arrival.arrived_ns - arrival.sent_ns <= 400 * MS);
            }
            assert_true(bytes <= emu_link_capacity_bytes(link, 0, now + 1));
        }
        assert_true(emu_link_stats(link)->fate[EMU_DROPPED_QUEUE] > 0);
        emu_link_destroy(link);
    }
    support_scenario_free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_rate_serialises),
        cmocka_unit_test(small_ones_share_a_chance_and_a_large_one_continues),
        cmocka_unit_test(saturated_trace_moves_exactly_its_bytes),
        cmocka_unit_test(queue_limit_is_a_waiting_time),
        cmocka_unit_test(queue_limit_sees_a_gap_of_the_trace),
        cmocka_unit_test(jitter_keeps_order_and_bounds),
        cmocka_unit_test(a_detour_takes_longer_while_it_lasts),
        cmocka_unit_test(outage_loses_what_is_sent_and_holds_what_is_queued),
        cmocka_unit_test(outage_takes_the_chances_of_a_trace),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(nothing_passes_above_capacity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
