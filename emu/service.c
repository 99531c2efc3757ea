/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/service.h"

#include "emu/draw.h"

#include <assert.h>
#include <string.h>

#define JITTER_SPAN_MIN_NS (10 * EMU_NS_PER_MS)

static uint64_t at_least(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void emu_service_init(struct emu_service *service, const struct emu_dir_spec *spec)
{
    assert(spec->trace != NULL || spec->rate_bps >= EMU_RATE_MIN_BPS);
    memset(service, 0, sizeof *service);
    service->spec = spec;
    service->left = EMU_CHANCE_BYTES;
    if (spec->trace == NULL) {
        service->slot_ns = EMU_CHANCE_BYTES * 8 * EMU_NS_PER_S / spec->rate_bps;
    }
}

const struct emu_outage *emu_service_outage(const struct emu_dir_spec *spec, uint64_t at_ns)
{
    for (unsigned i = 0; i < spec->down_count; i++) {
        if (at_ns >= spec->down[i].from_ns && at_ns < spec->down[i].to_ns) {
            return &spec->down[i];
        }
    }
    return NULL;
}

uint64_t emu_service_usable(const struct emu_dir_spec *spec, uint64_t chance)
{
    const struct emu_outage *outage;

    while ((outage = emu_service_outage(spec, emu_trace_time_ns(spec->trace, chance))) != NULL) {
        chance = emu_trace_find(spec->trace, outage->to_ns);
    }
    return chance;
}

static bool take_trace(struct emu_service *service, uint64_t now_ns, uint64_t bytes,
                       struct emu_departure *departure)
{
    const struct emu_dir_spec *spec = service->spec;
    uint64_t chance = service->chance;
    uint32_t left = service->left;

    if (emu_trace_time_ns(spec->trace, chance) < now_ns) {
        chance = emu_service_usable(spec, emu_trace_find(spec->trace, now_ns));
        left = EMU_CHANCE_BYTES;
    } else if (left == EMU_CHANCE_BYTES) {
        chance = emu_service_usable(spec, chance);
    } else if (left == 0) {
        chance = emu_service_usable(spec, chance + 1);
        left = EMU_CHANCE_BYTES;
    }
    departure->start_ns = emu_trace_time_ns(spec->trace, chance);
    if (departure->start_ns - now_ns > spec->queue_ns) {
        return false;
    }
    while (bytes > left) {
        bytes -= left;
        chance = emu_service_usable(spec, chance + 1);
        left = EMU_CHANCE_BYTES;
    }
    service->left = left - (uint32_t)bytes;
    departure->end_ns = emu_trace_time_ns(spec->trace, chance);
    departure->chance = chance;
    return true;
}

static bool take_rate(struct emu_service *service, uint64_t now_ns, uint64_t bytes,
                      struct emu_departure *departure)
{
    const struct emu_dir_spec *spec = service->spec;
    uint64_t start_ns = at_least(now_ns, service->end_ns);
    const struct emu_outage *outage = emu_service_outage(spec, start_ns);
    uint64_t end_ns;

    if (outage != NULL) {
        start_ns = outage->to_ns;
    }
    if (start_ns - now_ns > spec->queue_ns) {
        return false;
    }
    end_ns = start_ns + bytes * 8 * EMU_NS_PER_S / spec->rate_bps;
    for (unsigned i = 0; i < spec->down_count; i++) {
        if (spec->down[i].from_ns >= start_ns && spec->down[i].from_ns < end_ns) {
            end_ns += spec->down[i].to_ns - spec->down[i].from_ns;
        }
    }
    departure->start_ns = start_ns;
    departure->end_ns = end_ns;
    departure->chance = (end_ns - 1) / service->slot_ns;
    return true;
}

bool emu_service_take(struct emu_service *service, uint64_t now_ns, uint64_t bytes,
                      struct emu_departure *departure)
{
    bool has_room;

    assert(bytes > 0);
    if (service->spec->trace != NULL) {
        has_room = take_trace(service, now_ns, bytes, departure);
    } else {
        has_room = take_rate(service, now_ns, bytes, departure);
    }
    if (!has_room) {
        return false;
    }
    if (departure->chance != service->chance) {
        service->ended = 0;
    }
    departure->index = service->ended++;
    service->chance = departure->chance;
    service->end_ns = departure->end_ns;
    return true;
}

uint64_t emu_service_queue_ns(const struct emu_service *service, uint64_t now_ns)
{
    return service->end_ns > now_ns ? service->end_ns - now_ns : 0;
}

static uint64_t capacity_between(const struct emu_dir_spec *spec, uint64_t from_ns, uint64_t to_ns)
{
    if (spec->trace != NULL) {
        return EMU_CHANCE_BYTES *
               (emu_trace_find(spec->trace, to_ns) - emu_trace_find(spec->trace, from_ns));
    }
    return (uint64_t)((double)(to_ns - from_ns) / 8e9 * (double)spec->rate_bps);
}

uint64_t emu_service_capacity_bytes(const struct emu_dir_spec *spec, uint64_t from_ns,
                                    uint64_t to_ns)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < spec->down_count && from_ns < to_ns; i++) {
        const struct emu_outage *outage = &spec->down[i];

        if (outage->to_ns <= from_ns || outage->from_ns >= to_ns) {
            continue;
        }
        if (outage->from_ns > from_ns) {
            bytes += capacity_between(spec, from_ns, outage->from_ns);
        }
        from_ns = outage->to_ns;
    }
    return from_ns < to_ns ? bytes + capacity_between(spec, from_ns, to_ns) : bytes;
}

uint64_t emu_service_peak_bytes(const struct emu_dir_spec *spec, uint64_t window_ns)
{
    uint64_t most = 0;
    uint64_t last = 0;

    if (spec->trace == NULL) {
        return capacity_between(spec, 0, window_ns) + EMU_CHANCE_BYTES;
    }
    for (uint64_t first = 0; first < spec->trace->count; first++) {
        uint64_t end_ns = emu_trace_time_ns(spec->trace, first) + window_ns;

        if (last == 0) {
            last = emu_trace_find(spec->trace, end_ns);
        }
        while (emu_trace_time_ns(spec->trace, last) <= end_ns) {
            last++;
        }
        most = at_least(most, last - first);
    }
    return most * EMU_CHANCE_BYTES;
}

/* What a packet that leaves the link then takes without jitter. */
static uint64_t way_ns(const struct emu_dir_spec *spec, uint64_t at_ns)
{
    for (unsigned i = 0; i < spec->detour_count; i++) {
        if (at_ns >= spec->detour[i].from_ns && at_ns < spec->detour[i].to_ns) {
            return spec->delay_ns + spec->detour[i].more_ns;
        }
    }
    return spec->delay_ns;
}

uint64_t emu_service_longest_ns(const struct emu_dir_spec *spec)
{
    uint64_t most_ns = 0;

    for (unsigned i = 0; i < spec->detour_count; i++) {
        most_ns = at_least(spec->detour[i].more_ns, most_ns);
    }
    return spec->delay_ns + most_ns + spec->jitter_ns;
}

uint64_t emu_service_arrival_ns(const struct emu_dir_spec *spec, uint64_t key, uint64_t at_ns)
{
    uint64_t span_ns = at_least(4 * spec->jitter_ns, JITTER_SPAN_MIN_NS);
    uint64_t span = at_ns / span_ns;
    double share = (double)(at_ns % span_ns) / (double)span_ns;
    double from;
    double to;
    uint64_t delay_ns = way_ns(spec, at_ns);
    int64_t wander_ns;

    if (spec->jitter_ns == 0) {
        return at_ns + delay_ns;
    }
    from = emu_draw_share(key, EMU_DRAW_JITTER, span, 0);
    to = emu_draw_share(key, EMU_DRAW_JITTER, span + 1, 0);
    wander_ns = (int64_t)((2 * (from + (to - from) * share) - 1) * (double)spec->jitter_ns);
    if (wander_ns < 0 && (uint64_t)-wander_ns > delay_ns) {
        return at_ns;
    }
    return at_ns + delay_ns + (uint64_t)wander_ns;
}
