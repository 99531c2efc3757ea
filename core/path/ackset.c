/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/ackset.h"

#include <assert.h>

#include "core/base/seq.h"

#define AT(n)   ((n) & (ACK_HISTORY - 1))
#define OVERLAP 3 /* numbers described at least, so that reordering near the top shows */

void ackset_on_received(struct ackset *set, uint64_t number, uint64_t now, bool wants_report)
{
    if (!set->any) {
        set->any = true;
        set->largest = number;
        set->reported[0] = set->reported[1] = number;
    } else if (number > set->largest) {
        set->largest = number;
    }
    if (set->largest - number < ACK_HISTORY) {
        set->number[AT(number)] = number;
        set->received_ns[AT(number)] = now;
    }
    /* One that arrives out of order must be told again, from its number up. */
    set->reported[0] = min_u64(set->reported[0], number);
    set->reported[1] = min_u64(set->reported[1], number);
    if (!wants_report)
        return;
    if (set->unreported == 0)
        set->unreported_since = now;
    set->unreported++;
}

uint64_t ackset_due(const struct ackset *set)
{
    if (set->unreported == 0)
        return NEVER;
    return set->unreported >= ACK_EVERY_PACKETS ? set->unreported_since
                                                : set->unreported_since + ACK_DELAY;
}

static bool is_received(const struct ackset *set, uint64_t number)
{
    return set->number[AT(number)] == number && set->received_ns[AT(number)] != 0;
}

uint64_t ackset_largest_ns(const struct ackset *set)
{
    return set->any ? set->received_ns[AT(set->largest)] : 0;
}

uint32_t ackset_describe(const struct ackset *set, bool *received, int64_t *before_ns, uint32_t max)
{
    const uint64_t top_ns = ackset_largest_ns(set);
    uint64_t count = set->largest - set->reported[1] + OVERLAP;

    assert(set->any && max > 0);
    count = min_u64(count, min_u64(max, ACK_HISTORY));
    count = min_u64(count, set->largest + 1);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t n = set->largest - i;

        received[i] = is_received(set, n);
        before_ns[i] = received[i] ? (int64_t)(top_ns - set->received_ns[AT(n)]) : 0;
    }
    return (uint32_t)count;
}

void ackset_on_reported(struct ackset *set)
{
    set->reported[1] = set->reported[0];
    set->reported[0] = set->largest;
    set->unreported = 0;
}
