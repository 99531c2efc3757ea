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
        "--scenario f --steps 0:0+1.5:8+3:0.5",
        "--scenario f --size 1316+188",
        "--scenario f --frames 30 --key-every 50 --key-size 15",
    };
    struct options options;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(parse(&options, lines[i]), 0);
    }
    assert_int_equal(parse(&options, "--scenario f --steps 0.5:0+2:8 --size 188+1316"), 0);
    assert_int_equal(options.experiment.steps, 2);
    assert_int_equal(options.experiment.step[0].at_ns, 500000000);
    assert_int_equal(options.experiment.step[0].rate_bps, 0);
    assert_int_equal(options.experiment.step[1].rate_bps, 8000000);
    assert_int_equal(options.experiment.size_other, 1316);
    assert_int_equal(parse(&options, "--scenario f --frames 30"), 0);
    assert_int_equal(options.experiment.key_every, 60);
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
        "--steps 1",
        "--steps 1:",
        "--steps 1:2+",
        "--steps 2:1+1:2",
        "--steps nan:1",
        "--steps 1:nan",
        "--steps 1:-2",
        "--size 0",
        "--size 1316+",
        "--size 1316+0",
        "--size 1316+20000",
        "--scenario f --key-size 15",
        "--scenario f --key-every 15",
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
