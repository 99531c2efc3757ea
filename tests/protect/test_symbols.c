/* SPDX-License-Identifier: BSD-2-Clause */
/* Source packets to symbols and back, without a session: every field of every size returns,
 * sequence numbers wrap, and nonsense does no harm. */
#include "tests/protect/support.h"

#include "core/session/protect.h"
#include "sim/rng.h"

#define PAYLOAD_MAX 1336
#define FLAGS       (FRAME_DATA_MORE | FRAME_DATA_CONT | FRAME_DATA_NULLS)

struct packet {
    uint8_t symbol[SYMBOL_HEADER + PAYLOAD_MAX];
    size_t len;
    uint8_t flags;
    uint32_t written;
};

struct bench {
    struct protect protect; /* the receiver's */
    void *memory;
    struct packet packet[PROTECT_WINDOW];
    uint32_t first, count;
    uint64_t highest; /* as the receiver knows it */
    struct sim_rng rng;
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct arena arena = {NULL, 0};

    assert_non_null(bench);
    protect_cut(NULL, &arena, PAYLOAD_MAX, false);
    bench->memory = malloc(arena.used); /* exactly so much: sanitizers watch its end */
    assert_non_null(bench->memory);
    arena = (struct arena){bench->memory, 0};
    protect_cut(&bench->protect, &arena, PAYLOAD_MAX, false);
    protect_start(&bench->protect, false);
    bench->rng = (struct sim_rng){7};
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    free(bench->memory);
    free(bench);
    return 0;
}

/* `count` packets from `first`, of sizes 1 .. PAYLOAD_MAX. */
static void make(struct bench *bench, uint64_t first, uint32_t count)
{
    bench->first = (uint32_t)first;
    bench->count = count;
    bench->highest = first + count;
    for (uint32_t i = 0; i < count; i++) {
        struct packet *packet = &bench->packet[i];

        packet->len = i == 0   ? 1
                      : i == 1 ? PAYLOAD_MAX
                               : (size_t)sim_rng_between(&bench->rng, 1, PAYLOAD_MAX);
        packet->flags = (uint8_t)(sim_rng_next(&bench->rng) & FLAGS);
        packet->written = (uint32_t)sim_rng_next(&bench->rng) & 0xffffff;
        for (size_t n = 0; n < packet->len; n++)
            packet->symbol[SYMBOL_HEADER + n] = (uint8_t)sim_rng_next(&bench->rng);
        protect_stamp(packet->symbol, packet->len, packet->flags, packet->written);
    }
}

static void arrive(struct bench *bench, uint32_t i)
{
    const struct packet *packet = &bench->packet[i];
    const struct frame_data data = {.flags = packet->flags | FRAME_DATA_AGAIN,
                                    .seq = bench->first + i,
                                    .written = packet->written,
                                    .payload = packet->symbol + SYMBOL_HEADER,
                                    .len = packet->len};

    protect_on_source(&bench->protect, bench->first + i, &data);
}

/* A repair symbol over packets from .. from + count - 1, as long as the longest. */
static void repair(struct bench *bench, uint32_t from, uint32_t count, uint16_t key)
{
    static uint64_t memory[4096];
    struct plait_rlc_config config = {.window = PROTECT_WINDOW};
    uint8_t symbol[SYMBOL_HEADER + PAYLOAD_MAX];
    struct plait_rlc_encoder *encoder;
    struct frame_repair frame;

    for (uint32_t i = from; i < from + count; i++) {
        if (SYMBOL_HEADER + bench->packet[i].len > config.symbol_bytes)
            config.symbol_bytes = (uint32_t)(SYMBOL_HEADER + bench->packet[i].len);
    }
    assert_int_equal(plait_rlc_encoder_create(&encoder, &config, memory, sizeof memory), 0);
    for (uint32_t i = from; i < from + count; i++)
        assert_int_equal(plait_rlc_encoder_add(encoder, bench->first + i, bench->packet[i].symbol,
                                               SYMBOL_HEADER + bench->packet[i].len),
                         0);
    assert_int_equal(
        plait_rlc_encode(encoder, bench->first + from, count, key, PROTECT_DENSITY, symbol), 0);
    frame = (struct frame_repair){bench->first + from, (uint8_t)count, key, symbol,
                                  config.symbol_bytes};
    protect_on_repair(&bench->protect, bench->highest, &frame);
}

/* Takes out what is recovered and compares it; bit i of the answer: packet i (of the first 64). */
static uint64_t recovered(struct bench *bench)
{
    struct frame_data data;
    uint64_t which = 0;

    while (protect_next_recovered(&bench->protect, &data)) {
        const uint32_t i = data.seq - bench->first;

        assert_true(i < bench->count && i < 64);
        assert_false(which & (UINT64_C(1) << i));
        assert_int_equal(data.len, bench->packet[i].len);
        assert_int_equal(data.flags, bench->packet[i].flags);
        assert_int_equal(data.written, bench->packet[i].written);
        assert_memory_equal(data.payload, bench->packet[i].symbol + SYMBOL_HEADER, data.len);
        which |= UINT64_C(1) << i;
    }
    return which;
}

static void as_many_losses_as_symbols_return(void **state)
{
    static const uint64_t firsts[] = {0, 1000, UINT64_C(0xffffffe0), UINT64_C(0x1ffffffe0)};
    struct bench *bench = *state;

    for (size_t k = 0; k < sizeof firsts / sizeof firsts[0]; k++) {
        protect_start(&bench->protect, false);
        make(bench, firsts[k], 64);
        for (uint32_t i = 0; i < 64; i++) {
            if (i > 1 && i != 33 && i != 63)
                arrive(bench, i);
        }
        for (uint16_t key = 1; key <= 3; key++) {
            repair(bench, 0, 64, key);
            assert_int_equal(recovered(bench), 0);
        }
        repair(bench, 0, 64, 4);
        assert_int_equal(recovered(bench), 3 | UINT64_C(1) << 33 | UINT64_C(1) << 63);
        arrive(bench, 33); /* it was only late */
        assert_int_equal(recovered(bench), 0);
    }
}

static void a_late_source_frees_another(void **state)
{
    struct bench *bench = *state;

    make(bench, 500, 20);
    for (uint32_t i = 2; i < 20; i++)
        arrive(bench, i);
    repair(bench, 0, 20, 9);
    assert_int_equal(recovered(bench), 0);
    arrive(bench, 0);
    assert_int_equal(recovered(bench), 2);
}

static void symbols_may_come_before_their_sources(void **state)
{
    struct bench *bench = *state;

    make(bench, 500, 20);
    bench->highest = 490;
    repair(bench, 0, 20, 9);
    for (uint32_t i = 0; i < 19; i++) {
        assert_int_equal(recovered(bench), 0);
        arrive(bench, i);
    }
    assert_int_equal(recovered(bench), UINT64_C(1) << 19);
}

static void windows_slide(void **state)
{
    struct bench *bench = *state;

    make(bench, 500, 60);
    for (uint32_t i = 0; i < 60; i++) {
        if (i % 10 != 5)
            arrive(bench, i);
        if (i % 10 == 9) {
            repair(bench, i < 20 ? 0 : i - 19, i < 20 ? i + 1 : 20, (uint16_t)i);
            assert_int_equal(recovered(bench), UINT64_C(1) << (i - 4));
        }
    }
}

static void what_is_far_away_changes_nothing(void **state)
{
    struct bench *bench = *state;

    make(bench, 5000, 20);
    for (uint32_t i = 1; i < 20; i++)
        arrive(bench, i);
    bench->highest = 5000 - PROTECT_WINDOW - 1;
    repair(bench, 0, 20, 1);
    bench->highest = 5000 + PROTECT_LOOKBACK + 1;
    repair(bench, 0, 20, 1);
    bench->highest = 5020;
    assert_int_equal(recovered(bench), 0);
    repair(bench, 0, 20, 1);
    assert_int_equal(recovered(bench), 1);
}

/* Frames of random fields and lengths: what comes out is well-formed, however wrong. */
static void nonsense_does_no_harm(void **state)
{
    struct bench *bench = *state;
    uint8_t junk[MAX_UDP];
    uint64_t wrong = 0;

    make(bench, 100, 64);
    for (uint32_t n = 0; n < 4000; n++) {
        const uint64_t r = sim_rng_next(&bench->rng);
        struct frame_repair frame = {
            .first = bench->first + (r & 1 ? (uint32_t)(r >> 32) : (uint32_t)(r >> 32) % 64),
            .count = (uint8_t)(r >> 24),
            .key = (uint16_t)(r >> 8),
            .symbol = junk,
            .len = (size_t)sim_rng_between(&bench->rng, 0, sizeof junk),
        };
        struct frame_data data;

        for (size_t i = 0; i < sizeof junk; i++)
            junk[i] = (uint8_t)sim_rng_next(&bench->rng);
        if (r & 2)
            junk[0] = junk[1] = 0;
        arrive(bench, (uint32_t)sim_rng_between(&bench->rng, 0, 63));
        protect_on_repair(&bench->protect, bench->highest, &frame);
        while (protect_next_recovered(&bench->protect, &data)) {
            assert_true(data.len > 0 && data.len <= PAYLOAD_MAX);
            assert_int_equal(data.flags & ~FLAGS, 0);
            wrong++;
        }
    }
    print_message("# %llu packets made of nonsense\n", (unsigned long long)wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_many_losses_as_symbols_return, setup, teardown),
        cmocka_unit_test_setup_teardown(a_late_source_frees_another, setup, teardown),
        cmocka_unit_test_setup_teardown(symbols_may_come_before_their_sources, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_slide, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_far_away_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(nonsense_does_no_harm, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
