/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction's delay. Two clocks are involved, so a delay is only known up to their offset: all
 * values are signed and relative ("receiver's clock minus sender's"). The offset is the same for
 * all paths of a session, so delays of different paths compare exactly. */
#ifndef PLAIT_PATH_OWD_H
#define PLAIT_PATH_OWD_H

#include <stdbool.h>
#include <stdint.h>

#define OWD_SLOTS   10
#define OWD_SLOT_NS (UINT64_C(3) * 1000000000)
#define OWD_SETTLED 8 /* samples whose minimum is worth something */

struct owd {
    int64_t slot_min[OWD_SLOTS]; /* minima of the last OWD_SLOTS * OWD_SLOT_NS */
    uint64_t slot_since;
    uint64_t sampled_ns; /* when the latest sample was taken */
    uint32_t slot;
    bool valid;
    uint32_t samples; /* up to OWD_SETTLED */
    int64_t base_ns;  /* the minimum over the slots: propagation */
    int64_t latest_ns;
    uint64_t near_ns;   /* when a sample was last within jitter of the minimum */
    uint64_t jitter_ns; /* smoothed difference of neighbours (RFC 3550, 6.4.1) */
    /* the same of those that found the link empty: what of it is not our own queue's */
    int64_t empty_latest_ns;
    uint64_t empty_jitter_ns;
    uint32_t empty_samples; /* up to OWD_SETTLED */
};

/* Forgets everything once no sample came for as long as minima are kept: by then the route may be
 * another, and the two clocks have drifted against those of other paths. */
void owd_on_time(struct owd *owd, uint64_t now);

/* Takes one sample. */
void owd_on_sample(struct owd *owd, uint64_t now, int64_t delay_ns);

/* Takes the same sample again as one that found the link empty: nothing of ours was left there. */
void owd_on_empty(struct owd *owd, int64_t delay_ns);

/* The way has become longer by so much: what was the minimum before is no more. */
void owd_on_longer(struct owd *owd, uint64_t by_ns);

/* What a packet may be late by and not have waited for another one of ours. */
uint64_t owd_scatter(const struct owd *owd);

/* How far delays differ: of all packets, or of those that found the link empty, since a queue that
 * always stands evens out what the link does. */
uint64_t owd_jitter(const struct owd *owd);

/* How far above the smallest a delay may be and the link pass for empty. */
uint64_t owd_near(const struct owd *owd);

static inline bool owd_is_settled(const struct owd *owd)
{
    return owd->samples == OWD_SETTLED;
}

/* Delay above the minimum, by the latest sample; 0 while unknown. */
static inline uint64_t owd_above_base(const struct owd *owd)
{
    return owd->valid ? (uint64_t)(owd->latest_ns - owd->base_ns) : 0;
}

#endif
