/* SPDX-License-Identifier: BSD-2-Clause */
/* Half as much again as the links carry: what goes, goes by worth. */
#include "tests/sim/stage.h"

#include "sim/experiment.h"

struct share {
    uint64_t written, on_time;
};

/* size: of each datagram, 0: mixed. */
static void run(uint32_t size, struct share shares[PLAIT_WORTH_TOP + 1],
                struct plait_stream_stats *sender)
{
    struct stage *stage = stage_over("rate=3 delay=30\nrate=3 delay=40\n");
    struct sim_config *config = &stage->config;
    const struct world *world = &stage->world;

    config->endpoint.latency_ns = 500 * SIM_MS;
    config->load.start_ns = SIM_S;
    config->load.stop_ns = 21 * SIM_S;
    config->load.rate_bps = 9000000;
    config->load.worths = size == 0;
    if (size != 0)
        config->load.size_min = config->load.size_max = size;
    config->end_ns = 24 * SIM_S;
    config->early_ns = config->late_ns = 50 * SIM_MS;
    config->keep_going = true;
    world_run(&stage->world, config);
    for (uint64_t i = 0; i < world->ledger.count; i++) {
        const struct ledger_entry *entry = &world->ledger.entries[i];

        if (entry->written_ns < 3 * SIM_S)
            continue;
        shares[entry->worth].written++;
        shares[entry->worth].on_time +=
            entry->delivered_ns <= entry->written_ns + entry->latency_max_ns + SIM_MS;
    }
    *sender = world->check.last.stats[SIM_SENDER].stream;
    stage_free(stage);
}

static void what_must_go_goes_by_worth(void **state)
{
    struct share shares[PLAIT_WORTH_TOP + 1] = {{0, 0}};
    struct plait_stream_stats sender;
    const struct share *low = &shares[PLAIT_WORTH_LOW], *delta = &shares[PLAIT_WORTH_DELTA];
    const struct share *key = &shares[PLAIT_WORTH_KEY], *top = &shares[PLAIT_WORTH_TOP];

    (void)state;
    run(0, shares, &sender);
    assert_in_range(low->on_time * 100 / low->written, 0, 20);
    assert_in_range(delta->on_time * 100 / delta->written, 50, 75);
    assert_true(key->on_time * 1000 >= key->written * 999);
    assert_true(top->on_time * 1000 >= top->written * 999);
    assert_true(sender.dropped_low > 0);
    assert_int_equal(sender.dropped_key, 0);
    assert_true(sender.dropped > sender.dropped_low);
    assert_in_range(sender.expired * 1000 / sender.written, 0, 9);
}

/* Five pieces each: dropped one by one, hardly any datagram would be whole. */
static void pieces_of_a_datagram_go_together(void **state)
{
    struct share shares[PLAIT_WORTH_TOP + 1] = {{0, 0}};
    struct plait_stream_stats sender;
    const struct share *all = &shares[PLAIT_WORTH_AUTO];

    (void)state;
    run(6000, shares, &sender);
    print_message("# of datagrams of 6000 bytes %.1f %% on time, %llu pieces dropped\n",
                  100.0 * (double)all->on_time / (double)all->written,
                  (unsigned long long)sender.dropped);
    assert_true(sender.dropped > 0);
    assert_true(all->on_time * 100 >= all->written * 58);
}

static double on_time_of(const char *name, const char *text, enum plait_mode mode,
                         uint64_t rate_bps, uint64_t latency_ns)
{
    struct experiment experiment;
    struct experiment_summary summary;

    experiment_defaults(&experiment);
    experiment.scenario = name;
    experiment.text = text;
    experiment.seconds = 20;
    experiment.latency_ns = latency_ns;
    experiment.rate_bps = rate_bps;
    experiment.endpoint.mode = mode;
    assert_true(experiment_run(&experiment, &summary));
    assert_int_equal(summary.failed, 0);
    print_message("# %s: %.2f %% on time\n", name, 100 * summary.on_time.mean);
    return summary.on_time.mean;
}

/* The link in reserve is nearer: that says nothing of when media is there over the one in use. */
static void what_a_reserve_could_bring_keeps_nothing(void **state)
{
    (void)state;
    /* 5 Mbit/s bring 0.81 of it, less the headers. */
    assert_true(on_time_of("5 Mbit/s 60 ms away, 5 Mbit/s 20 ms away, backup",
                           "rate=5 delay=60 queue=400\nrate=5 delay=20 queue=400\n",
                           PLAIT_MODE_BACKUP, 6000000, 300 * SIM_MS) > 0.78);
}

static void a_link_that_carries_too_little_gives_way(void **state)
{
    (void)state;
    assert_true(on_time_of("5 Mbit/s 60 ms away, 10 Mbit/s 20 ms away, backup",
                           "rate=5 delay=60 queue=400\nrate=10 delay=20 queue=400\n",
                           PLAIT_MODE_BACKUP, 6000000, 300 * SIM_MS) > 0.99);
    assert_true(on_time_of("60 kbit/s, 5 Mbit/s, backup",
                           "rate=0.06 delay=40 queue=500\nrate=5 delay=45 queue=500\n",
                           PLAIT_MODE_BACKUP, 800000, 1000 * SIM_MS) > 0.98);
}

/* The margin is for what has waited: else nothing would go, and nothing be learnt. */
static void a_latency_hardly_above_the_way_is_used(void **state)
{
    static const char text[] = "rate=20 delay=117 jitter=2 queue=780\n";

    (void)state;
    for (int mode = PLAIT_MODE_AGGREGATE; mode <= PLAIT_MODE_BROADCAST; mode++)
        assert_true(on_time_of("117 ms away", text, (enum plait_mode)mode, 1200000, 169 * SIM_MS) >
                    0.97);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_go_goes_by_worth),
        cmocka_unit_test(pieces_of_a_datagram_go_together),
        cmocka_unit_test(what_a_reserve_could_bring_keeps_nothing),
        cmocka_unit_test(a_link_that_carries_too_little_gives_way),
        cmocka_unit_test(a_latency_hardly_above_the_way_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
