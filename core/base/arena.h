/* SPDX-License-Identifier: BSD-2-Clause */
/* Cuts pools from the one block of memory the caller gave. The same code measures (base NULL) and
 * cuts, so that the declared size and the used size cannot differ. */
#ifndef PLAIT_BASE_ARENA_H
#define PLAIT_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena {
    uint8_t *base; /* NULL: only measuring */
    size_t used;
};

/* `bytes` of any content, aligned to 64; NULL while measuring. Not touched: what is never used
 * never becomes resident. */
static inline void *arena_take_raw(struct arena *arena, size_t bytes)
{
    const size_t at = (arena->used + 63) & ~(size_t)63;

    arena->used = at + bytes;
    return arena->base == NULL ? NULL : arena->base + at;
}

/* The same, zeroed. */
static inline void *arena_take(struct arena *arena, size_t bytes)
{
    void *block = arena_take_raw(arena, bytes);

    if (block != NULL)
        memset(block, 0, bytes);
    return block;
}

#endif
