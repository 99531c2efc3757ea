/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support.h"

#include "core/base/arena.h"
#include "core/base/bitmap.h"
#include "core/base/bytes.h"
#include "core/base/pool.h"
#include "core/base/seq.h"

static void seq_expand_finds_the_nearest(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned bits = 1; bits <= 62; bits++) {
        const uint64_t half = UINT64_C(1) << (bits - 1), mask = (half << 1) - 1;

        for (int i = 0; i < 2000; i++) {
            const uint64_t number = random_number(&seed, 62) + 2 * half;
            /* off by less than half a window either way */
            const uint64_t off = random_below(&seed, half);
            const bool below = random_below(&seed, 2) != 0;
            const uint64_t expected = below ? number - off : number + off;

            if (off > 0 && off < half)
                assert_true(seq_expand(expected, number & mask, bits) == number);
        }
    }
}

static void seq_expand_at_both_ends(void **state)
{
    (void)state;
    assert_int_equal(seq_expand(0, 0, 24), 0);
    assert_int_equal(seq_expand(0, 0xffffff, 24), 0xffffff); /* never below 0 */
    assert_int_equal(seq_expand(5, 0xfffffe, 24), 0xfffffe);
    assert_int_equal(seq_expand(0xffffff, 0, 24), 0x1000000);
    assert_int_equal(seq_expand(0x1000000, 0xffffff, 24), 0xffffff);
    assert_true(seq_expand(UINT64_MAX, 0, 24) == (UINT64_MAX & ~UINT64_C(0xffffff)));
    assert_true(seq_expand(UINT64_MAX, 0xffffff, 24) == UINT64_MAX);
}

static void bytes_there_and_back(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        const uint64_t v = random_u64(&seed);
        uint8_t b[8];

        put_u16(b, (uint16_t)v);
        assert_int_equal(get_u16(b), (uint16_t)v);
        put_u24(b, (uint32_t)v);
        assert_int_equal(get_u24(b), v & 0xffffff);
        put_u32(b, (uint32_t)v);
        assert_int_equal(get_u32(b), (uint32_t)v);
        put_u64(b, v);
        assert_true(get_u64(b) == v);
        assert_int_equal(b[0], v >> 56);
    }
}

static void bitmap_against_a_model(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (uint32_t size = 64; size <= 512; size *= 2) {
        uint64_t words[8] = {0};
        bool model[512] = {false};
        struct bitmap map = {words, size};

        for (int i = 0; i < 20000; i++) {
            const uint64_t n = random_u64(&seed);
            const uint64_t from = n, to = n + random_below(&seed, size + 1);
            const bool value = random_below(&seed, 2) != 0;
            uint64_t expected = from;

            if (value)
                bitmap_set(&map, n);
            else
                bitmap_clear(&map, n);
            model[n % size] = value;
            assert_int_equal(bitmap_test(&map, n), value);
            if (to < from)
                continue;
            while (expected < to && model[expected % size] != value)
                expected++;
            assert_true(bitmap_find(&map, from, to, value) == expected);
        }
    }
}

static void bitmap_ranges_against_a_model(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (uint32_t size = 64; size <= 512; size *= 2) {
        uint64_t words[8] = {0};
        bool model[512] = {false};
        struct bitmap map = {words, size};

        for (int i = 0; i < 2000; i++) {
            const uint64_t from = random_number(&seed, 63);
            const uint64_t to = from + random_below(&seed, size + 1);
            const bool value = random_below(&seed, 2) != 0;
            uint64_t count = 0;

            for (uint64_t n = from; n < to; n++)
                count += model[n % size];
            assert_true(bitmap_count(&map, from, to) == count);
            bitmap_fill(&map, from, to, value);
            for (uint64_t n = from; n < to; n++)
                model[n % size] = value;
            for (uint32_t n = 0; n < size; n++)
                assert_int_equal(bitmap_test(&map, n), model[n]);
        }
    }
}

static void arena_measures_what_it_cuts(void **state)
{
    _Alignas(64) uint8_t memory[4096];
    struct arena measure = {0}, cut = {.base = memory};
    uint64_t seed = 4;

    (void)state;
    memset(memory, 0xff, sizeof memory);
    for (int i = 0; i < 20; i++) {
        const size_t bytes = random_below(&seed, 130);
        uint8_t *at = arena_take(&cut, bytes);

        assert_null(arena_take(&measure, bytes));
        assert_int_equal(measure.used, cut.used);
        assert_int_equal((uintptr_t)at % 64, 0);
        for (size_t k = 0; k < bytes; k++)
            assert_int_equal(at[k], 0);
    }
    assert_true(cut.used <= sizeof memory);
    assert_int_equal(memory[cut.used], 0xff);
}

/* No block is out twice, none beyond the most that were out at a time is touched, and the last one
 * given back is the next one taken. */
static void pool_touches_what_is_held(void **state)
{
    enum { COUNT = 64, BYTES = 48 };
    static uint8_t memory[COUNT * (BYTES + sizeof(uint32_t)) + 128];
    struct arena arena = {.base = (uint8_t *)(((uintptr_t)memory + 63) & ~(uintptr_t)63)};
    struct pool pool;
    uint32_t held[COUNT], count = 0, most = 0;
    uint64_t seed = 5;

    (void)state;
    memset(memory, 0xa5, sizeof memory);
    pool_cut(&pool, &arena, COUNT, BYTES);
    for (int round = 0; round < 3; round++) {
        pool_start(&pool);
        for (count = 0; count < 40; count++)
            assert_true((held[count] = pool_take(&pool)) < COUNT);
        for (int i = 0; i < 5000; i++) {
            if (count == 0 || (count < 50 && random_below(&seed, 2) == 0)) {
                const uint32_t block = pool_take(&pool);

                for (uint32_t k = 0; k < count; k++)
                    assert_int_not_equal(held[k], block);
                memset(pool_at(&pool, block), (int)block, BYTES);
                held[count++] = block;
            } else {
                const uint32_t which = (uint32_t)random_below(&seed, count);
                const uint32_t block = held[which];

                held[which] = held[--count];
                pool_give(&pool, block);
                assert_int_equal(pool_take(&pool), block);
                pool_give(&pool, block);
            }
            most = count > most ? count : most;
            assert_int_equal(pool.touched, most);
        }
    }
    assert_int_equal(*pool_at(&pool, most), 0xa5);
    pool_start(&pool);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(pool_take(&pool), i);
    assert_int_equal(pool_take(&pool), POOL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seq_expand_finds_the_nearest),
        cmocka_unit_test(seq_expand_at_both_ends),
        cmocka_unit_test(bytes_there_and_back),
        cmocka_unit_test(bitmap_against_a_model),
        cmocka_unit_test(bitmap_ranges_against_a_model),
        cmocka_unit_test(arena_measures_what_it_cuts),
        cmocka_unit_test(pool_touches_what_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
