/* SPDX-License-Identifier: BSD-2-Clause */
/* The autopsy: what it notes of sendings is what the links did, and its classes add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/autopsy.h"
#include "sim/bound.h"
#include "sim/world.h"

static const char cut_link[] = "rate=6 delay=40 jitter=5 queue=300 down=4-6\n";
static const char two_links[] = "rate=4 delay=40 jitter=5 loss=0.02 queue=300 down=5-5.4\n"
                                "rate=4 delay=30 jitter=5 loss=0.02 queue=300\n";

static struct world *run(const char *text, struct emu_scenario *scenario, uint64_t rate_bps)
{
    struct world *world = calloc(1, sizeof *world);
    struct sim_config config;
    char error[EMU_ERROR_MAX];
    assert_non_null(world);
    memset(scenario, 0, sizeof *scenario);
    assert_int_equal(emu_scenario_parse(scenario, text, strlen(text), error), 0);
    world_defaults(&config, scenario, 5);
    config.endpoint.latency_ns = 300 * SIM_MS;
    config.load.rate_bps = rate_bps;
    config.load.stop_ns = 9 * SIM_S;
    config.end_ns = 12 * SIM_S;
    config.late_ns = config.early_ns = 50 * SIM_MS;
    config.keep_going = true;
    config.autopsy = true;
    config.sample_ns = 5 * SIM_MS;
    world_run(world, &config);
    return world;
}

static void done(struct world *world, struct emu_scenario *scenario)
{
    world_free(world);
    free(world);
    emu_scenario_free(scenario);
}

static void count(const struct world *world, uint64_t of[AUTOPSY_CLASSES])
{
    memset(of, 0, AUTOPSY_CLASSES * sizeof of[0]);
    for (uint64_t i = 0; i < world->ledger.count; i++) {
        of[autopsy_classify(world->autopsy, world, i)]++;
    }
}

static void classes_add_up(void **state)
{
    (void)state;
    struct emu_scenario scenario;
    struct measure_result result;
    uint64_t of[AUTOPSY_CLASSES];
    uint64_t sum = 0;
    struct world *world = run(two_links, &scenario, 7000000);
    measure_finish(world, &result);
    count(world, of);
    for (int kind = 0; kind < AUTOPSY_CLASSES; kind++) {
        sum += of[kind];
    }
    assert_int_equal(of[AUTOPSY_ON_TIME], result.on_time);
    assert_int_equal(sum, result.written);
    assert_true(result.on_time < result.written);
    done(world, &scenario);
}

static void sendings_are_what_the_links_did(void **state)
{
    (void)state;
    struct emu_scenario scenario;
    struct world *world = run(two_links, &scenario, 5000000);
    uint64_t lost = 0;
    uint64_t sent = 0;
    for (uint64_t i = 0; i < world->ledger.count; i++) {
        const struct ledger_entry *entry = &world->ledger.entries[i];
        const struct autopsy_packet *packet = autopsy_packet(world->autopsy, i);
        assert_non_null(packet);
        for (uint32_t k = 0; k < packet->sendings && k < AUTOPSY_SENDINGS; k++) {
            const struct autopsy_sending *sending = &packet->sending[k];
            assert_true(sending->at_ns >= entry->written_ns);
            assert_true((sending->fate == EMU_ACCEPTED) == (sending->arrives_ns != PLAIT_NEVER));
            if (sending->fate == EMU_ACCEPTED) {
                assert_true(sending->arrives_ns >= sending->at_ns + 20 * SIM_MS);
            }
            lost += sending->fate == EMU_LOST;
            sent++;
        }
        if (packet->sendings == 1 && packet->sending[0].arrives_ns == PLAIT_NEVER) {
            continue; /* recovered by a repair symbol, or missing */
        }
        if (packet->sendings > 0) {
            assert_true(entry->delivered_ns == PLAIT_NEVER ||
                        entry->delivered_ns > packet->sending[0].at_ns);
        }
    }
    assert_in_range(lost, sent / 100, sent / 30); /* 2 % is drawn */
    done(world, &scenario);
}

static void a_cut_shows_where_and_why(void **state)
{
    (void)state;
    struct emu_scenario scenario;
    struct world *world = run(cut_link, &scenario, 3000000);
    uint64_t of[AUTOPSY_CLASSES];
    uint64_t into_cut = 0;
    count(world, of);
    for (uint64_t i = 0; i < world->ledger.count; i++) {
        const struct autopsy_packet *packet = autopsy_packet(world->autopsy, i);
        if (packet->sendings > 0 && packet->sending[0].fate == EMU_DROPPED_DOWN) {
            assert_in_range(packet->sending[0].at_ns, 4 * SIM_S, 6 * SIM_S - 1);
            into_cut++;
        }
        if (autopsy_classify(world->autopsy, world, i) != AUTOPSY_ON_TIME) {
            assert_in_range(world->ledger.entries[i].written_ns, 3 * SIM_S, 7 * SIM_S);
        }
    }
    assert_true(into_cut > 0);
    assert_int_equal(of[AUTOPSY_HELD], 0);
    done(world, &scenario);
}

static void idle_chances_are_counted_while_media_waits(void **state)
{
    (void)state;
    struct emu_scenario scenario;
    struct world *world = run(two_links, &scenario, 3000000);
    for (int door = 0; door < AUTOPSY_DOORS; door++) { /* nothing waits for long */
        uint64_t bytes = autopsy_idle_bytes(world->autopsy, 1, (enum autopsy_door)door);
        assert_true(bytes < 20 * AUTOPSY_PACKET_BYTES);
    }
    done(world, &scenario);
    world = run(cut_link, &scenario, 3000000);
    assert_in_range(autopsy_idle_bytes(world->autopsy, 0, AUTOPSY_DOUBT), 10 * AUTOPSY_PACKET_BYTES,
                    UINT64_C(2) * 6000000 / 8); /* at most what it carries in 2 s */
    done(world, &scenario);
}

static void the_bound_tells_which_it_meets(void **state)
{
    (void)state;
    struct emu_scenario scenario;
    struct bound_shares shares;
    uint64_t met = 0;
    struct world *world = run(cut_link, &scenario, 3000000);
    uint8_t *each = bound_met(world);
    assert_non_null(each);
    for (uint64_t i = 0; i < world->ledger.count; i++) {
        met += each[i];
    }
    free(each);
    bound_shares(world, &shares);
    assert_int_equal(met,
                     (uint64_t)(shares.level[EMU_BOUND_KNOWN] * (double)world->ledger.count + 0.5));
    assert_true(met < world->ledger.count);
    done(world, &scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_add_up),
        cmocka_unit_test(sendings_are_what_the_links_did),
        cmocka_unit_test(a_cut_shows_where_and_why),
        cmocka_unit_test(idle_chances_are_counted_while_media_waits),
        cmocka_unit_test(the_bound_tells_which_it_meets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
