// SPDX-License-Identifier: BSD-2-Clause
// The additive FFT over GF(2^16) on rows; part of rs_simd.h.
#ifndef PLAIT_FEC_RS16_SIMD_H
#define PLAIT_FEC_RS16_SIMD_H

// GF(2^16): a vector of low bytes and, 64 bytes on, one of high bytes.
struct elem {
    VEC lo, hi;
};
struct twiddle {
    struct maps16 map; // from the level's file
};

ALWAYS_INLINE struct elem elem_load(const uint8_t *p)
{
    return (struct elem){v_load(p), v_load(p + 64)};
}
ALWAYS_INLINE void elem_store(uint8_t *p, struct elem e)
{
    v_store(p, e.lo);
    v_store(p + 64, e.hi);
}
ALWAYS_INLINE struct elem elem_xor(struct elem a, struct elem b)
{
    return (struct elem){v_xor(a.lo, b.lo), v_xor(a.hi, b.hi)};
}
ALWAYS_INLINE struct elem elem_muladd(struct elem a, struct twiddle t, struct elem b)
{
    const VEC lo = v_xor(map16(&t.map, 0, b.lo), map16(&t.map, 1, b.hi));
    const VEC hi = v_xor(map16(&t.map, 2, b.lo), map16(&t.map, 3, b.hi));
    return (struct elem){v_xor(a.lo, lo), v_xor(a.hi, hi)};
}
ALWAYS_INLINE struct twiddle twiddle_make(const struct rs16_maps *maps, uint32_t point)
{
    return (struct twiddle){make_maps16(maps, point)};
}

// A butterfly (a, b) with twiddle t maps forward to (a + t*b, a + t*b + b); two layers are done at
// once, on four rows in registers. The recursion is depth first, so that small transforms stay in
// the cache whatever its size.

ALWAYS_INLINE void inverse_pair(uint8_t *a, uint8_t *b, size_t row_bytes, struct twiddle t)
{
    for (size_t at = 0; at < row_bytes; at += RS16_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            struct elem x = elem_load(a + i), y = elem_load(b + i);
            y = elem_xor(y, x);
            elem_store(b + i, y);
            elem_store(a + i, elem_muladd(x, t, y));
        }
    }
}

ALWAYS_INLINE void forward_pair(uint8_t *a, uint8_t *b, size_t row_bytes, struct twiddle t)
{
    for (size_t at = 0; at < row_bytes; at += RS16_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            struct elem x = elem_load(a + i), y = elem_load(b + i);
            x = elem_muladd(x, t, y);
            elem_store(a + i, x);
            elem_store(b + i, elem_xor(x, y));
        }
    }
}

// Twiddles of two layers over a group of four times `distance` rows.
struct quad {
    struct twiddle low, high; // distance: rows 0 and 1, rows 2 and 3
    struct twiddle outer;     // twice the distance
};

ALWAYS_INLINE struct quad make_quad(const struct rs16_maps *maps, uint32_t point,
                                    unsigned log_distance)
{
    const uint32_t at = point >> log_distance;
    return (struct quad){.low = twiddle_make(maps, at),
                         .high = twiddle_make(maps, at + 2),
                         .outer = twiddle_make(maps, at >> 1)};
}

ALWAYS_INLINE void inverse_quad(uint8_t *r0, size_t step, size_t row_bytes, const struct quad *t)
{
    for (size_t at = 0; at < row_bytes; at += RS16_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            uint8_t *p = r0 + i;
            struct elem a = elem_load(p), b = elem_load(p + step);
            struct elem c = elem_load(p + 2 * step), d = elem_load(p + 3 * step);
            b = elem_xor(b, a);
            d = elem_xor(d, c);
            a = elem_muladd(a, t->low, b);
            c = elem_muladd(c, t->high, d);
            c = elem_xor(c, a);
            d = elem_xor(d, b);
            elem_store(p + 2 * step, c);
            elem_store(p + 3 * step, d);
            elem_store(p, elem_muladd(a, t->outer, c));
            elem_store(p + step, elem_muladd(b, t->outer, d));
        }
    }
}

ALWAYS_INLINE void forward_quad(uint8_t *r0, size_t step, size_t row_bytes, const struct quad *t)
{
    for (size_t at = 0; at < row_bytes; at += RS16_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            uint8_t *p = r0 + i;
            struct elem a = elem_load(p), b = elem_load(p + step);
            struct elem c = elem_load(p + 2 * step), d = elem_load(p + 3 * step);
            a = elem_muladd(a, t->outer, c);
            b = elem_muladd(b, t->outer, d);
            c = elem_xor(c, a);
            d = elem_xor(d, b);
            a = elem_muladd(a, t->low, b);
            c = elem_muladd(c, t->high, d);
            elem_store(p, a);
            elem_store(p + step, elem_xor(b, a));
            elem_store(p + 2 * step, c);
            elem_store(p + 3 * step, elem_xor(d, c));
        }
    }
}

// The two outermost layers of a transform of at least four rows.
static void inverse_layers(const struct rs_fft_job *job)
{
    const unsigned log_distance = job->log_rows - 2;
    const struct quad t = make_quad(job->maps, job->offset, log_distance);
    for (size_t r = 0; r < (size_t)1 << log_distance; r++)
        inverse_quad(job->rows + r * job->row_bytes, job->row_bytes << log_distance, job->row_bytes,
                     &t);
}

static void forward_layers(const struct rs_fft_job *job)
{
    const unsigned log_distance = job->log_rows - 2;
    const struct quad t = make_quad(job->maps, job->offset, log_distance);
    for (size_t r = 0; r < (size_t)1 << log_distance; r++)
        forward_quad(job->rows + r * job->row_bytes, job->row_bytes << log_distance, job->row_bytes,
                     &t);
}

// One quarter of a transform as a transform of its own.
ALWAYS_INLINE struct rs_fft_job quarter_of(const struct rs_fft_job *job, uint32_t quarter)
{
    const unsigned log_rows = job->log_rows - 2;
    const uint32_t first = quarter << log_rows;
    struct rs_fft_job part = *job;
    part.rows += first * job->row_bytes;
    part.log_rows = log_rows;
    part.offset += first;
    part.used = job->used - first;
    return part;
}

static void inverse16(const struct rs_fft_job *job)
{
    if (job->log_rows == 0)
        return;
    if (job->log_rows == 1) {
        inverse_pair(job->rows, job->rows + job->row_bytes, job->row_bytes,
                     twiddle_make(job->maps, job->offset));
        return;
    }
    for (uint32_t q = 0; job->log_rows > 2 && q < 4 && q << (job->log_rows - 2) < job->used; q++) {
        const struct rs_fft_job part = quarter_of(job, q);
        inverse16(&part);
    }
    inverse_layers(job);
}

static void forward16(const struct rs_fft_job *job)
{
    if (job->log_rows == 0)
        return;
    if (job->log_rows == 1) {
        forward_pair(job->rows, job->rows + job->row_bytes, job->row_bytes,
                     twiddle_make(job->maps, job->offset));
        return;
    }
    forward_layers(job);
    for (uint32_t q = 0; job->log_rows > 2 && q < 4 && q << (job->log_rows - 2) < job->used; q++) {
        const struct rs_fft_job part = quarter_of(job, q);
        forward16(&part);
    }
}

static void scale16(const struct rs16_maps *maps, uint8_t *row, uint32_t element, size_t row_bytes)
{
    const struct elem zero = {v_zero(), v_zero()};
    const struct twiddle t = twiddle_make(maps, element);

    for (size_t at = 0; at < row_bytes; at += 128)
        for (size_t i = 0; i < 64; i += VEC_BYTES)
            elem_store(row + at + i, elem_muladd(zero, t, elem_load(row + at + i)));
}

#endif
