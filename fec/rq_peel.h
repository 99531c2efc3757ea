// SPDX-License-Identifier: BSD-2-Clause
// The sparse part of solving: the matrix as lists, and peeling with inactivation.
#ifndef PLAIT_FEC_RQ_PEEL_H
#define PLAIT_FEC_RQ_PEEL_H

#include "rq_arena.h"
#include "rq_program.h"

struct rq_peel {
    const struct rq_params *params;
    uint32_t max_rows, n_rows, n_symbols;
    uint32_t max_entries;
    uint32_t *row_start; // entries of row r: LT columns first
    uint16_t *row_lt;    // how many LT columns
    uint16_t *row_degree, *row_sum;
    const uint16_t *source;
    uint16_t *entries;
    uint32_t *column_start;
    uint16_t *column_rows;
    uint8_t *column_state, *row_used;
    uint16_t *ready, *pairs; // rows of degree 1 (a stack), rows that reached degree 2
    uint32_t n_ready, n_pairs;
    uint16_t *column_count;
    uint16_t *inactive; // columns, the PI columns first
    uint32_t n_inactive, max_inactive;
};

// max_symbols: rows beside the S LDPC rows; max_entries: their columns together at most.
void rq_peel_carve(struct rq_peel *peel, struct rq_arena *arena, const struct rq_params *params,
                   uint32_t max_symbols, uint32_t max_symbol_entries, uint32_t max_inactive);

// Words of 16 bits the operations take at most.
size_t rq_peel_op_words(const struct rq_peel *peel);

// Row i of the matrix is the symbol isi[i], found at source[i]. Writes the operations of the pivots
// and of the residual rows and the inactive columns. False when more than max_inactive columns
// would be inactive.
bool rq_peel_run(struct rq_peel *peel, const uint32_t *isi, const uint16_t *source, uint32_t n,
                 struct rq_program *program);

#endif
