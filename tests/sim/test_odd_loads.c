/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads that come in bursts and pauses, in virtual time. */
#include "tests/sim/support.h"

/* Each frame waits for its own service only: what is forecast too early is overdue before it could
 * be there, and goes twice. */
static void large_key_frames_are_not_sent_twice(void **state)
{
    (void)state;
    struct experiment experiment =
        experiment_over("rate=3.2 delay=23 jitter=4 queue=300\n"
                        "rate=2.2 delay=48 jitter=6 queue=400\n"
                        "rate=4 delay=62 jitter=9 loss=0.05 queue=700\n"
                        "rate=9 delay=72 jitter=10 loss=0.05 queue=300\n",
                        5520000, 300, 40);
    struct experiment_summary summary;
    experiment.frame_ns = SIM_S / 50;
    experiment.key_every = 25;
    experiment.key_weight = 15;
    run(&experiment, &summary);
    print_message("# %.3f %% on time, sent a media byte %.3f\n", 100 * summary.on_time.mean,
                  summary.sent.mean);
    assert_true(summary.on_time.mean >= 0.999);
    assert_true(summary.sent.mean < 1.12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_key_frames_are_not_sent_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
