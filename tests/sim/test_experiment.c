/* SPDX-License-Identifier: BSD-2-Clause */
/* An experiment's figures and how they are printed: what has no bound shows none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "sim/experiment.h"

static struct experiment short_one(void)
{
    struct experiment experiment;
    experiment_defaults(&experiment);
    experiment.scenario = "text";
    experiment.text = "rate=5 delay=20\n";
    experiment.rate_bps = 1000000;
    experiment.seconds = 2;
    return experiment;
}

typedef void print_fn(FILE *out, const struct experiment *experiment,
                      const struct experiment_summary *summary);

/* What `print` writes of it; to be freed. */
static char *printed(const struct experiment *experiment, print_fn *print)
{
    struct experiment_summary summary;
    char *text = calloc(1, 4096);
    FILE *file = tmpfile();
    assert_non_null(text);
    assert_non_null(file);
    assert_true(experiment_run(experiment, &summary));
    assert_int_equal(summary.failed, 0);
    print(file, experiment, &summary);
    rewind(file);
    assert_true(fread(text, 1, 4095, file) > 0);
    fclose(file);
    return text;
}

static bool shows(const struct experiment *experiment, print_fn *print, const char *part)
{
    char *text = printed(experiment, print);
    bool found = strstr(text, part) != NULL;
    free(text);
    return found;
}

static void a_load_without_a_bound_shows_none(void **state)
{
    const char *const none = "        -        -        -        - |";
    struct experiment even = short_one();
    struct experiment frames = short_one();
    struct experiment sizes = short_one();
    struct experiment large = short_one();
    struct experiment adaptive = short_one();
    (void)state;
    frames.frame_ns = 40000000;
    sizes.size_other = 188;
    large.size = 2000;
    adaptive.follow_max_bps = 4000000;
    assert_false(shows(&even, experiment_print_row, none));
    assert_false(shows(&frames, experiment_print_row, none));
    assert_true(shows(&sizes, experiment_print_row, none));
    assert_true(shows(&large, experiment_print_row, none));
    assert_true(shows(&adaptive, experiment_print_row, none));
    assert_true(shows(&even, experiment_print_json, "on_time_of_bound"));
    assert_false(shows(&adaptive, experiment_print_json, "on_time_of_bound"));
}

static void json_is_json_whatever_the_file_is_called(void **state)
{
    struct experiment experiment = short_one();
    (void)state;
    experiment.scenario = "drive\xff.txt";
    char *text = printed(&experiment, experiment_print_json);
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    json_decref(object);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_without_a_bound_shows_none),
        cmocka_unit_test(json_is_json_whatever_the_file_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
