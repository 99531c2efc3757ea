// SPDX-License-Identifier: BSD-2-Clause
// Reed-Solomon over GF(2^16), O(n log n).
//
// A block is the values of a polynomial f of degree < n - repair_points at n points (n a power of
// two; absent source symbols are zero). Decoding follows Lin, Chung and Han: with L the polynomial
// that is zero exactly at the erased points, f*L is known everywhere, and at an erased point e its
// formal derivative is f(e) * L'(e).
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

static void load_scaled(struct plait_rs *rs, uint32_t point, const uint8_t *from, size_t bytes)
{
    const size_t row_bytes = rs16_row_bytes(bytes);
    uint8_t *row = (rs->rows + (point)*row_bytes);

    if (from == NULL) {
        memset(row, 0, row_bytes);
        return;
    }
    rs16_row_load(row, from, bytes);
    rs->fft->scale16(&rs->field->maps, row, rs->field->exp[rs->locator[point]], row_bytes);
}

// In this basis the derivative of element j is the sum of the elements j with one bit cleared.
static void differentiate(struct plait_rs *rs, size_t row_bytes)
{
    const uint32_t points = 1u << rs->log_points;
    const uint8_t *above[16];

    for (uint32_t j = 0; j < points; j++) {
        size_t count = 0;
        for (uint32_t bit = 1; bit < points; bit *= 2) {
            if ((j & bit) == 0)
                above[count++] = rs->rows + (j | bit) * row_bytes;
        }
        rs->gf->sum_n((rs->rows + (j)*row_bytes), above, count, row_bytes);
    }
}

static void decode_strip(struct plait_rs *rs, const uint8_t *const *source,
                         const uint8_t *const *repair, uint8_t *const *restored, size_t at,
                         size_t bytes)
{
    const size_t row_bytes = rs16_row_bytes(bytes);
    const uint32_t used = rs->repair_points + rs->source;
    struct rs_fft_job job = {.rows = rs->rows,
                             .row_bytes = row_bytes,
                             .log_rows = rs->log_points,
                             .used = used,
                             .maps = &rs->field->maps};

    for (uint32_t i = 0; i < rs->repair_points; i++) {
        const uint8_t *from = i < rs->repair ? repair[i] : NULL;
        load_scaled(rs, i, from == NULL ? NULL : from + at, bytes);
    }
    for (uint32_t j = 0; j < rs->source; j++)
        load_scaled(rs, rs->repair_points + j, source[j] == NULL ? NULL : source[j] + at, bytes);
    memset((rs->rows + (used)*row_bytes), 0, ((1u << rs->log_points) - used) * row_bytes);

    rs->fft->inverse16(&job);
    differentiate(rs, row_bytes);
    rs->fft->forward16(&job);
    for (uint32_t j = 0; j < rs->source; j++) {
        if (source[j] != NULL)
            continue;
        const uint32_t point = rs->repair_points + j;
        uint8_t *row = (rs->rows + (point)*row_bytes);
        const uint32_t inverse = rs->field->exp[(ORDER - rs->locator[point]) % ORDER];
        rs->fft->scale16(&rs->field->maps, row, inverse, row_bytes);
        rs16_row_store(restored[j] + at, row, bytes);
    }
}

void rs16_decode(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                 uint8_t *const *restored, size_t symbol_bytes)
{
    locate(rs, source, repair);
    for (size_t at = 0; at < symbol_bytes; at += rs->decode_strip_bytes) {
        const size_t left = symbol_bytes - at;
        decode_strip(rs, source, repair, restored, at,
                     left < rs->decode_strip_bytes ? left : rs->decode_strip_bytes);
    }
}
