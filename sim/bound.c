/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/bound.h"

#include "sim/world.h"

#define SLACK_NS (1 * SIM_MS) /* what on time means here: by write + latency + 1 ms */

#define WINDOWS_MAX 720
#define WINDOW_NS   (5 * SIM_S)
#define ADAPT_SHARE 0.999

static void adapt(const struct emu_bound *bound, const struct world *world,
                  struct bound_shares *shares)
{
    uint64_t rate[WINDOWS_MAX];
    uint64_t first = world->config.load.start_ns / WINDOW_NS;
    uint64_t windows = world->config.load.stop_ns / WINDOW_NS;
    if (windows > WINDOWS_MAX || windows <= first ||
        emu_bound_adapt(bound, world->latency_ns, ADAPT_SHARE, WINDOW_NS, windows, rate) != 0) {
        return;
    }
    for (uint64_t i = first; i < windows; i++) {
        shares->adapt_bps += (double)rate[i] / (double)(windows - first);
    }
}

void bound_shares(const struct world *world, struct bound_shares *shares)
{
    const struct load_config *load = &world->config.load;
    for (int level = 0; level < EMU_BOUND_LEVELS; level++) {
        shares->level[level] = -1;
    }
    shares->adapt_bps = 0;
    if (load->size_min != load->size_max || load->size_max > EMU_DATAGRAM_MAX || load->frame_ns) {
        return;
    }
    struct emu_bound bound;
    uint64_t horizon = load->stop_ns + world->latency_ns + SIM_S;
    if (emu_bound_init(&bound, world->config.scenario, world_net_seed(world->config.seed),
                       load->size_max, horizon) != 0) {
        return;
    }
    if (load->most_bps) {
        adapt(&bound, world, shares);
        emu_bound_free(&bound);
        return;
    }
    struct emu_bound_stream stream =
        emu_bound_stream_of(&bound, load->rate_bps, load->start_ns, load->stop_ns - load->start_ns,
                            world->latency_ns + SLACK_NS);
    for (int level = 0; level < EMU_BOUND_LEVELS; level++) {
        struct emu_bound_result result;
        if (emu_bound_match(&bound, (enum emu_bound_level)level, &stream, &result) == 0 &&
            result.packets) {
            shares->level[level] = (double)result.on_time / (double)result.packets;
        }
    }
    emu_bound_free(&bound);
}
