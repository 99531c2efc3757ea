/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blinks: outages that lose what was on its way, not only hold it back. One tells nothing of the
 * next, and the link is used again at once; from the second on the next one is expected as far
 * apart, or farther by as much as it fails to come.
 */
#ifndef PLAIT_PATH_BLINKS_H
#define PLAIT_PATH_BLINKS_H

#include "core/base/seq.h"

/* Zero it to start. */
struct blinks {
    uint64_t last_ns;  /* when the newest began; 0: there was none */
    uint64_t apart_ns; /* from one to the next, smoothed over two; 0: there was no second */
};

/* began_ns: when the path fell silent. The same one may be told of twice. */
static inline void blinks_on_outage(struct blinks *blinks, uint64_t began_ns)
{
    const uint64_t apart_ns = began_ns - blinks->last_ns;

    if (apart_ns == 0)
        return;
    if (blinks->last_ns != 0)
        blinks->apart_ns = blinks->apart_ns == 0 ? apart_ns : (blinks->apart_ns + apart_ns) / 2;
    blinks->last_ns = began_ns;
}

/* Probability, parts a thousand, that the next one begins within ns from now. */
static inline uint64_t blinks_within(const struct blinks *blinks, uint64_t now, uint64_t ns)
{
    if (blinks->apart_ns == 0)
        return 0;
    return min_u64(1000, ns * 1000 / max_u64(blinks->apart_ns, now - blinks->last_ns));
}

#endif
