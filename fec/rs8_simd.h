// SPDX-License-Identifier: BSD-2-Clause
// Repair symbols over GF(256) by the transform, in registers; part of rs_simd.h. A vector or a
// few of columns at a time go through all groups of source symbols; nothing else is stored.
//
// The functions take the number of registers n and the log of the distance between their rows as
// constants; all loops vanish in the compiler.
#ifndef PLAIT_FEC_RS8_SIMD_H
#define PLAIT_FEC_RS8_SIMD_H

#define LEAF      16 // points of one transform wholly in registers
#define LOG_LEAF  4
#define WIDTH_MAX 5
#define WIDE_LEAF 4 // points, at most, of several vectors at once
#if VEC_BYTES == 64 // 32 registers of one vector
#define WIDTH_2 5
#define WIDTH_4 2
#else
#define WIDTH_2 2
#define WIDTH_4 1
#endif

ALWAYS_INLINE void inverse_butterfly(VEC *a, VEC *b, COEF t)
{
    *b = v_xor(*b, *a);
    *a = v_xor(*a, v_mul(t, *b));
}

ALWAYS_INLINE void forward_butterfly(VEC *a, VEC *b, COEF t)
{
    *a = v_xor(*a, v_mul(t, *b));
    *b = v_xor(*b, *a);
}

ALWAYS_INLINE void inverse_layer(VEC *v, int half, uint32_t point, unsigned log_distance)
{
    COEF t = v_coef(rs8_point[point >> log_distance]);
    for (int i = 0; i < half; i++)
        inverse_butterfly(&v[i], &v[i + half], t);
}

ALWAYS_INLINE void forward_layer(VEC *v, int half, uint32_t point, unsigned log_distance)
{
    COEF t = v_coef(rs8_point[point >> log_distance]);
    for (int i = 0; i < half; i++)
        forward_butterfly(&v[i], &v[i + half], t);
}

ALWAYS_INLINE void inverse_registers(VEC *v, int n, uint32_t point, unsigned log)
{
    for (int g = 0; g < n; g += 2)
        inverse_layer(v + g, 1, point + ((uint32_t)g << log), log);
    for (int g = 0; n >= 4 && g < n; g += 4)
        inverse_layer(v + g, 2, point + ((uint32_t)g << log), log + 1);
    for (int g = 0; n >= 8 && g < n; g += 8)
        inverse_layer(v + g, 4, point + ((uint32_t)g << log), log + 2);
    if (n >= 16)
        inverse_layer(v, 8, point, log + 3);
}

ALWAYS_INLINE void forward_registers(VEC *v, int n, uint32_t point, unsigned log)
{
    if (n >= 16)
        forward_layer(v, 8, point, log + 3);
    for (int g = 0; n >= 8 && g < n; g += 8)
        forward_layer(v + g, 4, point + ((uint32_t)g << log), log + 2);
    for (int g = 0; n >= 4 && g < n; g += 4)
        forward_layer(v + g, 2, point + ((uint32_t)g << log), log + 1);
    for (int g = 0; g < n; g += 2)
        forward_layer(v + g, 1, point + ((uint32_t)g << log), log);
}

// part: 0, or the bytes of a last, partial vector.
ALWAYS_INLINE VEC group_load(const uint8_t *p, size_t at, size_t part)
{
    if (p == NULL)
        return v_zero();
    return part ? v_load_part(p + at, part) : v_load(p + at);
}

ALWAYS_INLINE void group_store(const struct rs8_group_job *job, uint32_t i, size_t at, size_t part,
                               VEC v)
{
    if (i >= job->repair_count)
        return;
    if (part)
        v_store_part(job->repair[i] + at, v, part);
    else
        v_store(job->repair[i] + at, v);
}

// `width` vectors of columns, n = 2 or 4 points.
ALWAYS_INLINE void leaf_wide(const struct rs8_group_job *job, int n, int width, size_t at)
{
    VEC sum[WIDTH_MAX][WIDE_LEAF], v[WIDTH_MAX][WIDE_LEAF];

    for (int w = 0; w < width; w++)
        for (int i = 0; i < n; i++)
            sum[w][i] = v_zero();
    for (uint32_t first = 0; first < job->count; first += (uint32_t)n) {
        for (int i = 0; i < n; i++) {
            const uint32_t j = first + (uint32_t)i;
            const uint8_t *p = j < job->count ? job->source[j] : NULL;
            for (int w = 0; w < width; w++)
                v[w][i] = group_load(p, at + (size_t)w * VEC_BYTES, 0);
        }
        for (int w = 0; w < width; w++) {
            inverse_registers(v[w], n, first + (uint32_t)n, 0);
            for (int i = 0; i < n; i++)
                sum[w][i] = v_xor(sum[w][i], v[w][i]);
        }
    }
    for (int w = 0; w < width; w++)
        forward_registers(sum[w], n, 0, 0);
    for (int i = 0; i < n; i++)
        for (int w = 0; w < width; w++)
            group_store(job, (uint32_t)i, at + (size_t)w * VEC_BYTES, 0, sum[w][i]);
}

// The same for one vector: clang leaves arrays in memory where a loop over one column stands around
// them, and is three times slower with 16 points.
ALWAYS_INLINE void leaf_one(const struct rs8_group_job *job, int n, size_t at, size_t part)
{
    VEC sum[LEAF], v[LEAF];
    const uint8_t *const *source = job->source;
    const uint32_t count = job->count;

    for (int i = 0; i < n; i++)
        sum[i] = v_zero();
    for (uint32_t first = 0; first < count; first += (uint32_t)n) {
        for (int i = 0; i < n; i++) {
            const uint32_t j = first + (uint32_t)i;
            v[i] = group_load(j < count ? source[j] : NULL, at, part);
        }
        inverse_registers(v, n, first + (uint32_t)n, 0);
        for (int i = 0; i < n; i++)
            sum[i] = v_xor(sum[i], v[i]);
    }
    forward_registers(sum, n, 0, 0);
    for (int i = 0; i < n; i++)
        group_store(job, (uint32_t)i, at, part, sum[i]);
}

// One vector of columns, leaves * LEAF points: a layer of leaves, then one across them.
ALWAYS_INLINE void tree_column(const struct rs8_group_job *job, int leaves, size_t at, size_t part)
{
    VEC sum[8 * LEAF], v[8 * LEAF], x[LEAF], y[8];
    const uint32_t points = (uint32_t)leaves * LEAF;

    for (uint32_t i = 0; i < points; i++)
        sum[i] = v_zero();
    for (uint32_t first = 0; first < job->count; first += points) {
        for (uint32_t leaf = 0; leaf < points; leaf += LEAF) {
            for (uint32_t i = 0; i < LEAF; i++) {
                const uint32_t j = first + leaf + i;
                const uint8_t *p = j < job->count ? job->source[j] : NULL;

                x[i] = group_load(p, at, part);
            }
            inverse_registers(x, LEAF, points + first + leaf, 0);
            for (uint32_t i = 0; i < LEAF; i++)
                v[leaf + i] = x[i];
        }
        for (uint32_t i = 0; i < LEAF; i++) {
            for (int l = 0; l < leaves; l++)
                y[l] = v[(uint32_t)l * LEAF + i];
            inverse_registers(y, leaves, points + first, LOG_LEAF);
            for (int l = 0; l < leaves; l++)
                sum[(uint32_t)l * LEAF + i] = v_xor(sum[(uint32_t)l * LEAF + i], y[l]);
        }
    }
    for (uint32_t i = 0; i < LEAF; i++) {
        for (int l = 0; l < leaves; l++)
            y[l] = sum[(uint32_t)l * LEAF + i];
        forward_registers(y, leaves, 0, LOG_LEAF);
        for (int l = 0; l < leaves; l++)
            sum[(uint32_t)l * LEAF + i] = y[l];
    }
    for (uint32_t leaf = 0; leaf < points && leaf < job->repair_count; leaf += LEAF) {
        for (uint32_t i = 0; i < LEAF; i++)
            x[i] = sum[leaf + i];
        forward_registers(x, LEAF, leaf, 0);
        for (uint32_t i = 0; i < LEAF; i++)
            group_store(job, leaf + i, at, part, x[i]);
    }
}

ALWAYS_INLINE void leaf_columns(const struct rs8_group_job *job, int n, int width)
{
    const size_t step = (size_t)width * VEC_BYTES;
    size_t at = 0;

    for (; width > 1 && job->bytes - at >= step; at += step)
        leaf_wide(job, n, width, at);
    for (; job->bytes - at >= VEC_BYTES; at += VEC_BYTES)
        leaf_one(job, n, at, 0);
    if (at < job->bytes)
        leaf_one(job, n, at, job->bytes - at);
}

ALWAYS_INLINE void tree_columns(const struct rs8_group_job *job, int leaves)
{
    size_t at = 0;

    for (; job->bytes - at >= VEC_BYTES; at += VEC_BYTES)
        tree_column(job, leaves, at, 0);
    if (at < job->bytes)
        tree_column(job, leaves, at, job->bytes - at);
}

// Functions of their own, so that the compiler does not spread registers over all of them.
#define GROUP_FUNCTION(name, call)                                                                 \
    static __attribute__((noinline)) void name(const struct rs8_group_job *job)                    \
    {                                                                                              \
        call;                                                                                      \
    }

GROUP_FUNCTION(repair8_2, leaf_columns(job, 2, WIDTH_2))
GROUP_FUNCTION(repair8_4, leaf_columns(job, 4, WIDTH_4))
GROUP_FUNCTION(repair8_8, leaf_columns(job, 8, 1))
GROUP_FUNCTION(repair8_16, leaf_columns(job, 16, 1))
GROUP_FUNCTION(repair8_32, tree_columns(job, 2))
GROUP_FUNCTION(repair8_64, tree_columns(job, 4))
GROUP_FUNCTION(repair8_128, tree_columns(job, 8))

static void repair8(const struct rs8_group_job *job)
{
    static void (*const by_log[])(const struct rs8_group_job *) = {
        NULL, repair8_2, repair8_4, repair8_8, repair8_16, repair8_32, repair8_64, repair8_128};
    by_log[job->log_points](job);
}

#endif
