/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE /* mkstemp */
#include "support.h"

#include <unistd.h>

static void reads_every_key(void **state)
{
    struct emu_scenario *scenario = support_scenario(
        "# comment\n"
        "name=modem trace=t delay=32.5 jitter=6 ge=0.004:0.25:0.6 queue=800 dup=0.01 "
        "corrupt=0.002 reorder=1e-3 down=5-6+6-7+9.5-10 detour=1-2:80+2-4.5:7.5 rebind=3+40 "
        "rrate=2.5M rdelay=20 rjitter=1 rloss=0.03 rqueue=100 rdup=0.1 rcorrupt=0.2 rreorder=0.3 "
        "rdown=1-2 "
        "rdetour=3-4:5 # end\r\n",
        "1\n2\n");
    const struct emu_link_spec *link = &scenario->link[0];
    const struct emu_dir_spec *forward = &link->dir[EMU_FORWARD];
    const struct emu_dir_spec *reverse = &link->dir[EMU_REVERSE];

    (void)state;
    assert_int_equal(scenario->link_count, 1);
    assert_string_equal(link->name, "modem");
    assert_int_equal(forward->trace->count, 2);
    assert_int_equal(forward->delay_ns, 32500000);
    assert_int_equal(forward->jitter_ns, 6 * MS);
    assert_true(forward->ge_enter == 0.004 && forward->ge_leave == 0.25 && forward->ge_loss == 0.6);
    assert_int_equal(forward->queue_ns, 800 * MS);
    assert_true(forward->dup == 0.01 && forward->corrupt == 0.002 && forward->reorder == 0.001);
    assert_int_equal(forward->down_count, 2);
    assert_int_equal(forward->down[1].from_ns, 9500 * MS);
    assert_int_equal(forward->down[1].to_ns, 10 * S);
    assert_int_equal(forward->detour_count, 2);
    assert_int_equal(forward->detour[1].from_ns, 2 * S);
    assert_int_equal(forward->detour[1].to_ns, 4500 * MS);
    assert_int_equal(forward->detour[1].more_ns, 7500000);
    assert_int_equal(reverse->detour_count, 1);
    assert_int_equal(link->rebind_count, 2);
    assert_int_equal(link->rebind_ns[1], 40 * S);
    assert_null(reverse->trace);
    assert_int_equal(reverse->rate_bps, 2500000);
    assert_int_equal(reverse->delay_ns, 20 * MS);
    assert_int_equal(reverse->queue_ns, 100 * MS);
    assert_true(reverse->loss == 0.03 && reverse->dup == 0.1 && reverse->corrupt == 0.2 &&
                reverse->reorder == 0.3);
    assert_int_equal(reverse->down_count, 1);
    support_scenario_free(scenario);
}

static void fills_in_what_is_left_out(void **state)
{
    struct emu_scenario *scenario = support_scenario(
        "rate=5M delay=40 jitter=5 loss=0.01 down=1-2 detour=3-4:5\nrate=8\n", NULL);
    const struct emu_dir_spec *reverse = &scenario->link[0].dir[EMU_REVERSE];

    (void)state;
    assert_string_equal(scenario->link[1].name, "link2");
    assert_int_equal(scenario->link[1].dir[EMU_FORWARD].rate_bps, 8000000);
    assert_int_equal(scenario->link[0].dir[EMU_FORWARD].queue_ns, EMU_QUEUE_DEFAULT_MS * MS);
    assert_int_equal(reverse->rate_bps, EMU_REVERSE_RATE_DEFAULT_BPS);
    assert_int_equal(reverse->delay_ns, 40 * MS);
    assert_int_equal(reverse->jitter_ns, 5 * MS);
    assert_int_equal(reverse->down_count, 1);
    assert_int_equal(reverse->detour_count, 1);
    assert_true(reverse->loss == 0);
    support_scenario_free(scenario);
}

static void takes_rates_with_and_without_unit(void **state)
{
    static const struct {
        const char *text;
        uint64_t rate_bps;
    } rates[] = {
        {"rate=5M", 5000000},  {"rate=5", 5000000},       {"rate=0.1", 100000},
        {"rate=100k", 100000}, {"rate=5000000", 5000000}, {"rate=1G", 1000000000},
        {"rate=2.5", 2500000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct emu_scenario *scenario = support_scenario(rates[i].text, NULL);

        assert_int_equal(scenario->link[0].dir[EMU_FORWARD].rate_bps, rates[i].rate_bps);
        support_scenario_free(scenario);
    }
}

static void says_what_is_wrong_and_where(void **state)
{
    static const char *const bad[][3] = {
        {"", "no link", "write one"},
        {"\n# only this\n", "no link", "write one"},
        {"rate=5M\n\ndelay=3\n", "line 3", "neither trace= nor rate="},
        {"rate=5M trace=t", "line 1: both trace= and rate=", "give one"},
        {"rate=5M rrate=5M rtrace=t", "both rtrace=", "give one"},
        {"rate=5M loss=0.1 ge=0.1:0.1:1", "both loss=", "give one"},
        {"rate=5M delay", "'delay'", "write key=value"},
        {"rate=5M speed=3", "'speed=3'", "no such key"},
        {"rate=5M rname=x", "'rname=x'", "no such key"},
        {"rate=5M rate=6M", "'rate=6M'", "keep one"},
        {"rate=5M delay=", "'delay='", "milliseconds"},
        {"rate=5M delay=-1", "'delay=-1'", "0..60000"},
        {"rate=5M delay=60001", "'delay=60001'", "0..60000"},
        {"rate=5M delay=5ms", "'delay=5ms'", "milliseconds"},
        {"rate=5M jitter=x", "'jitter=x'", "milliseconds"},
        {"rate=5M loss=5", "'loss=5'", "0.05 is 5 percent"},
        {"rate=5M loss=nan", "'loss=nan'", "share"},
        {"rate=5M ge=0.1:0.2", "'ge=0.1:0.2'", "P:R:H"},
        {"rate=5M ge=0.1:0.2:0.3:0.4", "ge=", "P:R:H"},
        {"rate=5M ge=0:0.2:0.3", "ge=", "above 0"},
        {"rate=5M queue=1e9", "queue=", "milliseconds"},
        {"rate=5M down=5", "'down=5'", "A-B+A-B"},
        {"rate=5M down=7-5", "down=", "rising"},
        {"rate=5M down=1-3+2-4", "down=", "apart"},
        {"rate=5M detour=1-3", "detour=", "A-B:MS"},
        {"rate=5M detour=3-1:5", "detour=", "rising"},
        {"rate=5M detour=1-3:5+2-4:5", "detour=", "apart"},
        {"rate=5M detour=1-3:x", "detour=", "A-B:MS"},
        {"rate=5M rebind=5+4", "rebind=", "rising"},
        {"rate=5000", "'rate=5000'", "10k"},
        {"rate=1e12", "'rate=1e12'", "10G"},
        {"rate=5T", "'rate=5T'", "bit/s"},
        {"rate=5M name=", "'name='", "characters"},
        {"rate=5M name=0123456789012345678901234567890123456789", "name=", "31 characters"},
        {"rate=5M name=a\033[2J", "name=", "printable"},
        {"rate=5M name=\xff", "name=", "printable"},
        {"rate=5M dup=2", "dup=", "share"},
        {"\xff\x01=\x02", "?=?'", "no such key"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct emu_scenario scenario = {.link_count = 0};
        char error[EMU_ERROR_MAX] = "";

        assert_int_equal(emu_scenario_parse(&scenario, bad[i][0], strlen(bad[i][0]), error), -1);
        if (strstr(error, bad[i][1]) == NULL || strstr(error, bad[i][2]) == NULL) {
            fail_msg("'%s' gave '%s'", bad[i][0], error);
        }
        assert_null(strchr(error, '\n'));
        assert_int_equal(scenario.link_count, 0);
    }
}

static void holds_its_limits(void **state)
{
    struct emu_scenario scenario = {.link_count = 0};
    char text[EMU_LINE_MAX + 100] = "";
    char error[EMU_ERROR_MAX];

    (void)state;
    for (unsigned i = 0; i <= EMU_LINKS_MAX; i++) {
        strcat(text, "rate=5M\n");
    }
    assert_int_equal(emu_scenario_parse(&scenario, text, strlen(text) - 8, error), 0);
    assert_int_equal(scenario.link_count, EMU_LINKS_MAX);
    assert_int_equal(emu_scenario_parse(&scenario, text, strlen(text), error), -1);
    assert_non_null(strstr(error, "more than 16 links"));
    strcpy(text, "rate=5M down=1-2");
    for (unsigned i = 1; i <= EMU_OUTAGES_MAX; i++) {
        size_t len = strlen(text);

        assert_int_equal(emu_scenario_parse(&scenario, text, len, error), 0);
        assert_int_equal(scenario.link[0].dir[EMU_REVERSE].down_count, i);
        snprintf(text + len, sizeof text - len, "+%u-%u", 2 * i + 1, 2 * i + 2);
    }
    assert_int_equal(emu_scenario_parse(&scenario, text, strlen(text), error), -1);
    assert_non_null(strstr(error, "at most 64"));
    memset(text, '#', EMU_LINE_MAX + 1);
    assert_int_equal(emu_scenario_parse(&scenario, text, EMU_LINE_MAX + 1, error), -1);
    assert_non_null(strstr(error, "shorten"));
    assert_int_equal(emu_scenario_parse(&scenario, "rate=5M\0", 8, error), -1);
}

static void shares_a_trace_named_twice(void **state)
{
    struct emu_scenario *scenario = support_scenario("trace=t rtrace=t\ntrace=t\n", "5\n9\n");

    (void)state;
    assert_int_equal(scenario->trace_count, 1);
    assert_ptr_equal(scenario->link[0].dir[EMU_FORWARD].trace,
                     scenario->link[1].dir[EMU_FORWARD].trace);
    assert_ptr_equal(scenario->link[0].dir[EMU_REVERSE].trace,
                     scenario->link[1].dir[EMU_FORWARD].trace);
    support_scenario_free(scenario);
}

static void names_a_file_that_is_missing(void **state)
{
    struct emu_scenario scenario = {.link_count = 0};
    char error[EMU_ERROR_MAX];

    (void)state;
    assert_int_equal(emu_scenario_load(&scenario, "/nowhere/at/all.txt", error), -1);
    assert_non_null(strstr(error, "/nowhere/at/all.txt"));
    assert_non_null(strstr(error, "; give a scenario"));
    assert_int_equal(emu_scenario_load(&scenario, "/", error), -1);
}

/* Writes a file of its own; its path is valid until the next call. */
static const char *file_of(const char *text, size_t len)
{
    static char path[] = "/tmp/plait-scenario-XXXXXX";
    int fd;

    strcpy(path + sizeof path - 7, "XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
    return path;
}

static void reads_files_with_a_byte_order_mark_and_of_the_stated_size(void **state)
{
    static const char marked[] = "\xef\xbb\xbfrate=5M\n";
    struct emu_scenario scenario = {.link_count = 0};
    char error[EMU_ERROR_MAX];
    char *large = malloc(EMU_TEXT_MAX + 1);
    const char *path;

    (void)state;
    assert_non_null(large);
    path = file_of(marked, sizeof marked - 1);
    assert_int_equal(emu_scenario_load(&scenario, path, error), 0);
    unlink(path);
    memset(large, '\n', EMU_TEXT_MAX + 1);
    memcpy(large, "rate=5M", 7);
    path = file_of(large, EMU_TEXT_MAX + 1);
    assert_int_equal(emu_scenario_load(&scenario, path, error), -1);
    assert_non_null(strstr(error, "too large"));
    unlink(path);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(fills_in_what_is_left_out),
        cmocka_unit_test(takes_rates_with_and_without_unit),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(shares_a_trace_named_twice),
        cmocka_unit_test(names_a_file_that_is_missing),
        cmocka_unit_test(reads_files_with_a_byte_order_mark_and_of_the_stated_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
