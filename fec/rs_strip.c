// SPDX-License-Identifier: BSD-2-Clause
// The encoder by transform, of both fields. All symbols go through it a strip at a time, so that
// its rows stay in the cache.
#include "rs_internal.h"
#include <string.h>

size_t rs_row_bytes(const struct plait_rs *rs, size_t bytes)
{
    const size_t unit = rs_unit_bytes(rs);
    return (bytes + unit - 1) / unit * unit;
}

// A last, short unit over GF(2^16) holds its low bytes first, like a whole one.
void rs_row_load(const struct plait_rs *rs, uint8_t *row, const uint8_t *from, size_t bytes)
{
    const size_t unit = rs_unit_bytes(rs);
    const size_t whole = bytes / unit * unit;
    const size_t rest = bytes - whole;

    memcpy(row, from, whole);
    if (rest == 0)
        return;
    memset(row + whole, 0, unit);
    if (rs->is_wide) {
        memcpy(row + whole, from + whole, rest / 2);
        memcpy(row + whole + unit / 2, from + whole + rest / 2, rest / 2);
    } else {
        memcpy(row + whole, from + whole, rest);
    }
}

void rs_row_store(const struct plait_rs *rs, uint8_t *to, const uint8_t *row, size_t bytes)
{
    const size_t unit = rs_unit_bytes(rs);
    const size_t whole = bytes / unit * unit;
    const size_t rest = bytes - whole;

    memcpy(to, row, whole);
    if (rs->is_wide) {
        memcpy(to + whole, row + whole, rest / 2);
        memcpy(to + whole + rest / 2, row + whole + unit / 2, rest / 2);
    } else {
        memcpy(to + whole, row + whole, rest);
    }
}

// Interpolates one group of repair_points source symbols, the first of which is `first`, in rows
// from `at_row` on.
static void interpolate_group(struct plait_rs *rs, const uint8_t *const *source, uint32_t first,
                              uint32_t count, size_t at_row, size_t at, size_t bytes)
{
    const size_t row_bytes = rs_row_bytes(rs, bytes);
    uint32_t zero_from = count;

    for (uint32_t i = 0; i < count; i++) {
        uint8_t *row = rs_row(rs, at_row + i, row_bytes);
        if (source[first + i] != NULL)
            rs_row_load(rs, row, source[first + i] + at, bytes);
        else
            memset(row, 0, row_bytes);
    }
    memset(rs_row(rs, at_row + zero_from, row_bytes), 0,
           (rs->repair_points - zero_from) * row_bytes);
    const struct rs_fft_job job = {.rows = rs_row(rs, at_row, row_bytes),
                                   .row_bytes = row_bytes,
                                   .log_rows = rs->log_repair_points,
                                   .offset = rs->repair_points + first,
                                   .used = count,
                                   .maps = rs->is_wide ? &rs->field->maps : NULL};
    if (rs->is_wide)
        rs->fft->inverse16(&job);
    else
        rs->fft->inverse8(&job);
}

void rs_strip_encode(struct plait_rs *rs, const uint8_t *const *source, size_t at, size_t bytes)
{
    const size_t row_bytes = rs_row_bytes(rs, bytes);
    const size_t group_bytes = rs->repair_points * row_bytes;
    const uint32_t points = rs->is_wide ? RS16_POINTS : RS8_POINTS;
    uint32_t count = points - rs->repair_points;

    count = count < rs->source ? count : rs->source;
    for (uint32_t first = 0; first < count; first += rs->repair_points) {
        const uint32_t left = count - first;
        const uint32_t size = left < rs->repair_points ? left : rs->repair_points;
        interpolate_group(rs, source, first, size, first == 0 ? 0 : rs->repair_points, at, bytes);
        if (first != 0)
            rs->gf->add(rs->rows, rs->rows + group_bytes, group_bytes);
    }
    const struct rs_fft_job job = {.rows = rs->rows,
                                   .row_bytes = row_bytes,
                                   .log_rows = rs->log_repair_points,
                                   .offset = 0,
                                   .used = rs->repair,
                                   .maps = rs->is_wide ? &rs->field->maps : NULL};
    if (rs->is_wide)
        rs->fft->forward16(&job);
    else
        rs->fft->forward8(&job);
}
