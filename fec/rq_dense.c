// SPDX-License-Identifier: BSD-2-Clause
// The dense part of solving: what peeling left over, first over GF(2), then the few columns only
// the HDPC rows determine over GF(256).
#include "rq_solver.h"
#include <string.h>

#define CELL_BITS  512
#define CELL_WORDS 8

static uint32_t words_of(uint32_t bits)
{
    return (uint32_t)rq_round_up(bits, CELL_BITS) / 64;
}

uint32_t rq_solver_max_inactive(const struct rq_params *params)
{
    uint32_t most = params->p + 64 + params->l / 32;
    return most < params->l ? most : params->l;
}

static uint32_t max_residual_of(const struct rq_params *params, uint32_t max_symbols)
{
    return rq_solver_max_inactive(params) - params->h + max_symbols - params->kp;
}

uint32_t rq_solver_max_slots(const struct rq_params *params, uint32_t max_symbols)
{
    return params->l + max_residual_of(params, max_symbols) + params->h + RQ_CHECKS;
}

void rq_program_carve(struct rq_program *program, struct rq_arena *arena,
                      const struct rq_params *params, const struct rq_solver_limits *limits)
{
    uint32_t inactive = rq_solver_max_inactive(params);
    uint32_t residual = max_residual_of(params, limits->max_symbols);
    size_t rows = limits->max_symbols + params->s;
    size_t words = RQ_OP_HEADER * rows + limits->max_entries + 3 * params->b + 3 * params->s;
    memset(program, 0, sizeof *program);
    program->l = params->l;
    program->h = params->h;
    program->hdpc_columns = params->kp + params->s;
    program->pivot_ops = rq_carve(arena, words * sizeof *program->pivot_ops);
    program->dense_columns = rq_carve(arena, inactive * sizeof *program->dense_columns);
    program->inverse = rq_carve(arena, (size_t)(inactive + RQ_CHECKS) * words_of(residual) *
                                           sizeof *program->inverse);
    program->spread = rq_carve(arena, inactive * sizeof *program->spread);
    program->hdpc_solve = rq_carve(arena, (size_t)RQ_MAX_H * (RQ_MAX_H + inactive));
    program->hdpc_rows = rq_carve(arena, program->hdpc_columns);
}

void rq_solver_carve(struct rq_solver *solver, struct rq_arena *arena,
                     const struct rq_params *params, const struct rq_solver_limits *limits)
{
    uint32_t inactive = rq_solver_max_inactive(params);
    uint32_t residual = max_residual_of(params, limits->max_symbols);
    rq_peel_carve(&solver->peel, arena, params, limits->max_symbols, limits->max_entries, inactive);
    solver->max_residual = residual;
    solver->matrix = rq_carve(arena, (size_t)residual * sizeof *solver->matrix *
                                         (words_of(inactive) + words_of(residual)));
    solver->row_taken = rq_carve(arena, residual);
    solver->pivot_rows = rq_carve(arena, inactive * sizeof *solver->pivot_rows);
    solver->hdpc_matrix = rq_carve(arena, RQ_MAX_H * rq_round_up(2 * RQ_MAX_H + inactive, RQ_CELL));
}

// Runs the operations on unit vectors of the inactive columns, 512 at a time: what comes out in the
// residual slots is the residual rows' share of each.
static void fill_matrix(struct rq_solver *solver, const struct rq_program *program, uint32_t words)
{
    const struct rq_strip strip = {solver->slots, RQ_CELL, NULL, 0, RQ_CELL};
    uint32_t u_words = words_of(program->u);
    for (uint32_t first = 0; first < program->u; first += CELL_BITS) {
        for (uint32_t i = 0; i < program->u; i++) {
            uint64_t unit[CELL_WORDS] = {0};
            if (i >= first && i < first + CELL_BITS)
                unit[(i - first) / 64] = (uint64_t)1 << i % 64;
            memcpy(strip.slots + (size_t)solver->peel.inactive[i] * RQ_CELL, unit, sizeof unit);
        }
        solver->kernels->rows(&strip, program->pivot_ops, program->pivot_end, true);
        solver->kernels->rows(&strip, program->residual_ops, program->residual_end, true);
        for (uint32_t r = 0; r < program->n_residual; r++)
            memcpy(solver->matrix + (size_t)r * words + first / 64,
                   strip.slots + (size_t)(program->l + r) * RQ_CELL, RQ_CELL);
    }
    for (uint32_t r = 0; r < program->n_residual; r++) {
        uint64_t *row = solver->matrix + (size_t)r * words + u_words;
        memset(row, 0, (words - u_words) * sizeof *row);
        row[r / 64] = (uint64_t)1 << r % 64;
    }
}

static uint32_t find_pivot(const struct rq_solver *solver, uint32_t n_rows, uint32_t words,
                           uint32_t bit)
{
    const uint64_t *word = solver->matrix + bit / 64;
    for (uint32_t r = 0; r < n_rows; r++, word += words)
        if (!solver->row_taken[r] && (*word >> bit % 64 & 1))
            return r;
    return n_rows;
}

// Gauss-Jordan over GF(2). Sorts the inactive columns into those with a pivot and those without.
static void solve_binary(struct rq_solver *solver, struct rq_program *program, uint32_t words)
{
    uint32_t free_columns = 0;
    memset(solver->row_taken, 0, program->n_residual);
    program->rank = 0;
    for (uint32_t j = 0; j < program->u; j++) {
        uint32_t r = find_pivot(solver, program->n_residual, words, j);
        if (r == program->n_residual) {
            solver->pivot_rows[program->u - 1 - free_columns++] = (uint16_t)j;
            continue;
        }
        solver->row_taken[r] = 1;
        solver->kernels->eliminate(solver->matrix, words, program->n_residual, r, j);
        program->dense_columns[program->rank] = solver->peel.inactive[j];
        solver->pivot_rows[program->rank++] = (uint16_t)r;
    }
    program->d = free_columns;
}

// Rows no column took for its pivot have lost all their columns: what was added up there is zero in
// undamaged symbols.
static void keep_binary_checks(struct rq_solver *solver, struct rq_program *program, uint32_t words)
{
    uint32_t u_words = words_of(program->u);
    uint64_t *out = program->inverse + (size_t)program->rank * program->inverse_words;
    uint32_t most = RQ_CHECKS - program->n_hdpc_checks;
    program->n_binary_checks = 0;
    for (uint32_t r = 0; r < program->n_residual && program->n_binary_checks < most; r++) {
        if (solver->row_taken[r])
            continue;
        const uint64_t *row = solver->matrix + (size_t)r * words + u_words;
        memcpy(out, row, program->inverse_words * sizeof *row);
        out += program->inverse_words;
        program->n_binary_checks++;
    }
}

static void keep_binary(struct rq_solver *solver, struct rq_program *program, uint32_t words)
{
    uint32_t u_words = words_of(program->u);
    program->inverse_words = (program->n_residual + 63) / 64;
    for (uint32_t t = 0; t < program->rank; t++) {
        const uint64_t *row = solver->matrix + (size_t)solver->pivot_rows[t] * words;
        memcpy(program->inverse + (size_t)t * program->inverse_words, row + u_words,
               program->inverse_words * sizeof *row);
        uint64_t spread = 0;
        for (uint32_t i = 0; i < program->d; i++) {
            uint32_t j = solver->pivot_rows[program->rank + i];
            spread |= (row[j / 64] >> j % 64 & 1) << i;
        }
        program->spread[t] = spread;
    }
    for (uint32_t i = 0; i < program->d; i++)
        program->dense_columns[program->rank + i] =
            solver->peel.inactive[solver->pivot_rows[program->rank + i]];
}

struct column16 {
    uint64_t low, high;
};

static inline uint64_t times_alpha(uint64_t x)
{
    return (x & 0x7F7F7F7F7F7F7F7F) << 1 ^ (x >> 7 & 0x0101010101010101) * 0x1D;
}

static inline void flip_byte(struct column16 *column, uint32_t at, uint8_t value)
{
    if (at < 8)
        column->low ^= (uint64_t)value << 8 * at;
    else
        column->high ^= (uint64_t)value << 8 * (at - 8);
}

static inline uint8_t byte_of(const struct column16 *column, uint32_t at)
{
    return (uint8_t)(at < 8 ? column->low >> 8 * at : column->high >> 8 * (at - 8));
}

static void hdpc_rows(const struct rq_params *params, uint8_t *rows)
{
    for (uint32_t j = 0; j + 1 < params->kp + params->s; j++) {
        uint32_t first = rq_rand(j + 1, 6, params->h);
        uint32_t second = first + rq_rand(j + 1, 7, params->h - 1) + 1;
        second = second >= params->h ? second - params->h : second;
        rows[j] = (uint8_t)(first | second << 4);
    }
}

// The columns of MT * GAMMA from the last to the first: each is alpha times its right neighbour
// plus its own two ones; then the identity of the HDPC symbols.
static void hdpc_columns(const struct rq_params *params, const uint8_t *rows,
                         struct column16 *columns)
{
    uint32_t n = params->kp + params->s;
    struct column16 column = {0, 0};
    uint8_t power = 1;
    for (uint32_t i = 0; i < params->h; i++) {
        flip_byte(&column, i, power);
        power = plait_gf256_mul(power, 2);
        columns[n + i] = (struct column16){0, 0};
        flip_byte(&columns[n + i], i, 1);
    }
    columns[n - 1] = column;
    for (uint32_t j = n - 1; j-- > 0;) {
        column.low = times_alpha(column.low);
        column.high = times_alpha(column.high);
        flip_byte(&column, rows[j] & 15, 1);
        flip_byte(&column, rows[j] >> 4, 1);
        columns[j] = column;
    }
}

// Substitutes every pivot out of the HDPC rows, last pivot first. The stream only reads forward, so
// the places of the operations are collected in blocks from its end.
static void hdpc_substitute(const struct rq_program *program, const uint32_t *op_at,
                            struct column16 *columns)
{
    for (uint32_t i = program->n_pivot; i-- > 0;) {
        const uint16_t *op = program->pivot_ops + op_at[i];
        struct column16 own = columns[op[0]];
        for (uint32_t k = 0; k < op[3]; k++) {
            struct column16 *to = &columns[op[RQ_OP_HEADER + k]];
            to->low ^= own.low;
            to->high ^= own.high;
        }
    }
}

// Rows of [V2 + V1 * spread | identity | V1], V being the HDPC rows' share of the inactive columns.
static void hdpc_fill(struct rq_solver *solver, const struct rq_program *program,
                      const struct column16 *columns, size_t stride)
{
    memset(solver->hdpc_matrix, 0, program->h * stride);
    for (uint32_t h = 0; h < program->h; h++) {
        uint8_t *row = solver->hdpc_matrix + h * stride;
        row[program->d + h] = 1;
        for (uint32_t i = 0; i < program->d; i++)
            row[i] = byte_of(&columns[program->dense_columns[program->rank + i]], h);
        for (uint32_t t = 0; t < program->rank; t++) {
            uint8_t value = byte_of(&columns[program->dense_columns[t]], h);
            row[program->d + program->h + t] = value;
            for (uint32_t i = 0; i < program->d; i++)
                row[i] ^= (program->spread[t] >> i & 1) ? value : 0;
        }
    }
}

// Returns the rank reached.
static uint32_t hdpc_eliminate(struct rq_solver *solver, struct rq_program *program, size_t stride)
{
    size_t kept = program->h + program->rank;
    uint32_t taken = 0, rank = 0;
    for (uint32_t i = 0; i < program->d; i++) {
        uint32_t r = 0;
        while (r < program->h && ((taken >> r & 1) || !solver->hdpc_matrix[r * stride + i]))
            r++;
        if (r == program->h)
            continue;
        taken |= 1u << r;
        rank++;
        uint8_t *row = solver->hdpc_matrix + r * stride;
        solver->gf->mul(row, row, plait_gf256_inv(row[i]), stride);
        for (uint32_t other = 0; other < program->h; other++) {
            uint8_t *to = solver->hdpc_matrix + other * stride;
            if (other != r && to[i])
                solver->gf->addmul(to, row, to[i], stride);
        }
        solver->pivot_rows[i] = (uint16_t)r;
    }
    uint8_t *out = program->hdpc_solve;
    for (uint32_t i = 0; rank == program->d && i < program->d; i++, out += kept)
        memcpy(out, solver->hdpc_matrix + solver->pivot_rows[i] * stride + program->d, kept);
    for (uint32_t r = 0; r < program->h && program->n_hdpc_checks < RQ_CHECKS; r++) {
        if (taken >> r & 1)
            continue;
        memcpy(out, solver->hdpc_matrix + r * stride + program->d, kept);
        out += kept;
        program->n_hdpc_checks++;
    }
    return rank;
}

static uint32_t solve_hdpc(struct rq_solver *solver, struct rq_program *program)
{
    // The columns take 16 bytes of each slot's 64; the places of the operations another 4.
    struct column16 *columns = (struct column16 *)(void *)solver->slots;
    uint32_t *op_at = (uint32_t *)(void *)(solver->slots + sizeof *columns * program->l);
    const uint16_t *op = program->pivot_ops;
    for (uint32_t i = 0; i < program->n_pivot; i++, op += RQ_OP_HEADER + op[3])
        op_at[i] = (uint32_t)(op - program->pivot_ops);
    size_t stride = rq_round_up(program->d + program->h + program->rank, RQ_CELL); // whole vectors
    hdpc_rows(solver->peel.params, program->hdpc_rows);
    hdpc_columns(solver->peel.params, program->hdpc_rows, columns);
    hdpc_substitute(program, op_at, columns);
    hdpc_fill(solver, program, columns, stride);
    return program->d - hdpc_eliminate(solver, program, stride);
}

uint32_t rq_solve(struct rq_solver *solver, struct rq_program *program, const uint32_t *isi,
                  const uint16_t *source, uint32_t n)
{
    if (!rq_peel_run(&solver->peel, isi, source, n, program))
        return 1;
    uint32_t words = words_of(program->u) + words_of(program->n_residual);
    fill_matrix(solver, program, words);
    solve_binary(solver, program, words);
    if (program->d > program->h)
        return program->d - program->h;
    keep_binary(solver, program, words);
    program->n_hdpc_checks = 0;
    uint32_t missing = program->d ? solve_hdpc(solver, program) : 0;
    keep_binary_checks(solver, program, words);
    return missing;
}
