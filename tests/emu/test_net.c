/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"

#define START (1000000 * S + 123)

static void time_starts_at_the_first_datagram_of_any_link(void **state)
{
    struct emu_scenario *scenario =
        support_scenario("name=a trace=t rebind=2+3\nname=b rate=8M delay=5 down=1-2\n", "100\n");
    struct emu_net *net = emu_net_create(scenario, 1);
    struct emu_arrival arrival;

    (void)state;
    assert_int_equal(emu_net_link_count(net), 2);
    assert_string_equal(emu_net_link_name(net, 1), "b");
    assert_int_equal(emu_net_next_ns(net), EMU_NEVER);
    assert_int_equal(emu_net_epoch(net, 0, START), 0);
    emu_net_send(net, 1, EMU_REVERSE, START, "x", 1);
    assert_false(emu_link_is_down(emu_net_link(net, 1, EMU_FORWARD), START + S - 1));
    assert_true(emu_link_is_down(emu_net_link(net, 1, EMU_FORWARD), START + S));
    assert_true(emu_link_is_down(emu_net_link(net, 1, EMU_REVERSE), START + S));
    assert_int_equal(emu_net_epoch(net, 0, START + 2 * S - 1), 0);
    assert_int_equal(emu_net_epoch(net, 0, START + 2 * S), 1);
    assert_int_equal(emu_net_epoch(net, 0, START + 9 * S), 2);
    assert_int_equal(emu_net_epoch(net, 1, START + 9 * S), 0);
    emu_net_send(net, 0, EMU_FORWARD, START + 50 * MS, "y", 1);
    assert_true(emu_net_recv(net, START + S, &arrival));
    assert_true(emu_net_recv(net, START + S, &arrival));
    assert_int_equal(arrival.arrived_ns, START + 100 * MS);
    assert_int_equal(arrival.link, 0);
    assert_int_equal(arrival.dir, EMU_FORWARD);
    emu_net_destroy(net);
    support_scenario_free(scenario);
}

static void arrivals_come_in_order_of_time(void **state)
{
    struct emu_scenario *scenario = support_scenario(
        "rate=2M delay=30 jitter=20 reorder=0.1 dup=0.1\nrate=5M delay=10 loss=0.1\n", NULL);
    struct emu_net *net = emu_net_create(scenario, 1);
    struct emu_arrival arrival;
    uint64_t last = 0;
    uint64_t seen = 0;

    (void)state;
    for (uint64_t now = 0; now < 3 * S; now += MS) {
        if (now < 2 * S) {
            emu_net_send(net, now / MS % 3 == 0, now / MS % 2 == 0 ? EMU_FORWARD : EMU_REVERSE, now,
                         &now, 8);
        }
        while (emu_net_recv(net, now, &arrival)) {
            assert_true(arrival.arrived_ns >= last && arrival.arrived_ns > arrival.sent_ns);
            assert_memory_equal(arrival.data, &arrival.sent_ns, 8);
            last = arrival.arrived_ns;
            seen++;
        }
    }
    assert_int_equal(emu_net_next_ns(net), EMU_NEVER);
    assert_true(seen > 1900);
    emu_net_destroy(net);
    support_scenario_free(scenario);
}

/* One number that changes with anything a run of `net` does. */
static uint64_t run_hash(const struct emu_scenario *scenario, uint64_t seed, uint64_t origin)
{
    struct emu_net *net = emu_net_create(scenario, seed);
    uint64_t random = 99;
    uint64_t hash = 0;
    uint8_t data[EMU_DATAGRAM_MAX];
    struct emu_arrival arrival;

    memset(data, 0x5a, sizeof data);
    for (uint64_t now = origin; now < origin + 5 * S; now += support_random(&random) % MS) {
        uint64_t bits = support_random(&random);

        hash = hash * 31 + emu_net_send(net, bits % 3, (enum emu_dir)(bits >> 8 & 1), now, data,
                                        (bits >> 16) % sizeof data);
        while (emu_net_recv(net, now, &arrival)) {
            hash = (hash * 31 + arrival.arrived_ns - origin) * 31 + arrival.link;
            hash = hash * 31 + (arrival.len > 0 ? arrival.data[arrival.len / 2] : 0);
        }
    }
    emu_net_destroy(net);
    return hash;
}

static void same_seed_same_run(void **state)
{
    struct emu_scenario *scenario = support_scenario(
        "trace=t delay=30 jitter=20 ge=0.01:0.2:0.5 reorder=0.1 dup=0.1 corrupt=0.1\n"
        "rate=5M loss=0.1 down=1-2 rloss=0.2\nrate=1M queue=50 jitter=9\n",
        "1\n4\n4\n5\n");
    uint64_t hash = run_hash(scenario, 7, 0);

    (void)state;
    assert_true(hash == run_hash(scenario, 7, 0));
    assert_true(hash == run_hash(scenario, 7, START));
    assert_true(hash != run_hash(scenario, 8, 0));
    support_scenario_free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_starts_at_the_first_datagram_of_any_link),
        cmocka_unit_test(arrivals_come_in_order_of_time),
        cmocka_unit_test(same_seed_same_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
