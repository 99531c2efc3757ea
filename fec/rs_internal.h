// SPDX-License-Identifier: BSD-2-Clause
// What the files of the Reed-Solomon codes share; private to the FEC library.
//
// Points: repair symbol i is at point i; repair_points is the number of repair symbols rounded up
// to a power of two; source symbol j is at point repair_points + j. Over GF(256), source symbols
// beyond point 255 take the points repair .. repair_points - 1 that no repair symbol needs.
#ifndef PLAIT_FEC_RS_INTERNAL_H
#define PLAIT_FEC_RS_INTERNAL_H

#include "rs_fft.h"
#include <plait/fec_rs.h>
#include <plait/gf256.h>
#include <stdbool.h>

#define RS_ALIGN  64u
#define RS8_ORDER 255u

// The tables of GF(2^16) in Cantor coordinates; log[0] is 0.
struct rs16_field {
    struct rs16_maps maps;
    uint16_t log[RS16_POINTS];
    uint16_t exp[RS16_POINTS];
};

struct plait_rs {
    const struct plait_gf256 *gf;
    const struct rs_fft *fft;
    uint32_t source, repair;
    uint32_t repair_points;
    unsigned log_repair_points;
    bool is_wide;       // GF(2^16)
    size_t strip_bytes; // of every symbol at a time, where rows are needed
    // GF(256): repair_points + 1 rows of strip_bytes. GF(2^16): twice repair_points.
    uint8_t *rows;

    // GF(256)
    uint8_t *matrix;         // repair * source
    uint8_t *inverse;        // up to repair * repair: of the lost symbols' block of the matrix
    uint8_t *restore;        // up to repair * source: inverse times the matrix
    const uint8_t **pointer; // source
    uint32_t *chosen;        // lost symbols, then repair symbols used: 2 * repair
    uint8_t *log, *exp;      // logarithms (log[0] is 0), powers of 2 up to 3 * RS8_ORDER

    // GF(2^16)
    unsigned log_points;
    struct rs16_field *field;
    uint32_t *log_walsh; // Walsh transform of the logarithms of all points
    uint32_t *locator;   // logarithm of the erasure locator (its derivative at an erasure)
};

// `bytes` of one strip rounded up to whole units; copies a strip of a symbol into a row (padded
// with zeroes) and back.
size_t rs16_row_bytes(size_t bytes);
void rs16_row_load(uint8_t *row, const uint8_t *from, size_t bytes);
void rs16_row_store(uint8_t *to, const uint8_t *row, size_t bytes);

// What the transforms of the wide code work on: `used` of the points from `offset` on.
static inline struct rs_fft_job rs16_job(const struct plait_rs *rs, uint8_t *rows, size_t row_bytes,
                                         uint32_t offset, uint32_t used)
{
    return (struct rs_fft_job){.rows = rows,
                               .row_bytes = row_bytes,
                               .log_rows = rs->log_repair_points,
                               .offset = offset,
                               .used = used,
                               .maps = &rs->field->maps};
}

void rs8_create(struct plait_rs *rs);
void rs8_encode(struct plait_rs *rs, const uint8_t *const *source, uint8_t *const *repair,
                size_t symbol_bytes);
// `lost` symbols, all of them in chosen[0 .. lost-1], as many repair symbols in chosen[repair ..].
void rs8_decode(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                uint8_t *const *restored, uint32_t lost, size_t symbol_bytes);

bool rs8_agrees(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                size_t symbol_bytes);

void rs16_create(struct plait_rs *rs);
void rs16_field_create(struct rs16_field *field);
// Computes a strip of all repair symbols into the first rows; source symbols that are NULL count as
// zero.
void rs16_encode_strip(const struct plait_rs *rs, const uint8_t *const *source, size_t at,
                       size_t bytes);
void rs16_encode(struct plait_rs *rs, const uint8_t *const *source, uint8_t *const *repair,
                 size_t symbol_bytes);
bool rs16_agrees(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                 size_t symbol_bytes);
void rs16_decode(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                 uint8_t *const *restored, size_t symbol_bytes);

#endif
