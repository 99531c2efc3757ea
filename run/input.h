/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the media comes from. Each kind is a file of its own and hands over datagrams:
 *
 *   udp://, rtp://  one UDP datagram is one datagram, an empty one too; a multicast group is joined
 *   -               standard input: MPEG-TS in pieces of 1316 bytes, anything else as read (at most
 *                   1316 a piece). A pipe is read no faster than the links carry
 *   file:           MPEG-TS at the speed of its program clock (PCR), anything else in pieces of
 *                   1316 bytes at rate_bps; ends with the file
 *   srt://          with libsrt, else refused
 *   synthetic       numbered datagrams at rate_bps, for the lab
 */
#ifndef PLAIT_RUN_INPUT_H
#define PLAIT_RUN_INPUT_H

#include <stdbool.h>

#include "run/error.h"
#include "run/loop.h"
#include "run/socket.h"
#include "run/url.h"

#define INPUT_PIECE            1316 /* bytes of a datagram cut from a stream */
#define INPUT_RATE_DEFAULT_BPS UINT64_C(5000000)
#define INPUT_BROKEN           "the input cannot be read any more"

struct input_hooks {
    void *ctx;
    void (*on_datagram)(void *ctx, uint64_t now, const uint8_t *data, size_t len);
    /* Nothing more will come. `why` is NULL at the regular end, else one line. */
    void (*on_end)(void *ctx, uint64_t now, const char *why);
    /* False: a pipe is left unread for a moment. */
    bool (*has_room)(void *ctx);
};

struct input_config {
    struct loop *loop;
    const struct url *url; /* NULL: synthetic */
    uint64_t rate_bps;     /* 0: INPUT_RATE_DEFAULT_BPS */
    struct input_hooks hooks;
};

struct input;

/* Opens it; nothing is handed over before input_start(). */
int input_open(const struct input_config *config, struct input **out, struct run_error *error);
void input_start(struct input *input, uint64_t now);

/* The synthetic input goes on at this rate (bit/s, above 0). */
void input_synth_rate_set(struct input *input, uint64_t rate_bps);

/* Of a synthetic datagram: reads its number; false when it is not what was made. */
bool input_synth_check(const uint8_t *data, size_t len, uint64_t *number);

/* Closes and frees; NULL is allowed. Not from inside a hook. */
void input_close(struct input *input);

/* ---- What a kind implements ---- */

struct input {
    struct input_config config;
    void (*start)(struct input *input, uint64_t now);
    void (*close)(struct input *input); /* frees it too */
};

int input_udp_open(const struct input_config *config, struct input **out, struct run_error *error);
/* What udp:// and rtp:// listen with; it points into the URL. */
int input_udp_socket(const struct url *url, struct socket_config *out, struct run_error *error);
int input_stream_open(const struct input_config *config, int fd, struct input **out,
                      struct run_error *error);
int input_file_open(const struct input_config *config, int fd, struct input **out,
                    struct run_error *error);
int input_srt_open(const struct input_config *config, struct input **out, struct run_error *error);
int input_synth_open(const struct input_config *config, struct input **out,
                     struct run_error *error);

#endif
