/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file, handed over at its own speed. Of MPEG-TS the piece between two program clock references
 * is spread evenly over the time between them; until the first, and where they jump, the last known
 * speed goes on. Anything else goes at the configured rate.
 */
#include "run/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/ts.h"

#define FILE_BUFFER_BYTES (4096 * 1024) /* holds the way from one reference to the next */
#define FILE_PCR_GAP_NS   CLOCK_S       /* a larger step is a jump, not a distance */
#define FILE_BEHIND_NS    (500 * CLOCK_MS)

struct input_file {
    struct input base;
    struct loop_timer timer;
    int fd;
    bool is_ts;
    bool is_ended;
    bool is_broken;    /* by a reading that failed */
    size_t begin, end; /* unread bytes of the buffer */
    uint64_t at_ns;    /* when the byte at `begin` is due */
    double ns_per_byte;
    size_t segment_left; /* bytes until the reference that ends this speed */
    uint8_t *buffer;
};

static void file_fill(struct input_file *file)
{
    if (file->is_ended || file->end - file->begin >= FILE_BUFFER_BYTES / 2)
        return;
    memmove(file->buffer, file->buffer + file->begin, file->end - file->begin);
    file->end -= file->begin;
    file->begin = 0;
    while (file->end < FILE_BUFFER_BYTES && !file->is_ended) {
        ssize_t got = read(file->fd, file->buffer + file->end, FILE_BUFFER_BYTES - file->end);
        if (got < 0 && errno == EINTR)
            continue;
        file->is_ended = got <= 0;
        file->is_broken = got < 0;
        file->end += got > 0 ? (size_t)got : 0;
    }
}

/* From `begin` on: the first packet with a reference, or with one of this program. */
static bool file_find_pcr(const struct input_file *file, size_t from, uint16_t *pid, uint64_t *pcr,
                          size_t *at)
{
    uint16_t wanted = *pid;
    for (size_t pos = from; pos + TS_PACKET <= file->end; pos += TS_PACKET) {
        if (ts_pcr(file->buffer + pos, pid, pcr) && (wanted == UINT16_MAX || *pid == wanted)) {
            *at = pos;
            return true;
        }
    }
    return false;
}

/* Sets the speed from `begin` to the next reference. */
static void file_plan(struct input_file *file)
{
    uint16_t pid = UINT16_MAX;
    uint64_t first = 0;
    uint64_t second = 0;
    size_t first_at = 0;
    size_t second_at = 0;
    file->segment_left = file->end - file->begin;
    if (!file_find_pcr(file, file->begin, &pid, &first, &first_at))
        return;
    if (!file_find_pcr(file, first_at + TS_PACKET, &pid, &second, &second_at))
        return;
    uint64_t gap_ns = ts_pcr_ns(first, second);
    bool is_distance = gap_ns > 0 && gap_ns < FILE_PCR_GAP_NS;
    if (is_distance)
        file->ns_per_byte = (double)gap_ns / (double)(second_at - first_at);
    /* What comes before the first reference of all has no time of its own: same speed. */
    file->segment_left = second_at - file->begin;
}

static void file_send_piece(struct input_file *file, uint64_t now)
{
    struct input_hooks *hooks = &file->base.config.hooks;
    size_t left = file->end - file->begin;
    size_t piece = left < INPUT_PIECE ? left : INPUT_PIECE;
    hooks->on_datagram(hooks->ctx, now, file->buffer + file->begin, piece);
    /* A piece may reach over a reference: its bytes count at the speed each lies in. */
    while (piece > 0) {
        if (file->is_ts && file->segment_left == 0)
            file_plan(file);
        size_t part = file->is_ts && file->segment_left < piece ? file->segment_left : piece;
        file->at_ns += (uint64_t)((double)part * file->ns_per_byte);
        file->segment_left -= file->is_ts ? part : 0;
        file->begin += part;
        piece -= part;
    }
    file_fill(file);
}

static void file_on_due(void *ctx, uint64_t now)
{
    struct input_file *file = ctx;
    struct input_hooks *hooks = &file->base.config.hooks;
    if (now > file->at_ns + FILE_BEHIND_NS)
        file->at_ns = now; /* the process was stopped: go on, do not catch up in one burst */
    while (file->begin < file->end && file->at_ns <= now)
        file_send_piece(file, now);
    file->timer.at = file->at_ns;
    if (file->begin == file->end) {
        file->timer.at = PLAIT_NEVER;
        hooks->on_end(hooks->ctx, now, file->is_broken ? INPUT_BROKEN : NULL);
    }
}

static void file_start(struct input *input, uint64_t now)
{
    struct input_file *file = (struct input_file *)input;
    file->at_ns = now;
    file->timer.at = now;
    (void)loop_timer_add(input->config.loop, &file->timer);
}

static void file_close(struct input *input)
{
    struct input_file *file = (struct input_file *)input;
    loop_timer_remove(input->config.loop, &file->timer);
    if (file->fd != STDIN_FILENO)
        close(file->fd);
    free(file->buffer);
    free(file);
}

int input_file_open(const struct input_config *config, int fd, struct input **out,
                    struct run_error *error)
{
    struct input_file *file = calloc(1, sizeof *file);
    uint8_t *buffer = malloc(FILE_BUFFER_BYTES);
    if (!file || !buffer) {
        free(file);
        free(buffer);
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the input");
    }
    file->base.config = *config;
    file->base.start = file_start;
    file->base.close = file_close;
    file->timer.at = PLAIT_NEVER;
    file->timer.on_due = file_on_due;
    file->timer.ctx = file;
    file->fd = fd;
    file->buffer = buffer;
    file->ns_per_byte = 8e9 / (double)config->rate_bps;
    file_fill(file);
    size_t seen = file->end < INPUT_PIECE ? file->end : INPUT_PIECE;
    file->is_ts = ts_is_stream(buffer, seen);
    if (file->is_ts)
        file_plan(file);
    *out = &file->base;
    return PLAIT_OK;
}
