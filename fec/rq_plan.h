// SPDX-License-Identifier: BSD-2-Clause
// What depends on K only: the encoder's program, and for small blocks the generator matrix.
#ifndef PLAIT_FEC_RQ_PLAN_H
#define PLAIT_FEC_RQ_PLAN_H

#include "rq_exec.h"
#include "rq_solver.h"
#include <plait/fec.h>

#define RQ_GENERATOR_K 1024 // blocks up to this size get a generator matrix
#define RQ_LOSSES_MAX  56   // more losses are cheaper to decode by a program

struct plait_rq_plan {
    const struct plait_gf256 *gf;
    const struct rq_kernels *kernels;
    struct rq_params params;
    struct rq_program program;
    // Row c: intermediate symbol c as a combination of the K source symbols; null for large K.
    uint8_t *generator;
    size_t generator_stride;
};

// The row of the systematic generator matrix of one encoding symbol: its k coefficients.
void rq_plan_row(const struct plait_rq_plan *plan, uint32_t esi, uint8_t *row);

// The operation "slot <index> = all columns of this symbol" for the emit kernel; returns its end.
uint16_t *rq_write_emit(const struct rq_params *params, uint32_t esi, uint16_t index, uint16_t *op);
#define RQ_EMIT_WORDS (RQ_OP_HEADER + RQ_MAX_COLUMNS)

#endif
