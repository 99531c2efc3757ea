/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"

static int parse(struct emu_trace *trace, const char *text, char *error)
{
    return emu_trace_parse(trace, text, strlen(text), error);
}

static void reads_lines(void **state)
{
    struct emu_trace trace;
    char error[EMU_ERROR_MAX];

    (void)state;
    assert_int_equal(parse(&trace, "# made\n0\n5\r\n\n 5 \n20", error), 0);
    assert_int_equal(trace.count, 4);
    assert_int_equal(trace.period_ns, 20 * MS);
    emu_trace_free(&trace);
    emu_trace_free(&trace);
}

static void refuses_what_is_no_trace(void **state)
{
    static const char *const bad[][2] = {
        {"", "0 lines"},
        {"\n\n", "no millisecond"},
        {"0\n0\n", "no millisecond"},
        {"1\nx\n", "line 2: 'x'"},
        {"-1\n", "line 1"},
        {"5\n4\n", "line 2: 4 is before"},
        {"1.5\n", "line 1"},
        {"99999999999999999999\n", "line 1"},
        {"7 8\n", "line 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct emu_trace trace;
        char error[EMU_ERROR_MAX];

        assert_int_equal(parse(&trace, bad[i][0], error), -1);
        assert_non_null(strstr(error, bad[i][1]));
        assert_null(trace.at_ms);
    }
}

static void a_zero_byte_is_no_blank(void **state)
{
    struct emu_trace trace;
    char error[EMU_ERROR_MAX];

    (void)state;
    assert_int_equal(emu_trace_parse(&trace, "5\0\n7\n", 5, error), -1);
    assert_int_equal(emu_trace_parse(&trace, "\0005\n7\n", 5, error), -1);
}

static void starts_again_at_its_last_timestamp(void **state)
{
    struct emu_trace trace;
    char error[EMU_ERROR_MAX];

    (void)state;
    assert_int_equal(parse(&trace, "0\n5\n5\n20\n", error), 0);
    assert_int_equal(emu_trace_time_ns(&trace, 3), 20 * MS);
    assert_int_equal(emu_trace_time_ns(&trace, 4), 20 * MS);
    assert_int_equal(emu_trace_time_ns(&trace, 5), 25 * MS);
    assert_int_equal(emu_trace_time_ns(&trace, 4000000), 20000000 * MS);
    emu_trace_free(&trace);
}

static void finds_the_first_chance_of_a_time(void **state)
{
    struct emu_trace trace;
    char error[EMU_ERROR_MAX];

    (void)state;
    assert_int_equal(parse(&trace, "0\n5\n5\n20\n", error), 0);
    for (uint64_t at_ns = 0; at_ns < 100 * MS; at_ns += MS / 2) {
        uint64_t expected = 0;

        while (emu_trace_time_ns(&trace, expected) < at_ns) {
            expected++;
        }
        assert_int_equal(emu_trace_find(&trace, at_ns), expected);
    }
    emu_trace_free(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines),
        cmocka_unit_test(refuses_what_is_no_trace),
        cmocka_unit_test(a_zero_byte_is_no_blank),
        cmocka_unit_test(starts_again_at_its_last_timestamp),
        cmocka_unit_test(finds_the_first_chance_of_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
