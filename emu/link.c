/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/link.h"

#include "emu/draw.h"
#include "emu/loss.h"
#include "emu/service.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NO_SLOT UINT32_MAX

struct slot {
    uint64_t sent_ns;
    uint64_t chance;
    uint16_t len;
    bool is_corrupted;
    uint8_t data[EMU_DATAGRAM_MAX];
};

/* A datagram under way; equal arrival times keep the order of entry. */
struct entry {
    uint64_t arrive_ns; /* since the origin */
    uint64_t order;
    uint32_t slot;
};

struct emu_link {
    struct emu_dir_spec spec;
    struct emu_service service;
    struct emu_loss loss;
    struct emu_stats stats;
    uint64_t key;
    uint64_t origin_ns;
    uint64_t last_ns;
    uint64_t order;
    unsigned number;
    enum emu_dir dir;
    bool is_started;
    uint32_t held; /* the slot the last arrival points into, or NO_SLOT */
    uint32_t under_way;
    uint32_t fresh; /* slots from here on were never used, so their memory was never touched */
    uint32_t slot_count;
    uint32_t free_count;
    uint32_t *free;
    struct entry *heap;
    struct slot slot[];
};

/* How many datagrams can be under way at once. */
static uint32_t slots_for(const struct emu_dir_spec *spec)
{
    uint64_t stay_ns = spec->queue_ns + emu_service_longest_ns(spec) + EMU_HOLD_MAX_NS;
    uint64_t slots = emu_service_peak_bytes(spec, stay_ns) / EMU_SLOT_BYTES + EMU_SLOTS_MIN;

    return slots < EMU_SLOTS_MAX ? (uint32_t)slots : EMU_SLOTS_MAX;
}

struct emu_link *emu_link_create(const struct emu_dir_spec *spec, uint64_t seed, unsigned number,
                                 enum emu_dir dir)
{
    uint32_t slots = slots_for(spec);
    size_t size = sizeof(struct emu_link) +
                  slots * (sizeof(struct slot) + sizeof(struct entry) + sizeof(uint32_t));
    struct emu_link *link = malloc(size);

    if (link == NULL) {
        return NULL;
    }
    memset(link, 0, sizeof *link);
    link->slot_count = slots;
    link->heap = (struct entry *)(void *)(link->slot + slots);
    link->free = (uint32_t *)(void *)(link->heap + slots);
    link->spec = *spec;
    link->key = emu_draw_key(seed, number, dir);
    link->number = number;
    link->dir = dir;
    link->held = NO_SLOT;
    emu_service_init(&link->service, &link->spec);
    emu_loss_init(&link->loss, &link->spec, link->key);
    return link;
}

void emu_link_destroy(struct emu_link *link)
{
    free(link);
}

void emu_link_start(struct emu_link *link, uint64_t origin_ns)
{
    assert(!link->is_started);
    link->is_started = true;
    link->origin_ns = origin_ns;
    link->last_ns = origin_ns;
}

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->arrive_ns < b->arrive_ns || (a->arrive_ns == b->arrive_ns && a->order < b->order);
}

static void heap_push(struct emu_link *link, struct entry entry)
{
    uint32_t at = link->under_way++;

    while (at > 0 && is_before(&entry, &link->heap[(at - 1) / 2])) {
        link->heap[at] = link->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    link->heap[at] = entry;
}

static struct entry heap_pop(struct emu_link *link)
{
    struct entry first = link->heap[0];
    struct entry last = link->heap[--link->under_way];
    uint32_t at = 0;

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= link->under_way) {
            break;
        }
        if (child + 1 < link->under_way && is_before(&link->heap[child + 1], &link->heap[child])) {
            child++;
        }
        if (!is_before(&link->heap[child], &last)) {
            break;
        }
        link->heap[at] = link->heap[child];
        at = child;
    }
    link->heap[at] = last;
    return first;
}

static void slot_release(struct emu_link *link)
{
    if (link->held != NO_SLOT) {
        link->free[link->free_count++] = link->held;
        link->held = NO_SLOT;
    }
}

static bool slot_take(struct emu_link *link, uint32_t *slot)
{
    if (link->free_count > 0) {
        *slot = link->free[--link->free_count];
        return true;
    }
    if (link->fresh == link->slot_count) {
        return false;
    }
    *slot = link->fresh++;
    return true;
}

static bool happens(const struct emu_link *link, enum emu_draw draw, double probability,
                    const struct emu_departure *departure)
{
    return probability > 0 &&
           emu_draw_share(link->key, draw, departure->chance, departure->index) < probability;
}

static uint64_t evenly(const struct emu_link *link, enum emu_draw draw, uint64_t from, uint64_t to,
                       const struct emu_departure *departure)
{
    return from + (uint64_t)((double)(to - from) *
                             emu_draw_share(link->key, draw, departure->chance, departure->index));
}

/* Flips one to three bits of a datagram that is not empty. */
static void corrupt(struct emu_link *link, struct slot *slot, const struct emu_departure *departure)
{
    uint64_t bits =
        emu_draw_bits(link->key, EMU_DRAW_CORRUPT_BIT, departure->chance, departure->index);
    uint64_t flips = 1 + bits % 3;

    if (slot->len == 0) {
        return;
    }
    slot->is_corrupted = true;
    for (uint64_t i = 0; i < flips; i++) {
        bits = emu_draw_bits(bits, EMU_DRAW_CORRUPT_BIT, i, 0);
        slot->data[bits % slot->len] ^= (uint8_t)(1U << (bits >> 32 & 7));
    }
    link->stats.corrupted++;
}

static void launch(struct emu_link *link, uint32_t index, uint64_t arrive_ns)
{
    struct entry entry = {.arrive_ns = arrive_ns, .order = link->order++, .slot = index};

    heap_push(link, entry);
}

/* The datagram has left and is not lost: it arrives, perhaps twice, late or broken. */
static void deliver(struct emu_link *link, uint32_t index, const struct emu_departure *departure)
{
    struct slot *slot = &link->slot[index];
    uint64_t arrive_ns = emu_service_arrival_ns(&link->spec, link->key, departure->end_ns);
    uint32_t copy;

    if (happens(link, EMU_DRAW_CORRUPT, link->spec.corrupt, departure)) {
        corrupt(link, slot, departure);
    }
    if (happens(link, EMU_DRAW_DUPLICATE, link->spec.dup, departure) && slot_take(link, &copy)) {
        link->slot[copy] = *slot;
        launch(link, copy,
               arrive_ns +
                   evenly(link, EMU_DRAW_DUPLICATE_DELAY, 0, EMU_DUPLICATE_MAX_NS, departure));
        link->stats.duplicated++;
    }
    if (happens(link, EMU_DRAW_REORDER, link->spec.reorder, departure)) {
        arrive_ns +=
            evenly(link, EMU_DRAW_REORDER_DELAY, EMU_HOLD_MIN_NS, EMU_HOLD_MAX_NS, departure);
        link->stats.reordered++;
    }
    launch(link, index, arrive_ns);
}

static enum emu_fate settle(struct emu_link *link, uint64_t now_ns, const void *data, size_t len)
{
    struct emu_departure departure;
    struct slot *slot;
    uint32_t index;

    if (len > EMU_DATAGRAM_MAX) {
        return EMU_DROPPED_SIZE;
    }
    if (emu_service_outage(&link->spec, now_ns) != NULL) {
        return EMU_DROPPED_DOWN;
    }
    if (!slot_take(link, &index)) {
        return EMU_DROPPED_MEMORY;
    }
    link->held = index;
    if (!emu_service_take(&link->service, now_ns, len + EMU_OVERHEAD_BYTES, &departure)) {
        slot_release(link);
        return EMU_DROPPED_QUEUE;
    }
    if (emu_loss_draw(&link->loss, departure.chance, departure.index)) {
        slot_release(link);
        return EMU_LOST;
    }
    link->held = NO_SLOT;
    slot = &link->slot[index];
    slot->sent_ns = now_ns;
    slot->chance = departure.chance;
    slot->len = (uint16_t)len;
    slot->is_corrupted = false;
    if (len > 0) {
        memcpy(slot->data, data, len);
    }
    deliver(link, index, &departure);
    return EMU_ACCEPTED;
}

enum emu_fate emu_link_send(struct emu_link *link, uint64_t now, const void *data, size_t len)
{
    enum emu_fate fate;

    if (!link->is_started) {
        emu_link_start(link, now);
    }
    assert(now >= link->last_ns);
    link->last_ns = now;
    slot_release(link);
    fate = settle(link, now - link->origin_ns, data, len);
    link->stats.sent_bytes += len;
    link->stats.fate[fate]++;
    return fate;
}

uint64_t emu_link_next_ns(const struct emu_link *link)
{
    return link->under_way == 0 ? EMU_NEVER : link->origin_ns + link->heap[0].arrive_ns;
}

bool emu_link_recv(struct emu_link *link, uint64_t now, struct emu_arrival *arrival)
{
    const struct slot *slot;
    struct entry entry;

    slot_release(link);
    if (link->under_way == 0 || emu_link_next_ns(link) > now) {
        return false;
    }
    entry = heap_pop(link);
    link->held = entry.slot;
    slot = &link->slot[entry.slot];
    arrival->data = slot->data;
    arrival->len = slot->len;
    arrival->sent_ns = link->origin_ns + slot->sent_ns;
    arrival->arrived_ns = link->origin_ns + entry.arrive_ns;
    arrival->chance = slot->chance;
    arrival->link = link->number;
    arrival->dir = link->dir;
    arrival->corrupted = slot->is_corrupted;
    link->stats.arrived++;
    return true;
}

const struct emu_stats *emu_link_stats(const struct emu_link *link)
{
    return &link->stats;
}

static uint64_t since_origin(const struct emu_link *link, uint64_t now)
{
    return now > link->origin_ns ? now - link->origin_ns : 0;
}

uint64_t emu_link_queue_ns(const struct emu_link *link, uint64_t now)
{
    return emu_service_queue_ns(&link->service, since_origin(link, now));
}

uint64_t emu_link_capacity_bytes(const struct emu_link *link, uint64_t from_ns, uint64_t to_ns)
{
    if (!link->is_started) {
        return 0;
    }
    return emu_service_capacity_bytes(&link->spec, since_origin(link, from_ns),
                                      since_origin(link, to_ns));
}

bool emu_link_is_down(const struct emu_link *link, uint64_t now)
{
    return link->is_started && emu_service_outage(&link->spec, since_origin(link, now)) != NULL;
}
