/* SPDX-License-Identifier: BSD-2-Clause */
/* What a configuration file may fill in, and what the command line has said already. */
#include "../run/support.h"

#include <unistd.h>

#include "cli/command.h"
#include "cli/config.h"

const struct command commands_table[] = {
    {"send", FOR_SEND, "", 0, 0, "", NULL},
    {"lab", FOR_LAB, "", 0, 0, "", NULL},
};
const size_t commands_count = COUNT(commands_table);

static const char text[] = "[send]\n"
                           "mode = backup\n"
                           "scheduler = dwrr\n"
                           "controller = aimd\n"
                           "latency = 300\n"
                           "link = dev=a\n"
                           "link = dev=b\n"
                           "no-fec = yes\n"
                           "[lab]\n"
                           "seed = 7\n";

/* Reads the file after these words. */
static void read_after(struct options *options, enum option_command command, const char *name,
                       int count, char words[][32])
{
    char path[] = "/tmp/plait-config.XXXXXX";
    char *pointers[8];
    struct run_error error;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    (void)close(fd);
    for (int i = 0; i < count; i++)
        pointers[i] = words[i];
    assert_int_equal(options_parse(options, command, count, pointers, &error), PLAIT_OK);
    int err = config_read(options, command, name, path, &error);
    unlink(path);
    if (err != PLAIT_OK)
        fail_msg("%s", error.text);
}

static void file_fills_in(void **state)
{
    struct options options;
    (void)state;
    read_after(&options, FOR_SEND, "send", 0, NULL);
    assert_int_equal(options.mode, PLAIT_MODE_BACKUP);
    assert_int_equal(options.scheduler, PLAIT_SCHED_DWRR);
    assert_int_equal(options.controller, PLAIT_CC_AIMD);
    assert_int_equal(options.latency_ms, 300);
    assert_int_equal(options.links.count, 2);
    assert_true(options.no_fec);
    assert_int_equal(options.given, 0);
    config_free(&options);
}

/* By having been given, not by what: the first choice of a list and a zero are values too. */
static void command_line_wins(void **state)
{
    static char words[][32] = {"--mode=aggregate",   "--scheduler", "on-time",
                               "--controller=delay", "--link",      "dev=c"};
    static char seed[][32] = {"--seed", "0"};
    static char largest[][32] = {"--seed", "18446744073709551615"};
    struct options options;
    (void)state;
    read_after(&options, FOR_SEND, "send", COUNT(words), words);
    assert_int_equal(options.mode, PLAIT_MODE_AGGREGATE);
    assert_int_equal(options.scheduler, PLAIT_SCHED_ON_TIME);
    assert_int_equal(options.controller, PLAIT_CC_DELAY);
    assert_int_equal(options.links.count, 1);
    assert_string_equal(options.links.items[0], "dev=c");
    assert_int_equal(options.latency_ms, 300);
    assert_true(option_was_given(&options, options_find("mode", FOR_SEND)));
    assert_false(option_was_given(&options, options_find("latency", FOR_SEND)));
    config_free(&options);
    read_after(&options, FOR_LAB, "lab", COUNT(seed), seed);
    assert_int_equal(options.seed, 0);
    config_free(&options);
    read_after(&options, FOR_LAB, "other", COUNT(largest), largest);
    assert_true(options.seed == UINT64_MAX);
    config_free(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_fills_in),
        cmocka_unit_test(command_line_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
