/* SPDX-License-Identifier: BSD-2-Clause */
/* Experiments in virtual time, said in a line. */
#ifndef PLAIT_TESTS_SIM_SUPPORT_H
#define PLAIT_TESTS_SIM_SUPPORT_H

#include "tests/support.h"

#include "sim/experiment.h"
#include "sim/world.h"

static const char three_links[] = "rate=5 delay=40 jitter=5 loss=0.01 queue=300\n"
                                  "rate=5 delay=40 jitter=5 loss=0.01 queue=300\n"
                                  "rate=5 delay=40 jitter=5 loss=0.01 queue=300\n";

static inline struct experiment three_links_experiment(void)
{
    struct experiment experiment;
    experiment_defaults(&experiment);
    experiment.scenario = "three links of 5 Mbit/s";
    experiment.text = three_links;
    experiment.rate_bps = 8000000;
    experiment.seconds = 20;
    return experiment;
}

static inline void run(const struct experiment *experiment, struct experiment_summary *summary)
{
    assert_true(experiment_run(experiment, summary));
    if (summary->failed) {
        print_error("%s\n", summary->error);
    }
    assert_int_equal(summary->failed, 0);
}

/* One seed of so much media over these links. */
static inline struct experiment experiment_over(const char *links, uint64_t rate_bps,
                                                uint64_t latency_ms, uint32_t seconds)
{
    struct experiment experiment = three_links_experiment();
    experiment.text = links;
    experiment.rate_bps = rate_bps;
    experiment.latency_ns = latency_ms * SIM_MS;
    experiment.seconds = seconds;
    return experiment;
}

static inline double share(const struct experiment *experiment)
{
    struct experiment_summary summary;
    run(experiment, &summary);
    print_message("# %.3f %% on time\n", 100 * summary.on_time.mean);
    return summary.on_time.mean;
}

/* The share on time of so much media over these links. */
static inline double share_of(const char *links, uint64_t rate_bps, uint64_t latency_ms,
                              uint32_t seconds)
{
    const struct experiment experiment = experiment_over(links, rate_bps, latency_ms, seconds);
    return share(&experiment);
}

#endif
