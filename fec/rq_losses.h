// SPDX-License-Identifier: BSD-2-Clause
// Decoding few losses of a small block: an e x e system over GF(256) from rows of the generator
// matrix, turned into one matrix that gives the lost symbols from the received ones.
#ifndef PLAIT_FEC_RQ_LOSSES_H
#define PLAIT_FEC_RQ_LOSSES_H

#include "rq_plan.h"

#define RQ_LOSSES_EXTRA 4 // surplus repair symbols taken along: spare equations, then checks

struct rq_losses {
    const struct plait_rq_plan *plan;
    uint32_t max_rows;
    uint32_t n_lost, n_rows, n_checks;
    size_t stride;
    uint16_t *lost;    // ESIs
    uint8_t *rows;     // generator rows of the repair symbols used
    uint8_t *solve;    // their columns of lost symbols, a cell a row; then its inverse
    uint8_t *combined; // lost symbols (then checks) from the received
    const uint8_t **symbols;
    uint8_t **row_at;
    const uint8_t **row_from;
    uint8_t *ordered; // the inverse in the order of the lost symbols, then the checks
    uint16_t *pivot;  // row that gives lost symbol i, then the rows of the checks
};

void rq_losses_carve(struct rq_losses *losses, struct rq_arena *arena,
                     const struct plait_rq_plan *plan);

// lost: n_lost source ESIs. source[esi]: the received ones, null where lost. repairs: n_repairs >=
// n_lost repair symbols. Returns 0, or how many more symbols are wanted at least.
uint32_t rq_losses_solve(struct rq_losses *losses, const uint8_t *const *source,
                         const uint32_t *repair_esi, const uint8_t *const *repair,
                         uint32_t n_repairs);

// Writes the lost symbols whose out is not null. False when a check does not hold.
bool rq_losses_run(const struct rq_losses *losses, size_t symbol_bytes, uint8_t *const *out);

#endif
