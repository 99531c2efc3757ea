/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/media/clock.h"

#include "core/base/seq.h"

void media_clock_guess(struct media_clock *clock, uint64_t now, int64_t offset_ns)
{
    if (clock->valid)
        return;
    clock->valid = true;
    clock->offset_ns = offset_ns;
    clock->since_ns = clock->updated_ns = now;
}

void media_clock_on_bounds(struct media_clock *clock, uint64_t now, int64_t forward_ns,
                           int64_t backward_ns)
{
    const int64_t target = (forward_ns - backward_ns) / 2;
    const int64_t error = target - clock->offset_ns;
    int64_t step;

    if (!clock->valid) {
        media_clock_guess(clock, now, target);
        return;
    }
    step = (int64_t)((now - clock->updated_ns) / (1000000 / CLOCK_SLEW_PPM));
    clock->updated_ns = now;
    if (now - clock->since_ns < CLOCK_SETTLE_NS || error > CLOCK_JUMP_NS || error < -CLOCK_JUMP_NS)
        clock->offset_ns = target;
    else
        clock->offset_ns += max_i64(-step, min_i64(step, error));
}
