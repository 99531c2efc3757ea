/* SPDX-License-Identifier: BSD-2-Clause */
/* A pipe or a file: bytes one after another; a file's go through a pipe as well, because a disk may
 * hold up who writes for seconds. */
#include "run/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/file_writer.h"

#define OUTPUT_END_NS (CLOCK_S / 2) /* what is left is given at the end, in all */
/* Where it is a disk that takes it: one that is only busy (an SD card, a disk that has to spin up)
 * comes back within 10 s, and a service that is stopped has 15 (TimeoutStopSec). */
#define OUTPUT_DISK_NS (10 * CLOCK_S)

struct output_stream {
    struct output base;
    struct loop_idler idler;
    struct loop_watch watch; /* only while the reader has to catch up */
    bool is_watched;
    int fd;                     /* what was opened */
    struct file_writer *writer; /* of a file; watch.fd is its pipe */
    bool has_failed;
    size_t begin, end;
    uint8_t *buffer;
};

static void stream_fail(struct output_stream *stream, uint64_t now, const char *why)
{
    struct output_config *config = &stream->base.config;
    stream->has_failed = true;
    stream->begin = stream->end = 0;
    if (config->on_failed)
        config->on_failed(config->ctx, now, why);
}

/* After POLLOUT a pipe takes PIPE_BUF bytes without blocking, so the descriptor (which may be
 * shared with a shell) need not be made non-blocking. */
static bool stream_may_write(const struct output_stream *stream, uint64_t wait_ns)
{
    struct pollfd ready = {stream->watch.fd, POLLOUT, 0};
    return poll(&ready, 1, (int)(wait_ns / 1000000)) > 0;
}

static const char *stream_fault(const struct output_stream *stream, int err)
{
    if (err == EPIPE && stream->writer)
        err = file_writer_failed(stream->writer);
    return err == EPIPE ? "the reader of the output is gone" : strerror(err);
}

/* Waits for the reader for up to wait_ns in all. */
static void stream_push(struct output_stream *stream, uint64_t now, uint64_t wait_ns)
{
    uint64_t until = now + wait_ns;
    while (stream->begin < stream->end && stream_may_write(stream, until - now)) {
        size_t len = stream->end - stream->begin;
        if (!stream->writer && len > PIPE_BUF)
            len = PIPE_BUF;
        ssize_t done = write(stream->watch.fd, stream->buffer + stream->begin, len);
        if (done < 0 && errno != EINTR && errno != EAGAIN) {
            stream_fail(stream, now, stream_fault(stream, errno));
            return;
        }
        stream->begin += done > 0 ? (size_t)done : 0;
        uint64_t then = wait_ns > 0 ? clock_now_ns() : now;
        now = then < until ? then : until;
    }
    if (stream->begin == stream->end)
        stream->begin = stream->end = 0;
}

static void stream_on_idle(void *ctx, uint64_t now)
{
    struct output_stream *stream = ctx;
    struct loop *loop = stream->base.config.loop;
    stream_push(stream, now, 0);
    bool waits = stream->begin < stream->end;
    if (waits && !stream->is_watched)
        stream->is_watched = loop_watch_add(loop, &stream->watch) == PLAIT_OK;
    if (!waits && stream->is_watched) {
        loop_watch_remove(loop, &stream->watch);
        stream->is_watched = false;
    }
}

static void stream_on_ready(void *ctx, uint64_t now, short revents)
{
    (void)revents;
    stream_push(ctx, now, 0);
}

static void stream_write(struct output *output, const uint8_t *data, size_t len)
{
    struct output_stream *stream = (struct output_stream *)output;
    if (stream->writer && !stream->has_failed && !file_writer_start(stream->writer))
        stream_fail(stream, output->config.loop->now, "no thread to be had; raise TasksMax");
    if (stream->end + len > OUTPUT_BUFFER_BYTES) {
        memmove(stream->buffer, stream->buffer + stream->begin, stream->end - stream->begin);
        stream->end -= stream->begin;
        stream->begin = 0;
    }
    if (stream->has_failed || stream->end + len > OUTPUT_BUFFER_BYTES) {
        output->counts.dropped++;
        return;
    }
    memcpy(stream->buffer + stream->end, data, len);
    stream->end += len;
}

void output_stream_start(struct output *output)
{
    struct output_stream *stream = (struct output_stream *)output;
    if (stream->writer && ftruncate(stream->fd, 0) != 0)
        stream_fail(stream, output->config.loop->now, strerror(errno));
}

static void stream_close(struct output *output)
{
    struct output_stream *stream = (struct output_stream *)output;
    const char *slow = stream->writer ? "the disk was too slow for the end of the output"
                                      : "the reader of the output was too slow for its end";
    uint64_t wait_ns = stream->writer ? OUTPUT_DISK_NS : OUTPUT_END_NS, now = clock_now_ns();
    stream_push(stream, now, wait_ns);
    if (stream->begin < stream->end)
        stream_fail(stream, now, slow);
    loop_idler_remove(output->config.loop, &stream->idler);
    loop_watch_remove(output->config.loop, &stream->watch);
    int failed = file_writer_close(stream->writer, now + wait_ns);
    if (failed != 0 && !stream->has_failed)
        stream_fail(stream, now, failed > 0 ? strerror(failed) : slow);
    if (stream->fd != STDOUT_FILENO && failed >= 0)
        close(stream->fd);
    free(stream->buffer);
    free(stream);
}

int output_stream_open(const struct output_config *config, int fd, struct output **out,
                       struct run_error *error)
{
    struct stat info;
    struct output_stream *stream = calloc(1, sizeof *stream);
    uint8_t *buffer = malloc(OUTPUT_BUFFER_BYTES);
    if (!stream || !buffer) {
        free(stream);
        free(buffer);
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the output");
    }
    stream->base.config = *config;
    stream->base.write = stream_write;
    stream->base.close = stream_close;
    stream->buffer = buffer;
    stream->fd = stream->watch.fd = fd;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        stream->writer = file_writer_open(fd, false, error);
        if (!stream->writer) {
            free(stream);
            free(buffer);
            return PLAIT_ERR_NO_MEMORY;
        }
        stream->watch.fd = file_writer_pipe(stream->writer);
    }
    stream->watch.events = POLLOUT;
    stream->watch.on_ready = stream_on_ready;
    stream->watch.ctx = stream;
    stream->idler.on_idle = stream_on_idle;
    stream->idler.ctx = stream;
    (void)loop_idler_add(config->loop, &stream->idler);
    *out = &stream->base;
    return PLAIT_OK;
}
