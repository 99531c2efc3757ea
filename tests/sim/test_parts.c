/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's own parts: clock, load, ledger, guard, jobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/clock.h"
#include "sim/guard.h"
#include "sim/jobs.h"
#include "sim/ledger.h"
#include "sim/load.h"
#include "sim/ts.h"

#define SECOND UINT64_C(1000000000)

static void clock_finds_the_first_world_time_of_a_local_time(void **state)
{
    (void)state;
    const int32_t drifts[] = {-500, -50, -1, 0, 1, 50, 500};
    for (size_t i = 0; i < sizeof drifts / sizeof drifts[0]; i++) {
        const struct sim_clock clock = {86400 * SECOND, drifts[i]};
        struct sim_rng rng = {i};
        for (int n = 0; n < 1000; n++) {
            uint64_t world = sim_rng_next(&rng) % (600 * SECOND);
            uint64_t found = sim_clock_world(&clock, sim_clock_local(&clock, world));
            assert_true(found <= world);
            assert_true(sim_clock_local(&clock, found) >= sim_clock_local(&clock, world));
            assert_true(found == 0 ||
                        sim_clock_local(&clock, found - 1) < sim_clock_local(&clock, world));
        }
    }
}

/* A wake that lies in the past again is asked for again and again (seed 38820). */
static void clock_never_goes_back(void **state)
{
    (void)state;
    const int32_t drifts[] = {-500, -50, -1, 1, 50, 500};
    for (size_t i = 0; i < sizeof drifts / sizeof drifts[0]; i++) {
        const struct sim_clock clock = {5 * SECOND, drifts[i]};
        for (uint64_t world = 3 * SECOND; world < 3 * SECOND + 3000000; world += 7) {
            assert_true(sim_clock_local(&clock, world + 7) >= sim_clock_local(&clock, world));
        }
        for (uint64_t ms = 1; ms < 1000; ms++) {
            assert_true(sim_clock_local(&clock, ms * 1000000) >=
                        sim_clock_local(&clock, ms * 1000000 - 1));
        }
    }
}

static void clock_knows_never_and_the_past(void **state)
{
    (void)state;
    const struct sim_clock clock = {5 * SECOND, 10};
    assert_true(sim_clock_world(&clock, PLAIT_NEVER) == PLAIT_NEVER);
    assert_int_equal(sim_clock_world(&clock, 1), 0);
    const struct sim_clock set_back = {0 - SECOND, 10};
    assert_int_equal(sim_clock_world(&set_back, 0), sim_clock_world(&clock, 6 * SECOND));
}

static uint64_t run_load(const struct load_config *config, uint64_t *datagrams)
{
    struct load load;
    uint64_t bytes = 0;
    uint64_t last = 0;
    load_init(&load, config, 7);
    *datagrams = 0;
    while (load_next(&load) != PLAIT_NEVER) {
        uint32_t len;
        enum plait_worth worth;
        assert_true(load_next(&load) >= last);
        last = load_next(&load);
        load_take(&load, &len, &worth);
        assert_in_range(len, config->size_min, config->size_max);
        bytes += len;
        (*datagrams)++;
    }
    return bytes;
}

static void load_keeps_its_rate_evenly(void **state)
{
    (void)state;
    const struct load_config config = {.start_ns = SECOND,
                                       .stop_ns = 11 * SECOND,
                                       .rate_bps = 6000000,
                                       .size_min = 1316,
                                       .size_max = 1316};
    uint64_t datagrams;
    uint64_t bytes = run_load(&config, &datagrams);
    assert_in_range(bytes * 8 / 10, 5990000, 6010000);
    assert_int_equal(datagrams, bytes / 1316);
}

static void load_keeps_its_rate_in_frames(void **state)
{
    (void)state;
    const struct load_config config = {.stop_ns = 20 * SECOND,
                                       .rate_bps = 6000000,
                                       .size_min = 1,
                                       .size_max = 5000,
                                       .frame_ns = SECOND / 30,
                                       .key_every = 60};
    uint64_t datagrams;
    uint64_t bytes = run_load(&config, &datagrams);
    assert_in_range(bytes * 8 / 20, 5900000, 6100000);
}

/* What a load writes, by second of it. */
#define LOAD_SECONDS 12

struct written {
    uint64_t bits[LOAD_SECONDS];
    uint32_t first_bytes; /* in the first millisecond */
};

static struct written written_by(const struct load_config *config)
{
    struct load load;
    struct written written;
    uint32_t len;
    enum plait_worth worth;
    memset(&written, 0, sizeof written);
    load_init(&load, config, 7);
    while (load_next(&load) != PLAIT_NEVER) {
        uint64_t at = load_next(&load) - config->start_ns;
        load_take(&load, &len, &worth);
        written.bits[at / SECOND] += UINT64_C(8) * len;
        written.first_bytes += at < SECOND / 1000 ? len : 0;
    }
    return written;
}

/* Evenly and in frames: 2 Mbit/s, then 8, a pause, and 1 for good. */
static void load_steps_and_pauses(void **state)
{
    (void)state;
    static const uint64_t mbps[LOAD_SECONDS] = {2, 2, 8, 8, 8, 0, 0, 0, 1, 1, 1, 1};
    struct load_config config = {
        .start_ns = SECOND / 2,
        .stop_ns = SECOND / 2 + LOAD_SECONDS * SECOND,
        .rate_bps = 2000000,
        .size_min = 1000,
        .size_max = 1000,
        .step = {{2 * SECOND, 8000000}, {5 * SECOND, 0}, {8 * SECOND, 1000000}},
        .steps = 3};
    for (int frames = 0; frames < 2; frames++) {
        config.frame_ns = frames ? SECOND / 20 : 0;
        struct written written = written_by(&config);
        for (int i = 0; i < LOAD_SECONDS; i++) {
            uint64_t slack = mbps[i] ? 10000 : 0;
            assert_in_range(written.bits[i] + slack, mbps[i] * 1000000,
                            mbps[i] * 1000000 + 2 * slack);
        }
    }
    config.frame_ns = 0;
    config.steps = 2; /* a pause that never ends */
    assert_int_equal(written_by(&config).bits[8], 0);
}

/* An encoder that is told in a pause how fast to go on. */
static void load_keeps_its_pause_whatever_it_is_told(void **state)
{
    (void)state;
    const struct load_config config = {.stop_ns = 10 * SECOND,
                                       .rate_bps = 1000000,
                                       .size_min = 1000,
                                       .size_max = 1000,
                                       .step = {{SECOND, 0}, {5 * SECOND, 1000000}},
                                       .steps = 2};
    struct load load;
    uint32_t len;
    enum plait_worth worth;
    load_init(&load, &config, 7);
    while (load_next(&load) < SECOND) {
        load_take(&load, &len, &worth);
    }
    load_set_rate(&load, 2 * SECOND, 100000);
    assert_in_range(load_next(&load), 5 * SECOND, 5 * SECOND + SECOND / 10);
}

static void load_has_key_frames_as_large_as_asked(void **state)
{
    (void)state;
    struct load_config config = {.stop_ns = LOAD_SECONDS * SECOND - SECOND / 60,
                                 .rate_bps = 4000000,
                                 .size_min = 1000,
                                 .size_max = 1000,
                                 .frame_ns = SECOND / 30,
                                 .key_every = 60,
                                 .key_weight = 15};
    struct written written = written_by(&config);
    uint64_t bits = 0;
    for (int i = 0; i < LOAD_SECONDS; i++) {
        bits += written.bits[i];
    }
    assert_in_range(bits / LOAD_SECONDS, 3990000, 4010000);
    assert_in_range(written.first_bytes, 200000, 205000); /* a fifth of a megabyte */
    config.key_weight = 0;
    assert_in_range(written_by(&config).first_bytes, 63000, 65000);
}

static void load_of_two_sizes_has_no_third(void **state)
{
    (void)state;
    const struct load_config config = {.stop_ns = SECOND,
                                       .rate_bps = 6000000,
                                       .size_min = 188,
                                       .size_max = 1316,
                                       .two_sizes = true};
    struct load load;
    uint32_t count[2] = {0, 0};
    uint32_t len;
    enum plait_worth worth;
    load_init(&load, &config, 7);
    while (load_next(&load) != PLAIT_NEVER) {
        load_take(&load, &len, &worth);
        assert_true(len == 188 || len == 1316);
        count[len == 1316]++;
    }
    assert_in_range(count[0], count[1] * 8 / 10, count[1] * 12 / 10);
}

static void load_of_nothing_writes_nothing(void **state)
{
    (void)state;
    const struct load_config config = {.stop_ns = SECOND, .size_min = 1, .size_max = 1};
    uint64_t datagrams;
    assert_int_equal(run_load(&config, &datagrams), 0);
}

static void ledger_names_what_was_written_and_nothing_else(void **state)
{
    (void)state;
    struct ledger ledger;
    uint8_t data[5000];
    ledger_init(&ledger, 42, false);
    for (uint32_t i = 0; i < 200; i++) {
        ledger_add(&ledger, i * SECOND / 100, 1 + i * 25, 0);
    }
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t len = 1 + i * 25;
        ledger_payload(&ledger, i, data, len);
        assert_int_equal(ledger_find(&ledger, SECOND, data, len), i);
        data[len / 2] ^= 4;
        assert_true(ledger_find(&ledger, SECOND, data, len) == UINT64_MAX);
        data[len / 2] ^= 4;
        assert_true(ledger_find(&ledger, SECOND, data, len - 1) == UINT64_MAX);
    }
    ledger_payload(&ledger, 200, data, 1316); /* not written yet */
    assert_true(ledger_find(&ledger, SECOND, data, 1316) == UINT64_MAX);
    ledger.seed = 43;
    ledger_payload(&ledger, 100, data, 2501);
    ledger.seed = 42; /* another world's */
    assert_true(ledger_find(&ledger, SECOND, data, 2501) == UINT64_MAX);
    ledger_free(&ledger);
}

/* Of short ones that are alike the first comes out first (world 115561). */
static void ledger_begins_with_the_first(void **state)
{
    (void)state;
    struct ledger ledger;
    uint8_t first;
    ledger_init(&ledger, 42, false);
    for (uint32_t i = 0; i < 1000; i++) {
        ledger_add(&ledger, i, 1, 0);
    }
    ledger_payload(&ledger, 0, &first, 1);
    assert_int_equal(ledger_find(&ledger, 0, &first, 1), 0);
    ledger_free(&ledger);
}

static void ledger_writes_transport_streams(void **state)
{
    (void)state;
    struct ledger ledger;
    uint8_t data[TS_DATAGRAM];
    int next[0x2000];
    uint64_t nulls = 0;
    memset(next, -1, sizeof next);
    ledger_init(&ledger, 42, true);
    for (uint32_t i = 0; i < 1000; i++) {
        ledger_add(&ledger, i, TS_DATAGRAM, 0);
        ledger_payload(&ledger, i, data, TS_DATAGRAM);
        assert_int_equal(ledger_find(&ledger, i, data, TS_DATAGRAM), i);
        for (int k = 0; k < TS_DATAGRAM; k += TS_PACKET) {
            int pid = (data[k + 1] & 0x1f) << 8 | data[k + 2];
            assert_int_equal(data[k], 0x47);
            assert_true(next[pid] == -1 || next[pid] == (data[k + 3] & 15));
            next[pid] = ((data[k + 3] & 15) + 1) % 16;
            nulls += pid == 0x1fff;
        }
        data[i] ^= 1;
        assert_true(ledger_find(&ledger, i, data, TS_DATAGRAM) == UINT64_MAX);
    }
    assert_in_range(nulls, 500, 900);
    ledger_free(&ledger);
}

static void guard_notices_a_byte_beside_the_block(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 63, 64, 4095, 4096, 4097, 100001};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct guard guard;
        assert_true(guard_create(&guard, sizes[i]));
        assert_int_equal((uintptr_t)guard.block % 64, 0);
        memset(guard.block, 1, sizes[i]);
        assert_true(guard_intact(&guard));
        if (sizes[i] % 64) {
            guard.block[sizes[i]] ^= 1;
            assert_false(guard_intact(&guard));
            guard.block[sizes[i]] ^= 1;
        }
        if (sizes[i] <= 4032) {
            guard.block[-1] ^= 1;
            assert_false(guard_intact(&guard));
        }
        guard_free(&guard);
    }
}

static void square(void *ctx, size_t index, void *result)
{
    (void)ctx;
    *(uint64_t *)result = index * index;
    if (index == 5) {
        abort();
    }
}

static bool collect(void *ctx, size_t index, const void *result)
{
    uint64_t *sum = ctx;
    assert_true((index == 5) == (result == NULL));
    *sum += result ? *(const uint64_t *)result : 0;
    return index != 8;
}

static void jobs_come_back_in_order_and_survive_a_crash(void **state)
{
    (void)state;
    uint64_t sum = 0;
    assert_false(jobs_run(20, 3, 60, sizeof(uint64_t), square, collect, &sum));
    assert_int_equal(sum, 0 + 1 + 4 + 9 + 16 + 36 + 49 + 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_finds_the_first_world_time_of_a_local_time),
        cmocka_unit_test(clock_never_goes_back),
        cmocka_unit_test(clock_knows_never_and_the_past),
        cmocka_unit_test(load_keeps_its_rate_evenly),
        cmocka_unit_test(load_keeps_its_rate_in_frames),
        cmocka_unit_test(load_steps_and_pauses),
        cmocka_unit_test(load_keeps_its_pause_whatever_it_is_told),
        cmocka_unit_test(load_has_key_frames_as_large_as_asked),
        cmocka_unit_test(load_of_two_sizes_has_no_third),
        cmocka_unit_test(load_of_nothing_writes_nothing),
        cmocka_unit_test(ledger_names_what_was_written_and_nothing_else),
        cmocka_unit_test(ledger_begins_with_the_first),
        cmocka_unit_test(ledger_writes_transport_streams),
        cmocka_unit_test(guard_notices_a_byte_beside_the_block),
        cmocka_unit_test(jobs_come_back_in_order_and_survive_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
