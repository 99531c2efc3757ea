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

/* Reads this text as a file after these words. */
static int read_text(struct options *options, enum option_command command, const char *name,
                     const char *file, int count, char words[][32], struct run_error *error)
{
    char path[] = "/tmp/plait-config.XXXXXX";
    char *pointers[8];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, file, strlen(file)), strlen(file));
    (void)close(fd);
    for (int i = 0; i < count; i++)
        pointers[i] = words[i];
    assert_int_equal(options_parse(options, command, count, pointers, error), PLAIT_OK);
    int err = config_read(options, command, name, path, error);
    assert_true(err != PLAIT_OK || config_has_section(path, name) || strcmp(name, "other") == 0);
    unlink(path);
    return err;
}

static void read_after(struct options *options, enum option_command command, const char *name,
                       int count, char words[][32])
{
    struct run_error error;
    if (read_text(options, command, name, text, count, words, &error) != PLAIT_OK)
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

/* A value is the rest of its line, an indented line is a line, and Windows has written the file. */
static void lines_stand_alone(void **state)
{
    static const char file[] = "\xef\xbb\xbf  [send]\r\n"
                               "mode = backup\r\n"
                               "  latency = 300\r\n"
                               "\tlink = dev=a\r\n"
                               "  ; link = dev=c\r\n"
                               "    # link = dev=d\r\n"
                               "  link = dev=b\r\n"
                               "secret = one ; two;three\t; four # five\r\n";
    struct options options;
    struct run_error error;
    (void)state;
    if (read_text(&options, FOR_SEND, "send", file, 0, NULL, &error) != PLAIT_OK)
        fail_msg("%s", error.text);
    assert_int_equal(options.mode, PLAIT_MODE_BACKUP);
    assert_int_equal(options.latency_ms, 300);
    assert_int_equal(options.links.count, 2);
    assert_string_equal(options.links.items[1], "dev=b");
    assert_string_equal(options.secret, "one ; two;three\t; four # five");
    config_free(&options);
}

static void assert_refused(const char *file, int count, char words[][32], const char *why)
{
    struct options options;
    struct run_error error;
    assert_true(read_text(&options, FOR_SEND, "send", file, count, words, &error));
    assert_tells(error, why);
    config_free(&options);
}

/* Only the first mistake is told, by its own line; the rest of a long line is not a line. */
static void mistakes_have_their_line(void **state)
{
    char file[640];
    (void)state;
    assert_refused("[send]\nno\n  foo = 1\n", 0, NULL, "line 2: write NAME = VALUE");
    assert_refused("[send]\n[]\nlatency = 500\n", 0, NULL, "line 2: write NAME = VALUE");
    assert_refused("[ ] ; which?\n", 0, NULL, "line 1: write NAME = VALUE");
    assert_refused("[send]\nto = a:1\n foo = 1\nno\n", 0, NULL, "line 3: 'foo' is no option");
    (void)snprintf(file, sizeof file, "[send]\n# %0300d\nsecret = %0200d\n", 0, 0);
    assert_refused(file, 0, NULL, "line 3: write NAME = VALUE, at most 180 characters");
}

/* One place for one value: of two the user meant both, or forgot one. A list is one of several. */
static void a_value_stands_once(void **state)
{
    static char words[][32] = {"--to", "b:1"};
    (void)state;
    assert_refused("[send]\nto = a:1\nlink = dev=a\nlink = dev=b\n to = a:1\n", 0, NULL,
                   "line 5: 'to' is there a second time; keep one");
    assert_refused("[send]\nno-fec = no\n[lab]\nseed = 7\n[send]\nno-fec = no\n", 0, NULL,
                   "line 6: 'no-fec' is there a second time");
    assert_refused("[send]\nto = a:1\nto = a:2\n", COUNT(words), words,
                   "line 3: 'to' is there a second time");
    assert_refused("latency = 300\nlatency = 400\n[send]\nlatency = 500\n", 0, NULL,
                   "line 2: 'latency' is there a second time");
}

/* What is for every command a section says otherwise for its own, "no" as well. */
static void a_section_wins_over_what_is_for_all(void **state)
{
    struct options options;
    struct run_error error;
    (void)state;
    if (read_text(&options, FOR_SEND, "send",
                  "latency = 300\nno-fec = yes\nquiet = yes\n[send]\nlatency = 400\nno-fec = no\n",
                  0, NULL, &error) != PLAIT_OK)
        fail_msg("%s", error.text);
    assert_int_equal(options.latency_ms, 400);
    assert_false(options.no_fec);
    assert_true(options.quiet);
    config_free(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_fills_in),
        cmocka_unit_test(command_line_wins),
        cmocka_unit_test(lines_stand_alone),
        cmocka_unit_test(mistakes_have_their_line),
        cmocka_unit_test(a_value_stands_once),
        cmocka_unit_test(a_section_wins_over_what_is_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
