// SPDX-License-Identifier: BSD-2-Clause
// The encoder over GF(2^16): interpolate each group of source symbols, add the groups up, evaluate
// the sum at the points of the repair symbols. All symbols go through it a strip at a time, so that
// the rows stay in the cache.
#include "rs_internal.h"
#include <string.h>

size_t rs16_row_bytes(size_t bytes)
{
    return (bytes + RS16_UNIT_BYTES - 1) / RS16_UNIT_BYTES * RS16_UNIT_BYTES;
}

// A last, short unit holds its low bytes first, like a whole one.
void rs16_row_load(uint8_t *row, const uint8_t *from, size_t bytes)
{
    const size_t whole = bytes / RS16_UNIT_BYTES * RS16_UNIT_BYTES;
    const size_t half = (bytes - whole) / 2;

    memcpy(row, from, whole);
    if (half == 0)
        return;
    memset(row + whole, 0, RS16_UNIT_BYTES);
    memcpy(row + whole, from + whole, half);
    memcpy(row + whole + RS16_UNIT_BYTES / 2, from + whole + half, half);
}

void rs16_row_store(uint8_t *to, const uint8_t *row, size_t bytes)
{
    const size_t whole = bytes / RS16_UNIT_BYTES * RS16_UNIT_BYTES;
    const size_t half = (bytes - whole) / 2;

    memcpy(to, row, whole);
    memcpy(to + whole, row + whole, half);
    memcpy(to + whole + half, row + whole + RS16_UNIT_BYTES / 2, half);
}

// Interpolates `count` source symbols from `first` on, in rows from `rows` on.
static void interpolate_group(const struct plait_rs *rs, const uint8_t *const *source,
                              uint32_t first, uint32_t count, uint8_t *rows, size_t at,
                              size_t bytes)
{
    const size_t row_bytes = rs16_row_bytes(bytes);

    for (uint32_t i = 0; i < count; i++) {
        if (source[first + i] == NULL)
            memset(rows + i * row_bytes, 0, row_bytes);
        else
            rs16_row_load(rows + i * row_bytes, source[first + i] + at, bytes);
    }
    memset(rows + count * row_bytes, 0, (rs->repair_points - count) * row_bytes);
    const struct rs_fft_job job = rs16_job(rs, rows, row_bytes, rs->repair_points + first, count);
    rs->fft->inverse16(&job);
}

void rs16_encode_strip(const struct plait_rs *rs, const uint8_t *const *source, size_t at,
                       size_t bytes)
{
    const size_t row_bytes = rs16_row_bytes(bytes);
    const size_t group_bytes = rs->repair_points * row_bytes;

    for (uint32_t first = 0; first < rs->source; first += rs->repair_points) {
        const uint32_t left = rs->source - first;
        const uint32_t count = left < rs->repair_points ? left : rs->repair_points;
        uint8_t *rows = first == 0 ? rs->rows : rs->rows + group_bytes;
        interpolate_group(rs, source, first, count, rows, at, bytes);
        if (first != 0)
            rs->gf->add(rs->rows, rows, group_bytes);
    }
    const struct rs_fft_job job = rs16_job(rs, rs->rows, row_bytes, 0, rs->repair);
    rs->fft->forward16(&job);
}

void rs16_encode(struct plait_rs *rs, const uint8_t *const *source, uint8_t *const *repair,
                 size_t symbol_bytes)
{
    for (size_t at = 0; at < symbol_bytes; at += rs->strip_bytes) {
        const size_t left = symbol_bytes - at;
        const size_t bytes = left < rs->strip_bytes ? left : rs->strip_bytes;
        rs16_encode_strip(rs, source, at, bytes);
        for (uint32_t i = 0; i < rs->repair; i++)
            rs16_row_store(repair[i] + at, rs->rows + i * rs16_row_bytes(bytes), bytes);
    }
}

bool rs16_agrees(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                 size_t symbol_bytes)
{
    for (size_t at = 0; at < symbol_bytes; at += rs->strip_bytes) {
        const size_t left = symbol_bytes - at;
        const size_t bytes = left < rs->strip_bytes ? left : rs->strip_bytes;
        const size_t row_bytes = rs16_row_bytes(bytes);
        uint8_t *expected = rs->rows + rs->repair_points * row_bytes;
        rs16_encode_strip(rs, source, at, bytes);
        for (uint32_t i = 0; i < rs->repair; i++) {
            if (repair[i] == NULL)
                continue;
            rs16_row_store(expected, rs->rows + i * row_bytes, bytes);
            if (memcmp(expected, repair[i] + at, bytes) != 0)
                return false;
        }
    }
    return true;
}
