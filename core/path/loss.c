/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/loss.h"

#include "core/base/seq.h"

#define SHARE_SHIFT 7 /* the share is smoothed over about 128 packets */

void loss_on_report(struct loss *loss, struct sentmap *map, uint64_t received_ns)
{
    uint64_t n = max_u64(loss->overtaken_to, map->oldest);

    for (; n < map->largest_acked; n++) {
        struct sent_packet *packet = sentmap_find(map, n);

        if (packet != NULL && packet->overtaken_ns == 0)
            packet->overtaken_ns = received_ns;
    }
    loss->overtaken_to = max_u64(loss->overtaken_to, map->largest_acked);
}

void loss_on_spurious(struct loss *loss, uint64_t late_ns)
{
    const uint64_t wanted = min_u64(late_ns + late_ns / 4 + NS_PER_MS, LOSS_WINDOW_MAX);

    loss->window_ns = max_u64(loss->window_ns, wanted);
    loss->spurious++;
    loss->ppm -= loss->ppm >> SHARE_SHIFT;
}

void loss_on_acked(struct loss *loss)
{
    loss->acked++;
    loss->ppm -= loss->ppm >> SHARE_SHIFT;
    /* Forget slowly: a path's reordering can end. */
    if (loss->acked % 1024 == 0)
        loss->window_ns -= loss->window_ns / 8;
}

struct sent_packet *loss_next(struct loss *loss, struct sentmap *map, uint64_t report_ns)
{
    const uint64_t window = max_u64(loss->window_ns, LOSS_WINDOW_MIN);

    if (!map->any_acked)
        return NULL;
    loss->scan = max_u64(loss->scan, map->oldest);
    for (uint64_t n = loss->scan; n < map->largest_acked; n++) {
        struct sent_packet *packet = sentmap_find(map, n);
        const bool flying =
            packet != NULL && (packet->state == SENT_IN_FLIGHT || packet->state == SENT_OVERDUE);

        if (!flying) {
            if (n == loss->scan)
                loss->scan++;
            continue;
        }
        if (packet->overtaken_ns == 0 || report_ns < packet->overtaken_ns + window)
            return NULL; /* later ones were overtaken later */
        loss->lost++;
        loss->ppm += (1000000 - loss->ppm) >> SHARE_SHIFT;
        sentmap_mark_lost(map, packet);
        return packet;
    }
    return NULL;
}
