// SPDX-License-Identifier: BSD-2-Clause
// The additive FFT over one field. No include guard: rs_fft_simd.h includes it once a field, with
// FIELD(name) and FIELD_UNIT_BYTES set.
//
// A butterfly (a, b) with twiddle t maps forward to (a + t*b, a + t*b + b); two layers are done at
// once, on four rows in registers. The recursion is depth first, so that small transforms stay in
// the cache whatever its size.

ALWAYS_INLINE void FIELD(inverse_pair)(uint8_t *a, uint8_t *b, size_t row_bytes,
                                       struct FIELD(twiddle) t)
{
    for (size_t at = 0; at < row_bytes; at += FIELD_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            struct FIELD(elem) x = FIELD(load)(a + i), y = FIELD(load)(b + i);
            y = FIELD(xor)(y, x);
            FIELD(store)(b + i, y);
            FIELD(store)(a + i, FIELD(muladd)(x, t, y));
        }
    }
}

ALWAYS_INLINE void FIELD(forward_pair)(uint8_t *a, uint8_t *b, size_t row_bytes,
                                       struct FIELD(twiddle) t)
{
    for (size_t at = 0; at < row_bytes; at += FIELD_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            struct FIELD(elem) x = FIELD(load)(a + i), y = FIELD(load)(b + i);
            x = FIELD(muladd)(x, t, y);
            FIELD(store)(a + i, x);
            FIELD(store)(b + i, FIELD(xor)(x, y));
        }
    }
}

// Twiddles of two layers over a group of four times `distance` rows.
struct FIELD(quad) {
    struct FIELD(twiddle) low, high; // distance: rows 0 and 1, rows 2 and 3
    struct FIELD(twiddle) outer;     // twice the distance
};

ALWAYS_INLINE struct FIELD(quad)
    FIELD(make_quad)(const struct rs16_maps *maps, uint32_t point, unsigned log_distance)
{
    const uint32_t at = point >> log_distance;
    return (struct FIELD(quad)){.low = FIELD(make)(maps, at),
                                .high = FIELD(make)(maps, at + 2),
                                .outer = FIELD(make)(maps, at >> 1)};
}

ALWAYS_INLINE void FIELD(inverse_quad)(uint8_t *r0, size_t step, size_t row_bytes,
                                       const struct FIELD(quad) * t)
{
    for (size_t at = 0; at < row_bytes; at += FIELD_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            uint8_t *p = r0 + i;
            struct FIELD(elem) a = FIELD(load)(p), b = FIELD(load)(p + step);
            struct FIELD(elem) c = FIELD(load)(p + 2 * step), d = FIELD(load)(p + 3 * step);
            b = FIELD(xor)(b, a);
            d = FIELD(xor)(d, c);
            a = FIELD(muladd)(a, t->low, b);
            c = FIELD(muladd)(c, t->high, d);
            c = FIELD(xor)(c, a);
            d = FIELD(xor)(d, b);
            FIELD(store)(p + 2 * step, c);
            FIELD(store)(p + 3 * step, d);
            FIELD(store)(p, FIELD(muladd)(a, t->outer, c));
            FIELD(store)(p + step, FIELD(muladd)(b, t->outer, d));
        }
    }
}

ALWAYS_INLINE void FIELD(forward_quad)(uint8_t *r0, size_t step, size_t row_bytes,
                                       const struct FIELD(quad) * t)
{
    for (size_t at = 0; at < row_bytes; at += FIELD_UNIT_BYTES) {
        for (size_t i = at; i < at + 64; i += VEC_BYTES) {
            uint8_t *p = r0 + i;
            struct FIELD(elem) a = FIELD(load)(p), b = FIELD(load)(p + step);
            struct FIELD(elem) c = FIELD(load)(p + 2 * step), d = FIELD(load)(p + 3 * step);
            a = FIELD(muladd)(a, t->outer, c);
            b = FIELD(muladd)(b, t->outer, d);
            c = FIELD(xor)(c, a);
            d = FIELD(xor)(d, b);
            a = FIELD(muladd)(a, t->low, b);
            c = FIELD(muladd)(c, t->high, d);
            FIELD(store)(p, a);
            FIELD(store)(p + step, FIELD(xor)(b, a));
            FIELD(store)(p + 2 * step, c);
            FIELD(store)(p + 3 * step, FIELD(xor)(d, c));
        }
    }
}

// The two outermost layers of a transform of at least four rows.
static void FIELD(inverse_layers)(const struct rs_fft_job *job)
{
    const unsigned log_distance = job->log_rows - 2;
    const struct FIELD(quad) t = FIELD(make_quad)(job->maps, job->offset, log_distance);
    for (size_t r = 0; r < (size_t)1 << log_distance; r++)
        FIELD(inverse_quad)
    (job->rows + r * job->row_bytes, job->row_bytes << log_distance, job->row_bytes, &t);
}

static void FIELD(forward_layers)(const struct rs_fft_job *job)
{
    const unsigned log_distance = job->log_rows - 2;
    const struct FIELD(quad) t = FIELD(make_quad)(job->maps, job->offset, log_distance);
    for (size_t r = 0; r < (size_t)1 << log_distance; r++)
        FIELD(forward_quad)
    (job->rows + r * job->row_bytes, job->row_bytes << log_distance, job->row_bytes, &t);
}

// One quarter of a transform as a transform of its own.
ALWAYS_INLINE struct rs_fft_job FIELD(quarter_of)(const struct rs_fft_job *job, uint32_t quarter)
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

static void FIELD(inverse)(const struct rs_fft_job *job)
{
    if (job->log_rows == 0)
        return;
    if (job->log_rows == 1) {
        FIELD(inverse_pair)
        (job->rows, job->rows + job->row_bytes, job->row_bytes,
         FIELD(make)(job->maps, job->offset));
        return;
    }
    for (uint32_t q = 0; job->log_rows > 2 && q < 4 && q << (job->log_rows - 2) < job->used; q++) {
        const struct rs_fft_job part = FIELD(quarter_of)(job, q);
        FIELD(inverse)(&part);
    }
    FIELD(inverse_layers)(job);
}

static void FIELD(forward)(const struct rs_fft_job *job)
{
    if (job->log_rows == 0)
        return;
    if (job->log_rows == 1) {
        FIELD(forward_pair)
        (job->rows, job->rows + job->row_bytes, job->row_bytes,
         FIELD(make)(job->maps, job->offset));
        return;
    }
    FIELD(forward_layers)(job);
    for (uint32_t q = 0; job->log_rows > 2 && q < 4 && q << (job->log_rows - 2) < job->used; q++) {
        const struct rs_fft_job part = FIELD(quarter_of)(job, q);
        FIELD(forward)(&part);
    }
}
