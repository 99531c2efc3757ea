/* SPDX-License-Identifier: BSD-2-Clause */
/* After the last fault the stream flows again, and what is written in the calm arrives. */
#include "sim/check.h"

#include "sim/world.h"

#define PAUSE_NS     (SIM_S / 2) /* longest pause of a flowing stream, besides the load's own */
#define PAUSE_WRITES 8           /* the load's own: so many mean intervals between datagrams */

static uint64_t pause_max(const struct load_config *load)
{
    uint64_t mean_bits = UINT64_C(4) * (load->size_min + load->size_max);
    uint64_t interval = (uint64_t)((double)mean_bits * 1e9 / (double)load->rate_bps);
    /* A key frame that is large leaves little for the frames that follow it. */
    uint64_t weight = load->key_weight ? load->key_weight : 4;
    uint64_t frames = load->frame_ns * (load->key_every ? weight : 1);
    uint64_t pauses = 0;
    for (uint32_t i = 0; i + 1 < load->steps; i++) {
        uint64_t lasts = load->step[i + 1].at_ns - load->step[i].at_ns;
        pauses += load->step[i].rate_bps ? 0 : lasts;
    }
    return PAUSE_NS + PAUSE_WRITES * interval + 2 * frames + pauses;
}

static void check_share(struct world *world)
{
    uint64_t written = 0;
    uint64_t on_time = 0;
    for (uint64_t i = world->ledger.count; i-- > 0;) {
        const struct ledger_entry *entry = &world->ledger.entries[i];
        if (entry->written_ns < world->config.calm_from_ns) {
            break;
        }
        uint64_t due = entry->written_ns + entry->latency_max_ns + world->config.late_ns;
        written++;
        on_time += entry->delivered_ns <= due;
    }
    if (on_time * 1000000 < written * world->config.calm_share_ppm) {
        world_fail(world, "liveness", "%llu of %llu datagrams written in the calm came on time",
                   (unsigned long long)on_time, (unsigned long long)written);
    }
}

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    const struct sim_config *config = &world->config;
    if (config->calm_from_ns == PLAIT_NEVER || config->load.rate_bps == 0) {
        return;
    }
    uint64_t pause = pause_max(&config->load);
    uint64_t flows_from =
        config->calm_from_ns > config->load.start_ns ? config->calm_from_ns : config->load.start_ns;
    flows_from += world->latency_max_ns + config->late_ns + pause;
    uint64_t flows_to = config->load.stop_ns + world->latency_min_ns;
    if (sample->now >= flows_from && sample->now < flows_to &&
        sample->now - world->check.flow_ns > pause) {
        world_fail(world, "liveness", "nothing was delivered for %.0f ms though no fault is left",
                   (double)(sample->now - world->check.flow_ns) / 1e6);
    }
    if (sample->settled && !world->check.last.settled) {
        check_share(world);
    }
}

const struct checker check_liveness = {"liveness", NULL, on_sampled};
