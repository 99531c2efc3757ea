// SPDX-License-Identifier: BSD-2-Clause
// The body of every kernel, written once over the vector operations of an isa_*.h header; each
// gf256_<level>.c includes one of those headers and then this file, exactly once.
//
// The work is cut into tiles: `rows` destinations times `width` vectors of columns stay in
// registers while all sources pass by, so a destination is loaded and stored once however many
// sources it has. Tile sizes are constants in every call; the compiler unrolls them away.
#ifndef PLAIT_FEC_GF256_SIMD_H
#define PLAIT_FEC_GF256_SIMD_H

#include "gf256_levels.h"
#include <stdbool.h>

#ifndef PAIR
#include "gf256_pairs.h"
#define PAIR(name) ISA(name)
#endif

#ifndef ALWAYS_INLINE
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#endif
#define LINE_WIDTH 5
#define MAX_ROWS   8
#define MAX_WIDTH  8

struct tile_job {
    uint8_t *const *dst;
    const uint8_t *const *src;
    const uint8_t *c; // NULL: plain sums
    size_t stride, n, at;
};

ALWAYS_INLINE VEC tile_load(const uint8_t *p, size_t part)
{
    return part ? v_load_part(p, part) : v_load(p);
}

// part: 0, or the number of bytes of the single, last vector.
ALWAYS_INLINE void tile_run(const struct tile_job *job, int rows, int width, bool sum, bool keep,
                            size_t part)
{
    VEC acc[MAX_ROWS][MAX_WIDTH];
    for (int r = 0; r < rows; r++)
        for (int w = 0; w < width; w++)
            acc[r][w] = keep ? tile_load(job->dst[r] + job->at + w * VEC_BYTES, part) : v_zero();
    for (size_t j = 0; j < job->n; j++) {
        const uint8_t *p = job->src[j] + job->at;
        VEC v[MAX_WIDTH];
        for (int w = 0; w < width; w++)
            v[w] = tile_load(p + w * VEC_BYTES, part);
        for (int r = 0; r < rows; r++) {
            if (sum) {
                for (int w = 0; w < width; w++)
                    acc[r][w] = v_xor(acc[r][w], v[w]);
            } else {
                COEF c = v_coef(job->c[(size_t)r * job->stride + j]);
                for (int w = 0; w < width; w++)
                    acc[r][w] = v_xor(acc[r][w], v_mul(c, v[w]));
            }
        }
    }
    for (int r = 0; r < rows; r++)
        for (int w = 0; w < width; w++) {
            uint8_t *p = job->dst[r] + job->at + w * VEC_BYTES;
            if (part)
                v_store_part(p, acc[r][w], part);
            else
                v_store(p, acc[r][w]);
        }
}

ALWAYS_INLINE void tile_columns(struct tile_job *job, int rows, int width, bool sum, bool keep,
                                size_t len)
{
    job->at = 0;
    for (; len - job->at >= (size_t)width * VEC_BYTES; job->at += (size_t)width * VEC_BYTES)
        tile_run(job, rows, width, sum, keep, 0);
    for (; len - job->at >= VEC_BYTES; job->at += VEC_BYTES)
        tile_run(job, rows, 1, sum, keep, 0);
    if (len > job->at)
        tile_run(job, rows, 1, sum, keep, len - job->at);
}

// All destinations of one tile's columns before the next columns: the sources' bytes are then still
// in the first-level cache.
ALWAYS_INLINE void tile_stack(const struct tile_job *job, size_t m, int width, bool keep,
                              size_t part)
{
    struct tile_job at = *job;
    for (; m >= TILE_ROWS; m -= TILE_ROWS) {
        tile_run(&at, TILE_ROWS, width, false, keep, part);
        at.dst += TILE_ROWS;
        at.c += TILE_ROWS * at.stride;
    }
    for (; m >= 2; m -= 2) {
        tile_run(&at, 2, width, false, keep, part);
        at.dst += 2;
        at.c += 2 * at.stride;
    }
    if (m)
        tile_run(&at, 1, width, false, keep, part);
}

ALWAYS_INLINE void tile_rows(struct tile_job *job, size_t m, bool keep, size_t len)
{
    const size_t step = TILE_WIDTH * VEC_BYTES;
    for (job->at = 0; len - job->at >= step; job->at += step)
        tile_stack(job, m, TILE_WIDTH, keep, 0);
    for (; len - job->at >= VEC_BYTES; job->at += VEC_BYTES)
        tile_stack(job, m, 1, keep, 0);
    if (len > job->at)
        tile_stack(job, m, 1, keep, len - job->at);
}

static void ISA(gf256_add_n)(uint8_t *dst, const uint8_t *const *src, size_t n, size_t len)
{
    struct tile_job job = {&dst, src, NULL, 0, n, 0};
    tile_columns(&job, 1, LINE_WIDTH, true, true, len);
}

static void ISA(gf256_sum_n)(uint8_t *dst, const uint8_t *const *src, size_t n, size_t len)
{
    struct tile_job job = {&dst, src, NULL, 0, n, 0};
    tile_columns(&job, 1, LINE_WIDTH, true, false, len);
}

static void ISA(gf256_addmul_n)(uint8_t *dst, const uint8_t *const *src, const uint8_t *c, size_t n,
                                size_t len)
{
    struct tile_job job = {&dst, src, c, 0, n, 0};
    tile_columns(&job, 1, LINE_WIDTH, false, true, len);
}

static void ISA(gf256_addmul_mn)(uint8_t *const *dst, size_t m, const uint8_t *const *src, size_t n,
                                 const uint8_t *c, size_t stride, size_t len)
{
    struct tile_job job = {dst, src, c, stride, n, 0};
    tile_rows(&job, m, true, len);
}

static void ISA(gf256_mul_mn)(uint8_t *const *dst, size_t m, const uint8_t *const *src, size_t n,
                              const uint8_t *c, size_t stride, size_t len)
{
    struct tile_job job = {dst, src, c, stride, n, 0};
    tile_rows(&job, m, false, len);
}

const struct plait_gf256 ISA(gf256) = {
    .name = ISA_NAME,
    .level = ISA_LEVEL,
    .mul = PAIR(gf256_mul),
    .add = PAIR(gf256_add),
    .addmul = PAIR(gf256_addmul),
    .add_n = ISA(gf256_add_n),
    .sum_n = ISA(gf256_sum_n),
    .addmul_n = ISA(gf256_addmul_n),
    .addmul_mn = ISA(gf256_addmul_mn),
    .mul_mn = ISA(gf256_mul_mn),
};

#endif
