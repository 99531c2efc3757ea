/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/bound.h"

#include "emu/draw.h"
#include "emu/loss.h"
#include "emu/service.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ADAPT_PRECISION   256U
#define ADAPT_PACKETS_MIN 10U /* a second: the lowest rate tried */

/* Packets of a stream that wait to be sent, a bit each. */
struct waiting {
    uint64_t *word;
    uint64_t packets;
};

/* Lost packets in order of when the sender learns of them: a binary heap. */
struct lesson {
    uint64_t learn_ns;
    uint64_t packet;
};

struct lessons {
    struct lesson *heap;
    uint64_t count;
};

static uint64_t least_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The earliest that anything arrives that leaves at from_ns or later, but before to_ns: only where
 * a detour ends does anything overtake. */
static uint64_t earliest_ns(const struct emu_dir_spec *spec, uint64_t key, uint64_t from_ns,
                            uint64_t to_ns)
{
    uint64_t earliest = emu_service_arrival_ns(spec, key, from_ns);

    for (unsigned i = 0; i < spec->detour_count; i++) {
        uint64_t end_ns = spec->detour[i].to_ns;

        if (end_ns > from_ns && end_ns < to_ns) {
            earliest = least_u64(earliest, emu_service_arrival_ns(spec, key, end_ns));
        }
    }
    return earliest;
}

static uint64_t learn_time_ns(const struct emu_scenario *scenario, uint64_t seed,
                              uint64_t arrive_ns)
{
    uint64_t learn_ns = EMU_NEVER;

    for (unsigned i = 0; i < scenario->link_count; i++) {
        const struct emu_dir_spec *back = &scenario->link[i].dir[EMU_REVERSE];
        const struct emu_outage *outage = emu_service_outage(back, arrive_ns);
        uint64_t leave_ns = outage != NULL ? outage->to_ns : arrive_ns;
        uint64_t key = emu_draw_key(seed, i, EMU_REVERSE);

        learn_ns = least_u64(learn_ns, earliest_ns(back, key, leave_ns, EMU_NEVER));
    }
    return learn_ns;
}

static bool append(struct emu_bound *bound, size_t *room, const struct emu_bound_chance *chance)
{
    if (bound->count == *room) {
        size_t grown = *room == 0 ? 4096 : *room * 2;
        void *memory = realloc(bound->chance, grown * sizeof *bound->chance);

        if (memory == NULL) {
            return false;
        }
        bound->chance = memory;
        *room = grown;
    }
    bound->chance[bound->count++] = *chance;
    return true;
}

/* The chance that a packet uses when it leaves as `departure` does, or up to a packet's time later:
 * so many packets could leave a link of fixed rate, but each could begin in between. */
static struct emu_bound_chance chance_of(const struct emu_dir_spec *spec, uint64_t key,
                                         const struct emu_departure *departure, uint64_t packet_ns)
{
    struct emu_bound_chance chance = {.send_ns = departure->end_ns};

    if (spec->trace != NULL) {
        chance.arrive_ns = emu_service_arrival_ns(spec, key, departure->end_ns);
        return chance;
    }
    chance.send_ns = departure->end_ns - 1;
    chance.arrive_ns = earliest_ns(spec, key, departure->end_ns, departure->end_ns + packet_ns);
    chance.least_ns = packet_ns;
    if (spec->delay_ns > spec->jitter_ns) {
        chance.least_ns += spec->delay_ns - spec->jitter_ns;
    }
    return chance;
}

static bool append_link(struct emu_bound *bound, size_t *room, const struct emu_scenario *scenario,
                        uint64_t seed, uint32_t number, uint64_t horizon_ns)
{
    struct emu_dir_spec spec = scenario->link[number].dir[EMU_FORWARD];
    uint64_t key = emu_draw_key(seed, number, EMU_FORWARD);
    uint64_t bytes = bound->payload_bytes + EMU_OVERHEAD_BYTES;
    uint64_t packet_ns = spec.trace != NULL ? 0 : bytes * 8 * EMU_NS_PER_S / spec.rate_bps;
    struct emu_service service;
    struct emu_loss loss;
    struct emu_departure departure;

    spec.queue_ns = EMU_NEVER;
    emu_service_init(&service, &spec);
    emu_loss_init(&loss, &spec, key);
    while (emu_service_take(&service, 0, bytes, &departure) && departure.end_ns <= horizon_ns) {
        struct emu_bound_chance chance = chance_of(&spec, key, &departure, packet_ns);

        chance.link = number;
        chance.learn_ns = learn_time_ns(scenario, seed, chance.arrive_ns);
        chance.is_lost = emu_loss_draw(&loss, departure.chance, departure.index);
        if (!append(bound, room, &chance)) {
            return false;
        }
    }
    return true;
}

static int by_send_time(const void *a, const void *b)
{
    const struct emu_bound_chance *left = a;
    const struct emu_bound_chance *right = b;

    if (left->send_ns != right->send_ns) {
        return left->send_ns < right->send_ns ? -1 : 1;
    }
    if (left->arrive_ns != right->arrive_ns) {
        return left->arrive_ns < right->arrive_ns ? -1 : 1;
    }
    return (left->link > right->link) - (left->link < right->link);
}

int emu_bound_init(struct emu_bound *bound, const struct emu_scenario *scenario, uint64_t seed,
                   uint64_t payload_bytes, uint64_t horizon_ns)
{
    size_t room = 0;

    assert(payload_bytes >= 1 && payload_bytes <= EMU_DATAGRAM_MAX);
    assert(emu_scenario_missing(scenario) == NULL);
    memset(bound, 0, sizeof *bound);
    bound->payload_bytes = payload_bytes;
    for (unsigned i = 0; i < scenario->link_count; i++) {
        if (!append_link(bound, &room, scenario, seed, i, horizon_ns)) {
            emu_bound_free(bound);
            return -1;
        }
    }
    if (bound->count > 0) {
        qsort(bound->chance, bound->count, sizeof *bound->chance, by_send_time);
    }
    return 0;
}

void emu_bound_free(struct emu_bound *bound)
{
    free(bound->chance);
    memset(bound, 0, sizeof *bound);
}

struct emu_bound_stream emu_bound_stream_of(const struct emu_bound *bound, uint64_t rate_bps,
                                            uint64_t first_ns, uint64_t duration_ns,
                                            uint64_t latency_ns)
{
    struct emu_bound_stream stream = {.first_ns = first_ns, .latency_ns = latency_ns};

    stream.interval_ns = bound->payload_bytes * 8 * EMU_NS_PER_S / rate_bps;
    stream.packets = (duration_ns + stream.interval_ns - 1) / stream.interval_ns;
    return stream;
}

static void waiting_add(struct waiting *waiting, uint64_t packet)
{
    waiting->word[packet / 64] |= 1ULL << packet % 64;
}

/* Takes out the oldest waiting packet from `first` to `last`; false when there is none. */
static bool waiting_take(struct waiting *waiting, uint64_t first, uint64_t last, uint64_t *packet)
{
    for (uint64_t word = first / 64; word <= last / 64; word++) {
        uint64_t bits = waiting->word[word];

        if (word == first / 64) {
            bits &= ~0ULL << first % 64;
        }
        if (bits == 0) {
            continue;
        }
        *packet = word * 64;
        while ((bits & 1) == 0) {
            bits >>= 1;
            (*packet)++;
        }
        if (*packet > last) {
            return false;
        }
        waiting->word[word] &= ~(1ULL << *packet % 64);
        return true;
    }
    return false;
}

static void lessons_push(struct lessons *lessons, uint64_t learn_ns, uint64_t packet)
{
    struct lesson lesson = {learn_ns, packet};
    uint64_t at = lessons->count++;

    while (at > 0 && lessons->heap[(at - 1) / 2].learn_ns > learn_ns) {
        lessons->heap[at] = lessons->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    lessons->heap[at] = lesson;
}

static uint64_t lessons_pop(struct lessons *lessons)
{
    uint64_t packet = lessons->heap[0].packet;
    struct lesson last = lessons->heap[--lessons->count];
    uint64_t at = 0;

    for (;;) {
        uint64_t child = 2 * at + 1;

        if (child >= lessons->count) {
            break;
        }
        if (child + 1 < lessons->count &&
            lessons->heap[child + 1].learn_ns < lessons->heap[child].learn_ns) {
            child++;
        }
        if (lessons->heap[child].learn_ns >= last.learn_ns) {
            break;
        }
        lessons->heap[at] = lessons->heap[child];
        at = child;
    }
    lessons->heap[at] = last;
    return packet;
}

/* One pass over the chances [from, to). */
struct sweep {
    const struct emu_bound *bound;
    const struct emu_bound_stream *stream;
    enum emu_bound_level level;
    size_t from;
    size_t to;
    struct waiting waiting;
    struct lessons lessons;
    uint64_t written; /* packets written so far */
    uint8_t *met;     /* NULL: nobody asks which */
};

/* The first packet written at at_ns or later, where each has its own time. */
static uint64_t first_written(const struct emu_bound_stream *stream, uint64_t at_ns)
{
    uint64_t low = 0;
    uint64_t high = stream->packets;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (stream->written_ns[middle] < at_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint64_t written_ns(const struct emu_bound_stream *stream, uint64_t packet)
{
    return stream->written_ns != NULL ? stream->written_ns[packet]
                                      : stream->first_ns + packet * stream->interval_ns;
}

/* The oldest packet that a chance can still deliver. */
static uint64_t oldest_for(const struct emu_bound_stream *stream, uint64_t arrive_ns)
{
    uint64_t late_ns = stream->first_ns + stream->latency_ns;

    if (stream->written_ns != NULL) {
        return arrive_ns <= stream->latency_ns
                   ? 0
                   : first_written(stream, arrive_ns - stream->latency_ns);
    }
    if (arrive_ns <= late_ns) {
        return 0;
    }
    return (arrive_ns - late_ns + stream->interval_ns - 1) / stream->interval_ns;
}

static void sweep_advance(struct sweep *sweep, uint64_t now_ns)
{
    const struct emu_bound_stream *stream = sweep->stream;

    while (sweep->written < stream->packets && written_ns(stream, sweep->written) <= now_ns) {
        waiting_add(&sweep->waiting, sweep->written++);
    }
    while (sweep->lessons.count > 0 && sweep->lessons.heap[0].learn_ns <= now_ns) {
        waiting_add(&sweep->waiting, lessons_pop(&sweep->lessons));
    }
}

static void sweep_run(struct sweep *sweep, struct emu_bound_result *result)
{
    const struct emu_bound_stream *stream = sweep->stream;

    result->packets = stream->packets;
    for (size_t i = sweep->from; i < sweep->to; i++) {
        const struct emu_bound_chance *chance = &sweep->bound->chance[i];
        bool is_lost = chance->is_lost && sweep->level != EMU_BOUND_LOSSLESS;
        uint64_t oldest = oldest_for(stream, chance->arrive_ns);
        uint64_t packet;

        if ((is_lost && sweep->level == EMU_BOUND_KNOWN) || chance->least_ns > stream->latency_ns) {
            continue;
        }
        sweep_advance(sweep, chance->send_ns);
        if (oldest >= sweep->written ||
            !waiting_take(&sweep->waiting, oldest, sweep->written - 1, &packet)) {
            continue;
        }
        result->sent++;
        if (!is_lost) {
            result->on_time++;
            if (sweep->met != NULL) {
                sweep->met[packet] = 1;
            }
        } else if (chance->learn_ns != EMU_NEVER) {
            lessons_push(&sweep->lessons, chance->learn_ns, packet);
        }
    }
}

/* As emu_bound_match over the chances [from, to). */
static int match(const struct emu_bound *bound, enum emu_bound_level level, size_t from, size_t to,
                 const struct emu_bound_stream *stream, struct emu_bound_result *result,
                 uint8_t *met)
{
    struct sweep sweep = {
        .bound = bound, .stream = stream, .level = level, .from = from, .to = to, .met = met};

    memset(result, 0, sizeof *result);
    sweep.waiting.word = calloc(stream->packets / 64 + 1, sizeof *sweep.waiting.word);
    sweep.lessons.heap = malloc((stream->packets + 1) * sizeof *sweep.lessons.heap);
    if (sweep.waiting.word == NULL || sweep.lessons.heap == NULL) {
        free(sweep.waiting.word);
        free(sweep.lessons.heap);
        return -1;
    }
    sweep_run(&sweep, result);
    free(sweep.waiting.word);
    free(sweep.lessons.heap);
    return 0;
}

int emu_bound_match(const struct emu_bound *bound, enum emu_bound_level level,
                    const struct emu_bound_stream *stream, struct emu_bound_result *result)
{
    return match(bound, level, 0, bound->count, stream, result, NULL);
}

int emu_bound_match_each(const struct emu_bound *bound, enum emu_bound_level level,
                         const struct emu_bound_stream *stream, struct emu_bound_result *result,
                         uint8_t *met)
{
    memset(met, 0, stream->packets);
    return match(bound, level, 0, bound->count, stream, result, met);
}

/* The first chance that is sent at or after at_ns. */
static size_t first_at(const struct emu_bound *bound, uint64_t at_ns)
{
    size_t low = 0;
    size_t high = bound->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (bound->chance[middle].send_ns < at_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int adapt_window(const struct emu_bound *bound, uint64_t first_ns, uint64_t window_ns,
                        uint64_t latency_ns, double share, uint64_t *rate_bps)
{
    uint64_t lowest_bps = ADAPT_PACKETS_MIN * bound->payload_bytes * 8;
    size_t from = first_at(bound, first_ns + latency_ns / 2);
    size_t to = first_at(bound, first_ns + latency_ns / 2 + window_ns);
    double all_bps = (double)((to - from) * bound->payload_bytes * 8) * 1e9 / (double)window_ns;
    uint64_t high_bps = lowest_bps + 2 * (uint64_t)all_bps;
    uint64_t try_bps = lowest_bps;

    *rate_bps = 0;
    do {
        struct emu_bound_stream stream =
            emu_bound_stream_of(bound, try_bps, first_ns, window_ns, latency_ns);
        struct emu_bound_result result;

        if (match(bound, EMU_BOUND_KNOWN, from, to, &stream, &result, NULL) != 0) {
            return -1;
        }
        if ((double)result.on_time >= share * (double)result.packets) {
            *rate_bps = try_bps;
        } else {
            high_bps = try_bps;
        }
        try_bps = *rate_bps + (high_bps - *rate_bps) / 2;
    } while (*rate_bps > 0 && high_bps - *rate_bps > *rate_bps / ADAPT_PRECISION);
    return 0;
}

int emu_bound_adapt(const struct emu_bound *bound, uint64_t latency_ns, double share,
                    uint64_t window_ns, uint64_t windows, uint64_t *rate_bps)
{
    int result = 0;

    for (uint64_t i = 0; i < windows && result == 0; i++) {
        result = adapt_window(bound, i * window_ns, window_ns, latency_ns, share, &rate_bps[i]);
    }
    return result;
}
