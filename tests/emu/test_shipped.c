/* SPDX-License-Identifier: BSD-2-Clause */
/* The scenarios that ship: they load from files, and the demo's keeps its promise. */
#include "support.h"

#include "emu/bound.h"

static const char *folder;

static void load(struct emu_scenario *scenario, const char *name)
{
    char error[EMU_ERROR_MAX] = "";
    char path[512];

    snprintf(path, sizeof path, "%s/%s.txt", folder, name);
    if (emu_scenario_load(scenario, path, error) != 0) {
        fail_msg("%s", error);
    }
}

static void all_load(void **state)
{
    static const struct {
        const char *name;
        unsigned links;
    } shipped[] = {{"demo", 3}, {"city-4", 4}, {"rural-4", 4}, {"outage-3", 3}};

    (void)state;
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        struct emu_scenario scenario = {.link_count = 0};

        load(&scenario, shipped[i].name);
        assert_int_equal(scenario.link_count, shipped[i].links);
        assert_null(emu_scenario_missing(&scenario));
        emu_scenario_free(&scenario);
    }
}

static void demo_always_has_room(void **state)
{
    struct emu_scenario scenario = {.link_count = 0};
    struct emu_net *net;
    uint64_t window_ns = 300 * MS;
    uint64_t total = 0;

    (void)state;
    load(&scenario, "demo");
    net = emu_net_create(&scenario, 1);
    emu_net_start(net, 0);
    for (uint64_t at_ns = 0; at_ns < 60 * S; at_ns += 50 * MS) {
        uint64_t bytes = 0;

        for (unsigned i = 0; i < scenario.link_count; i++) {
            const struct emu_link *link = emu_net_link(net, i, EMU_FORWARD);

            bytes += emu_link_capacity_bytes(link, at_ns, at_ns + window_ns);
            total += emu_link_capacity_bytes(link, at_ns, at_ns + 50 * MS);
        }
        assert_true(bytes * 8 * S / window_ns > 7500000);
    }
    assert_in_range(total * 8 / 60, 12000000, 16000000);
    emu_net_destroy(net);
    emu_scenario_free(&scenario);
}

static void demo_can_be_delivered_whole(void **state)
{
    struct emu_scenario scenario = {.link_count = 0};

    (void)state;
    load(&scenario, "demo");
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct emu_bound_stream stream;
        struct emu_bound_result result;
        struct emu_bound bound;

        assert_int_equal(emu_bound_init(&bound, &scenario, seed, 1316, 61 * S), 0);
        stream = emu_bound_stream_of(&bound, 6000000, 0, 60 * S, 300 * MS);
        assert_int_equal(emu_bound_match(&bound, EMU_BOUND_LEARNT, &stream, &result), 0);
        assert_true(result.on_time == result.packets);
        emu_bound_free(&bound);
    }
    emu_scenario_free(&scenario);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_load),
        cmocka_unit_test(demo_always_has_room),
        cmocka_unit_test(demo_can_be_delivered_whole),
    };

    folder = argc > 1 ? argv[1] : "scenarios";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
