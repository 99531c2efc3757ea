/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/owd.h"

#include "core/base/seq.h"

#define JITTER_STEP (INT64_C(5) * 1000000)
#define NEAR        (INT64_C(3) * 1000000)

static void rotate(struct owd *owd, uint64_t now, int64_t delay_ns)
{
    while (now - owd->slot_since >= OWD_SLOT_NS) {
        if (now - owd->slot_since >= OWD_SLOTS * OWD_SLOT_NS)
            owd->slot_since = now;
        else
            owd->slot_since += OWD_SLOT_NS;
        owd->slot = (owd->slot + 1) % OWD_SLOTS;
        owd->slot_min[owd->slot] = delay_ns;
    }
}

void owd_on_sample(struct owd *owd, uint64_t now, int64_t delay_ns)
{
    int64_t difference;

    if (!owd->valid) {
        for (int i = 0; i < OWD_SLOTS; i++)
            owd->slot_min[i] = delay_ns;
        owd->slot_since = now;
        owd->latest_ns = delay_ns;
        owd->valid = true;
    }
    if (owd->samples < OWD_SETTLED)
        owd->samples++;
    rotate(owd, now, delay_ns);
    owd->slot_min[owd->slot] = min_i64(owd->slot_min[owd->slot], delay_ns);
    owd->base_ns = owd->slot_min[0];
    for (int i = 1; i < OWD_SLOTS; i++)
        owd->base_ns = min_i64(owd->base_ns, owd->slot_min[i]);
    difference = delay_ns - owd->latest_ns;
    if (difference < 0)
        difference = -difference;
    /* A stall is no jitter: one sample may not make the path look shaky for seconds. */
    difference = min_i64(difference, 4 * (int64_t)owd->jitter_ns + JITTER_STEP);
    owd->jitter_ns =
        (uint64_t)((int64_t)owd->jitter_ns + (difference - (int64_t)owd->jitter_ns) / 16);
    owd->latest_ns = delay_ns;
    if (delay_ns <= owd->base_ns + (int64_t)owd->jitter_ns + NEAR)
        owd->near_ns = now;
}
