// SPDX-License-Identifier: BSD-2-Clause
// Reed-Solomon over GF(256): a Cauchy matrix whose columns are scaled so that the additive FFT
// computes the same repair symbols.
//
// The matrix has scale(y) / (x + y) at the point x of a repair symbol and y of a source symbol. Let
// V be the first repair_points points. Interpolating a coset of V and evaluating on V multiplies by
// s(y) / (p * (x + y)), where s(y) is the product of y + v over V, the same over the whole coset,
// and p is the product of V without 0: that is the scale. The columns of source symbols at points
// in V are not reached by the transform and have scale 1.
#include "gf256_tables.h"
#include "rs_internal.h"
#include <string.h>

// From this many lost symbols on the transform is faster than the matrix; by log_repair_points.
#define MATRIX_LOST_MAX 15u
static const uint8_t transform_from[] = {2, 3, 3, 5, 6, 12, 12, 14, MATRIX_LOST_MAX + 1};

static uint32_t transform_columns(const struct plait_rs *rs)
{
    const uint32_t columns = RS8_POINTS - rs->repair_points;
    return columns < rs->source ? columns : rs->source;
}

static uint8_t source_point(const struct plait_rs *rs, uint32_t column)
{
    const uint32_t reached = transform_columns(rs);
    return rs8_point[column < reached ? rs->repair_points + column : rs->repair + column - reached];
}

static uint8_t column_scale(const struct plait_rs *rs, uint32_t column)
{
    uint8_t s = 1, p = 1;

    if (column >= transform_columns(rs))
        return 1;
    const uint8_t y = source_point(rs, column);
    for (uint32_t v = 0; v < rs->repair_points; v++) {
        s = gf256_mul(s, y ^ rs8_point[v]);
        p = v == 0 ? p : gf256_mul(p, rs8_point[v]);
    }
    return gf256_mul(s, gf256_inverse[p]);
}

static void make_logarithms(struct plait_rs *rs)
{
    uint8_t power = 1;

    rs->log[0] = 0;
    for (uint32_t i = 0; i < RS8_ORDER; i++) {
        rs->log[power] = (uint8_t)i;
        for (uint32_t turn = 0; turn < 3; turn++)
            rs->exp[i + turn * RS8_ORDER] = power;
        power = gf256_mul(power, 2);
    }
}

void rs8_create(struct plait_rs *rs)
{
    uint8_t scale = 1;

    make_logarithms(rs);

    for (uint32_t j = 0; j < rs->source; j++) {
        const uint8_t y = source_point(rs, j);
        if (j % rs->repair_points == 0 || j == transform_columns(rs))
            scale = column_scale(rs, j);
        for (uint32_t i = 0; i < rs->repair; i++)
            rs->matrix[i * rs->source + j] = gf256_mul(scale, gf256_inverse[rs8_point[i] ^ y]);
    }
}

// Adds the part of the source symbols from column `first` on by the matrix; `zero` is `bytes` of
// zeroes.
static void add_by_matrix(struct plait_rs *rs, const uint8_t *const *source, uint8_t *const *repair,
                          uint32_t first, const uint8_t *zero, size_t at, size_t bytes)
{
    const uint8_t *rest[RS8_POINTS];

    if (first == rs->source)
        return;
    for (uint32_t j = first; j < rs->source; j++)
        rest[j - first] = source[j] == NULL ? zero : source[j] + at;
    rs->gf->addmul_mn(repair, rs->repair, rest, rs->source - first, rs->matrix + first, rs->source,
                      bytes);
}

static uint8_t *row_of(const struct plait_rs *rs, uint32_t index)
{
    return rs->rows + index * rs->strip_bytes;
}

static bool has_transform(const struct plait_rs *rs)
{
    return rs->log_repair_points >= 1 && rs->log_repair_points <= RS8_LOG_POINTS_MAX;
}

// Computes a strip of all repair symbols into rows; source symbols that are NULL count as zero.
static void encode_strip(struct plait_rs *rs, const uint8_t *const *source, size_t at, size_t bytes)
{
    const uint32_t reached = has_transform(rs) ? transform_columns(rs) : 0;
    uint8_t *zero = row_of(rs, rs->repair_points);
    uint8_t *row[RS8_POINTS];

    for (uint32_t i = 0; i < rs->repair; i++)
        row[i] = row_of(rs, i);
    if (has_transform(rs)) {
        const uint8_t **from = rs->pointer;
        for (uint32_t j = 0; j < reached; j++)
            from[j] = source[j] == NULL ? NULL : source[j] + at;
        const struct rs8_group_job job = {from, reached, row, rs->repair, rs->log_repair_points,
                                          bytes};
        rs->fft->repair8(&job);
    } else {
        memset(rs->rows, 0, rs->repair * rs->strip_bytes);
    }
    memset(zero, 0, bytes);
    add_by_matrix(rs, source, row, reached, zero, at, bytes);
}

void rs8_encode(struct plait_rs *rs, const uint8_t *const *source, uint8_t *const *repair,
                size_t symbol_bytes)
{
    if (has_transform(rs)) {
        const struct rs8_group_job job = {source,     transform_columns(rs), repair,
                                          rs->repair, rs->log_repair_points, symbol_bytes};
        rs->fft->repair8(&job);
        add_by_matrix(rs, source, repair, transform_columns(rs), NULL, 0, symbol_bytes);
        return;
    }
    if (rs->repair == 1) // every coefficient is 1
        rs->gf->sum_n(repair[0], source, rs->source, symbol_bytes);
    else
        rs->gf->mul_mn(repair, rs->repair, source, rs->source, rs->matrix, rs->source,
                       symbol_bytes);
}

// Inverts the block of the matrix with the lost columns and the chosen rows by Cauchy's formula,
// in time lost^2: entry (b, a) is u[a] * w[b] / (x[a] + y[b]), here in logarithms.
static void invert(struct plait_rs *rs, uint32_t lost)
{
    const uint32_t *columns = rs->chosen, *rows = rs->chosen + rs->repair;
    const uint8_t *log = rs->log;
    uint8_t x[RS8_POINTS], y[RS8_POINTS];
    uint32_t u[RS8_POINTS], w[RS8_POINTS];

    for (uint32_t a = 0; a < lost; a++) {
        x[a] = rs8_point[rows[a]];
        y[a] = source_point(rs, columns[a]);
    }
    for (uint32_t a = 0; a < lost; a++) {
        uint32_t above_u = 0, below_u = 0, above_w = 0, below_w = 0;
        for (uint32_t l = 0; l < lost; l++) { // log[0] is 0: l == a does not count below
            above_u += log[x[a] ^ y[l]];
            below_u += log[x[a] ^ x[l]];
            above_w += log[x[l] ^ y[a]];
            below_w += log[y[a] ^ y[l]];
        }
        // The column scale, from any entry of the matrix in that column.
        below_w += log[rs->matrix[rows[0] * rs->source + columns[a]]];
        below_w += log[x[0] ^ y[a]];
        u[a] = (above_u + (lost + 1) * RS8_ORDER - below_u) % RS8_ORDER;
        w[a] = (above_w + (lost + 2) * RS8_ORDER - below_w) % RS8_ORDER;
    }
    for (uint32_t b = 0; b < lost; b++) {
        uint8_t *row = rs->inverse + b * lost;
        for (uint32_t a = 0; a < lost; a++)
            row[a] = rs->exp[u[a] + w[b] + RS8_ORDER - log[x[a] ^ y[b]]];
    }
}

// One matrix from all symbols received to the lost ones: the chosen repair symbols stand in the
// columns of the lost symbols.
static void decode_by_matrix(struct plait_rs *rs, const uint8_t *const *source,
                             const uint8_t *const *repair, uint8_t *const *out, uint32_t lost,
                             size_t symbol_bytes)
{
    const uint32_t *columns = rs->chosen, *rows = rs->chosen + rs->repair;
    const uint8_t **from = rs->pointer;
    const uint8_t *row[MATRIX_LOST_MAX] = {NULL};
    uint8_t *restore[MATRIX_LOST_MAX] = {NULL};

    for (uint32_t a = 0; a < lost; a++) {
        row[a] = rs->matrix + rows[a] * rs->source;
        restore[a] = rs->restore + a * rs->source;
    }
    rs->gf->mul_mn(restore, lost, row, lost, rs->inverse, lost, rs->source);
    memcpy(from, source, rs->source * sizeof(*from));
    for (uint32_t a = 0; a < lost; a++) {
        from[columns[a]] = repair[rows[a]];
        for (uint32_t b = 0; b < lost; b++)
            restore[b][columns[a]] = rs->inverse[b * lost + a];
    }
    rs->gf->mul_mn(out, lost, from, rs->source, rs->restore, rs->source, symbol_bytes);
}

// The repair symbols of the block with zeroes for the lost symbols, added to those received, are
// the matrix block times the lost symbols.
static void decode_by_transform(struct plait_rs *rs, const uint8_t *const *source,
                                const uint8_t *const *repair, uint8_t *const *out, uint32_t lost,
                                size_t symbol_bytes)
{
    const uint32_t *rows = rs->chosen + rs->repair;
    const uint8_t *syndrome[RS8_POINTS];
    uint8_t *to[RS8_POINTS];

    for (size_t at = 0; at < symbol_bytes; at += rs->strip_bytes) {
        const size_t left = symbol_bytes - at;
        const size_t bytes = left < rs->strip_bytes ? left : rs->strip_bytes;
        encode_strip(rs, source, at, bytes);
        for (uint32_t a = 0; a < lost; a++) {
            uint8_t *row = row_of(rs, rows[a]);
            rs->gf->add(row, repair[rows[a]] + at, bytes);
            syndrome[a] = row;
            to[a] = out[a] + at;
        }
        rs->gf->mul_mn(to, lost, syndrome, lost, rs->inverse, lost, bytes);
    }
}

void rs8_decode(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                uint8_t *const *restored, uint32_t lost, size_t symbol_bytes)
{
    uint8_t *out[RS8_POINTS];

    for (uint32_t b = 0; b < lost; b++)
        out[b] = restored[rs->chosen[b]];
    invert(rs, lost);
    if (lost < transform_from[rs->log_repair_points])
        decode_by_matrix(rs, source, repair, out, lost, symbol_bytes);
    else
        decode_by_transform(rs, source, repair, out, lost, symbol_bytes);
}

bool rs8_agrees(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                size_t symbol_bytes)
{
    for (size_t at = 0; at < symbol_bytes; at += rs->strip_bytes) {
        const size_t left = symbol_bytes - at;
        const size_t bytes = left < rs->strip_bytes ? left : rs->strip_bytes;
        encode_strip(rs, source, at, bytes);
        for (uint32_t i = 0; i < rs->repair; i++) {
            if (repair[i] != NULL && memcmp(row_of(rs, i), repair[i] + at, bytes) != 0)
                return false;
        }
    }
    return true;
}
