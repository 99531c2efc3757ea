/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of bits, one a sequence number, over memory the caller owns. `size` is a power of two and
 * a multiple of 64; a number stands at number & (size - 1). */
#ifndef PLAIT_BASE_BITMAP_H
#define PLAIT_BASE_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

struct bitmap {
    uint64_t *words;
    uint32_t size; /* bits */
};

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
