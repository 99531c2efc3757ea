/* SPDX-License-Identifier: BSD-2-Clause */
/* Holes of the stream at the receiver: which are there, and when they are worth a NACK at once. */
#ifndef PLAIT_ARQ_GAPS_H
#define PLAIT_ARQ_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bitmap.h"

struct gaps {
    uint64_t highest; /* one above the highest sequence number seen */
    bool opened;      /* a hole appeared since the last report */
};

/* seq arrived. Notes a new hole when it jumps. */
void gaps_on_arrived(struct gaps *gaps, uint64_t seq);

/* True when a hole appeared that no report has told. */
bool gaps_is_due(const struct gaps *gaps);
void gaps_on_reported(struct gaps *gaps);

/* The next run of missing numbers at or after *from and below end (present: a bit a number; at most
 * its size numbers between). False when there is none; else *first and *count, and *from moves on.
 */
bool gaps_next(const struct bitmap *present, uint64_t *from, uint64_t end, uint64_t *first,
               uint64_t *count);

#endif
