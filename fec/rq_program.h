// SPDX-License-Identifier: BSD-2-Clause
// A program that computes the intermediate symbols C of RFC 6330 from received symbols.
//
// It is the solved form of the matrix A (5.4.2), split by inactivation: the pivots are a sparse
// triangular part over GF(2), the u inactive columns a small dense part. Symbols live in slots;
// slot c < l is column c. Rows of the triangular part are run twice, once with the inactive columns
// taken as zero (giving what the dense part needs) and once with their true values.
#ifndef PLAIT_FEC_RQ_PROGRAM_H
#define PLAIT_FEC_RQ_PROGRAM_H

#include "rq_params.h"

#define RQ_NO_SOURCE 0xFFFF

// Operations are streams of 16-bit words:
//   destination, source index or RQ_NO_SOURCE, n_pivot, n_all, n_all columns
// the first n_pivot columns being pivots that stand earlier in the stream, the others inactive.
#define RQ_OP_HEADER 4

#define RQ_CHECKS 4 // surplus equations kept as checks, at most

struct rq_program {
    uint32_t l, h, hdpc_columns; // hdpc_columns = K' + S
    uint32_t n_pivot;
    uint32_t n_residual; // binary rows left over
    uint32_t u;          // inactive columns = rank + d
    uint32_t rank;       // of the residual binary rows
    uint32_t d;          // inactive columns only the HDPC rows determine; 0: HDPC rows not needed
    uint16_t *pivot_ops, *pivot_end;
    uint16_t *residual_ops, *residual_end;
    // Inactive columns in solved order: rank columns given by binary rows, then d by HDPC rows.
    uint16_t *dense_columns;
    // E = inverse * residuals: rank rows of inverse_words words, a bit a residual row.
    // Then n_binary_checks rows whose sums must be zero.
    uint64_t *inverse;
    uint32_t inverse_words;
    // first columns = E + spread * last columns: a word a row, d bits used.
    uint64_t *spread;
    // last columns = hdpc_solve (d x (h + rank)) * [HDPC residuals; E]
    // then n_hdpc_checks rows that must give zero.
    uint8_t *hdpc_solve;
    uint32_t n_binary_checks, n_hdpc_checks; // together at most RQ_CHECKS
    // For each of the first hdpc_columns - 1 columns its two HDPC rows (RFC 6330 5.3.3.3, MT).
    uint8_t *hdpc_rows;
};

// Slots: l columns, then the residuals, then h HDPC sums, then the checks.
static inline uint32_t rq_program_slots(const struct rq_program *p)
{
    return p->l + p->n_residual + p->h + RQ_CHECKS;
}

#endif
