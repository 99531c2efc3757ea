// SPDX-License-Identifier: BSD-2-Clause
// The decoder over GF(2^16), O(n log n).
//
// Let V be the points of the repair symbols, s(x) the product of x + v over V (its linear
// coefficient is 1 in this basis), and a lost source symbol at point e have the value f. Encoding
// the block with zeroes for the lost symbols and adding the repair symbols received leaves at each
// point x of V the sum of f * s(e) / (x + e) over the lost symbols: the syndrome. Let L(x) be the
// product of x + e over all points erased, repair symbols not received included. Syndrome times L
// is, on V, the polynomial sum of f * s(e) * L(x) / (x + e), of a degree less than the number of
// erasures: its values on V determine it, and at e it is f * s(e) * L'(e).
#include "rs_internal.h"
#include <string.h>

#define ORDER 65535u

static uint32_t add_logs(uint32_t a, uint32_t b)
{
    const uint32_t sum = a + b;
    return (sum & 0xffff) + (sum >> 16);
}

// Walsh-Hadamard transform modulo 65535, values 0..65535.
static void walsh(uint32_t *values, uint32_t count)
{
    for (uint32_t d = 1; d < count; d *= 2) {
        for (uint32_t i = 0; i < count; i += 2 * d) {
            for (uint32_t j = i; j < i + d; j++) {
                const uint32_t a = values[j], b = values[j + d];
                values[j] = add_logs(a, b);
                values[j + d] = add_logs(a, ORDER - b);
            }
        }
    }
}

void rs16_create(struct plait_rs *rs)
{
    const uint32_t points = 1u << rs->log_points;

    rs16_field_create(rs->field);
    for (uint32_t i = 0; i < points; i++)
        rs->log_walsh[i] = rs->field->log[i];
    walsh(rs->log_walsh, points);
    // The transform is its own inverse but for a factor of n; 1 / 2^r = 2^(16 - r) modulo 65535.
    for (uint32_t i = 0; i < points; i++)
        rs->log_walsh[i] =
            (uint32_t)(((uint64_t)rs->log_walsh[i] << (16 - rs->log_points)) % ORDER);
}

// The logarithm of the locator at point i is the sum of log(i ^ e) over the erased points e: a
// convolution under xor. log(0) counting as 0, at an erased point it is that of the derivative.
static void locate(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair)
{
    const uint32_t points = 1u << rs->log_points;

    memset(rs->locator, 0, points * sizeof(*rs->locator));
    for (uint32_t i = 0; i < rs->repair_points; i++)
        rs->locator[i] = i >= rs->repair || repair[i] == NULL;
    for (uint32_t j = 0; j < rs->source; j++)
        rs->locator[rs->repair_points + j] = source[j] == NULL;
    walsh(rs->locator, points);
    for (uint32_t i = 0; i < points; i++)
        rs->locator[i] = (uint32_t)((uint64_t)rs->locator[i] * rs->log_walsh[i] % ORDER);
    walsh(rs->locator, points);
    for (uint32_t i = 0; i < points; i++)
        rs->locator[i] %= ORDER;
}

static void scale(const struct plait_rs *rs, uint8_t *row, uint32_t log, size_t row_bytes)
{
    rs->fft->scale16(&rs->field->maps, row, rs->field->exp[log % ORDER], row_bytes);
}

// Turns the syndrome in the first rows into the coefficients of the polynomial.
static void make_polynomial(struct plait_rs *rs, const uint8_t *const *repair, size_t at,
                            size_t bytes)
{
    const size_t row_bytes = rs16_row_bytes(bytes);
    uint8_t *received = rs->rows + rs->repair_points * row_bytes;

    for (uint32_t i = 0; i < rs->repair; i++) {
        uint8_t *row = rs->rows + i * row_bytes;
        if (repair[i] == NULL) {
            memset(row, 0, row_bytes);
            continue;
        }
        rs16_row_load(received, repair[i] + at, bytes);
        rs->gf->add(row, received, row_bytes);
        scale(rs, row, rs->locator[i], row_bytes);
    }
    memset(rs->rows + rs->repair * row_bytes, 0, (rs->repair_points - rs->repair) * row_bytes);
    const struct rs_fft_job job = rs16_job(rs, rs->rows, row_bytes, 0, rs->repair);
    rs->fft->inverse16(&job);
}

// Evaluates the polynomial at the points of one group of source symbols and stores the lost ones.
static void restore_group(struct plait_rs *rs, const uint8_t *const *source,
                          uint8_t *const *restored, uint32_t first, size_t at, size_t bytes)
{
    const size_t row_bytes = rs16_row_bytes(bytes);
    const uint32_t left = rs->source - first;
    const uint32_t count = left < rs->repair_points ? left : rs->repair_points;
    uint8_t *rows = rs->rows + rs->repair_points * row_bytes;
    uint32_t used = 0;

    for (uint32_t i = 0; i < count; i++)
        used = source[first + i] == NULL ? i + 1 : used;
    if (used == 0)
        return;
    memcpy(rows, rs->rows, rs->repair_points * row_bytes);
    const struct rs_fft_job job = rs16_job(rs, rows, row_bytes, rs->repair_points + first, used);
    rs->fft->forward16(&job);
    for (uint32_t i = 0; i < used; i++) {
        if (source[first + i] != NULL)
            continue;
        const uint32_t point = rs->repair_points + first + i;
        const uint32_t s_log = rs->field->log[point >> rs->log_repair_points]; // of s(e)
        scale(rs, rows + i * row_bytes, 2 * ORDER - s_log - rs->locator[point], row_bytes);
        rs16_row_store(restored[first + i] + at, rows + i * row_bytes, bytes);
    }
}

void rs16_decode(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                 uint8_t *const *restored, size_t symbol_bytes)
{
    locate(rs, source, repair);
    for (size_t at = 0; at < symbol_bytes; at += rs->strip_bytes) {
        const size_t left = symbol_bytes - at;
        const size_t bytes = left < rs->strip_bytes ? left : rs->strip_bytes;
        rs16_encode_strip(rs, source, at, bytes);
        make_polynomial(rs, repair, at, bytes);
        for (uint32_t first = 0; first < rs->source; first += rs->repair_points)
            restore_group(rs, source, restored, first, at, bytes);
    }
}
