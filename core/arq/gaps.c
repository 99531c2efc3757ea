/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/arq/gaps.h"

void gaps_on_arrived(struct gaps *gaps, uint64_t seq)
{
    if (seq > gaps->highest)
        gaps->opened = true;
    if (seq >= gaps->highest)
        gaps->highest = seq + 1;
}

bool gaps_is_due(const struct gaps *gaps)
{
    return gaps->opened;
}

void gaps_on_reported(struct gaps *gaps)
{
    gaps->opened = false;
}

bool gaps_next(const struct bitmap *present, uint64_t *from, uint64_t end, uint64_t *first,
               uint64_t *count)
{
    uint64_t stop;

    *first = bitmap_find(present, *from, end, false);
    if (*first >= end)
        return false;
    stop = bitmap_find(present, *first, end, true);
    *count = stop - *first;
    *from = stop;
    return true;
}
