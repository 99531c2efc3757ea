/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that are 64 bits inside and truncated on the wire. */
#ifndef PLAIT_BASE_SEQ_H
#define PLAIT_BASE_SEQ_H

#include <stdint.h>

/* The 64-bit number nearest to `expected` whose low `bits` (1..63) are `low` (RFC 9000, appendix
 * A.3 solves the same). Wrap-safe at both ends. */
static inline uint64_t seq_expand(uint64_t expected, uint64_t low, unsigned bits)
{
    const uint64_t window = UINT64_C(1) << bits;
    const uint64_t half = window / 2;
    const uint64_t candidate = (expected & ~(window - 1)) | low;

    if (candidate + half <= expected && candidate + window > candidate)
        return candidate + window;
    if (candidate > expected && candidate - expected > half && candidate >= window)
        return candidate - window;
    return candidate;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif
