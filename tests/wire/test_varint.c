/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support.h"

#include "core/wire/varint.h"

static void there_and_back(void **state)
{
    static const uint64_t edge[] = {
        0, 1, 63, 64, 16383, 16384, (1U << 30) - 1, 1U << 30, VARINT_MAX - 1, VARINT_MAX};
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 10010; i++) {
        const uint64_t v = i < 10 ? edge[i] : random_number(&seed, 62);
        uint8_t bytes[8];

        for (size_t room = 0; room <= 8; room++) {
            struct writer w = {bytes, bytes + room, false};
            struct reader r;

            write_varint(&w, v);
            assert_int_equal(w.bad, room < varint_len(v));
            if (w.bad)
                continue;
            assert_int_equal(w.at - bytes, varint_len(v));
            for (size_t len = 0; len <= varint_len(v); len++) {
                r = (struct reader){bytes, bytes + len, false};
                assert_true(read_varint(&r) == (len == varint_len(v) ? v : 0));
                assert_int_equal(r.bad, len < varint_len(v));
            }
        }
    }
}

/* The examples of RFC 9000, appendix A.1. */
static void published_examples(void **state)
{
    static const uint8_t bytes[] = {0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c, 0x9d,
                                    0x7f, 0x3e, 0x7d, 0x7b, 0xbd, 0x25, 0x40, 0x25};
    struct reader r = {bytes, bytes + sizeof bytes, false};

    (void)state;
    assert_true(read_varint(&r) == UINT64_C(151288809941952652));
    assert_true(read_varint(&r) == 494878333);
    assert_true(read_varint(&r) == 15293);
    assert_true(read_varint(&r) == 37);
    assert_true(read_varint(&r) == 37);
    assert_int_equal(reader_left(&r), 0);
    assert_false(r.bad);
}

static void bad_stays_bad(void **state)
{
    uint8_t bytes[4] = {1, 2, 3, 4};
    struct reader r = {bytes, bytes + 4, false};
    struct writer w = {bytes, bytes + 4, false};

    (void)state;
    assert_null(read_bytes(&r, 5));
    assert_true(r.bad);
    assert_int_equal(read_u8(&r), 0);
    assert_int_equal(reader_left(&r), 0);
    write_u64(&w, 1);
    write_u8(&w, 9);
    assert_true(w.bad);
    assert_int_equal(bytes[0], 1);
}

static void zigzags(void **state)
{
    (void)state;
    assert_true(zigzag(0) == 0 && zigzag(-1) == 1 && zigzag(1) == 2 && zigzag(-2) == 3);
    for (int64_t v = -100000; v < 100000; v += 7)
        assert_true(unzigzag(zigzag(v)) == v);
    assert_true(unzigzag(zigzag(INT64_MIN)) == INT64_MIN);
    assert_true(unzigzag(zigzag(INT64_MAX)) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(published_examples),
        cmocka_unit_test(bad_stays_bad),
        cmocka_unit_test(zigzags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
