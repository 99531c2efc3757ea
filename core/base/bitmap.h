/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of bits, one a sequence number, over memory the caller owns. `size` is a power of two and
 * a multiple of 64; a number stands at number & (size - 1). */
#ifndef PLAIT_BASE_BITMAP_H
#define PLAIT_BASE_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"

struct bitmap {
    uint64_t *words;
    uint32_t size; /* bits */
};

static inline void bitmap_cut(struct bitmap *map, struct arena *arena, uint32_t size)
{
    map->words = arena_take_raw(arena, size / 8);
    map->size = size;
}

static inline void bitmap_set(struct bitmap *map, uint64_t n)
{
    const uint32_t i = (uint32_t)n & (map->size - 1);

    map->words[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void bitmap_clear(struct bitmap *map, uint64_t n)
{
    const uint32_t i = (uint32_t)n & (map->size - 1);

    map->words[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

static inline bool bitmap_test(const struct bitmap *map, uint64_t n)
{
    const uint32_t i = (uint32_t)n & (map->size - 1);

    return (map->words[i / 64] >> (i % 64)) & 1;
}

/* The bits of [from, to) that lie in from's word, and how many they are. */
static inline uint64_t bitmap_in_word(uint64_t from, uint64_t to, uint64_t *count)
{
    const uint32_t at = (uint32_t)from % 64;

    *count = to - from < 64 - at ? to - from : 64 - at;
    return (*count == 64 ? UINT64_MAX : (UINT64_C(1) << *count) - 1) << at;
}

/* Sets or clears [from, to), a word at a time; at most `size` numbers. */
static inline void bitmap_fill(struct bitmap *map, uint64_t from, uint64_t to, bool value)
{
    uint64_t count;

    for (uint64_t n = from; n < to; n += count) {
        uint64_t *word = &map->words[((uint32_t)n & (map->size - 1)) / 64];
        const uint64_t bits = bitmap_in_word(n, to, &count);

        *word = value ? *word | bits : *word & ~bits;
    }
}

/* How many of [from, to) are set; at most `size` numbers. */
static inline uint64_t bitmap_count(const struct bitmap *map, uint64_t from, uint64_t to)
{
    uint64_t set = 0, count;

    for (uint64_t n = from; n < to; n += count) {
        const uint64_t word = map->words[((uint32_t)n & (map->size - 1)) / 64];

        set += (uint64_t)__builtin_popcountll(word & bitmap_in_word(n, to, &count));
    }
    return set;
}

/* The first number in [from, to) whose bit equals `value`; `to` when there is none. At most `size`
 * numbers lie between from and to. */
static inline uint64_t bitmap_find(const struct bitmap *map, uint64_t from, uint64_t to, bool value)
{
    uint64_t n = from;

    while (n < to) {
        const uint32_t i = (uint32_t)n & (map->size - 1);
        uint64_t word = map->words[i / 64];

        if (!value)
            word = ~word;
        word >>= i % 64;
        if (word != 0) {
            n += (uint64_t)__builtin_ctzll(word);
            return n < to ? n : to;
        }
        n += 64 - i % 64;
    }
    return to;
}

#endif
