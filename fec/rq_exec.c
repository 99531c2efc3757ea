// SPDX-License-Identifier: BSD-2-Clause
// Runs a program on symbols, a strip at a time.
#include "rq_exec.h"
#include "rq_arena.h"
#include <string.h>

static uint8_t *slot_of(const struct rq_strip *strip, uint32_t slot)
{
    return strip->slots + slot * strip->width;
}

// The columns the HDPC rows determine, and the checks left of those rows.
static void solve_last_columns(const struct rq_program *p, const struct plait_gf256 *gf,
                               const struct rq_strip *strip, const uint8_t **pointers)
{
    uint8_t *out[RQ_MAX_H + RQ_CHECKS];
    uint32_t sums = p->l + p->n_residual;
    for (uint32_t i = 0; i < p->h; i++)
        pointers[i] = slot_of(strip, sums + i);
    for (uint32_t t = 0; t < p->rank; t++)
        pointers[p->h + t] = slot_of(strip, p->dense_columns[t]);
    for (uint32_t i = 0; i < p->d; i++)
        out[i] = slot_of(strip, p->dense_columns[p->rank + i]);
    for (uint32_t i = 0; i < p->n_hdpc_checks; i++)
        out[p->d + i] = slot_of(strip, sums + p->h + i);
    size_t n = p->h + p->rank;
    gf->mul_mn(out, p->d + p->n_hdpc_checks, pointers, n, p->hdpc_solve, n, strip->width);
}

static void run_binary_checks(const struct rq_program *p, const struct rq_kernels *kernels,
                              const struct rq_strip *strip)
{
    uint16_t out[RQ_CHECKS];
    uint32_t first = p->l + p->n_residual + p->h + p->n_hdpc_checks;
    for (uint32_t i = 0; i < p->n_binary_checks; i++)
        out[i] = (uint16_t)(first + i);
    kernels->bits_mul(strip, out, p->n_binary_checks, NULL, p->l, p->n_residual,
                      p->inverse + (size_t)p->rank * p->inverse_words, p->inverse_words, false);
}

static bool checks_hold(const struct rq_program *p, const struct rq_strip *strip)
{
    const uint8_t *checks = slot_of(strip, p->l + p->n_residual + p->h);
    size_t n = (p->n_hdpc_checks + p->n_binary_checks) * strip->width;
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= checks[i];
    return any == 0;
}

bool rq_exec_strip(const struct rq_program *p, const struct plait_gf256 *gf,
                   const struct rq_kernels *kernels, const struct rq_strip *strip,
                   const uint8_t **pointers)
{
    if (p->d)
        for (uint32_t i = 0; i < p->u; i++)
            memset(slot_of(strip, p->dense_columns[i]), 0, strip->width);
    kernels->rows(strip, p->pivot_ops, p->pivot_end, false);
    kernels->rows(strip, p->residual_ops, p->residual_end, false);
    if (p->d)
        kernels->hdpc(strip, p);
    kernels->bits_mul(strip, p->dense_columns, p->rank, NULL, p->l, p->n_residual, p->inverse,
                      p->inverse_words, false);
    if (p->n_binary_checks)
        run_binary_checks(p, kernels, strip);
    if (p->d) {
        solve_last_columns(p, gf, strip, pointers);
        kernels->bits_mul(strip, p->dense_columns, p->rank, p->dense_columns + p->rank, 0, p->d,
                          p->spread, 1, true);
    }
    kernels->rows(strip, p->pivot_ops, p->pivot_end, true);
    return checks_hold(p, strip);
}
