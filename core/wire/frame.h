/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames: the typed items in a sealed packet. One struct, one encode, one decode a type; pure
 * functions. A type below 0x10 is followed by a length (varint) and that many bytes, so an unknown
 * one can be skipped; DATA (0x10..0x1f, low bits are flags) and REPAIR (0x20) run to the packet's
 * end.
 */
#ifndef PLAIT_WIRE_FRAME_H
#define PLAIT_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/limits.h"
#include "core/wire/varint.h"

enum frame_type {
    FRAME_NONE = 0xff,
    FRAME_PADDING = 0x00,   /* zero bytes, each a frame of its own */
    FRAME_PING = 0x01,      /* nothing but "tell me you got this" */
    FRAME_ACK = 0x02,       /* a path's receipts, with receive times */
    FRAME_NACK = 0x03,      /* what of the stream is there and what is missing */
    FRAME_TIME = 0x04,      /* the sender's clock when it wrote this packet */
    FRAME_CHALLENGE = 0x05, /* path validation: answer with the same bytes on the same path */
    FRAME_RESPONSE = 0x06,
    FRAME_PATH_GONE = 0x07, /* the sender has taken this path away */
    FRAME_SKIP = 0x08,      /* these will hardly come: do not ask */
    FRAME_REPORT = 0x09,    /* the receiver's counters */
    FRAME_LATENCY = 0x0a,   /* the latency wished (sender) or agreed (receiver) from now on */
    FRAME_CLOSE = 0x0b,     /* goodbye */
    FRAME_DATA = 0x10,      /* | FRAME_DATA_* flags */
    FRAME_REPAIR = 0x20,
};

/* The greatest clock reading a TIME frame may hold, microseconds: 142 years. Nanoseconds made of
 * it, and differences of two such, fit a signed 64-bit number. */
#define FRAME_TIME_MAX_US (UINT64_C(1) << 52)

#define FRAME_DATA_MORE  0x01 /* fragments of the same datagram follow in the next seq */
#define FRAME_DATA_CONT  0x02 /* continues the datagram of the previous seq */
#define FRAME_DATA_NULLS 0x04 /* MPEG-TS null packets were taken out (docs/PROTOCOL.md) */
#define FRAME_DATA_AGAIN 0x08 /* not the first transmission of this seq */
#define FRAME_DATA_FLAGS 0x0f

#define FRAME_DATA_HEADER   7 /* type, seq 3, write time 3 */
#define FRAME_SEQ_BITS      24
#define FRAME_REPAIR_HEADER 8 /* type, first seq 4, count 1, key 2 */

struct frame_ack {
    uint32_t path;
    uint64_t largest; /* packet number */
    uint64_t age_ns;  /* from its receipt to this packet's TIME */
    /* entry i tells of packet number largest - i (entry 0 is the largest itself) */
    uint32_t count;
    bool received[ACK_MAX_ENTRIES];
    int64_t before_ns[ACK_MAX_ENTRIES]; /* receipt this long before the largest's (may be < 0) */
};

struct seq_range {
    uint64_t first, count;
};

/* Everything below `base` is settled; of [base, end) just the ranges are missing, and what a SKIP
 * has named may be. */
struct frame_nack {
    uint64_t base, end;
    uint32_t ranges;
    struct seq_range range[NACK_MAX_RANGES];
};

struct frame_skip {
    uint32_t ranges;
    struct seq_range range[NACK_MAX_RANGES];
};

/* The path is taken away: packets of it with numbers below `next_number` may still come. */
struct frame_path_gone {
    uint32_t path;
    uint64_t next_number;
};

struct frame_report {
    uint64_t delivered, missing, late, recovered_fec, duplicates;
    uint64_t reorder_ns;  /* how long packets lately had to wait for earlier ones */
    uint64_t headroom_us; /* smallest time to spare of the last second's arrivals */
};

struct frame_data {
    uint8_t flags;
    uint32_t seq;     /* low FRAME_SEQ_BITS; 32 bits in what was recovered */
    uint32_t written; /* frame_written() of the write time */
    const uint8_t *payload;
    size_t len;
};

/* A repair symbol over `count` source packets from `first` (RFC 8681: key gives coefficients). */
struct frame_repair {
    uint32_t first; /* low 32 bits */
    uint8_t count;
    uint16_t key;
    const uint8_t *symbol;
    size_t len;
};

struct frame {
    enum frame_type type;
    union {
        struct frame_ack ack;
        struct frame_nack nack;
        struct frame_skip skip;
        struct frame_report report;
        struct frame_data data;
        struct frame_repair repair;
        uint64_t time_us; /* TIME */
        uint64_t token;   /* CHALLENGE, RESPONSE */
        struct frame_path_gone path_gone;
        struct {
            uint64_t latency_us; /* LATENCY */
            uint64_t heard_us;   /* the sender's wish as the receiver knows it; from a sender 0 */
        };
        struct {
            uint64_t code;
        } close;
    };
};

/* A write time, receiver's clock, as DATA frames have it: in units of 2 us, the low 24 bits. */
uint32_t frame_written(uint64_t written_ns);

/* The write time that is meant, of one met at `now`: the last of those that is not more than 4 s
 * ahead, so up to 29 s ago. Never below 0. */
uint64_t frame_written_ns(uint32_t written, uint64_t now);

/* Appends the frame; false (and nothing written) when it does not fit. */
bool frame_encode(struct writer *w, const struct frame *frame);

/* Reads the next frame. false at the end of the packet or, with r->bad set, when it is malformed.
 * Unknown types are passed over. Pointers lead into the packet. */
bool frame_decode(struct reader *r, struct frame *frame);

#endif
