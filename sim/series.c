/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

#define LL(x) ((unsigned long long)(x))

struct series {
    struct check_sample last;
    struct sim_line line[EMU_LINKS_MAX];
    uint64_t written; /* ledger entries at the last line */
    uint64_t due;     /* ledger entries whose deadline had passed at the last line */
    uint64_t late;    /* of those before `due`, delivered after it: seen as missing, came */
    uint64_t last_ns;
};

struct series *series_create(const struct world *world)
{
    struct series *series = calloc(1, sizeof *series);
    if (!series) {
        abort();
    }
    printf("# a line a second. w written, ok due and on time, miss due and not there, lat of the "
           "last delivery, adv advice kbit/s, bl backlog\n"
           "# packets a second: x first sendings, rs resent, ri reinjected, fec repair sent, "
           "dr dropped, ex expired; receiver: rf/ra recovered by fec/resending\n"
           "# a link: state (Validating Active Suspect Down) tx kbit/s sent, a acked -lost "
           "packets, c estimated/true capacity kbit/s, p pacing kbit/s,\n"
           "#   q estimated/true queue ms, r rtt ms, f in flight/window kB\n");
    for (uint32_t i = 0; i < world->config.scenario->link_count; i++) {
        printf("# link %u: %s\n", i, world->config.scenario->link[i].name);
    }
    return series;
}

void series_free(struct series *series)
{
    free(series);
}

static const struct plait_path_stats *path_of(const struct check_sample *sample, uint32_t link)
{
    const struct plait_stats *stats = &sample->stats[SIM_SENDER];
    for (uint32_t i = 0; sample->have[SIM_SENDER] && i < stats->paths; i++) {
        if (stats->path[i].link == link && stats->path[i].state != PLAIT_PATH_NONE) {
            return &stats->path[i];
        }
    }
    return NULL;
}

static void print_link(struct series *series, const struct world *world, uint32_t link)
{
    const struct plait_path_stats *path = path_of(&world->check.last, link);
    const struct plait_path_stats *old = path_of(&series->last, link);
    const struct emu_link *emu = emu_net_link(world->net, link, EMU_FORWARD);
    uint64_t bytes = world->line[link].forward_bytes - series->line[link].forward_bytes;
    uint64_t true_bytes = emu_link_capacity_bytes(emu, series->last_ns, world->now);
    uint64_t seconds_ns = world->now - series->last_ns;
    uint64_t true_kbps = seconds_ns ? true_bytes * 8000000 / seconds_ns : 0;
    static const char states[] = "-VASD";
    if (!path) {
        printf(" |%u - tx%llu c/%llu", link, LL(bytes / 125), LL(true_kbps));
        return;
    }
    bool same = old && old->path == path->path && old->packets_acked <= path->packets_acked;
    uint64_t acked = path->packets_acked - (same ? old->packets_acked : 0);
    uint64_t lost = path->packets_lost - (same ? old->packets_lost : 0);
    printf(" |%u %c tx%llu a%llu-%llu c%llu/%llu p%llu q%llu/%llu r%llu f%u/%u", link,
           states[path->state], LL(bytes / 125), LL(acked), LL(lost), LL(path->capacity_bps / 1000),
           LL(true_kbps), LL(path->pacing_bps / 1000), LL(path->queue_ns / SIM_MS),
           LL(emu_link_queue_ns(emu, world->now) / SIM_MS), LL(path->rtt_ns / SIM_MS),
           path->bytes_in_flight / 1000, path->window_bytes / 1000);
}

static void count_due(struct series *series, const struct world *world, uint64_t *ok,
                      uint64_t *missing)
{
    *ok = 0;
    *missing = 0;
    for (; series->due < world->ledger.count; series->due++) {
        const struct ledger_entry *entry = &world->ledger.entries[series->due];
        uint64_t due = entry->written_ns + entry->latency_max_ns + SIM_MS;
        if (due > world->now) {
            break;
        }
        bool on_time = entry->delivered_ns <= due;
        *ok += on_time;
        *missing += !on_time;
    }
}

void series_on_second(struct series *series, const struct world *world)
{
    const struct check_sample *sample = &world->check.last;
    const struct plait_stream_stats *s = &sample->stats[SIM_SENDER].stream;
    const struct plait_stream_stats *r = &sample->stats[SIM_RECEIVER].stream;
    const struct plait_stream_stats zero = {0};
    bool same_s = series->last.stats[SIM_SENDER].uptime_ns <= sample->stats[SIM_SENDER].uptime_ns;
    bool same_r =
        series->last.stats[SIM_RECEIVER].uptime_ns <= sample->stats[SIM_RECEIVER].uptime_ns;
    const struct plait_stream_stats *so = same_s ? &series->last.stats[SIM_SENDER].stream : &zero;
    const struct plait_stream_stats *ro = same_r ? &series->last.stats[SIM_RECEIVER].stream : &zero;
    uint64_t ok;
    uint64_t missing;
    count_due(series, world, &ok, &missing);
    printf("%3llu w%llu ok%llu miss%llu lat%.1f adv%llu bl%u x%llu rs%llu ri%llu fec%llu dr%llu "
           "ex%llu rf%llu ra%llu",
           LL(world->now / SIM_S), LL(world->ledger.count - series->written), LL(ok), LL(missing),
           (double)r->latency_measured_ns / 1e6, LL(s->advice_bps / 1000), s->backlog,
           LL(s->sent_first - so->sent_first), LL(s->resent - so->resent),
           LL(s->reinjected - so->reinjected), LL(s->repair_sent - so->repair_sent),
           LL(s->dropped - so->dropped), LL(s->expired - so->expired),
           LL(r->recovered_fec - ro->recovered_fec), LL(r->recovered_arq - ro->recovered_arq));
    for (uint32_t link = 0; link < world->config.scenario->link_count; link++) {
        print_link(series, world, link);
    }
    printf("\n");
    series->last = *sample;
    memcpy(series->line, world->line, sizeof series->line);
    series->written = world->ledger.count;
    series->last_ns = world->now;
}
