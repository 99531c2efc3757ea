/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorded scenarios beside the repository, where they are at hand. */
#include "support.h"

#define SKIPPED 77

static const char *folder;

static void recorded_scenarios_load(void **state)
{
    static const struct {
        const char *name;
        unsigned links;
        double aggregate_bps; /* as the file's own comment says */
        uint64_t over_s;
    } known[] = {
        {"car-3op-sync", 3, 24.7e6, 75}, {"drive-3op", 3, 21.3e6, 140},
        {"field-sat-4", 4, 14.0e6, 180}, {"highway-4", 4, 22.9e6, 120},
        {"rack-6", 6, 37.0e6, 140},      {"weak-5", 5, 7.1e6, 120},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct emu_scenario scenario = {.link_count = 0};
        char error[EMU_ERROR_MAX] = "";
        char path[512];
        struct emu_net *net;
        double bytes = 0;

        snprintf(path, sizeof path, "%s/%s.txt", folder, known[i].name);
        if (emu_scenario_load(&scenario, path, error) != 0) {
            fail_msg("%s", error);
        }
        assert_int_equal(scenario.link_count, known[i].links);
        net = emu_net_create(&scenario, 1);
        emu_net_start(net, 0);
        for (unsigned link = 0; link < scenario.link_count; link++) {
            bytes += (double)emu_link_capacity_bytes(emu_net_link(net, link, EMU_FORWARD), 0,
                                                     known[i].over_s * S);
        }
        assert_in_range((uint64_t)(bytes * 800 / (double)known[i].over_s / known[i].aggregate_bps),
                        97, 103);
        emu_net_destroy(net);
        emu_scenario_free(&scenario);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_scenarios_load)};
    char path[512];
    FILE *file;

    folder = argc > 1 ? argv[1] : "";
    snprintf(path, sizeof path, "%s/drive-3op.txt", folder);
    file = fopen(path, "r");
    if (file == NULL) {
        printf("1..0 # SKIP no recorded scenarios at %s\n", folder);
        return SKIPPED;
    }
    fclose(file);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
