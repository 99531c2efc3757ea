/* SPDX-License-Identifier: BSD-2-Clause */
/* Recorded scenarios: what must come on time at 6 Mbit/s and 1000 ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/experiment.h"

#define SKIPPED      77
#define ON_TIME_WISH 0.995

static const char *shared;

static void scenario_on_time(const char *name)
{
    struct experiment experiment;
    struct experiment_summary summary;
    char path[512];
    snprintf(path, sizeof path, "%s/scenarios/%s.txt", shared, name);
    experiment_defaults(&experiment);
    experiment.scenario = path;
    experiment.seeds = 2;
    assert_true(experiment_run(&experiment, &summary));
    print_message("%s: %.4f %% on time, sent a media byte %.4f %s\n", name,
                  100 * summary.on_time.mean, summary.sent.mean, summary.error);
    assert_int_equal(summary.failed, 0);
    assert_true(summary.on_time.mean >= ON_TIME_WISH);
}

static void drive_3op(void **state)
{
    (void)state;
    scenario_on_time("drive-3op");
}

static void field_sat_4(void **state)
{
    (void)state;
    scenario_on_time("field-sat-4");
}

int main(void)
{
    char path[512];
    shared = getenv("PLAIT_SHARED") ? getenv("PLAIT_SHARED") : "../shared";
    snprintf(path, sizeof path, "%s/scenarios/drive-3op.txt", shared);
    FILE *file = fopen(path, "r");
    if (!file) {
        printf("skipped: the recorded scenarios are not there (%s)\n", path);
        return SKIPPED;
    }
    fclose(file);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drive_3op),
        cmocka_unit_test(field_sat_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
