// SPDX-License-Identifier: BSD-2-Clause
// Peeling with inactivation (RFC 6330 5.4.2.2, first phase), on adjacency lists.
//
// A row knows how many active columns it has and the XOR of their numbers, so a row of degree 1
// names its pivot without a search. When no row has degree 1, the column that appears in most rows
// of degree 2 becomes inactive: it frees the most rows at once and nearly always lies in the
// largest component of the graph the RFC speaks of.
#include "rq_peel.h"
#include <assert.h>
#include <string.h>

enum { COLUMN_ACTIVE, COLUMN_INACTIVE, COLUMN_PIVOT };

static uint32_t ldpc_entries(const struct rq_params *params)
{
    return 3 * params->b + 3 * params->s;
}

void rq_peel_carve(struct rq_peel *peel, struct rq_arena *arena, const struct rq_params *params,
                   uint32_t max_symbols, uint32_t max_symbol_entries, uint32_t max_inactive)
{
    uint32_t rows = max_symbols + params->s;
    memset(peel, 0, sizeof *peel);
    peel->params = params;
    peel->max_rows = rows;
    peel->max_entries = max_symbol_entries + ldpc_entries(params);
    peel->max_inactive = max_inactive;
    peel->row_start = rq_carve(arena, (rows + 1) * sizeof *peel->row_start);
    peel->row_lt = rq_carve(arena, rows * sizeof *peel->row_lt);
    peel->row_degree = rq_carve(arena, rows * sizeof *peel->row_degree);
    peel->row_sum = rq_carve(arena, rows * sizeof *peel->row_sum);
    peel->entries = rq_carve(arena, peel->max_entries * sizeof *peel->entries);
    peel->column_start = rq_carve(arena, (params->w + 2) * sizeof *peel->column_start);
    peel->column_rows = rq_carve(arena, peel->max_entries * sizeof *peel->column_rows);
    peel->column_state = rq_carve(arena, params->l);
    peel->row_used = rq_carve(arena, rows);
    peel->ready = rq_carve(arena, rows * sizeof *peel->ready);
    peel->pairs = rq_carve(arena, rows * sizeof *peel->pairs);
    peel->column_count = rq_carve(arena, params->w * sizeof *peel->column_count);
    peel->inactive = rq_carve(arena, max_inactive * sizeof *peel->inactive);
}

size_t rq_peel_op_words(const struct rq_peel *peel)
{
    return (size_t)RQ_OP_HEADER * peel->max_rows + peel->max_entries;
}

static void add_symbol_rows(struct rq_peel *peel, const uint32_t *isi, uint32_t n)
{
    uint32_t at = 0;
    for (uint32_t r = 0; r < n; r++) {
        struct rq_columns columns;
        rq_columns_of(peel->params, isi[r], &columns);
        peel->row_start[r] = at;
        peel->row_lt[r] = (uint16_t)columns.n_lt;
        uint16_t sum = 0;
        for (uint32_t i = 0; i < columns.n_lt; i++) {
            sum ^= columns.at[i];
            peel->column_start[columns.at[i] + 2]++;
        }
        peel->row_sum[r] = sum;
        memcpy(peel->entries + at, columns.at, columns.n * sizeof columns.at[0]);
        at += columns.n;
    }
    peel->row_start[n] = at;
}

static inline uint32_t ldpc_step(uint32_t row, uint32_t by, uint32_t s)
{
    row += by;
    return row >= s ? row - s : row;
}

static void ldpc_put(struct rq_peel *peel, uint32_t ldpc_row, uint32_t column)
{
    uint32_t r = peel->n_symbols + ldpc_row;
    peel->entries[peel->row_start[r] + peel->row_lt[r]++] = (uint16_t)column;
    peel->row_sum[r] ^= (uint16_t)column;
    peel->column_start[column + 2]++;
}

// RFC 6330 5.3.3.3, the S LDPC relations as rows whose symbol is zero.
static void add_ldpc_rows(struct rq_peel *peel)
{
    const struct rq_params *p = peel->params;
    uint32_t n = peel->n_symbols, s = p->s;
    uint16_t *weight = peel->row_degree + n; // free until degrees are set
    memset(weight, 0, s * sizeof *weight);
    for (uint32_t i = 0, row = 0, by = 1; i < p->b; i++) {
        weight[row]++;
        uint32_t second = ldpc_step(row, by, s);
        weight[second]++;
        weight[ldpc_step(second, by, s)]++;
        if (++row == s) {
            row = 0;
            by = by + 1 == s ? 0 : by + 1;
        }
    }
    for (uint32_t i = 0; i < s; i++) {
        peel->row_start[n + i + 1] = peel->row_start[n + i] + weight[i] + 3u;
        peel->row_lt[n + i] = 0;
        peel->row_sum[n + i] = 0;
    }
    for (uint32_t i = 0, row = 0, by = 1; i < p->b; i++) {
        ldpc_put(peel, row, i);
        uint32_t second = ldpc_step(row, by, s);
        ldpc_put(peel, second, i);
        ldpc_put(peel, ldpc_step(second, by, s), i);
        if (++row == s) {
            row = 0;
            by = by + 1 == s ? 0 : by + 1;
        }
    }
    for (uint32_t i = 0; i < s; i++) {
        ldpc_put(peel, i, p->b + i);
        uint16_t *end = peel->entries + peel->row_start[n + i + 1];
        end[-2] = (uint16_t)(p->w + i % p->p);
        end[-1] = (uint16_t)(p->w + (i + 1) % p->p);
    }
}

static void fill_columns(struct rq_peel *peel)
{
    uint32_t *start = peel->column_start; // counts stand two places on, so filling leaves starts
    for (uint32_t c = 2; c < peel->params->w + 2; c++)
        start[c] += start[c - 1];
    for (uint32_t r = 0; r < peel->n_rows; r++) {
        const uint16_t *entry = peel->entries + peel->row_start[r];
        for (uint32_t i = 0; i < peel->row_lt[r]; i++)
            peel->column_rows[start[entry[i] + 1]++] = (uint16_t)r;
        peel->row_degree[r] = peel->row_lt[r];
        if (peel->row_lt[r] == 1)
            peel->ready[peel->n_ready++] = (uint16_t)r;
        else if (peel->row_lt[r] == 2)
            peel->pairs[peel->n_pairs++] = (uint16_t)r;
    }
}

static void column_leave(struct rq_peel *peel, uint32_t column, uint8_t state)
{
    peel->column_state[column] = state;
    uint32_t end = peel->column_start[column + 1];
    for (uint32_t i = peel->column_start[column]; i < end; i++) {
        uint32_t r = peel->column_rows[i];
        peel->row_sum[r] ^= (uint16_t)column;
        uint32_t degree = --peel->row_degree[r];
        if (degree == 1)
            peel->ready[peel->n_ready++] = (uint16_t)r;
        else if (degree == 2)
            peel->pairs[peel->n_pairs++] = (uint16_t)r;
    }
}

static uint16_t *write_op(const struct rq_peel *peel, uint16_t *op, uint32_t row, uint32_t slot,
                          uint32_t skip)
{
    const uint16_t *entry = peel->entries + peel->row_start[row];
    const uint16_t *end = peel->entries + peel->row_start[row + 1];
    const uint16_t *end_lt = entry + peel->row_lt[row];
    uint16_t late[RQ_MAX_COLUMNS];
    uint32_t n_late = 0;
    uint16_t *out = op + RQ_OP_HEADER;
    uint16_t *first = out;
    for (const uint16_t *e = entry; e < end_lt; e++) {
        if (*e != skip && peel->column_state[*e] == COLUMN_PIVOT)
            *out++ = *e;
        else if (*e != skip && n_late < RQ_MAX_COLUMNS)
            late[n_late++] = *e;
        else if (*e != skip)
            n_late++;
    }
    op[0] = (uint16_t)slot;
    op[1] = row < peel->n_symbols ? peel->source[row] : RQ_NO_SOURCE;
    op[2] = (uint16_t)(out - first);
    if (n_late <= RQ_MAX_COLUMNS) {
        memcpy(out, late, n_late * sizeof late[0]);
        out += n_late;
    } else {
        for (const uint16_t *e = entry; e < end_lt; e++)
            if (*e != skip && peel->column_state[*e] == COLUMN_INACTIVE)
                *out++ = *e;
    }
    for (const uint16_t *e = end_lt; e < end; e++)
        *out++ = *e;
    op[3] = (uint16_t)(out - first);
    return out;
}

static void peel_ready_rows(struct rq_peel *peel, struct rq_program *program)
{
    while (peel->n_ready) {
        uint32_t r = peel->ready[--peel->n_ready];
        if (peel->row_degree[r] != 1)
            continue;
        uint32_t column = peel->row_sum[r];
        peel->row_used[r] = 1;
        program->pivot_end = write_op(peel, program->pivot_end, r, column, column);
        program->n_pivot++;
        column_leave(peel, column, COLUMN_PIVOT);
    }
}

// The active columns of a row of degree 2.
static void row_pair(const struct rq_peel *peel, uint32_t r, uint32_t pair[2])
{
    const uint16_t *entry = peel->entries + peel->row_start[r];
    while (peel->column_state[*entry] != COLUMN_ACTIVE)
        entry++;
    pair[0] = *entry;
    pair[1] = *entry ^ peel->row_sum[r];
}

static uint32_t choose_by_pairs(struct rq_peel *peel)
{
    uint32_t best = peel->params->w, best_count = 0, kept = 0;
    for (uint32_t i = 0; i < peel->n_pairs; i++) {
        uint32_t r = peel->pairs[i], pair[2];
        if (peel->row_degree[r] != 2)
            continue;
        peel->pairs[kept++] = (uint16_t)r;
        row_pair(peel, r, pair);
        for (int side = 0; side < 2; side++) {
            uint32_t count = ++peel->column_count[pair[side]];
            if (count > best_count) {
                best_count = count;
                best = pair[side];
            }
        }
    }
    peel->n_pairs = kept;
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t pair[2];
        row_pair(peel, peel->pairs[i], pair);
        peel->column_count[pair[0]] = peel->column_count[pair[1]] = 0;
    }
    return best;
}

// No row of degree 2 either: an active column of a row of least degree. There is one, as every
// column below w stands in an LDPC row.
static uint32_t choose_by_degree(const struct rq_peel *peel)
{
    uint32_t best_row = 0, best = UINT32_MAX;
    for (uint32_t r = 0; r < peel->n_rows; r++)
        if (peel->row_degree[r] && peel->row_degree[r] < best) {
            best = peel->row_degree[r];
            best_row = r;
        }
    assert(best != UINT32_MAX);
    const uint16_t *entry = peel->entries + peel->row_start[best_row];
    while (peel->column_state[*entry] != COLUMN_ACTIVE)
        entry++;
    return *entry;
}

static bool inactivate(struct rq_peel *peel)
{
    uint32_t column = choose_by_pairs(peel);
    if (column == peel->params->w)
        column = choose_by_degree(peel);
    if (peel->n_inactive == peel->max_inactive)
        return false;
    peel->inactive[peel->n_inactive++] = (uint16_t)column;
    column_leave(peel, column, COLUMN_INACTIVE);
    return true;
}

static void peel_start(struct rq_peel *peel, const uint32_t *isi, const uint16_t *source,
                       uint32_t n)
{
    const struct rq_params *p = peel->params;
    peel->n_symbols = n;
    peel->n_rows = n + p->s;
    peel->source = source;
    peel->n_ready = peel->n_pairs = peel->n_inactive = 0;
    memset(peel->column_start, 0, (p->w + 2) * sizeof *peel->column_start);
    memset(peel->column_count, 0, p->w * sizeof *peel->column_count);
    memset(peel->column_state, COLUMN_ACTIVE, p->w);
    memset(peel->column_state + p->w, COLUMN_INACTIVE, p->p);
    memset(peel->row_used, 0, peel->n_rows);
    for (uint32_t c = p->w; c < p->l; c++)
        peel->inactive[peel->n_inactive++] = (uint16_t)c;
    add_symbol_rows(peel, isi, n);
    add_ldpc_rows(peel);
    fill_columns(peel);
}

bool rq_peel_run(struct rq_peel *peel, const uint32_t *isi, const uint16_t *source, uint32_t n,
                 struct rq_program *program)
{
    peel_start(peel, isi, source, n);
    program->n_pivot = 0;
    program->pivot_end = program->pivot_ops;
    peel_ready_rows(peel, program);
    while (program->n_pivot + peel->n_inactive < peel->params->l) {
        if (!inactivate(peel))
            return false;
        peel_ready_rows(peel, program);
    }
    program->u = peel->n_inactive;
    program->n_residual = 0;
    program->residual_ops = program->residual_end = program->pivot_end;
    for (uint32_t r = 0; r < peel->n_rows; r++) {
        if (peel->row_used[r])
            continue;
        uint32_t slot = peel->params->l + program->n_residual++;
        program->residual_end = write_op(peel, program->residual_end, r, slot, UINT32_MAX);
    }
    return true;
}
