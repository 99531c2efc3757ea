/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of one size. The one given back last is taken first, and one that was never taken is not
 * touched: so no more memory becomes resident than was ever in use at a time. */
#ifndef PLAIT_BASE_POOL_H
#define PLAIT_BASE_POOL_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"

#define POOL_NONE UINT32_MAX

struct pool {
    uint8_t *blocks;
    uint32_t *given; /* those given back, the last on top */
    uint32_t block_bytes, count;
    uint32_t given_count;
    uint32_t fresh;   /* blocks from here on were not taken since the start .. */
    uint32_t touched; /* .. and from here on, never */
};

static inline void pool_cut(struct pool *pool, struct arena *arena, uint32_t count,
                            uint32_t block_bytes)
{
    *pool = (struct pool){.count = count, .block_bytes = block_bytes};
    pool->blocks = arena_take_raw(arena, (size_t)count * block_bytes);
    pool->given = arena_take_raw(arena, (size_t)count * sizeof *pool->given);
}

/* All blocks are free. */
static inline void pool_start(struct pool *pool)
{
    pool->given_count = pool->fresh = 0;
}

/* A block's index; POOL_NONE when all are taken. */
static inline uint32_t pool_take(struct pool *pool)
{
    if (pool->given_count > 0)
        return pool->given[--pool->given_count];
    if (pool->fresh == pool->count)
        return POOL_NONE;
    if (pool->fresh == pool->touched)
        pool->touched++;
    return pool->fresh++;
}

/* Its bytes stay as they are until it is taken again. */
static inline void pool_give(struct pool *pool, uint32_t index)
{
    assert(index < pool->fresh && pool->given_count < pool->fresh);
    pool->given[pool->given_count++] = index;
}

static inline uint8_t *pool_at(const struct pool *pool, uint32_t index)
{
    return pool->blocks + (size_t)index * pool->block_bytes;
}

#endif
