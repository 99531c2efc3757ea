/* SPDX-License-Identifier: BSD-2-Clause */
/* Variable-length integers (RFC 9000, section 16): the two top bits of the first byte give the
 * length 1, 2, 4 or 8; values 0..2^62-1. A writer or reader that runs out of room is marked bad and
 * stays so; the caller looks once, at the end. */
#ifndef PLAIT_WIRE_VARINT_H
#define PLAIT_WIRE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX ((UINT64_C(1) << 62) - 1)

struct writer {
    uint8_t *at, *end;
    bool bad;
};

struct reader {
    const uint8_t *at, *end;
    bool bad;
};

size_t varint_len(uint64_t value);
void write_varint(struct writer *w, uint64_t value);
void write_bytes(struct writer *w, const uint8_t *bytes, size_t len);
void write_u8(struct writer *w, uint8_t value);
void write_u24(struct writer *w, uint32_t value); /* its low 24 bits */
void write_u32(struct writer *w, uint32_t value);
void write_u64(struct writer *w, uint64_t value);

uint64_t read_varint(struct reader *r);
/* Points at the next len bytes, NULL (and bad) when they are not there. */
const uint8_t *read_bytes(struct reader *r, size_t len);
uint8_t read_u8(struct reader *r);
uint32_t read_u24(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);

static inline size_t reader_left(const struct reader *r)
{
    return r->bad ? 0 : (size_t)(r->end - r->at);
}

/* Small signed numbers as small unsigned ones: 0, -1, 1, -2, .. -> 0, 1, 2, 3, .. */
static inline uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

#endif
