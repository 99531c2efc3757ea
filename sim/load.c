/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/load.h"

#include <assert.h>
#include <string.h>

#define KEY_WEIGHT 4

/* Bits of the frames 0..n-1 together, at the configured mean rate. */
static uint64_t frames_bits(const struct load_config *config, uint64_t n)
{
    uint64_t weight = n;
    uint64_t group = config->key_every;
    if (group) {
        weight = (n / group) * (group + KEY_WEIGHT - 1);
        weight += n % group ? n % group + KEY_WEIGHT - 1 : 0;
    }
    double seconds = (double)config->frame_ns / 1e9;
    double unit = (double)config->rate_bps * seconds;
    if (group) {
        unit *= (double)group / (double)(group + KEY_WEIGHT - 1);
    }
    return (uint64_t)(unit * (double)weight);
}

static void schedule(struct load *load)
{
    const struct load_config *config = &load->config;
    load->next_len = (uint32_t)sim_rng_between(&load->rng, config->size_min, config->size_max);
    load->next_worth = PLAIT_WORTH_AUTO;
    if (config->frame_ns) {
        while (load->written_bits >= load->frame_bits_end) {
            load->frame++;
            load->frame_bits_end = frames_bits(config, load->frame + 1);
        }
        load->next_ns = config->start_ns + load->frame * config->frame_ns;
    } else {
        uint64_t whole = load->written_bits / config->rate_bps;
        uint64_t rest = load->written_bits % config->rate_bps;
        load->next_ns = load->since_ns + whole * 1000000000 +
                        (uint64_t)((double)rest * 1e9 / (double)config->rate_bps);
    }
    if (config->worths) {
        bool key = config->key_every && load->frame % config->key_every == 0;
        uint64_t draw = sim_rng_next(&load->rng) % 100;
        load->next_worth = key         ? PLAIT_WORTH_KEY
                           : draw < 10 ? PLAIT_WORTH_LOW
                           : draw < 88 ? PLAIT_WORTH_DELTA
                           : draw < 98 ? PLAIT_WORTH_KEY
                                       : PLAIT_WORTH_TOP;
    }
}

void load_init(struct load *load, const struct load_config *config, uint64_t seed)
{
    assert(config->size_min >= 1 && config->size_max <= PLAIT_MAX_DATAGRAM);
    memset(load, 0, sizeof *load);
    load->config = *config;
    load->rng.state = sim_mix(seed, 0x73697a65);
    load->next_ns = PLAIT_NEVER;
    load->since_ns = config->start_ns;
    if (config->rate_bps) {
        load->frame_bits_end = config->frame_ns ? frames_bits(config, 1) : 0;
        schedule(load);
    }
}

void load_set_rate(struct load *load, uint64_t now, uint64_t rate_bps)
{
    assert(rate_bps && !load->config.frame_ns);
    if (rate_bps == load->config.rate_bps || now < load->config.start_ns) {
        return;
    }
    /* The wait that is under way goes on at the new rate. */
    double left = load->next_ns > now ? (double)(load->next_ns - now) : 0;
    left *= (double)load->config.rate_bps / (double)rate_bps;
    load->config.rate_bps = rate_bps;
    load->since_ns = now + (uint64_t)left;
    load->written_bits = 0;
    load->next_ns = load->since_ns;
}

uint64_t load_next(const struct load *load)
{
    return load->next_ns < load->config.stop_ns ? load->next_ns : PLAIT_NEVER;
}

void load_take(struct load *load, uint32_t *len, enum plait_worth *worth)
{
    *len = load->next_len;
    *worth = load->next_worth;
    load->written_bits += UINT64_C(8) * load->next_len;
    schedule(load);
}
