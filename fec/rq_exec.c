// SPDX-License-Identifier: BSD-2-Clause
// Runs a program on symbols, a strip at a time.
#include "rq_exec.h"
#include "rq_arena.h"
#include <string.h>

#define CACHE_BYTES (512 * 1024) // half of a common second-level cache

size_t rq_exec_width(uint32_t slots, size_t symbol_bytes)
{
    size_t width = RQ_STRIP_MAX;
    while (width > RQ_CELL && (size_t)slots * width > CACHE_BYTES)
        width /= 2;
    size_t whole = rq_round_up(symbol_bytes, RQ_CELL);
    return width < whole ? width : whole;
}

static void solve_last_columns(const struct rq_program *p, const struct plait_gf256 *gf,
                               const struct rq_strip *strip, const uint8_t **pointers)
{
    uint8_t *last[RQ_MAX_H];
    uint8_t *sums = strip->slots + (size_t)(p->l + p->n_residual) * strip->width;
    for (uint32_t i = 0; i < p->h; i++)
        pointers[i] = sums + i * strip->width;
    for (uint32_t t = 0; t < p->rank; t++)
        pointers[p->h + t] = strip->slots + p->dense_columns[t] * strip->width;
    for (uint32_t i = 0; i < p->d; i++)
        last[i] = strip->slots + p->dense_columns[p->rank + i] * strip->width;
    size_t n = p->h + p->rank;
    gf->mul_mn(last, p->d, pointers, n, p->hdpc_solve, n, strip->width);
}

void rq_exec_strip(const struct rq_program *p, const struct plait_gf256 *gf,
                   const struct rq_kernels *kernels, const struct rq_strip *strip,
                   const uint8_t **pointers)
{
    if (p->d)
        for (uint32_t i = 0; i < p->u; i++)
            memset(strip->slots + p->dense_columns[i] * strip->width, 0, strip->width);
    kernels->rows(strip, p->pivot_ops, p->pivot_end, false);
    kernels->rows(strip, p->residual_ops, p->residual_end, false);
    if (p->d)
        kernels->hdpc(strip, p);
    kernels->bits_mul(strip, p->dense_columns, p->rank, NULL, p->l, p->n_residual, p->inverse,
                      p->inverse_words, false);
    if (p->d) {
        solve_last_columns(p, gf, strip, pointers);
        kernels->bits_mul(strip, p->dense_columns, p->rank, p->dense_columns + p->rank, 0, p->d,
                          p->spread, 1, true);
    }
    kernels->rows(strip, p->pivot_ops, p->pivot_end, true);
}
