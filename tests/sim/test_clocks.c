/* SPDX-License-Identifier: BSD-2-Clause */
/* Two machines' clocks drift apart faster than they should, are set, or stand still while one of
 * the machines is suspended: the stream goes on. */
#include "tests/sim/stage.h"

#include "sim/measure.h"

static const char links[] = "rate=6 delay=30 queue=500\n"
                            "rate=6 delay=40 queue=500\n";

struct jump {
    struct world *world;
    uint32_t host;
    uint64_t at_ns;
    int64_t by_ns;
    uint64_t written, on_time; /* datagrams until all is as before */
    double share;              /* on time of those after */
    bool is_done, is_over;
};

static void observe(void *ctx, const struct world *world)
{
    struct jump *jump = ctx;
    struct measure_result result;

    if (!jump->is_done && world->now >= jump->at_ns) {
        jump->is_done = true;
        jump->world->host[jump->host].clock.offset_ns += (uint64_t)jump->by_ns;
        jump->world->host[jump->host].wake_ns = world->now;
    }
    if (!jump->is_over && world->now >= jump->at_ns + 2 * SIM_S) {
        jump->is_over = true;
        measure_finish(jump->world, &result);
        jump->written = result.written;
        jump->on_time = result.on_time_5;
    }
}

/* Runs so many seconds of media; returns the share of all that is delivered, and makes
 * jump->share that of what is on time after the jump. */
static double run(struct jump *jump, int32_t drift_ppm, uint64_t latency_ms, uint64_t seconds)
{
    struct stage *stage = stage_over(links);
    struct sim_config *config = &stage->config;
    struct measure_result result;

    config->endpoint.latency_ns = latency_ms * SIM_MS;
    config->load.rate_bps = 4000000;
    config->load.stop_ns = SIM_S + seconds * SIM_S;
    config->end_ns = config->load.stop_ns + 4 * SIM_S;
    config->clock[0].drift_ppm = drift_ppm;
    config->early_ns = config->late_ns = 100 * SIM_MS;
    config->calm_from_ns = PLAIT_NEVER;
    config->keep_going = true;
    config->observe = observe;
    config->observe_ctx = jump;
    jump->world = &stage->world;
    world_run(&stage->world, config);
    measure_finish(&stage->world, &result);
    jump->share =
        (double)(result.on_time_5 - jump->on_time) / (double)(result.written - jump->written);
    print_message("# %llu of %llu delivered, %.4f on time %s\n",
                  (unsigned long long)result.delivered, (unsigned long long)result.written,
                  jump->share, stage->world.error);
    stage_free(stage);
    return (double)result.delivered / (double)result.written;
}

/* A clock that is slewed runs at most so wrong (Linux: adjtime's 500 ppm). */
static void drift_ends_nothing(void **state)
{
    static const int32_t ppm[] = {-500, -200, 200, 500};

    (void)state;
    for (size_t i = 0; i < sizeof ppm / sizeof ppm[0]; i++) {
        struct jump none = {.at_ns = PLAIT_NEVER / 2};

        assert_true(run(&none, ppm[i], 200, 600) >= 0.9999);
    }
}

static void a_jump_ends_nothing(void **state)
{
    static const struct jump jumps[] = {
        {.host = 0, .by_ns = INT64_C(300) * 1000000},
        {.host = 0, .by_ns = -INT64_C(300) * 1000000},
        {.host = 1, .by_ns = INT64_C(300) * 1000000},
        {.host = 1, .by_ns = -INT64_C(300) * 1000000},
        {.host = 0, .by_ns = INT64_C(3) * 1000000000},
        {.host = 0, .by_ns = INT64_C(20) * 1000000000},
        {.host = 1, .by_ns = INT64_C(2) * 1000000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        struct jump jump = jumps[i];

        jump.at_ns = 5 * SIM_S;
        run(&jump, 0, 200, 15);
        assert_true(jump.share >= 0.999);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drift_ends_nothing),
        cmocka_unit_test(a_jump_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
