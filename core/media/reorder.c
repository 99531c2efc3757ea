/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/media/reorder.h"

#include <assert.h>
#include <string.h>

#include "core/base/seq.h"

#define AT(reorder, seq) ((uint32_t)(seq) & ((reorder)->size - 1))

void reorder_cut(struct reorder *reorder, struct arena *arena, uint32_t size, uint32_t payload_max)
{
    struct reorder cut = {.size = size, .payload_max = payload_max};

    cut.ring = arena_take_raw(arena, (size_t)size * sizeof *cut.ring);
    pool_cut(&cut.payloads, arena, size / 2, payload_max);
    bitmap_cut(&cut.present, arena, size);
    bitmap_cut(&cut.skipped, arena, size);
    bitmap_cut(&cut.settled, arena, size);
    if (reorder != NULL)
        *reorder = cut;
}

void reorder_start(struct reorder *reorder, uint64_t first_seq)
{
    memset(reorder->present.words, 0, reorder->size / 8);
    memset(reorder->skipped.words, 0, reorder->size / 8);
    memset(reorder->settled.words, 0xff, reorder->size / 8);
    bitmap_fill(&reorder->settled, first_seq, first_seq + reorder->size / 2, false);
    pool_start(&reorder->payloads);
    reorder->next = reorder->end = first_seq;
    reorder->passed = (struct reorder_passed){0};
    reorder->depth = 0;
}

void reorder_wipe(struct reorder *reorder)
{
    memset(reorder->payloads.blocks, 0,
           (size_t)reorder->payloads.touched * reorder->payloads.block_bytes);
}

const struct reorder_slot *reorder_slot(const struct reorder *reorder, uint64_t seq)
{
    return &reorder->ring[AT(reorder, seq)];
}

/* Goes on to seq. By words: a peer may leave half a ring out in each packet. */
static void pass(struct reorder *reorder, uint64_t seq)
{
    const uint64_t next = reorder->next, half = reorder->size / 2;

    reorder->passed.missing += seq - next;
    reorder->passed.skipped += bitmap_count(&reorder->skipped, next, seq);
    reorder->passed.late += bitmap_count(&reorder->settled, next, seq);
    /* They have been counted: what comes of them all the same is not late as well. */
    for (uint64_t n = next; (n = bitmap_find(&reorder->skipped, n, seq, true)) < seq; n++)
        bitmap_set(&reorder->settled, n);
    bitmap_fill(&reorder->skipped, next, seq, false);
    bitmap_fill(&reorder->settled, next + half, seq + half, false);
    reorder->next = seq;
}

/* Makes room for seq, no more than it takes, by passing over holes; false when they are too few. */
static bool slide(struct reorder *reorder, uint64_t seq)
{
    const uint64_t to = seq - reorder->size / 2 + 1;

    if (to > bitmap_find(&reorder->present, reorder->next, reorder->end, true))
        return false;
    pass(reorder, to);
    return true;
}

/* Gives up all below seq but for a quarter of the ring; as much again is free above. Beyond the
 * ring as it was nothing is known of any number. */
static void jump(struct reorder *reorder, uint64_t seq)
{
    const uint64_t next = seq - reorder->size / 4, end = next + reorder->size / 2;
    uint64_t unknown;

    assert(reorder->depth == 0 && next > reorder->next);
    pass(reorder, min_u64(next, reorder->next + reorder->size / 2));
    unknown = next - reorder->next;
    bitmap_fill(&reorder->settled, end - min_u64(unknown, reorder->size), end, false);
    reorder->passed.missing += unknown;
    reorder->next = reorder->end = next;
}

enum reorder_insert reorder_late(struct reorder *reorder, uint64_t seq)
{
    const bool ahead = seq >= reorder->next;
    const uint64_t distance = ahead ? seq - reorder->next : reorder->next - 1 - seq;

    if (distance >= reorder->size / 2)
        return ahead ? REORDER_AHEAD : REORDER_DUPLICATE;
    if (bitmap_test(&reorder->settled, seq) || bitmap_test(&reorder->present, seq))
        return REORDER_DUPLICATE;
    bitmap_set(&reorder->settled, seq);
    if (ahead)
        bitmap_clear(&reorder->skipped, seq);
    return ahead ? REORDER_AHEAD : REORDER_LATE;
}

enum reorder_insert reorder_insert(struct reorder *reorder, uint64_t seq, uint64_t written_ns,
                                   uint8_t flags, const uint8_t *payload, size_t len,
                                   bool recovered)
{
    struct reorder_slot *slot = &reorder->ring[AT(reorder, seq)];

    assert(len <= reorder->payload_max);
    if (seq < reorder->next)
        return reorder_late(reorder, seq);
    /* The other half of the ring remembers what is settled. */
    if (seq - reorder->next >= reorder->size / 2) {
        if (reorder->depth == 0)
            jump(reorder, seq);
        else if (!slide(reorder, seq))
            return REORDER_AHEAD;
    }
    if (bitmap_test(&reorder->present, seq))
        return REORDER_DUPLICATE;
    bitmap_set(&reorder->present, seq);
    *slot = (struct reorder_slot){
        .block = pool_take(&reorder->payloads),
        .written_ns = written_ns,
        .len = (uint16_t)len,
        .flags = flags,
        .recovered = recovered,
    };
    assert(slot->block != POOL_NONE); /* there is one for each place */
    memcpy(pool_at(&reorder->payloads, slot->block), payload, len);
    reorder->end = max_u64(reorder->end, seq + 1);
    reorder->depth++;
    return REORDER_NEW;
}

void reorder_skip(struct reorder *reorder, uint64_t first, uint64_t count)
{
    const uint64_t from = max_u64(first, reorder->next);
    const uint64_t to = min_u64(first + count, reorder->next + reorder->size / 2);

    bitmap_fill(&reorder->skipped, from, to, true);
    /* What came late before this is counted so. */
    for (uint64_t n = from; (n = bitmap_find(&reorder->settled, n, to, true)) < to; n++)
        bitmap_clear(&reorder->skipped, n);
}

uint64_t reorder_due(const struct reorder *reorder, uint64_t latency_ns)
{
    const uint64_t seq = bitmap_find(&reorder->present, reorder->next, reorder->end, true);

    if (seq == reorder->end)
        return NEVER;
    return reorder_slot(reorder, seq)->written_ns + latency_ns - RELEASE_LEAD;
}

bool reorder_pop(struct reorder *reorder, uint64_t now, uint64_t latency_ns,
                 struct reorder_release *out)
{
    const uint64_t seq = bitmap_find(&reorder->present, reorder->next, reorder->end, true);
    const struct reorder_slot *slot = reorder_slot(reorder, seq);

    if (seq == reorder->end || slot->written_ns + latency_ns - RELEASE_LEAD > now)
        return false;
    pass(reorder, seq);
    out->seq = seq;
    out->passed = reorder->passed;
    reorder->passed = (struct reorder_passed){0};
    bitmap_clear(&reorder->skipped, seq);
    bitmap_clear(&reorder->settled, seq + reorder->size / 2);
    bitmap_set(&reorder->settled, seq);
    bitmap_clear(&reorder->present, seq);
    out->slot = slot;
    out->payload = pool_at(&reorder->payloads, slot->block);
    pool_give(&reorder->payloads, slot->block);
    reorder->next = seq + 1;
    reorder->depth--;
    return true;
}
