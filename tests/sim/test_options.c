/* SPDX-License-Identifier: BSD-2-Clause */
/* What plait-sim takes, and what it refuses: with a line that names the option. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/options.h"

#define WORDS_MAX 12

static int parse(struct options *options, const char *line)
{
    char text[256];
    char *words[WORDS_MAX] = {NULL};
    int count = 1; /* the program's own name is never looked at */
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        assert_true(count < WORDS_MAX);
        words[count++] = word;
    }
    return options_parse(options, count, words);
}

static void takes_what_means_something(void **state)
{
    static const char *const lines[] = {
        "--help",
        "--seed 0",
        "--seeds 20",
        "--seeds 0-999999",
        "--seeds 18446744073709551615-18446744073709551615",
        "--table --rows drive --gaps --seeds 3",
        "--scenario f --advised --seconds 60",
        "--scenario f --frames 29.97 --latency 33.3",
        "--scenario f --adaptive 5 --rate 0.5",
    };
    struct options options;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(parse(&options, lines[i]), 0);
    }
    assert_int_equal(parse(&options, "--seeds 7-9"), 0);
    assert_int_equal(options.first_seed, 7);
    assert_int_equal(options.experiment.seeds, 3);
}

static void refuses_what_means_nothing(void **state)
{
    static const char *const lines[] = {
        "--nosuch",
        "--rate",
        "--rate fast",
        "--seconds 1.9",
        "--size 1000.5",
        "--seeds 0",
        "--seeds 9-7",
        "--seeds 1000001",
        "--seeds 0-4294967295",
        "--seeds 0-18446744073709551615",
        "--rows drive",
        "--gaps",
        "--advised",
        "--scenario f --frames 30 --adaptive 5",
    };
    struct options options;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (parse(&options, lines[i]) == 0) {
            fail_msg("'%s' was taken", lines[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_means_something),
        cmocka_unit_test(refuses_what_means_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
