/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/session/margin.h"

#include "core/base/limits.h"
#include "core/base/seq.h"

#define OVERLOAD_AT (600 * NS_PER_MS) /* how long one is expected to last when it begins */
#define OVERLOAD_TO (500 * NS_PER_MS) /* without a drop: it is over */
#define START_FOR   (5 * NS_PER_S)
#define WARY_FOR    (20 * NS_PER_S)   /* shorter, and copies cost packets (docs/DECISIONS.md) */
#define UNIT        (115 * NS_PER_MS) /* T / m is at least T / this */
#define SHARE_MAX   3

static bool dropped_within(const struct margin *margin, uint64_t now, uint64_t ns)
{
    return margin->last_ns != 0 && now - margin->last_ns <= ns;
}

bool margin_is_wary(const struct margin *margin, uint64_t now)
{
    return dropped_within(margin, now, WARY_FOR) ||
           (margin->start_ns != 0 && now - margin->start_ns <= START_FOR);
}

void margin_on_dropped(struct margin *margin, uint64_t now)
{
    if (!dropped_within(margin, now, OVERLOAD_TO))
        margin->since_ns = now;
    margin->last_ns = now;
}

/* The logarithm to base 2 of part / whole >= 1, in 1/256: straight between powers of two. */
static uint64_t log2_256(uint64_t part, uint64_t whole)
{
    const uint64_t ratio = part * 256 / whole;
    const uint64_t power = 63 - (uint64_t)__builtin_clzll(ratio | 256);

    return (power - 8) * 256 + (ratio * 256 >> power) - 256;
}

uint64_t margin_ns(const struct margin *margin, uint64_t now, uint64_t late_ns, uint64_t latency_ns)
{
    uint64_t lasts = OVERLOAD_AT;

    if (dropped_within(margin, now, OVERLOAD_TO))
        lasts += now - margin->since_ns;
    /* 7/8: ln 2, and what measured best over random bonds (docs/DECISIONS.md). */
    return min_u64(late_ns / 256 * log2_256(lasts, UNIT) / 8 * 7, latency_ns / SHARE_MAX);
}
