/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/input.h"

#include <stdlib.h>

#include "run/srt_link.h"

struct input_srt {
    struct input base;
    struct loop_timer timer;
    struct srt_link link;
};

static void input_srt_on_due(void *ctx, uint64_t now)
{
    struct input_srt *input = ctx;
    struct input_hooks *hooks = &input->base.config.hooks;
    uint8_t data[SRT_LINK_MAX_PACKET];
    input->timer.at = now + SRT_LINK_TICK_NS;
    if (!srt_link_is_connected(&input->link, now))
        return;
    for (int len; (len = srt_link_receive(&input->link, data, sizeof data)) > 0;)
        hooks->on_datagram(hooks->ctx, now, data, (size_t)len);
}

static void input_srt_start(struct input *base, uint64_t now)
{
    struct input_srt *input = (struct input_srt *)base;
    input->timer.at = now;
    (void)loop_timer_add(base->config.loop, &input->timer);
}

static void input_srt_close(struct input *base)
{
    struct input_srt *input = (struct input_srt *)base;
    loop_timer_remove(base->config.loop, &input->timer);
    srt_link_close(&input->link);
    free(input);
}

int input_srt_open(const struct input_config *config, struct input **out, struct run_error *error)
{
    struct input_srt *input = calloc(1, sizeof *input);
    if (!input)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the input");
    int err = srt_link_open(&input->link, config->url, error);
    if (err != PLAIT_OK) {
        free(input);
        return err;
    }
    input->base.config = *config;
    input->base.start = input_srt_start;
    input->base.close = input_srt_close;
    input->timer.at = PLAIT_NEVER;
    input->timer.on_due = input_srt_on_due;
    input->timer.ctx = input;
    *out = &input->base;
    return PLAIT_OK;
}
