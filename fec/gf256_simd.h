// SPDX-License-Identifier: BSD-2-Clause
// The body of every kernel, written once over the vector operations of an isa_*.h header; each
// gf256_<level>.c includes one of those headers and then this file, exactly once.
//
// Several destinations: the work is cut into tiles. `rows` destinations times `width` vectors of
// columns stay in registers while all sources pass by, so a destination is loaded and stored once
// however many sources it has. One destination: the addresses and coefficients of up to FUSED
// sources stay in registers while the columns pass by. Both sizes are constants in every call; the
// compiler unrolls them away.
#ifndef PLAIT_FEC_GF256_SIMD_H
#define PLAIT_FEC_GF256_SIMD_H

#include "gf256_levels.h"
#include <stdbool.h>
#include <string.h>

#ifndef PAIR
#include "gf256_pairs.h"
#define PAIR(name) ISA(name)
#endif

#ifndef ALWAYS_INLINE
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#endif
#define MAX_ROWS  8
#define MAX_WIDTH 8
#define MAX_FUSED 8

struct tile_job {
    uint8_t *const *dst;
    const uint8_t *const *src;
    const uint8_t *c;
    size_t stride, n, at;
};

ALWAYS_INLINE VEC tile_load(const uint8_t *p, size_t part)
{
    return part ? v_load_part(p, part) : v_load(p);
}

// Adds source j to the tile. part: 0, or the number of bytes of the single, last vector.
ALWAYS_INLINE void tile_add(const struct tile_job *job, size_t j, VEC (*acc)[MAX_WIDTH], int rows,
                            int width, size_t part)
{
    VEC v[MAX_WIDTH];
    for (int w = 0; w < width; w++)
        v[w] = tile_load(job->src[j] + job->at + w * VEC_BYTES, part);
    for (int r = 0; r < rows; r++) {
        COEF c = v_coef(job->c[(size_t)r * job->stride + j]);
        for (int w = 0; w < width; w++)
            acc[r][w] = v_xor(acc[r][w], v_mul(c, v[w]));
    }
}

// Adds sources j and j + 1. Where one instruction adds three vectors, this halves the additions,
// which on Zen 4 compete with the multiplications for half of the ports.
ALWAYS_INLINE void tile_add_two(const struct tile_job *job, size_t j, VEC (*acc)[MAX_WIDTH],
                                int rows, int width, size_t part)
{
    VEC v[MAX_WIDTH], u[MAX_WIDTH];
    for (int w = 0; w < width; w++) {
        v[w] = tile_load(job->src[j] + job->at + w * VEC_BYTES, part);
        u[w] = tile_load(job->src[j + 1] + job->at + w * VEC_BYTES, part);
    }
    for (int r = 0; r < rows; r++) {
        const uint8_t *c = job->c + (size_t)r * job->stride + j;
        COEF first = v_coef(c[0]);
        COEF second = v_coef(c[1]);
        for (int w = 0; w < width; w++)
            acc[r][w] = v_xor3(acc[r][w], v_mul(first, v[w]), v_mul(second, u[w]));
    }
}

ALWAYS_INLINE void tile_run(const struct tile_job *job, int rows, int width, bool keep, size_t part)
{
    VEC acc[MAX_ROWS][MAX_WIDTH];
    for (int r = 0; r < rows; r++)
        for (int w = 0; w < width; w++)
            acc[r][w] = keep ? tile_load(job->dst[r] + job->at + w * VEC_BYTES, part) : v_zero();
    size_t j = 0;
    for (; TILE_PAIRS && j + 1 < job->n; j += 2)
        tile_add_two(job, j, acc, rows, width, part);
    for (; j < job->n; j++)
        tile_add(job, j, acc, rows, width, part);
    for (int r = 0; r < rows; r++)
        for (int w = 0; w < width; w++) {
            uint8_t *p = job->dst[r] + job->at + w * VEC_BYTES;
            if (part)
                v_store_part(p, acc[r][w], part);
            else
                v_store(p, acc[r][w]);
        }
}

// All destinations of one tile's columns before the next columns: the sources' bytes are then still
// in the first-level cache.
ALWAYS_INLINE void tile_stack(const struct tile_job *job, size_t m, int width, bool keep,
                              size_t part)
{
    struct tile_job at = *job;
    for (; m >= TILE_ROWS; m -= TILE_ROWS) {
        tile_run(&at, TILE_ROWS, width, keep, part);
        at.dst += TILE_ROWS;
        at.c += TILE_ROWS * at.stride;
    }
    for (; m >= 2; m -= 2) {
        tile_run(&at, 2, width, keep, part);
        at.dst += 2;
        at.c += 2 * at.stride;
    }
    if (m)
        tile_run(&at, 1, width, keep, part);
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

struct fused_job {
    const uint8_t *src[MAX_FUSED];
    COEF c[MAX_FUSED];
};

// part: as above. n is 1 or more.
ALWAYS_INLINE VEC fused_vector(const struct fused_job *job, const uint8_t *dst, size_t at, int n,
                               bool sum, bool keep, size_t part)
{
    VEC v[MAX_FUSED + 1];
    int all = 0;
    for (int j = 0; j < n; j++) {
        v[all] = tile_load(job->src[j] + at, part);
        v[all] = sum ? v[all] : v_mul(job->c[j], v[all]);
        all++;
    }
    if (keep)
        v[all++] = tile_load(dst + at, part);
    VEC acc = v[0];
    int j = 1;
    for (; j + 1 < all; j += 2)
        acc = v_xor3(acc, v[j], v[j + 1]);
    return j < all ? v_xor(acc, v[j]) : acc;
}

ALWAYS_INLINE void fused_columns(uint8_t *dst, const uint8_t *const *src, const uint8_t *c, int n,
                                 bool sum, bool keep, size_t len)
{
    struct fused_job job;
    size_t at = 0;
    for (int j = 0; j < n; j++) {
        job.src[j] = src[j];
        job.c[j] = v_coef(sum ? 1 : c[j]);
    }
    for (; len - at >= VEC_BYTES; at += VEC_BYTES)
        v_store(dst + at, fused_vector(&job, dst, at, n, sum, keep, 0));
    if (len > at)
        v_store_part(dst + at, fused_vector(&job, dst, at, n, sum, keep, len - at), len - at);
}

#define FUSED_CASE(count)                                                                          \
    case count:                                                                                    \
        fused_columns(dst, src, c, count, sum, keep, len);                                         \
        break

// n is at most FUSED.
ALWAYS_INLINE void fused_some(uint8_t *dst, const uint8_t *const *src, const uint8_t *c, size_t n,
                              bool sum, bool keep, size_t len)
{
    switch (n) {
        FUSED_CASE(1);
        FUSED_CASE(2);
        FUSED_CASE(3);
        FUSED_CASE(4);
#if FUSED == 8
        FUSED_CASE(5);
        FUSED_CASE(6);
        FUSED_CASE(7);
        FUSED_CASE(8);
#endif
    default:
        break;
    }
}

ALWAYS_INLINE void fused_all(uint8_t *dst, const uint8_t *const *src, const uint8_t *c, size_t n,
                             bool sum, size_t len)
{
    for (; n > FUSED; n -= FUSED, src += FUSED) {
        fused_columns(dst, src, c, FUSED, sum, true, len);
        if (!sum)
            c += FUSED;
    }
    fused_some(dst, src, c, n, sum, true, len);
}

static void ISA(gf256_add_n)(uint8_t *dst, const uint8_t *const *src, size_t n, size_t len)
{
    fused_all(dst, src, NULL, n, true, len);
}

static void ISA(gf256_sum_n)(uint8_t *dst, const uint8_t *const *src, size_t n, size_t len)
{
    size_t some = n < FUSED ? n : FUSED;
    if (n == 0)
        memset(dst, 0, len);
    fused_some(dst, src, NULL, some, true, false, len);
    fused_all(dst, src + some, NULL, n - some, true, len);
}

static void ISA(gf256_addmul_n)(uint8_t *dst, const uint8_t *const *src, const uint8_t *c, size_t n,
                                size_t len)
{
    fused_all(dst, src, c, n, false, len);
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
