/* SPDX-License-Identifier: BSD-2-Clause */
/* Each checker finds the defect it is there for, and is silent without one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world.h"

#define LATENCY (500 * SIM_MS)

static struct emu_scenario scenario;

/* A world with three datagrams written, a millisecond apart, at 1 s. */
static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    memset(&scenario, 0, sizeof scenario);
    world_defaults(&world->config, &scenario, 1);
    ledger_init(&world->ledger, 1, false);
    world->latency_min_ns = world->latency_max_ns = world->latency_ns = LATENCY;
    for (uint64_t i = 0; i < 3; i++) {
        struct ledger_entry *entry = ledger_add(&world->ledger, SIM_S + i * SIM_MS, 1316, 0);
        entry->latency_min_ns = entry->latency_max_ns = LATENCY;
    }
    world->now = SIM_S + LATENCY;
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    ledger_free(&world->ledger);
    free(world);
    return 0;
}

static void deliver(struct world *world, uint64_t index, uint64_t now)
{
    struct plait_poll poll = {.kind = PLAIT_POLL_DELIVER, .len = 1316};
    world->now = now;
    check_on_delivered(world, index, &poll);
    if (index < world->ledger.count) {
        world->ledger.entries[index].delivered_ns = now;
    }
}

static void assert_failed(const struct world *world, const char *checker)
{
    assert_int_equal(strncmp(world->error, checker, strlen(checker)), 0);
    assert_string_not_equal(world->error, "");
}

static void all_is_well(void **state)
{
    struct world *world = *state;
    deliver(world, 0, SIM_S + LATENCY);
    deliver(world, 2, SIM_S + LATENCY + 3 * SIM_MS); /* 1 ms late is granted, 1 may be missing */
    assert_string_equal(world->error, "");
}

static void payload_that_was_never_written(void **state)
{
    deliver(*state, UINT64_MAX, SIM_S + LATENCY);
    assert_failed(*state, "payload");
}

static void payload_of_a_refused_write(void **state)
{
    struct world *world = *state;
    world->ledger.entries[0].refused = true;
    deliver(world, 0, SIM_S + LATENCY);
    assert_failed(world, "payload");
}

static void delivered_twice(void **state)
{
    deliver(*state, 0, SIM_S + LATENCY);
    deliver(*state, 0, SIM_S + LATENCY);
    assert_failed(*state, "double");
}

static void delivered_out_of_order(void **state)
{
    deliver(*state, 1, SIM_S + LATENCY + SIM_MS);
    deliver(*state, 0, SIM_S + LATENCY + SIM_MS);
    assert_failed(*state, "order");
}

static void order_holds_within_a_session_of_the_sender_only(void **state)
{
    struct world *world = *state;
    world->ledger.entries[1].epoch = 1;
    deliver(world, 1, SIM_S + LATENCY + SIM_MS);
    deliver(world, 0, SIM_S + LATENCY + SIM_MS);
    assert_string_equal(world->error, "");
}

static void delivered_late(void **state)
{
    deliver(*state, 0, SIM_S + LATENCY + SIM_MS + 1);
    assert_failed(*state, "deadline");
}

static void what_is_due_while_the_receiver_is_held_up_comes_when_it_goes_on(void **state)
{
    struct world *world = *state;
    world->hold[SIM_RECEIVER].until_ns = SIM_S + LATENCY + 20 * SIM_MS;
    deliver(world, 0, SIM_S + LATENCY + 21 * SIM_MS);
    assert_string_equal(world->error, "");
    deliver(world, 1, SIM_S + LATENCY + 21 * SIM_MS + 1);
    assert_failed(world, "deadline");
}

static void the_first_meeting_of_clocks_is_granted_more(void **state)
{
    struct world *world = *state;
    world->meeting = (struct meeting){.until_ns = SIM_S + 2 * SIM_MS, .late_ns = 10 * SIM_MS};
    deliver(world, 0, SIM_S + LATENCY + 11 * SIM_MS);
    assert_string_equal(world->error, "");
    world->meeting.until_ns = SIM_S; /* it was over when these were written */
    deliver(world, 1, SIM_S + LATENCY + 11 * SIM_MS);
    assert_failed(world, "deadline");
}

static void a_clock_that_was_set_is_granted_as_much(void **state)
{
    struct world *world = *state;
    world->clock_set = (struct clock_set){.until_ns = SIM_S + 2 * SIM_MS, .wrong_ns = 10 * SIM_MS};
    world->ledger.entries[0].epoch = 1; /* whatever the session */
    deliver(world, 0, SIM_S + LATENCY + 11 * SIM_MS);
    assert_string_equal(world->error, "");
    deliver(world, 1, SIM_S + LATENCY + 12 * SIM_MS + 1);
    assert_failed(world, "deadline");
}

static void delivered_early(void **state)
{
    deliver(*state, 0, SIM_S + LATENCY - SIM_MS - SIM_LEAN_NS - 1);
    assert_failed(*state, "deadline");
}

static struct check_sample sound_sample(void)
{
    struct check_sample sample = {.now = 2 * SIM_S, .have = {true, true}};
    struct plait_stream_stats *s = &sample.stats[SIM_SENDER].stream;
    struct plait_stream_stats *r = &sample.stats[SIM_RECEIVER].stream;
    s->written = 10;
    s->sent_first = 9;
    s->acked = 7;
    s->dropped = 1;
    r->expected = 8;
    r->delivered = 7;
    r->missing = 1;
    return sample;
}

static void sample(struct world *world, const struct checker *checker,
                   const struct check_sample *taken)
{
    checker->on_sampled(world, taken);
}

static void counters_that_add_up(void **state)
{
    const struct check_sample taken = sound_sample();
    sample(*state, &check_counters, &taken);
    assert_string_equal(((struct world *)*state)->error, "");
}

static void counters_of_more_than_was_written(void **state)
{
    struct check_sample taken = sound_sample();
    taken.stats[SIM_SENDER].stream.acked = 11;
    sample(*state, &check_counters, &taken);
    assert_failed(*state, "counters");
}

static void counters_that_leave_some_out_at_the_end(void **state)
{
    struct check_sample taken = sound_sample();
    taken.settled = true;
    sample(*state, &check_counters, &taken);
    assert_failed(*state, "counters");
}

static void counters_of_the_receiver(void **state)
{
    struct check_sample taken = sound_sample();
    taken.stats[SIM_RECEIVER].stream.missing = 2;
    sample(*state, &check_counters, &taken);
    assert_failed(*state, "counters");
}

/* 5 datagrams, 1000 bytes: as the world saw them. */
static struct check_sample compared_sample(struct world *world)
{
    struct check_sample taken = sound_sample();
    struct plait_stats *stats = &taken.stats[SIM_SENDER];
    taken.stats[SIM_RECEIVER].stream.datagrams = 5;
    taken.stats[SIM_RECEIVER].stream.delivered_bytes = 1000;
    world->check.delivered = 5;
    world->check.delivered_bytes = 1000;
    world->check.written_bytes = stats->stream.written_bytes = 1200;
    stats->paths = 2;
    stats->path[0].packets_sent = 3;
    stats->path[0].bytes_sent = 700;
    stats->path[1].packets_sent = 4;
    stats->path[1].bytes_sent = 800;
    world->line[0].forward_packets = 7;
    world->line[0].forward_bytes = 1500;
    scenario.link_count = 1;
    return taken;
}

static void counters_beside_what_the_world_saw(void **state)
{
    struct world *world = *state;
    struct check_sample taken = compared_sample(world);
    sample(world, &check_counters, &taken);
    assert_string_equal(world->error, "");
    taken.stats[SIM_RECEIVER].stream.datagrams = 4;
    sample(world, &check_counters, &taken);
    assert_failed(world, "counters");
}

static void written_bytes_that_nobody_wrote(void **state)
{
    struct world *world = *state;
    struct check_sample taken = compared_sample(world);
    taken.stats[SIM_SENDER].stream.written_bytes++;
    sample(world, &check_counters, &taken);
    assert_failed(world, "counters");
}

static void sent_bytes_that_no_link_saw(void **state)
{
    struct world *world = *state;
    struct check_sample taken = compared_sample(world);
    taken.stats[SIM_SENDER].path[1].bytes_sent++;
    world->config.faults = 1; /* its counters go with a path */
    world->config.fault[0].kind = SIM_FAULT_PATH_REMOVE;
    sample(world, &check_counters, &taken);
    assert_string_equal(world->error, "");
    world->config.fault[0].kind = SIM_FAULT_PATH_ADD;
    sample(world, &check_counters, &taken);
    assert_failed(world, "counters");
}

static void faults_that_end_no_session_excuse_nothing(void **state)
{
    struct world *world = *state;
    struct check_sample taken = compared_sample(world);
    taken.stats[SIM_RECEIVER].stream.datagrams = 4;
    world->config.faults = 1;
    world->config.fault[0].kind = SIM_FAULT_RECEIVER_RESTART;
    sample(world, &check_counters, &taken);
    assert_string_equal(world->error, "");
    world->config.fault[0].kind = SIM_FAULT_LATENCY;
    sample(world, &check_counters, &taken);
    assert_failed(world, "counters");
}

static void links_without_memory(void **state)
{
    struct world *world = *state;
    static struct emu_scenario far;
    static const char text[] = "rate=1 delay=60000";
    struct check_sample taken = sound_sample();
    char error[EMU_ERROR_MAX];
    assert_int_equal(emu_scenario_parse(&far, text, sizeof text - 1, error), 0);
    world->net = emu_net_create(&far, 1);
    assert_non_null(world->net);
    emu_net_start(world->net, 0);
    sample(world, &check_links, &taken);
    assert_string_equal(world->error, "");
    for (uint64_t now = 0; now < 60 * SIM_S; now += SIM_MS) {
        emu_net_send(world->net, 0, EMU_FORWARD, now, text, 1);
    }
    sample(world, &check_links, &taken);
    assert_failed(world, "links");
    emu_net_destroy(world->net);
    world->net = NULL;
    emu_scenario_free(&far);
}

static void counters_that_fall(void **state)
{
    struct world *world = *state;
    struct check_sample taken = sound_sample();
    world->check.last = taken;
    world->check.last.stats[SIM_SENDER].stream.resent = 3;
    sample(world, &check_counters, &taken);
    assert_failed(world, "counters");
}

static void window_exceeded_by_media_but_not_by_a_probe(void **state)
{
    struct world *world = *state;
    struct plait_stats stats = {.paths = 1};
    stats.path[0].link = 3;
    stats.path[0].bytes_in_flight = 10001;
    stats.path[0].window_bytes = 10000;
    check_window(world, &stats, 2, 1400);
    check_window(world, &stats, 3, 64);
    assert_string_equal(world->error, "");
    check_window(world, &stats, 3, 1400);
    assert_failed(world, "window");
}

static void memory_overrun(void **state)
{
    struct world *world = *state;
    struct host *host = &world->host[SIM_RECEIVER];
    struct check_sample taken = sound_sample();
    assert_true(guard_create(&host->memory, 1000));
    host->ep = (struct plait_endpoint *)(void *)host->memory.block; /* never looked into */
    sample(world, &check_memory, &taken);
    assert_string_equal(world->error, "");
    host->memory.block[1001] ^= 1;
    sample(world, &check_memory, &taken);
    assert_failed(world, "memory");
    guard_free(&host->memory);
}

static void prepare_calm(struct world *world)
{
    world->config.calm_from_ns = SIM_S;
    world->config.calm_share_ppm = 1000000;
    world->config.load.rate_bps = 6000000;
    world->config.load.start_ns = SIM_S;
    world->config.load.stop_ns = 20 * SIM_S;
}

static void stream_that_does_not_flow(void **state)
{
    struct world *world = *state;
    struct check_sample taken = sound_sample();
    prepare_calm(world);
    world->check.flow_ns = 9900 * SIM_MS;
    taken.now = 10 * SIM_S;
    sample(world, &check_liveness, &taken);
    assert_string_equal(world->error, "");
    taken.now = 11 * SIM_S;
    sample(world, &check_liveness, &taken);
    assert_failed(world, "liveness");
}

static void stream_that_loses_in_the_calm(void **state)
{
    struct world *world = *state;
    struct check_sample taken = sound_sample();
    prepare_calm(world);
    deliver(world, 0, SIM_S + LATENCY);
    taken.now = 30 * SIM_S;
    taken.settled = true;
    sample(world, &check_liveness, &taken);
    assert_failed(world, "liveness");
}

static void endpoint_that_spins(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 1000; i++) {
        world->now += SIM_MS;
        check_on_idle_wake(world, SIM_RECEIVER);
    }
    assert_string_equal(world->error, "");
    for (int i = 0; i < 2000; i++) {
        world->now += 1;
        check_on_idle_wake(world, SIM_RECEIVER);
    }
    assert_failed(world, "idle");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_is_well),
        TEST(payload_that_was_never_written),
        TEST(payload_of_a_refused_write),
        TEST(delivered_twice),
        TEST(delivered_out_of_order),
        TEST(order_holds_within_a_session_of_the_sender_only),
        TEST(delivered_late),
        TEST(what_is_due_while_the_receiver_is_held_up_comes_when_it_goes_on),
        TEST(the_first_meeting_of_clocks_is_granted_more),
        TEST(a_clock_that_was_set_is_granted_as_much),
        TEST(delivered_early),
        TEST(counters_that_add_up),
        TEST(counters_of_more_than_was_written),
        TEST(counters_that_leave_some_out_at_the_end),
        TEST(counters_of_the_receiver),
        TEST(counters_beside_what_the_world_saw),
        TEST(written_bytes_that_nobody_wrote),
        TEST(sent_bytes_that_no_link_saw),
        TEST(faults_that_end_no_session_excuse_nothing),
        TEST(links_without_memory),
        TEST(counters_that_fall),
        TEST(window_exceeded_by_media_but_not_by_a_probe),
        TEST(memory_overrun),
        TEST(stream_that_does_not_flow),
        TEST(stream_that_loses_in_the_calm),
        TEST(endpoint_that_spins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
