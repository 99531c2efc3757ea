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
    bool is_wide;              // GF(2^16)
    size_t strip_bytes;        // of every symbol at a time through the transforms
    size_t decode_strip_bytes; // the same for decoding over GF(2^16)
    uint8_t *rows;             // repair_points * 2 rows, over GF(2^16) all points of a block

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

// Where the row of one strip lies.
static inline uint8_t *rs_row(const struct plait_rs *rs, size_t index, size_t row_bytes)
{
    return rs->rows + index * row_bytes;
}

static inline size_t rs_unit_bytes(const struct plait_rs *rs)
{
    return rs->is_wide ? RS16_UNIT_BYTES : RS8_UNIT_BYTES;
}

// `bytes` of one strip rounded up to whole units.
size_t rs_row_bytes(const struct plait_rs *rs, size_t bytes);

// Copies a strip of a symbol into a row (whole units, padded with zeroes) and back.
void rs_row_load(const struct plait_rs *rs, uint8_t *row, const uint8_t *from, size_t bytes);
void rs_row_store(const struct plait_rs *rs, uint8_t *to, const uint8_t *row, size_t bytes);

// Computes a strip (`at`, `bytes` <= strip_bytes) of all repair symbols into rows 0 .. repair-1 by
// the transform; a source symbol that is NULL counts as zero.
void rs_strip_encode(struct plait_rs *rs, const uint8_t *const *source, size_t at, size_t bytes);

void rs8_create(struct plait_rs *rs);
// As rs_strip_encode, and with the source symbols whose points the transform does not reach.
void rs8_strip_encode(struct plait_rs *rs, const uint8_t *const *source, size_t at, size_t bytes);
void rs8_encode(struct plait_rs *rs, const uint8_t *const *source, uint8_t *const *repair,
                size_t symbol_bytes);
// `lost` symbols, all of them in chosen[0 .. lost-1], as many repair symbols in chosen[repair ..].
void rs8_decode(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                uint8_t *const *restored, uint32_t lost, size_t symbol_bytes);

void rs16_create(struct plait_rs *rs);
void rs16_field_create(struct rs16_field *field);
void rs16_encode(struct plait_rs *rs, const uint8_t *const *source, uint8_t *const *repair,
                 size_t symbol_bytes);
void rs16_decode(struct plait_rs *rs, const uint8_t *const *source, const uint8_t *const *repair,
                 uint8_t *const *restored, size_t symbol_bytes);

#endif
