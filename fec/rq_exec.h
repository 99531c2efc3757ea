// SPDX-License-Identifier: BSD-2-Clause
// Runs a program on symbols, a strip at a time.
#ifndef PLAIT_FEC_RQ_EXEC_H
#define PLAIT_FEC_RQ_EXEC_H

#include "rq_kernels.h"

// Symbols are linear in their bytes, so each strip is solved on its own, from the sources to the
// intermediate symbols in slots 0 .. l-1. `pointers` is scratch for h + max inactive pointers.
// False when a check of the program does not hold.
bool rq_exec_strip(const struct rq_program *program, const struct plait_gf256 *gf,
                   const struct rq_kernels *kernels, const struct rq_strip *strip,
                   const uint8_t **pointers);

// The best strip width for so many slots: narrower as they leave the caches.
size_t rq_exec_width(uint32_t slots, size_t symbol_bytes);

#endif
