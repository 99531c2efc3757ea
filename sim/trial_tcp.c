/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials of fairness: one TCP flow beside the bond, whose load wants more than is left. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/trial.h"

#define LINK_BPS    6000000
#define TCP_FROM_NS (5 * SIM_S)
#define SETTLED_NS  (15 * SIM_S)
#define END_NS      (75 * SIM_S)
#define LEAST       0.5 /* of its fair share, half a link */
#define MOST        1.5
#define FOLLOW_MAX  20000000
#define FOLLOW_MIN  300000

static const struct {
    const char *name, *links;
    uint64_t rate_bps, latency_ns; /* rate 0: follows the advice */
} cases[] = {
    {"tcp 1 link 1x BDP 6/1000", "rate=6 delay=30 queue=60\n", 6000000, 1000 * SIM_MS},
    {"tcp 1 link 4x BDP 6/1000", "rate=6 delay=30 queue=240\n", 6000000, 1000 * SIM_MS},
    {"tcp 1 link 1 s 6/1000", "rate=6 delay=30 queue=1000\n", 6000000, 1000 * SIM_MS},
    {"tcp 1 link 1x BDP 6/300", "rate=6 delay=30 queue=60\n", 6000000, 300 * SIM_MS},
    {"tcp 1 link 4x BDP 6/300", "rate=6 delay=30 queue=240\n", 6000000, 300 * SIM_MS},
    {"tcp 1 link 1 s 6/300", "rate=6 delay=30 queue=1000\n", 6000000, 300 * SIM_MS},
    {"tcp 1 link 1x BDP adaptive", "rate=6 delay=30 queue=60\n", 0, 500 * SIM_MS},
    {"tcp 1 link 4x BDP adaptive", "rate=6 delay=30 queue=240\n", 0, 500 * SIM_MS},
    {"tcp 1 link 1 s adaptive", "rate=6 delay=30 queue=1000\n", 0, 500 * SIM_MS},
    {"tcp 3 links 1x BDP 15/1000",
     "rate=6 delay=30 queue=60\nrate=6 delay=30 queue=60\nrate=6 delay=30 queue=60\n", 15000000,
     1000 * SIM_MS},
    {"tcp 3 links 4x BDP 15/1000",
     "rate=6 delay=30 queue=240\nrate=6 delay=30 queue=240\nrate=6 delay=30 queue=240\n", 15000000,
     1000 * SIM_MS},
    {"tcp 3 links 1 s 15/1000",
     "rate=6 delay=30 queue=1000\nrate=6 delay=30 queue=1000\nrate=6 delay=30 queue=1000\n",
     15000000, 1000 * SIM_MS},
};

const char *trial_tcp_name(unsigned number)
{
    return number < sizeof cases / sizeof cases[0] ? cases[number].name : NULL;
}

struct watch {
    uint64_t tcp_from, tcp_to, bond_from, bond_to, rtt_ns;
};

static void observe(void *ctx, const struct world *world)
{
    struct watch *watch = ctx;
    if (world->now < SETTLED_NS) {
        watch->tcp_from = tcp_received_bytes(world->tcp);
        watch->bond_from = world->line[0].forward_bytes;
    }
    watch->tcp_to = tcp_received_bytes(world->tcp);
    watch->bond_to = world->line[0].forward_bytes;
    watch->rtt_ns = tcp_rtt_ns(world->tcp);
}

static double of_link(uint64_t from, uint64_t to)
{
    return (double)(to - from) * 8e9 / (double)(END_NS - SETTLED_NS) / LINK_BPS;
}

bool trial_tcp(const struct experiment *experiment, unsigned number, char figures[TRIAL_FIGURES])
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    double low = 9, high = 0, sum = 0, bond = 0, on_time = 0, rtt = 0;
    char error[SIM_ERROR_MAX] = "";
    if (!scenario) {
        abort();
    }
    trial_read_text(scenario, cases[number].links);
    for (uint32_t i = 0; i < experiment->seeds; i++) {
        struct sim_config config;
        struct measure_result result;
        struct watch watch = {0};
        trial_configure(experiment, scenario, experiment->first_seed + i, &config);
        config.endpoint.latency_ns = cases[number].latency_ns;
        config.load.rate_bps = cases[number].rate_bps ? cases[number].rate_bps : FOLLOW_MIN;
        config.follow_min_bps = cases[number].rate_bps ? 0 : FOLLOW_MIN;
        config.follow_max_bps = cases[number].rate_bps ? 0 : FOLLOW_MAX;
        config.load.size_min = config.load.size_max = experiment->size;
        config.load.stop_ns = config.end_ns = END_NS;
        config.tcp = (struct tcp_config){true, 0, TCP_FROM_NS + i * 137 * SIM_MS};
        config.observe = observe;
        config.observe_ctx = &watch;
        trial_execute(&config, &result, error);
        double fair = 2 * of_link(watch.tcp_from, watch.tcp_to);
        low = fair < low ? fair : low;
        high = fair > high ? fair : high;
        sum += fair;
        bond += of_link(watch.bond_from, watch.bond_to);
        rtt += (double)watch.rtt_ns / 1e6;
        on_time += result.written ? (double)result.on_time / (double)result.written : 0;
    }
    emu_scenario_free(scenario);
    free(scenario);
    double n = experiment->seeds;
    snprintf(
        figures, TRIAL_FIGURES,
        "TCP has %.2f of its fair share (%.2f to %.2f; wish 0.5 to 1.5), rtt %.0f ms; the bond "
        "%.2f of the link, %.2f %% on time%s%.60s",
        sum / n, low, high, rtt / n, bond / n, 100 * on_time / n, error[0] ? "; " : "", error);
    return low >= LEAST && high <= MOST && !error[0];
}
