// SPDX-License-Identifier: BSD-2-Clause
// The inner loops of RaptorQ, one implementation a CPU level.
//
// They work on a strip: up to RQ_STRIP_MAX bytes of every symbol at once. A slot holds one symbol's
// bytes of the strip; slots are contiguous, so a strip of thousands of symbols stays in the cache.
#ifndef PLAIT_FEC_RQ_KERNELS_H
#define PLAIT_FEC_RQ_KERNELS_H

#include "rq_program.h"
#include <plait/gf256.h>

#define RQ_CELL      64 // strip widths are multiples of this
#define RQ_STRIP_MAX 256

struct rq_strip {
    uint8_t *slots;
    size_t width;                 // bytes a slot: 64, 128, 192 or 256
    const uint8_t *const *source; // symbols in the caller's memory; NULL: all zero
    size_t at;                    // the strip's place in a symbol
    size_t bytes;                 // bytes of a symbol in this strip, at most width
};

struct rq_kernels {
    // Runs operations: slot = source ^ sum of the pivot columns (or of all columns).
    void (*rows)(const struct rq_strip *strip, const uint16_t *op, const uint16_t *end, bool all);
    // out[op[0]] = sum of all columns, written at the strip's place.
    void (*emit)(const struct rq_strip *strip, const uint16_t *op, const uint16_t *end,
                 uint8_t *const *out);
    // HDPC residuals of the columns (RFC 6330 5.3.3.3: MT * GAMMA), by the recursion of GAMMA.
    void (*hdpc)(const struct rq_strip *strip, const struct rq_program *program);
    // slot dst[i] (^)= sum over the set bits j of row i of slot first + j (or of slot columns[j]).
    void (*bits_mul)(const struct rq_strip *strip, const uint16_t *dst, uint32_t n_dst,
                     const uint16_t *columns, uint32_t first, uint32_t n_bits, const uint64_t *bits,
                     uint32_t words, bool add);
    // Adds the pivot row to every other row with that bit; rows of whole 64-byte cells.
    void (*eliminate)(uint64_t *rows, uint32_t words, uint32_t n_rows, uint32_t pivot,
                      uint32_t bit);
    // row ^= row[column] * from, for rows of one cell of GF(256) elements.
    void (*clear)(uint8_t *rows, uint32_t n_rows, const uint8_t *from, uint32_t column);
};

extern const struct rq_kernels rq_kernels_ref;
extern const struct rq_kernels rq_kernels_ssse3;
extern const struct rq_kernels rq_kernels_avx2;
extern const struct rq_kernels rq_kernels_gfni_avx2;
extern const struct rq_kernels rq_kernels_gfni_avx512;
extern const struct rq_kernels rq_kernels_neon;

// The kernels that go with a GF(256) table.
const struct rq_kernels *rq_kernels_of(const struct plait_gf256 *gf);

#endif
