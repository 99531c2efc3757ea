/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/arq/rtx_store.h"

#include <assert.h>
#include <string.h>

#include "core/base/seq.h"

#define AT(store, seq) ((uint32_t)(seq) & ((store)->size - 1))

void rtx_store_cut(struct rtx_store *store, struct arena *arena, uint32_t size,
                   uint32_t payload_max)
{
    struct rtx_store cut = {.size = size, .payload_max = payload_max};

    cut.ring = arena_take_raw(arena, (size_t)size * sizeof *cut.ring);
    pool_cut(&cut.symbols, arena, size, SYMBOL_HEADER + payload_max);
    bitmap_cut(&cut.wanted, arena, size);
    bitmap_cut(&cut.fresh, arena, size);
    bitmap_cut(&cut.aside, arena, size);
    bitmap_cut(&cut.worthy, arena, size);
    bitmap_cut(&cut.pending, arena, size);
    if (store != NULL)
        *store = cut;
}

void rtx_store_start(struct rtx_store *store, uint64_t first_seq)
{
    memset(store->ring, 0, (size_t)store->size * sizeof *store->ring);
    memset(store->wanted.words, 0, store->size / 8);
    memset(store->fresh.words, 0, store->size / 8);
    memset(store->aside.words, 0, store->size / 8);
    memset(store->worthy.words, 0, store->size / 8);
    memset(store->pending.words, 0, store->size / 8);
    pool_start(&store->symbols);
    store->first = store->next = store->fresh_from = first_seq;
    store->wanted_count = store->fresh_count = store->aside_count = store->pending_count = 0;
}

void rtx_store_wipe(struct rtx_store *store)
{
    memset(store->symbols.blocks, 0, (size_t)store->symbols.touched * store->symbols.block_bytes);
}

static void mark(struct bitmap *map, uint32_t *count, uint64_t seq, bool value)
{
    if (bitmap_test(map, seq) == value)
        return;
    if (value) {
        bitmap_set(map, seq);
        ++*count;
    } else {
        bitmap_clear(map, seq);
        --*count;
    }
}

/* The one place where a state changes: the maps and their counts go by it. */
static void set_state(struct rtx_store *store, struct source *source, enum source_state state)
{
    const uint64_t seq = source->seq;
    const bool fresh = state == SOURCE_FRESH;

    mark(&store->fresh, &store->fresh_count, seq, fresh);
    mark(&store->aside, &store->aside_count, seq, state == SOURCE_ASIDE);
    mark(&store->pending, &store->pending_count, seq, fresh || state == SOURCE_SENT);
    bitmap_fill(&store->worthy, seq, seq + 1, fresh && source->worth >= RTX_WORTHY);
    rtx_store_unwant(store, source);
    source->state = (uint8_t)state;
}

struct source *rtx_store_put(struct rtx_store *store, uint64_t now, const uint8_t *payload,
                             size_t len, uint8_t worth)
{
    struct source *source = &store->ring[AT(store, store->next)];

    assert(len <= store->payload_max);
    if (store->next - store->first >= store->size)
        return NULL;
    *source = (struct source){
        .block = pool_take(&store->symbols),
        .seq = store->next,
        .written_ns = now,
        .len = (uint16_t)len,
        .worth = worth,
    };
    assert(source->block != POOL_NONE); /* there is one for each place */
    memcpy(rtx_store_payload(store, store->next), payload, len);
    set_state(store, source, SOURCE_FRESH);
    store->next++;
    return source;
}

struct source *rtx_store_find(struct rtx_store *store, uint64_t seq)
{
    if (seq < store->first || seq >= store->next)
        return NULL;
    return &store->ring[AT(store, seq)];
}

uint8_t *rtx_store_symbol(const struct rtx_store *store, uint64_t seq)
{
    return pool_at(&store->symbols, store->ring[AT(store, seq)].block);
}

uint8_t *rtx_store_payload(const struct rtx_store *store, uint64_t seq)
{
    return rtx_store_symbol(store, seq) + SYMBOL_HEADER;
}

struct source *rtx_store_next_wanted(struct rtx_store *store)
{
    if (store->wanted_count == 0)
        return NULL;
    return rtx_store_find(store, bitmap_find(&store->wanted, store->first, store->next, true));
}

struct source *rtx_store_next_fresh(struct rtx_store *store)
{
    if (store->fresh_count == 0)
        return NULL;
    store->fresh_from =
        bitmap_find(&store->fresh, max_u64(store->fresh_from, store->first), store->next, true);
    return rtx_store_find(store, store->fresh_from);
}

struct source *rtx_store_next_worthy(struct rtx_store *store)
{
    const uint64_t low = max_u64(store->fresh_from, store->first);

    return rtx_store_find(store, bitmap_find(&store->worthy, low, store->next, true));
}

/* The earliest in the map from `low` on that was written at from_ns or later. */
static struct source *since(struct rtx_store *store, const struct bitmap *map, uint64_t low,
                            uint64_t from_ns)
{
    uint64_t high = store->next;

    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (store->ring[AT(store, middle)].written_ns < from_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return rtx_store_find(store, bitmap_find(map, low, store->next, true));
}

struct source *rtx_store_fresh_since(struct rtx_store *store, uint64_t from_ns)
{
    return since(store, &store->fresh, max_u64(store->fresh_from, store->first), from_ns);
}

struct source *rtx_store_aside_since(struct rtx_store *store, uint64_t from_ns)
{
    return store->aside_count == 0 ? NULL : since(store, &store->aside, store->first, from_ns);
}

void rtx_store_on_sent(struct rtx_store *store, struct source *source, uint64_t now, uint32_t path)
{
    rtx_store_unwant(store, source);
    if (source->state == SOURCE_FRESH || source->state == SOURCE_ASIDE)
        set_state(store, source, SOURCE_SENT);
    source->last_sent_ns = now;
    source->paths |= 1U << path;
    if (source->sends < UINT8_MAX)
        source->sends++;
    if (source->live < UINT8_MAX)
        source->live++;
}

bool rtx_store_on_arrived(struct rtx_store *store, struct source *source)
{
    if (source->state != SOURCE_FRESH && source->state != SOURCE_SENT)
        return false;
    set_state(store, source, SOURCE_ARRIVED);
    return true;
}

void rtx_store_on_dropped(struct rtx_store *store, struct source *source)
{
    set_state(store, source, SOURCE_DROPPED);
}

void rtx_store_set_aside(struct rtx_store *store, struct source *source)
{
    if (source->state == SOURCE_FRESH)
        set_state(store, source, SOURCE_ASIDE);
}

void rtx_store_take_back(struct rtx_store *store, struct source *source)
{
    if (source->state != SOURCE_ASIDE)
        return;
    set_state(store, source, SOURCE_FRESH);
    store->fresh_from = min_u64(store->fresh_from, source->seq);
    source->to_tell = false;
}

void rtx_store_want(struct rtx_store *store, struct source *source, bool early)
{
    if (source->state != SOURCE_SENT)
        return;
    if (!bitmap_test(&store->wanted, source->seq)) {
        bitmap_set(&store->wanted, source->seq);
        store->wanted_count++;
        source->fresh_again = early;
    }
    source->fresh_again = source->fresh_again && early;
}

void rtx_store_unwant(struct rtx_store *store, struct source *source)
{
    mark(&store->wanted, &store->wanted_count, source->seq, false);
}

bool rtx_store_expire(struct rtx_store *store, uint64_t before_ns, struct source *out)
{
    struct source *source = &store->ring[AT(store, store->first)];

    if (store->first == store->next || source->written_ns >= before_ns)
        return false;
    *out = *source;
    set_state(store, source, SOURCE_NONE);
    pool_give(&store->symbols, source->block);
    store->first++;
    return true;
}

struct source *rtx_store_next_pending(struct rtx_store *store, uint64_t from, uint64_t to)
{
    const uint64_t low = max_u64(from, store->first), high = min_u64(to, store->next);
    const uint64_t seq = low < high ? bitmap_find(&store->pending, low, high, true) : high;

    return seq < high ? rtx_store_find(store, seq) : NULL;
}
