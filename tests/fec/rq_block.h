// SPDX-License-Identifier: BSD-2-Clause
// A RaptorQ source block for tests: memory, plan and encoder in one piece, and hex compares.
#ifndef PLAIT_TESTS_FEC_RQ_BLOCK_H
#define PLAIT_TESTS_FEC_RQ_BLOCK_H

#include "fec_random.h"
#include "sha256.h"
#include <plait/fec.h>
#include <plait/gf256.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct rq_block {
    uint32_t k;
    size_t t;
    uint8_t *source;
    void *plan_memory, *encoder_memory;
    struct plait_rq_plan *plan;
    struct plait_rq_encoder *encoder;
};

static inline void rq_block_free(struct rq_block *block)
{
    free(block->source);
    free(block->plan_memory);
    free(block->encoder_memory);
}

// The source is the generator's stream from `seed` on. Returns the first error.
static inline int rq_block_create(struct rq_block *block, uint32_t k, size_t t, uint64_t seed,
                                  uint32_t level_mask)
{
    struct fec_random random = {seed};
    size_t plan_bytes = plait_rq_plan_bytes(k);
    *block = (struct rq_block){.k = k, .t = t};
    block->source = malloc(k * t);
    block->plan_memory = malloc(plan_bytes);
    if (!block->source || !block->plan_memory)
        return PLAIT_FEC_ERR_MEMORY;
    fec_random_fill(&random, block->source, k * t);
    int err = plait_rq_plan_create(&block->plan, k, level_mask, block->plan_memory, plan_bytes);
    if (err)
        return err;
    size_t bytes = plait_rq_encoder_bytes(block->plan, t);
    block->encoder_memory = malloc(bytes);
    err = plait_rq_encoder_create(&block->encoder, block->plan, t, block->encoder_memory, bytes);
    return err ? err : plait_rq_encoder_add_block(block->encoder, block->source);
}

static inline int rq_block_symbol(struct rq_block *block, uint32_t esi, uint8_t *out)
{
    void *to = out;
    return plait_rq_encoder_symbols(block->encoder, &esi, 1, &to);
}

static inline bool hex_is(const char *hex, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned value;
        if (sscanf(hex + 2 * i, "%2x", &value) != 1 || value != bytes[i])
            return false;
    }
    return true;
}

static inline bool sha256_is(const char *hex, const uint8_t *bytes, size_t n)
{
    uint8_t digest[32];
    sha256(bytes, n, digest);
    return hex_is(hex, digest, sizeof digest);
}

#endif
