/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/bound.h"

#include <stdlib.h>

#include "sim/world.h"

#define SLACK_NS (1 * SIM_MS) /* what on time means here: by write + latency + 1 ms */

/* A load that is not even: each datagram when it was written. To be freed; NULL without memory. */
static uint64_t *times_of(const struct ledger *ledger)
{
    uint64_t *written_ns = malloc((ledger->count + 1) * sizeof *written_ns);
    for (uint64_t i = 0; written_ns && i < ledger->count; i++) {
        written_ns[i] = ledger->entries[i].written_ns;
    }
    return written_ns;
}

/* False: this load has no such bound. */
static bool prepare(const struct world *world, struct emu_bound *bound,
                    struct emu_bound_stream *stream, uint64_t **times)
{
    const struct load_config *load = &world->config.load;
    bool even = !load->frame_ns && !load->steps;
    *times = NULL;
    uint64_t horizon = load->stop_ns + world->latency_ns + SIM_S;
    if (load->size_min != load->size_max || load->size_max > EMU_DATAGRAM_MAX ||
        world->config.follow_max_bps) {
        return false;
    }
    if (emu_bound_init(bound, world->config.scenario, world_net_seed(world->config.seed),
                       load->size_max, horizon) != 0) {
        return false;
    }
    *stream = emu_bound_stream_of(bound, load->rate_bps, load->start_ns,
                                  load->stop_ns - load->start_ns, world->latency_ns + SLACK_NS);
    if (!even) {
        stream->written_ns = *times = times_of(&world->ledger);
        stream->packets = *times ? world->ledger.count : 0;
    }
    return true;
}

void bound_shares(const struct world *world, struct bound_shares *shares)
{
    struct emu_bound bound;
    struct emu_bound_stream stream;
    uint64_t *times;
    for (int level = 0; level < EMU_BOUND_LEVELS; level++) {
        shares->level[level] = -1;
    }
    if (!prepare(world, &bound, &stream, &times)) {
        return;
    }
    for (int level = 0; level < EMU_BOUND_LEVELS; level++) {
        struct emu_bound_result result;
        if (emu_bound_match(&bound, (enum emu_bound_level)level, &stream, &result) == 0 &&
            result.packets) {
            shares->level[level] = (double)result.on_time / (double)result.packets;
        }
    }
    free(times);
    emu_bound_free(&bound);
}

uint8_t *bound_met(const struct world *world)
{
    struct emu_bound bound;
    struct emu_bound_stream stream;
    uint64_t *times;
    struct emu_bound_result result;
    if (!prepare(world, &bound, &stream, &times)) {
        return NULL;
    }
    uint64_t count = stream.packets > world->ledger.count ? stream.packets : world->ledger.count;
    uint8_t *met = calloc(count + 1, 1);
    if (met && emu_bound_match_each(&bound, EMU_BOUND_KNOWN, &stream, &result, met) != 0) {
        free(met);
        met = NULL;
    }
    free(times);
    emu_bound_free(&bound);
    return met;
}
