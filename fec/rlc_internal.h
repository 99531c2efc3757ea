/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FEC_RLC_INTERNAL_H
#define FEC_RLC_INTERNAL_H

/* What the files of the sliding-window code share. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <plait/fec_rlc.h>
#include <plait/gf256.h>

#define RLC_ALIGN 64u /* bytes */

static inline void *rlc_align(void *memory)
{
    const uintptr_t at = (uintptr_t)memory;
    return (uint8_t *)memory + ((RLC_ALIGN - at % RLC_ALIGN) % RLC_ALIGN);
}

/* TinyMT32 with the parameters of RFC 8682. */
struct rlc_tinymt {
    uint32_t state[4];
};

void rlc_tinymt_seed(struct rlc_tinymt *mt, uint32_t seed);
uint32_t rlc_tinymt_next(struct rlc_tinymt *mt);

/* Writes `count` coefficients (oldest symbol first) for m = 8. density 0..15. */
void rlc_coefficients(uint16_t repair_key, unsigned density, uint8_t *coefs, size_t count);

/* Columns of the linear system: window rounded up to a power of two. */
uint32_t rlc_columns(uint32_t window);

/* One equation: sum of coefs[column] * symbol[column] = payload. Both parts lie one after the other
 * so that a row operation is one pass; a column is an ESI modulo the window. */
struct rlc_row {
    uint8_t *coefs;
    uint8_t *payload;
    uint32_t pivot; /* column */
};

/* The linear system. Rows are reduced against each other over the unknown columns: no row has
 * another row's pivot. Known symbols stay in the rows as coefficients and are subtracted when a
 * symbol is determined or when the known one leaves the window. */
struct rlc_system {
    const struct plait_gf256 *gf;
    uint32_t columns; /* power of two */
    uint32_t rows_max;
    uint32_t rows;
    uint32_t unscanned; /* rows from here on may be determined */
    size_t symbol_stride;
    size_t row_bytes;       /* coefficients and payload */
    bool verify;            /* reduce also the payload of a row that brings nothing new */
    uint8_t *unknown;       /* a column: 0xff or 0 */
    uint8_t *symbols;       /* columns * symbol_stride */
    struct rlc_row *row;    /* rows_max + 1; row[rows] is free to build in */
    const uint8_t **source; /* scratch of the fused additions, max(columns, rows_max) + 1 */
    uint8_t *factor;
};

/* The one row of the system built in row[rows] by the caller: coefs filled, payload set. Returns
 * true if it was new and is now part of the system; `oldest` is the column of the oldest symbol in
 * the window. False leaves in row[rows] the coefficients of known symbols only. */
bool rlc_system_insert(struct rlc_system *sys, uint32_t oldest);

/* Whether row[rows], free of unknowns, agrees with the known symbols. */
bool rlc_system_agrees(struct rlc_system *sys);

/* The symbol of an unknown column has been received and stored. */
void rlc_system_on_known(struct rlc_system *sys, uint32_t column, uint32_t oldest);

/* The symbol of a column leaves the window; the column will be reused as unknown. */
void rlc_system_on_left(struct rlc_system *sys, uint32_t column);

/* Solves one determined symbol into `symbols`; false if there is none. */
bool rlc_system_solve(struct rlc_system *sys, uint32_t *column);

#endif
