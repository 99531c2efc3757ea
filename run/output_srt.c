/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/output.h"

#include <stdlib.h>

#include "run/srt_link.h"

struct output_srt {
    struct output base;
    struct loop_timer timer;
    struct srt_link link;
    bool is_connected;
};

static void output_srt_write(struct output *base, const uint8_t *data, size_t len)
{
    struct output_srt *output = (struct output_srt *)base;
    if (!output->is_connected || !srt_link_send(&output->link, data, len))
        base->counts.dropped++;
}

static void output_srt_on_due(void *ctx, uint64_t now)
{
    struct output_srt *output = ctx;
    output->is_connected = srt_link_is_connected(&output->link, now);
    output->timer.at = now + SRT_LINK_TICK_NS;
}

static void output_srt_close(struct output *base)
{
    struct output_srt *output = (struct output_srt *)base;
    loop_timer_remove(base->config.loop, &output->timer);
    srt_link_close(&output->link);
    free(output);
}

int output_srt_open(const struct output_config *config, struct output **out,
                    struct run_error *error)
{
    struct output_srt *output = calloc(1, sizeof *output);
    if (!output)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the output");
    int err = srt_link_open(&output->link, config->url, error);
    if (err != PLAIT_OK) {
        free(output);
        return err;
    }
    output->base.config = *config;
    output->base.write = output_srt_write;
    output->base.close = output_srt_close;
    output->timer.at = config->loop->now;
    output->timer.on_due = output_srt_on_due;
    output->timer.ctx = output;
    (void)loop_timer_add(config->loop, &output->timer);
    *out = &output->base;
    return PLAIT_OK;
}
