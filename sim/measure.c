/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/measure.h"

#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

#define SLACK_NS   (1 * SIM_MS)
#define SLACK_5_NS (5 * SIM_MS)

void measure_on_sent(struct measure *measure, uint32_t link, uint64_t wait_ns)
{
    uint64_t bucket = wait_ns / SIM_MS;
    measure->queue_ms[link][bucket < MEASURE_QUEUE_MS ? bucket : MEASURE_QUEUE_MS - 1]++;
    measure->queued[link]++;
}

void measure_on_delivered(struct measure *measure, uint64_t now)
{
    if (measure->last_delivered_ns && now - measure->last_delivered_ns > measure->longest_gap_ns) {
        measure->longest_gap_ns = now - measure->last_delivered_ns;
    }
    measure->last_delivered_ns = now;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t queue_quantile(const struct measure *measure, uint32_t link, uint32_t percent)
{
    uint64_t wanted = measure->queued[link] * percent / 100;
    uint64_t seen = 0;
    for (uint32_t ms = 0; ms < MEASURE_QUEUE_MS; ms++) {
        seen += measure->queue_ms[link][ms];
        if (seen > wanted) {
            return ms;
        }
    }
    return 0;
}

static void finish_latency(const struct world *world, struct measure_result *result)
{
    const struct ledger *ledger = &world->ledger;
    uint64_t *took = malloc((ledger->count + 1) * sizeof *took);
    if (!took) {
        abort();
    }
    uint64_t n = 0;
    for (uint64_t i = 0; i < ledger->count; i++) {
        const struct ledger_entry *entry = &ledger->entries[i];
        result->media_bytes += entry->len;
        if (entry->delivered_ns == PLAIT_NEVER) {
            continue;
        }
        uint64_t due = entry->written_ns + entry->latency_max_ns;
        result->on_time += entry->delivered_ns <= due + SLACK_NS;
        result->on_time_5 += entry->delivered_ns <= due + SLACK_5_NS;
        took[n++] = entry->delivered_ns - entry->written_ns;
    }
    result->written = ledger->count;
    result->delivered = n;
    if (n) {
        qsort(took, n, sizeof *took, compare);
        result->min_ns = took[0];
        result->p50_ns = took[n / 2];
        result->p99_ns = took[n * 99 / 100];
        result->p999_ns = took[n * 999 / 1000];
        result->max_ns = took[n - 1];
    }
    free(took);
}

void measure_finish(const struct world *world, struct measure_result *result)
{
    memset(result, 0, sizeof *result);
    finish_latency(world, result);
    for (uint32_t link = 0; link < world->config.scenario->link_count; link++) {
        result->sent_bytes += world->line[link].forward_bytes;
        result->return_bytes += world->line[link].reverse_bytes;
        result->queue_p95_ms[link] = queue_quantile(&world->measure, link, 95);
    }
    const struct plait_stream_stats *sender = &world->check.last.stats[SIM_SENDER].stream;
    const struct plait_stream_stats *receiver = &world->check.last.stats[SIM_RECEIVER].stream;
    result->gap_ns = world->measure.longest_gap_ns;
    result->source_packets = sender->written;
    result->resent = sender->resent;
    result->reinjected = sender->reinjected;
    result->repair = sender->repair_sent;
    result->dropped = sender->dropped;
    result->recovered_fec = receiver->recovered_fec;
    result->recovered_arq = receiver->recovered_arq;
    result->hash = world->hash;
    result->events = world->events;
}
