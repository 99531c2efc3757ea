/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/owd.h"

#include "core/base/limits.h"
#include "core/base/seq.h"

#define JITTER_STEP (INT64_C(5) * 1000000)
#define JITTER_MAX  (INT64_C(1000) * 1000000) /* a peer's clock may jump by centuries */
#define NEAR        (INT64_C(3) * 1000000)

static void rotate(struct owd *owd, uint64_t now, int64_t delay_ns)
{
    while (now - owd->slot_since >= OWD_SLOT_NS) {
        owd->slot_since += OWD_SLOT_NS;
        owd->slot = (owd->slot + 1) % OWD_SLOTS;
        owd->slot_min[owd->slot] = delay_ns;
    }
}

/* A stall is no jitter: one sample may not make the path look shaky for seconds. */
static uint64_t smoothed(uint64_t jitter_ns, int64_t delay_ns, int64_t before_ns)
{
    const int64_t jitter = min_i64((int64_t)jitter_ns, JITTER_MAX);
    const int64_t difference = delay_ns > before_ns ? delay_ns - before_ns : before_ns - delay_ns;

    return (uint64_t)(jitter + (min_i64(difference, 4 * jitter + JITTER_STEP) - jitter) / 16);
}

void owd_on_time(struct owd *owd, uint64_t now)
{
    if (owd->valid && now - owd->sampled_ns >= OWD_SLOTS * OWD_SLOT_NS)
        *owd = (struct owd){0};
}

void owd_on_sample(struct owd *owd, uint64_t now, int64_t delay_ns)
{
    owd_on_time(owd, now);
    owd->sampled_ns = now;
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
    owd->jitter_ns = smoothed(owd->jitter_ns, delay_ns, owd->latest_ns);
    owd->latest_ns = delay_ns;
    if (delay_ns <= owd->base_ns + (int64_t)owd->jitter_ns + NEAR)
        owd->near_ns = now;
}

void owd_on_empty(struct owd *owd, int64_t delay_ns)
{
    if (owd->empty_samples > 0)
        owd->empty_jitter_ns = smoothed(owd->empty_jitter_ns, delay_ns, owd->empty_latest_ns);
    if (owd->empty_samples < OWD_SETTLED)
        owd->empty_samples++;
    owd->empty_latest_ns = delay_ns;
}

void owd_on_longer(struct owd *owd, uint64_t by_ns)
{
    if (by_ns == 0)
        return;
    owd->base_ns += (int64_t)by_ns;
    for (int i = 0; i < OWD_SLOTS; i++)
        owd->slot_min[i] = owd->base_ns;
    owd->latest_ns = max_i64(owd->latest_ns, owd->base_ns);
}

uint64_t owd_scatter(const struct owd *owd)
{
    const uint64_t jitter_ns = owd->empty_samples < OWD_SETTLED
                                   ? owd->jitter_ns
                                   : min_u64(owd->jitter_ns, owd->empty_jitter_ns);

    return 3 * jitter_ns + NS_PER_MS;
}

uint64_t owd_jitter(const struct owd *owd)
{
    return max_u64(owd->jitter_ns, owd->empty_jitter_ns);
}

uint64_t owd_near(const struct owd *owd)
{
    return owd_jitter(owd) + NEAR;
}
