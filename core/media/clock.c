/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/media/clock.h"

#include "core/base/seq.h"

void media_clock_start(struct media_clock *clock, uint64_t now, int64_t forward_ns,
                       int64_t backward_ns)
{
    *clock = (struct media_clock){
        .valid = true,
        .offset_ns = (forward_ns - backward_ns) / 2,
        .middle_ns = (forward_ns - backward_ns) / 2,
        .round_ns = forward_ns + backward_ns,
        .since_ns = now,
        .updated_ns = now,
    };
}

static bool is_settling(const struct media_clock *clock, uint64_t now)
{
    return now - clock->since_ns < CLOCK_SETTLE_NS;
}

int64_t media_clock_round(const struct media_clock *clock, uint64_t now)
{
    return clock->valid && is_settling(clock, now) ? clock->round_ns : INT64_MAX;
}

void media_clock_on_bounds(struct media_clock *clock, int64_t least_ns, int64_t most_ns)
{
    clock->offset_ns = clock->middle_ns = min_i64(most_ns, max_i64(least_ns, clock->offset_ns));
}

void media_clock_on_jump(struct media_clock *clock, uint64_t now)
{
    clock->since_ns = clock->updated_ns = now;
    clock->round_ns = INT64_MAX;
    clock->clear_ns = 0;
}

void media_clock_on_middle(struct media_clock *clock, uint64_t now,
                           const struct media_clock_facts *facts)
{
    const bool settling = is_settling(clock, now);
    const int64_t elapsed = (int64_t)(now - clock->updated_ns);
    const int64_t drift = elapsed / (1000000 / CLOCK_DRIFT_PPM);
    const int64_t step = elapsed / (1000000 / CLOCK_SLEW_PPM);
    int64_t error;

    if (facts->is_clear) /* after a pause nothing was measured for most of the time */
        clock->clear_ns += min_u64(now - clock->updated_ns, CLOCK_CLEAR_STEP);
    clock->updated_ns = now;
    clock->scatter_ns = (int64_t)facts->scatter_ns;
    clock->middle_ns =
        settling ? facts->middle_ns : min_i64(facts->middle_ns, clock->middle_ns + drift);
    clock->middle_ns = max_i64(clock->middle_ns, facts->least_ns);
    error = clock->middle_ns - clock->offset_ns;
    if (!settling)
        error = max_i64(-step, min_i64(step, error));
    clock->offset_ns = max_i64(clock->offset_ns + error, facts->least_ns);
}

int64_t media_clock_offset(const struct media_clock *clock, uint64_t latency_ns)
{
    const uint64_t left = CLOCK_LEAN_FOR - min_u64(clock->clear_ns, CLOCK_LEAN_FOR);
    const int64_t lean = min_i64(CLOCK_LEAN_NS, (int64_t)(latency_ns / CLOCK_LEAN_SHARE));
    const int64_t fading = lean * (int64_t)(left / 1000000) / (int64_t)(CLOCK_LEAN_FOR / 1000000);

    if (!clock->valid)
        return clock->offset_ns;
    return clock->offset_ns - max_i64(fading, min_i64(clock->scatter_ns / 2, CLOCK_LEAN_KEPT));
}
