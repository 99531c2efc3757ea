// SPDX-License-Identifier: BSD-2-Clause
// Runs a program on symbols, a strip at a time.
#ifndef PLAIT_FEC_RQ_EXEC_H
#define PLAIT_FEC_RQ_EXEC_H

#include "rq_arena.h"
#include "rq_kernels.h"

// Symbols are linear in their bytes, so each strip is solved on its own, from the sources to the
// intermediate symbols in slots 0 .. l-1. `pointers` is scratch for h + max inactive pointers.
// False when a check of the program does not hold.
bool rq_exec_strip(const struct rq_program *program, const struct plait_gf256 *gf,
                   const struct rq_kernels *kernels, const struct rq_strip *strip,
                   const uint8_t **pointers);

// Strips of 256 bytes were best at every size, also where the slots leave the second-level cache:
// narrower ones fit it but pay more per operation. Short symbols take less.
static inline size_t rq_exec_width(size_t symbol_bytes)
{
    size_t whole = rq_round_up(symbol_bytes, RQ_CELL);
    return whole < RQ_STRIP_MAX ? whole : RQ_STRIP_MAX;
}

#endif
