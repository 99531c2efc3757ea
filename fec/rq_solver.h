// SPDX-License-Identifier: BSD-2-Clause
// Solves the RaptorQ matrix of a set of received symbols into a program.
#ifndef PLAIT_FEC_RQ_SOLVER_H
#define PLAIT_FEC_RQ_SOLVER_H

#include "rq_kernels.h"
#include "rq_peel.h"

struct rq_solver {
    const struct plait_gf256 *gf;
    const struct rq_kernels *kernels;
    struct rq_peel peel;
    uint32_t max_residual;
    uint64_t *matrix; // residual rows: their inactive columns, then what was added to what
    uint8_t *row_taken;
    uint16_t *pivot_rows;
    uint8_t *hdpc_matrix;
    uint8_t *slots; // set by the owner: rq_solver_max_slots slots of a cell at least
};

struct rq_solver_limits {
    uint32_t max_symbols, max_entries;
};

// A bound on inactive columns no random erasure comes near (docs/FEC.md has the measurement).
uint32_t rq_solver_max_inactive(const struct rq_params *params);

uint32_t rq_solver_max_slots(const struct rq_params *params, uint32_t max_symbols);

// The program's own memory, then the solver's; two calls so that the first can outlive the second.
void rq_program_carve(struct rq_program *program, struct rq_arena *arena,
                      const struct rq_params *params, const struct rq_solver_limits *limits);
void rq_solver_carve(struct rq_solver *solver, struct rq_arena *arena,
                     const struct rq_params *params, const struct rq_solver_limits *limits);

// Row i of the matrix is the symbol isi[i], found at source[i] (RQ_NO_SOURCE: zero). Returns 0, or
// how many more symbols are wanted at least before another try can succeed.
uint32_t rq_solve(struct rq_solver *solver, struct rq_program *program, const uint32_t *isi,
                  const uint16_t *source, uint32_t n);

#endif
