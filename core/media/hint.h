/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a media datagram is worth, from its bytes alone: MPEG-TS (ISO/IEC 13818-1), bare or behind
 * an RTP header (RFC 2250), is recognised by its sync bytes and followed through PAT and PMT to the
 * streams in it. Everything else is ordinary. State is bounded and a pure function of the bytes.
 *
 * Null packets carry nothing. Those that are exactly canonical (47 1f ff 10, then 184 times ff) can
 * be taken out of a datagram and put back byte for byte:
 *
 *   bitmap (1 byte; bit i: packet i was such a null packet) | the other packets
 */
#ifndef PLAIT_MEDIA_HINT_H
#define PLAIT_MEDIA_HINT_H

#include <stddef.h>
#include <stdint.h>

#define HINT_TS_BYTES  188
#define HINT_TS_MAX    8 /* packets of a datagram that the bitmap has room for */
#define HINT_NULLS_MAX (1 + HINT_TS_MAX * HINT_TS_BYTES)
#define HINT_PIDS      128 /* streams and tables that are known at a time */

enum hint_worth {
    HINT_LOW,   /* nothing but null packets */
    HINT_DELTA, /* ordinary */
    HINT_KEY,   /* tables, audio, or a picture that decoding can start at */
};

enum hint_kind {
    HINT_OTHER = 0,
    HINT_PMT = 1, /* a program map table */
    HINT_AUDIO = 2,
    HINT_VIDEO = 3,
};

struct hint_pid {
    uint16_t pid;
    uint8_t kind;   /* enum hint_kind */
    uint8_t access; /* 1: video within a picture that decoding can start at */
};

/* Zero it to start. */
struct hint {
    uint32_t streak; /* rises with datagrams that look like MPEG-TS, to recognition, and falls */
    uint32_t used;   /* entries that were ever in use */
    uint32_t next;   /* entry to be replaced next when all are */
    struct hint_pid pids[HINT_PIDS];
};

/* Looks at a datagram (any bytes) and says what it is worth. */
enum hint_worth hint_look(struct hint *hint, const uint8_t *data, size_t len);

/* Takes null packets out: writes to out (HINT_NULLS_MAX bytes) and returns the length, at least 1;
 * 0 when the datagram has none, or is not 1..HINT_TS_MAX packets. */
size_t hint_nulls_out(const uint8_t *data, size_t len, uint8_t *out);

/* Puts them back: writes to out (capacity bytes) and returns the length; 0 when `data` cannot have
 * come from hint_nulls_out(). */
size_t hint_nulls_in(const uint8_t *data, size_t len, uint8_t *out, size_t capacity);

#endif
