/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters add up: within a side, between the sides, with what the world itself saw, and they
 * only ever grow while a session lives (plait/stats.h has the identities). */
#include "sim/check.h"

#include <stddef.h>

#include "sim/world.h"

#define LL(x) ((unsigned long long)(x))

struct total {
    const char *name;
    size_t offset;
};

#define STREAM(field)                                                                              \
    {                                                                                              \
#field, offsetof(struct plait_stream_stats, field)                                         \
    }
#define PATH(field)                                                                                \
    {                                                                                              \
#field, offsetof(struct plait_path_stats, field)                                           \
    }

static const struct total stream_totals[] = {
    STREAM(written),       STREAM(written_bytes), STREAM(sent_first),      STREAM(resent),
    STREAM(reinjected),    STREAM(repair_sent),   STREAM(acked),           STREAM(dropped),
    STREAM(dropped_low),   STREAM(dropped_key),   STREAM(expired),         STREAM(expected),
    STREAM(delivered),     STREAM(datagrams),     STREAM(delivered_bytes), STREAM(missing),
    STREAM(late),          STREAM(skipped),       STREAM(duplicates),      STREAM(recovered_fec),
    STREAM(recovered_arq),
};

static const struct total path_totals[] = {
    PATH(packets_sent),  PATH(bytes_sent),   PATH(packets_received), PATH(bytes_received),
    PATH(packets_acked), PATH(packets_lost), PATH(packets_spurious), PATH(duplicates),
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static uint64_t value(const void *base, size_t offset)
{
    const char *at = (const char *)base + offset;
    return *(const uint64_t *)(const void *)at;
}

static void check_growth(struct world *world, int side, const struct check_sample *sample)
{
    const struct plait_stats *now = &sample->stats[side];
    const struct plait_stats *before = &world->check.last.stats[side];
    if (!world->check.last.have[side] || before->uptime_ns > now->uptime_ns ||
        before->session != now->session) {
        return;
    }
    for (size_t i = 0; i < COUNT(stream_totals); i++) {
        size_t offset = stream_totals[i].offset;
        if (value(&now->stream, offset) < value(&before->stream, offset)) {
            world_fail(world, "counters", "side %d: stream.%s fell from %llu to %llu", side,
                       stream_totals[i].name, LL(value(&before->stream, offset)),
                       LL(value(&now->stream, offset)));
        }
    }
    for (uint32_t p = 0; p < now->paths && p < before->paths; p++) {
        const struct plait_path_stats *path = &now->path[p];
        const struct plait_path_stats *old = &before->path[p];
        for (size_t i = 0; path->path == old->path && path->link == old->link &&
                           path->packets_sent >= old->packets_sent && i < COUNT(path_totals);
             i++) {
            size_t offset = path_totals[i].offset;
            if (value(path, offset) < value(old, offset)) {
                world_fail(world, "counters", "side %d: path %u: %s fell from %llu to %llu", side,
                           path->path, path_totals[i].name, LL(value(old, offset)),
                           LL(value(path, offset)));
            }
        }
    }
}

static bool has_fault(const struct world *world, enum sim_fault_kind kind)
{
    for (uint32_t i = 0; i < world->config.faults; i++) {
        if (world->config.fault[i].kind == kind) {
            return true;
        }
    }
    return false;
}

/* One session from beginning to end on each side, so that it can be compared with the world. */
static bool is_one_session(const struct world *world)
{
    return world->epoch <= 1 && !world->config.adversary.on &&
           !has_fault(world, SIM_FAULT_SENDER_RESTART) &&
           !has_fault(world, SIM_FAULT_RECEIVER_RESTART);
}

/* What the sender says it wrote and sent is what the world saw. */
static void check_sent(struct world *world, const struct plait_stats *stats)
{
    uint64_t packets = 0, bytes = 0;
    uint64_t seen_packets = 0, seen_bytes = 0;
    if (stats->stream.written_bytes != world->check.written_bytes) {
        world_fail(world, "counters", "sender: wrote %llu bytes; the world saw %llu",
                   LL(stats->stream.written_bytes), LL(world->check.written_bytes));
    }
    for (uint32_t i = 0; i < stats->paths; i++) {
        packets += stats->path[i].packets_sent;
        bytes += stats->path[i].bytes_sent;
    }
    for (uint32_t i = 0; i < world->config.scenario->link_count; i++) {
        seen_packets += world->line[i].forward_packets;
        seen_bytes += world->line[i].forward_bytes;
    }
    bool keeps_paths = !has_fault(world, SIM_FAULT_PATH_REMOVE); /* else their counters go too */
    if (keeps_paths && (packets != seen_packets || bytes != seen_bytes)) {
        world_fail(world, "counters",
                   "sender: sent %llu packets, %llu bytes; the world saw %llu, "
                   "%llu",
                   LL(packets), LL(bytes), LL(seen_packets), LL(seen_bytes));
    }
}

static void check_sender(struct world *world, const struct check_sample *sample)
{
    const struct plait_stream_stats *s = &sample->stats[SIM_SENDER].stream;
    uint64_t settled = s->acked + s->dropped + s->expired;
    if (settled > s->written) {
        world_fail(world, "counters",
                   "sender: acked %llu + dropped %llu + expired %llu > "
                   "written %llu",
                   LL(s->acked), LL(s->dropped), LL(s->expired), LL(s->written));
    }
    if (sample->settled && settled != s->written) {
        world_fail(world, "counters",
                   "sender, all settled: acked %llu + dropped %llu + expired "
                   "%llu is not written %llu",
                   LL(s->acked), LL(s->dropped), LL(s->expired), LL(s->written));
    }
    if (s->sent_first + s->dropped > s->written) {
        world_fail(world, "counters", "sender: sent %llu + dropped %llu > written %llu",
                   LL(s->sent_first), LL(s->dropped), LL(s->written));
    }
    if (s->dropped_low + s->dropped_key > s->dropped) {
        world_fail(world, "counters", "sender: dropped_low %llu + dropped_key %llu > dropped %llu",
                   LL(s->dropped_low), LL(s->dropped_key), LL(s->dropped));
    }
    const struct plait_stats *stats = &sample->stats[SIM_SENDER];
    if (is_one_session(world)) {
        check_sent(world, stats);
    }
    for (uint32_t i = 0; i < stats->paths; i++) {
        const struct plait_path_stats *p = &stats->path[i];
        if (p->packets_acked + p->packets_lost > p->packets_sent + p->packets_spurious) {
            world_fail(world, "counters",
                       "path %u: acked %llu + lost %llu > sent %llu + "
                       "spurious %llu",
                       p->path, LL(p->packets_acked), LL(p->packets_lost), LL(p->packets_sent),
                       LL(p->packets_spurious));
        }
    }
}

static void check_receiver(struct world *world, const struct check_sample *sample)
{
    const struct plait_stream_stats *r = &sample->stats[SIM_RECEIVER].stream;
    if (r->expected != r->delivered + r->missing) {
        world_fail(world, "counters",
                   "receiver: expected %llu is not delivered %llu + missing "
                   "%llu",
                   LL(r->expected), LL(r->delivered), LL(r->missing));
    }
    if (r->skipped + r->late > r->missing) {
        world_fail(world, "counters", "receiver: skipped %llu + late %llu > missing %llu",
                   LL(r->skipped), LL(r->late), LL(r->missing));
    }
    if (r->recovered_fec + r->recovered_arq > r->delivered) {
        world_fail(world, "counters",
                   "receiver: recovered_fec %llu + recovered_arq %llu > "
                   "delivered %llu",
                   LL(r->recovered_fec), LL(r->recovered_arq), LL(r->delivered));
    }
    if (!is_one_session(world)) {
        return; /* sessions came and went: what follows compares one with the whole world */
    }
    if (r->datagrams != world->check.delivered ||
        r->delivered_bytes < world->check.delivered_bytes) {
        world_fail(world, "counters",
                   "receiver: %llu datagrams, %llu bytes; the world saw %llu, "
                   "%llu",
                   LL(r->datagrams), LL(r->delivered_bytes), LL(world->check.delivered),
                   LL(world->check.delivered_bytes));
    }
}

static void check_between(struct world *world, const struct check_sample *sample)
{
    const struct plait_stream_stats *s = &sample->stats[SIM_SENDER].stream;
    const struct plait_stream_stats *r = &sample->stats[SIM_RECEIVER].stream;
    if (!is_one_session(world)) {
        return;
    }
    if (r->delivered > s->written || r->expected > s->written) {
        world_fail(world, "counters", "receiver: delivered %llu, expected %llu; sender wrote %llu",
                   LL(r->delivered), LL(r->expected), LL(s->written));
    }
    /* While the latency changes the sides may differ in what was in time. So they may of a hole
     * that was passed by a clock that was set, and is filled with its time by the new one. */
    bool settled = sample->settled && !has_fault(world, SIM_FAULT_LATENCY) &&
                   !has_fault(world, SIM_FAULT_SENDER_CLOCK) &&
                   !has_fault(world, SIM_FAULT_RECEIVER_CLOCK);
    if (settled && s->acked > r->delivered) {
        world_fail(world, "counters",
                   "all settled: sender has %llu acked, receiver delivered "
                   "%llu",
                   LL(s->acked), LL(r->delivered));
    }
}

static void on_sampled(struct world *world, const struct check_sample *sample)
{
    for (int side = 0; side < SIM_SIDES; side++) {
        if (sample->have[side]) {
            check_growth(world, side, sample);
        }
    }
    if (sample->have[SIM_SENDER]) {
        check_sender(world, sample);
    }
    if (sample->have[SIM_RECEIVER]) {
        check_receiver(world, sample);
    }
    if (sample->have[SIM_SENDER] && sample->have[SIM_RECEIVER]) {
        check_between(world, sample);
    }
}

const struct checker check_counters = {"counters", NULL, on_sampled};
