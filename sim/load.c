/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/load.h"

#include <assert.h>
#include <string.h>

#define KEY_WEIGHT 4 /* where nothing else is asked */

/* Bits of the frames 0..n-1 together, at the configured mean rate. */
static uint64_t frames_bits(const struct load_config *config, uint64_t n)
{
    uint64_t weight = n;
    uint64_t group = config->key_every;
    uint64_t more = (config->key_weight ? config->key_weight : KEY_WEIGHT) - 1;
    if (group) {
        weight = (n / group) * (group + more);
        weight += n % group ? n % group + more : 0;
    }
    double seconds = (double)config->frame_ns / 1e9;
    double unit = (double)config->rate_bps * seconds;
    if (group) {
        unit *= (double)group / (double)(group + more);
    }
    return (uint64_t)(unit * (double)weight);
}

/* Bits of frame n alone: the encoder keeps its frames' times, and in a pause they are empty. */
static uint64_t frame_bits(const struct load_config *config, uint64_t n)
{
    uint64_t bits = frames_bits(config, n + 1) - frames_bits(config, n);
    uint64_t rate_bps = config->rate_bps;
    for (uint32_t i = 0; i < config->steps && config->step[i].at_ns <= n * config->frame_ns; i++) {
        rate_bps = config->step[i].rate_bps;
    }
    return rate_bps == config->rate_bps
               ? bits
               : (uint64_t)((double)bits * (double)rate_bps / (double)config->rate_bps);
}

static uint64_t next_frame(struct load *load)
{
    const struct load_config *config = &load->config;
    uint64_t at = config->start_ns + load->frame * config->frame_ns;
    while (load->written_bits >= load->frame_bits_end && at < config->stop_ns) {
        load->frame_bits_end += frame_bits(config, ++load->frame);
        at += config->frame_ns;
    }
    return at;
}

/* The wait that is under way goes on from here at the new rate. */
static void change_rate(struct load *load, uint64_t from, uint64_t rate_bps)
{
    double left = load->next_ns > from ? (double)(load->next_ns - from) : 0;
    left *= (double)load->config.rate_bps / (double)rate_bps;
    load->config.rate_bps = rate_bps;
    load->since_ns = from + (uint64_t)left;
    load->written_bits = 0;
    load->next_ns = load->since_ns;
}

/* The next datagram of an evenly spaced load is put off, or hastened, by the steps before it. */
static void take_steps(struct load *load)
{
    const struct load_config *config = &load->config;
    while (load->step < config->steps &&
           config->start_ns + config->step[load->step].at_ns <= load->next_ns) {
        const struct load_step *step = &config->step[load->step++];
        uint64_t at = config->start_ns + step->at_ns;
        if (step->rate_bps) {
            change_rate(load, at, step->rate_bps);
        } else {
            load->resume_ns =
                load->step < config->steps ? config->start_ns + step[1].at_ns : config->stop_ns;
            load->next_ns += load->resume_ns - at;
        }
    }
}

static uint32_t draw_size(struct load *load)
{
    const struct load_config *config = &load->config;
    if (config->two_sizes) {
        return sim_rng_chance(&load->rng, 500000) ? config->size_max : config->size_min;
    }
    return (uint32_t)sim_rng_between(&load->rng, config->size_min, config->size_max);
}

static void schedule(struct load *load)
{
    const struct load_config *config = &load->config;
    load->next_len = draw_size(load);
    load->next_worth = PLAIT_WORTH_AUTO;
    if (config->frame_ns) {
        load->next_ns = next_frame(load);
    } else {
        uint64_t whole = load->written_bits / config->rate_bps;
        uint64_t rest = load->written_bits % config->rate_bps;
        load->next_ns = load->since_ns + whole * 1000000000 +
                        (uint64_t)((double)rest * 1e9 / (double)config->rate_bps);
        take_steps(load);
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
    assert(config->steps <= LOAD_STEPS_MAX && config->size_min >= 1 &&
           config->size_max <= PLAIT_MAX_DATAGRAM);
    memset(load, 0, sizeof *load);
    load->config = *config;
    load->rng.state = sim_mix(seed, 0x73697a65);
    load->next_ns = PLAIT_NEVER;
    load->since_ns = config->start_ns;
    if (config->rate_bps) {
        load->frame_bits_end = config->frame_ns ? frame_bits(config, 0) : 0;
        schedule(load);
    }
}

void load_set_rate(struct load *load, uint64_t now, uint64_t rate_bps)
{
    assert(rate_bps && !load->config.frame_ns);
    if (rate_bps == load->config.rate_bps || now < load->config.start_ns) {
        return;
    }
    change_rate(load, now > load->resume_ns ? now : load->resume_ns, rate_bps);
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
