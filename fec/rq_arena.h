// SPDX-License-Identifier: BSD-2-Clause
// Cuts the caller's memory into aligned parts. With a null base it only counts, so that the size
// asked for and the parts cut can never disagree: one function does both.
#ifndef PLAIT_FEC_RQ_ARENA_H
#define PLAIT_FEC_RQ_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define RQ_ALIGN 64

struct rq_arena {
    uint8_t *base;
    size_t used;
};

static inline size_t rq_round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static inline void *rq_carve(struct rq_arena *arena, size_t bytes)
{
    uint8_t *at = arena->base ? arena->base + arena->used : NULL;
    arena->used += rq_round_up(bytes, RQ_ALIGN);
    return at;
}

// The first aligned byte of the caller's memory; sizes told to the caller include the slack.
static inline uint8_t *rq_align(void *memory)
{
    uint8_t *bytes = memory;
    return bytes + (RQ_ALIGN - (uintptr_t)bytes % RQ_ALIGN) % RQ_ALIGN;
}

#endif
