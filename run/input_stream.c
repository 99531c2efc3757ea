/* SPDX-License-Identifier: BSD-2-Clause */
/* A pipe or a terminal: bytes whose pace is their writer's. */
#include "run/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/ts.h"

#define STREAM_BYTES   (48 * INPUT_PIECE)
#define STREAM_HOLD_NS (10 * CLOCK_MS) /* how long a piece that is not full waits for more */
#define STREAM_PAUSE_NS                                                                            \
    (5 * CLOCK_MS) /* how long the pipe is left alone while there is no room                       \
                    */

struct input_stream {
    struct input base;
    struct loop_watch watch;
    struct loop_timer timer;
    bool is_known; /* whether it is MPEG-TS has been seen */
    size_t unit;   /* bytes that stay together: a packet of MPEG-TS, or 1 */
    size_t len;
    uint8_t data[STREAM_BYTES];
};

static void stream_hand_over(struct input_stream *stream, uint64_t now, size_t at, size_t len)
{
    struct input_hooks *hooks = &stream->base.config.hooks;
    hooks->on_datagram(hooks->ctx, now, stream->data + at, len);
}

/* Hands over full pieces; with `all` the rest too, of MPEG-TS in whole packets. */
static void stream_cut(struct input_stream *stream, uint64_t now, bool all)
{
    if (!stream->is_known) {
        if (stream->len < TS_PACKET && !all)
            return;
        stream->is_known = true;
        stream->unit = ts_is_stream(stream->data, stream->len) ? TS_PACKET : 1;
    }
    size_t at = 0;
    for (;;) {
        size_t left = stream->len - at;
        size_t piece = left < INPUT_PIECE ? left - left % stream->unit : INPUT_PIECE;
        bool waits = piece < INPUT_PIECE && stream->unit > 1 && !all;
        if (piece == 0 || waits)
            break;
        stream_hand_over(stream, now, at, piece);
        at += piece;
    }
    stream->len -= at;
    memmove(stream->data, stream->data + at, stream->len);
}

static void stream_end(struct input_stream *stream, uint64_t now, const char *why)
{
    struct input_hooks *hooks = &stream->base.config.hooks;
    stream_cut(stream, now, true);
    if (stream->len > 0) /* a packet its writer never finished */
        stream_hand_over(stream, now, 0, stream->len);
    loop_watch_remove(stream->base.config.loop, &stream->watch);
    stream->timer.at = PLAIT_NEVER;
    hooks->on_end(hooks->ctx, now, why);
}

static void stream_on_ready(void *ctx, uint64_t now, short revents)
{
    struct input_stream *stream = ctx;
    struct input_hooks *hooks = &stream->base.config.hooks;
    (void)revents;
    if (!hooks->has_room(hooks->ctx)) {
        stream->watch.events = 0;
        /* POLLHUP cannot be masked, so the watch goes as a whole. */
        loop_watch_remove(stream->base.config.loop, &stream->watch);
        stream->timer.at = now + STREAM_PAUSE_NS;
        return;
    }
    ssize_t got = read(stream->watch.fd, stream->data + stream->len, STREAM_BYTES - stream->len);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        stream_end(stream, now, got < 0 ? INPUT_BROKEN : NULL);
        return;
    }
    stream->len += (size_t)got;
    stream_cut(stream, now, stream->len == STREAM_BYTES);
    stream->timer.at = stream->len > 0 ? now + STREAM_HOLD_NS : PLAIT_NEVER;
}

static void stream_on_due(void *ctx, uint64_t now)
{
    struct input_stream *stream = ctx;
    stream->timer.at = PLAIT_NEVER;
    if (stream->watch.events == 0) {
        stream->watch.events = POLLIN;
        (void)loop_watch_add(stream->base.config.loop, &stream->watch);
        stream->timer.at = stream->len > 0 ? now + STREAM_HOLD_NS : PLAIT_NEVER;
        return;
    }
    stream_cut(stream, now, true);
}

static void stream_start(struct input *input, uint64_t now)
{
    struct input_stream *stream = (struct input_stream *)input;
    (void)now;
    (void)loop_watch_add(input->config.loop, &stream->watch);
    (void)loop_timer_add(input->config.loop, &stream->timer);
}

static void stream_close(struct input *input)
{
    struct input_stream *stream = (struct input_stream *)input;
    loop_watch_remove(input->config.loop, &stream->watch);
    loop_timer_remove(input->config.loop, &stream->timer);
    if (stream->watch.fd != STDIN_FILENO)
        close(stream->watch.fd);
    free(stream);
}

int input_stream_open(const struct input_config *config, int fd, struct input **out,
                      struct run_error *error)
{
    struct input_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the input");
    stream->base.config = *config;
    stream->base.start = stream_start;
    stream->base.close = stream_close;
    stream->watch.fd = fd;
    stream->watch.events = POLLIN;
    stream->watch.on_ready = stream_on_ready;
    stream->watch.ctx = stream;
    stream->timer.at = PLAIT_NEVER;
    stream->timer.on_due = stream_on_due;
    stream->timer.ctx = stream;
    *out = &stream->base;
    return PLAIT_OK;
}
