/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbered datagrams at a constant rate: eight bytes of number, big-endian, then a filling that a
 * receiver can work out from it. */
#include "run/input.h"

#include <stdlib.h>
#include <string.h>

#include "run/clock.h"

#define SYNTH_BEHIND_NS (500 * CLOCK_MS)

struct input_synth {
    struct input base;
    struct loop_timer timer;
    uint64_t started;
    uint64_t number;
    uint64_t before;  /* slots before `started`: at another rate */
    uint64_t skipped; /* datagrams that were due while the process was stopped */
};

static uint64_t synth_due(const struct input_synth *synth)
{
    uint64_t slot = synth->number + synth->skipped - synth->before;
    double ns = (double)slot * INPUT_PIECE * 8e9 / (double)synth->base.config.rate_bps;
    return synth->started + (uint64_t)ns;
}

static void synth_fill(uint64_t number, uint8_t data[INPUT_PIECE])
{
    for (size_t i = 0; i < 8; i++)
        data[i] = (uint8_t)(number >> (56 - 8 * i));
    for (size_t i = 8; i < INPUT_PIECE; i++)
        data[i] = (uint8_t)(number * 31 + i);
}

bool input_synth_check(const uint8_t *data, size_t len, uint64_t *number)
{
    uint8_t expected[INPUT_PIECE];
    if (len != INPUT_PIECE)
        return false;
    *number = 0;
    for (size_t i = 0; i < 8; i++)
        *number = *number << 8 | data[i];
    synth_fill(*number, expected);
    return memcmp(data, expected, sizeof expected) == 0;
}

static void synth_send(struct input_synth *synth, uint64_t now)
{
    struct input_hooks *hooks = &synth->base.config.hooks;
    uint8_t data[INPUT_PIECE];
    synth_fill(synth->number++, data);
    hooks->on_datagram(hooks->ctx, now, data, sizeof data);
}

static void synth_on_due(void *ctx, uint64_t now)
{
    struct input_synth *synth = ctx;
    while (synth_due(synth) + SYNTH_BEHIND_NS < now)
        synth->skipped++;
    while (synth_due(synth) <= now)
        synth_send(synth, now);
    synth->timer.at = synth_due(synth);
}

static void synth_start(struct input *input, uint64_t now)
{
    struct input_synth *synth = (struct input_synth *)input;
    synth->started = now;
    synth->timer.at = now;
    (void)loop_timer_add(input->config.loop, &synth->timer);
}

void input_synth_rate_set(struct input *input, uint64_t rate_bps)
{
    struct input_synth *synth = (struct input_synth *)input;
    synth->started = synth_due(synth);
    synth->before = synth->number + synth->skipped;
    synth->base.config.rate_bps = rate_bps;
}

static void synth_close(struct input *input)
{
    struct input_synth *synth = (struct input_synth *)input;
    loop_timer_remove(input->config.loop, &synth->timer);
    free(synth);
}

int input_synth_open(const struct input_config *config, struct input **out, struct run_error *error)
{
    struct input_synth *synth = calloc(1, sizeof *synth);
    if (!synth)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the input");
    synth->base.config = *config;
    synth->base.start = synth_start;
    synth->base.close = synth_close;
    synth->timer.at = PLAIT_NEVER;
    synth->timer.on_due = synth_on_due;
    synth->timer.ctx = synth;
    *out = &synth->base;
    return PLAIT_OK;
}
