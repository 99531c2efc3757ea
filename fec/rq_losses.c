// SPDX-License-Identifier: BSD-2-Clause
// Decoding few losses of a small block with an e x e inverse.
#include "rq_losses.h"
#include <string.h>

#define CHECK_BYTES 256

void rq_losses_carve(struct rq_losses *losses, struct rq_arena *arena,
                     const struct plait_rq_plan *plan)
{
    uint32_t k = plan->params.k;
    uint32_t most = k < RQ_LOSSES_MAX ? k : RQ_LOSSES_MAX;
    uint32_t rows = most + RQ_LOSSES_EXTRA;
    memset(losses, 0, sizeof *losses);
    losses->plan = plan;
    losses->max_rows = rows;
    losses->stride = rq_round_up(k + RQ_LOSSES_EXTRA, RQ_CELL);
    losses->lost = rq_carve(arena, most * sizeof *losses->lost);
    losses->rows = rq_carve(arena, rows * losses->stride);
    losses->solve = rq_carve(arena, rows * RQ_CELL);
    losses->combined = rq_carve(arena, rows * losses->stride);
    losses->symbols = rq_carve(arena, (k + RQ_LOSSES_EXTRA) * sizeof *losses->symbols);
    losses->row_at = rq_carve(arena, rows * sizeof *losses->row_at);
    losses->row_from = rq_carve(arena, rows * sizeof *losses->row_from);
    losses->ordered = rq_carve(arena, rows * RQ_CELL);
    losses->pivot = rq_carve(arena, rows * sizeof *losses->pivot);
}

// Moves the columns of the lost symbols out of a row.
static void take_lost(const struct rq_losses *l, uint8_t *row, uint8_t *solve)
{
    uint32_t e = l->n_lost, first = l->lost[0];
    memset(solve, 0, RQ_CELL);
    if (l->lost[e - 1] - first == e - 1) { // a burst
        memcpy(solve, row + first, e);
        memset(row + first, 0, e);
        return;
    }
    for (uint32_t i = 0; i < e; i++) {
        solve[i] = row[l->lost[i]];
        row[l->lost[i]] = 0;
    }
}

// A repair symbol takes the place of a lost source symbol, surplus ones follow after the block, so
// the symbols and the coefficients need no compaction.
static void take_rows(struct rq_losses *l, const uint32_t *repair_esi, const uint8_t *const *repair)
{
    uint32_t k = l->plan->params.k, e = l->n_lost;
    for (uint32_t r = 0; r < l->n_rows; r++) {
        uint8_t *row = l->rows + r * l->stride;
        uint32_t place = r < e ? l->lost[r] : k + r - e;
        rq_plan_row(l->plan, repair_esi[r], row);
        memset(row + k, 0, l->stride - k);
        take_lost(l, row, l->solve + (size_t)r * RQ_CELL);
        row[place] = 1;
        l->symbols[place] = repair[r];
    }
}

// Gauss-Jordan in place: the column a pivot has cleared takes the coefficients of the pivot's own
// row. So row pivot[i] becomes the sum of rows, each at its pivot's column, that gives lost symbol
// i; a row without a pivot the sum that, added to the row itself, must give zero. Returns the rank.
static uint32_t reduce(struct rq_losses *l)
{
    const struct rq_kernels *kernels = l->plan->kernels;
    uint8_t taken[RQ_LOSSES_MAX + RQ_LOSSES_EXTRA] = {0}, from[RQ_CELL];
    uint32_t rank = 0;
    for (uint32_t i = 0; i < l->n_lost; i++) {
        uint32_t p = 0;
        while (p < l->n_rows && (taken[p] || !l->solve[p * RQ_CELL + i]))
            p++;
        if (p == l->n_rows)
            continue;
        taken[p] = 1;
        l->pivot[i] = (uint16_t)p;
        rank++;
        uint8_t *row = l->solve + (size_t)p * RQ_CELL;
        uint8_t inverse = plait_gf256_inv(row[i]);
        row[i] = 1;
        l->plan->gf->mul(row, row, inverse, RQ_CELL);
        memcpy(from, row, RQ_CELL);
        from[i] ^= 1; // takes the cleared column's own value away
        kernels->clear(l->solve, p, from, i);
        kernels->clear(row + RQ_CELL, l->n_rows - p - 1, from, i);
    }
    l->n_checks = 0;
    for (uint32_t r = 0; r < l->n_rows; r++)
        if (!taken[r])
            l->pivot[l->n_lost + l->n_checks++] = (uint16_t)r;
    return rank;
}

// combined = reduced rows, in the order of the lost symbols, times the generator rows, in the order
// of the pivots.
static void combine(struct rq_losses *l)
{
    uint32_t n = l->n_lost + l->n_checks;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *ordered = l->ordered + (size_t)i * RQ_CELL;
        l->row_from[i] = l->rows + l->pivot[i] * l->stride;
        l->row_at[i] = l->combined + i * l->stride;
        memcpy(ordered, l->solve + (size_t)l->pivot[i] * RQ_CELL, l->n_lost);
        memset(ordered + l->n_lost, 0, l->n_checks);
        if (i >= l->n_lost)
            ordered[i] = 1;
    }
    l->plan->gf->mul_mn(l->row_at, n, l->row_from, n, l->ordered, RQ_CELL, l->stride);
}

uint32_t rq_losses_solve(struct rq_losses *l, const uint8_t *const *source,
                         const uint32_t *repair_esi, const uint8_t *const *repair,
                         uint32_t n_repairs)
{
    uint32_t k = l->plan->params.k;
    l->n_lost = 0;
    for (uint32_t esi = 0; esi < k; esi++) {
        l->symbols[esi] = source[esi];
        if (!source[esi])
            l->lost[l->n_lost++] = (uint16_t)esi;
    }
    uint32_t most = l->n_lost + RQ_LOSSES_EXTRA;
    l->n_rows = n_repairs < most ? n_repairs : most;
    take_rows(l, repair_esi, repair);
    uint32_t rank = reduce(l);
    if (rank < l->n_lost)
        return l->n_lost - rank;
    combine(l);
    return 0;
}

static bool checks_hold(const struct rq_losses *l, size_t symbol_bytes)
{
    uint8_t block[CHECK_BYTES], any = 0;
    uint8_t *out = block;
    const uint8_t *pieces[16];
    uint32_t n = l->plan->params.k + l->n_rows - l->n_lost;
    for (uint32_t i = 0; i < l->n_checks; i++) {
        const uint8_t *row = l->combined + (l->n_lost + i) * l->stride;
        for (size_t at = 0; at < symbol_bytes; at += CHECK_BYTES) {
            size_t len = symbol_bytes - at < CHECK_BYTES ? symbol_bytes - at : CHECK_BYTES;
            memset(out, 0, len);
            for (uint32_t first = 0; first < n; first += 16) {
                uint32_t some = n - first < 16 ? n - first : 16;
                for (uint32_t j = 0; j < some; j++)
                    pieces[j] = l->symbols[first + j] + at;
                l->plan->gf->addmul_n(out, pieces, row + first, some, len);
            }
            for (size_t j = 0; j < len; j++)
                any |= block[j];
        }
    }
    return any == 0;
}

bool rq_losses_run(const struct rq_losses *l, size_t symbol_bytes, uint8_t *const *out)
{
    uint32_t n = l->plan->params.k + l->n_rows - l->n_lost;
    const uint8_t *rows = l->combined;
    // Runs of wanted symbols go in one call each.
    for (uint32_t i = 0; i < l->n_lost;) {
        uint32_t end = i;
        while (end < l->n_lost && out[end])
            end++;
        if (end > i)
            l->plan->gf->mul_mn(out + i, end - i, l->symbols, n, rows + i * l->stride, l->stride,
                                symbol_bytes);
        i = end + 1;
    }
    return checks_hold(l, symbol_bytes);
}
