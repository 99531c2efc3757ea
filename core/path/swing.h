/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much a link's rate swings within a few reports: the mean distance of the estimate from its
 * own mean of a moment ago. Where it swings, media is better off in the link's queue than here, or
 * the link runs empty before the next report; on a steady link such a queue is only delay. A single
 * step, however high, counts for little.
 */
#ifndef PLAIT_PATH_SWING_H
#define PLAIT_PATH_SWING_H

#include <stdint.h>

#include "core/base/seq.h"

#define SWING_MOST_PPM   80000 /* of one report: a step is no swing */
#define SWING_STEADY_PPM 30000 /* a constant link's packets jitter so much.. */
#define SWING_FULL_PPM   50000 /* ..and every recorded cellular one swings more */

struct swing {
    uint64_t mean_bps; /* over 8 reports; 0: none yet */
    uint64_t ppm;      /* over 128 */
};

static inline void swing_on_rate(struct swing *swing, uint64_t bps)
{
    const uint64_t mean =
        swing->mean_bps == 0 ? bps : swing->mean_bps - swing->mean_bps / 8 + bps / 8;
    const uint64_t off = (bps > mean ? bps - mean : mean - bps) * 1000000 / (mean + 1);

    swing->mean_bps = mean;
    swing->ppm = (swing->ppm * 127 + min_u64(off, SWING_MOST_PPM)) / 128;
}

/* 0 on a steady link to 1000 on one that swings. */
static inline uint64_t swing_permille(const struct swing *swing)
{
    if (swing->ppm <= SWING_STEADY_PPM)
        return 0;
    return min_u64((swing->ppm - SWING_STEADY_PPM) * 1000 / (SWING_FULL_PPM - SWING_STEADY_PPM),
                   1000);
}

#endif
