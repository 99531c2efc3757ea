/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the media goes: udp:// and rtp:// send one UDP datagram for each; "-" and file: write the
 * bytes one after another; srt:// needs libsrt. The device that is named for a group (iface=)
 * may come and go: what cannot leave by it is dropped and counted. What a step delivered leaves
 * when the step ends. A reader that stalls never holds up the protocol: beyond OUTPUT_BUFFER_BYTES
 * datagrams are dropped and counted.
 */
#ifndef PLAIT_RUN_OUTPUT_H
#define PLAIT_RUN_OUTPUT_H

#include <stdbool.h>

#include "run/error.h"
#include "run/loop.h"
#include "run/url.h"

#define OUTPUT_BUFFER_BYTES (4 * 1024 * 1024)

struct output_config {
    struct loop *loop;
    const struct url *url;
    void *ctx;
    /* The reader is gone or the disk is full; `why` is one line. */
    void (*on_failed)(void *ctx, uint64_t now, const char *why);
    /* Its device is awaited, or has come, or the kernel refuses what is sent; one line. NULL:
     * nobody listens. */
    void (*on_note)(void *ctx, uint64_t now, const char *text);
};

struct output_counts {
    uint64_t datagrams, bytes; /* taken */
    uint64_t dropped;          /* datagrams that could not be handed on */
};

struct output {
    struct output_config config;
    struct output_counts counts;
    void (*write)(struct output *output, const uint8_t *data, size_t len);
    void (*close)(struct output *output); /* hands on what it still has, frees it */
};

int output_open(const struct output_config *config, struct output **out, struct run_error *error);
/* All else could be opened: from here on a file loses what it had, which a start that is refused
 * (but for want of a thread) must not take from it. Before the first write. */
void output_start(struct output *output);
void output_write(struct output *output, const uint8_t *data, size_t len);
void output_close(struct output *output); /* NULL is allowed */

/* ---- The kinds ---- */
int output_udp_open(const struct output_config *config, struct output **out,
                    struct run_error *error);
int output_srt_open(const struct output_config *config, struct output **out,
                    struct run_error *error);
int output_stream_open(const struct output_config *config, int fd, struct output **out,
                       struct run_error *error);
void output_stream_start(struct output *output); /* empties a file */

#endif
