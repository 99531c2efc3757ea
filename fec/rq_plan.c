// SPDX-License-Identifier: BSD-2-Clause
// Making a plan: solve the matrix of the K' source symbols once, and for small K run the program on
// the unit vectors, which gives every intermediate symbol as a combination of the source symbols.
#include "rq_plan.h"
#include <string.h>

struct plan_layout {
    struct plait_rq_plan *plan;
    uint32_t *isi;
    uint16_t *source;
    const uint8_t **pointers;
    uint8_t *unit;
    struct rq_solver solver;
    size_t bytes;
};

static struct rq_solver_limits plan_limits(const struct rq_params *params)
{
    struct rq_solver_limits limits = {params->kp, 0};
    for (uint32_t isi = 0; isi < params->kp; isi++)
        limits.max_entries += rq_columns_count(params, isi);
    return limits;
}

static void plan_lay_out(struct plan_layout *layout, uint8_t *base, const struct rq_params *params)
{
    struct rq_solver_limits limits = plan_limits(params);
    struct rq_arena arena = {base, 0};
    struct rq_program program;
    uint32_t slots = rq_solver_max_slots(params, params->kp);
    bool dense = params->k <= RQ_GENERATOR_K;
    memset(layout, 0, sizeof *layout);
    layout->plan = rq_carve(&arena, sizeof *layout->plan);
    rq_program_carve(&program, &arena, params, &limits);
    size_t stride = rq_round_up(params->k, RQ_CELL);
    uint8_t *generator = dense ? rq_carve(&arena, params->l * stride) : NULL;
    layout->isi = rq_carve(&arena, params->kp * sizeof *layout->isi);
    layout->source = rq_carve(&arena, params->kp * sizeof *layout->source);
    layout->pointers = rq_carve(&arena, (params->l + params->kp) * sizeof *layout->pointers);
    layout->unit = rq_carve(&arena, dense ? 2 * stride : 0);
    rq_solver_carve(&layout->solver, &arena, params, &limits);
    layout->solver.slots = rq_carve(&arena, slots * (size_t)(dense ? RQ_STRIP_MAX : RQ_CELL));
    layout->bytes = arena.used;
    if (base) {
        memset(layout->plan, 0, sizeof *layout->plan);
        layout->plan->params = *params;
        layout->plan->program = program;
        layout->plan->generator = generator;
        layout->plan->generator_stride = stride;
        layout->solver.peel.params = &layout->plan->params;
    }
}

size_t plait_rq_plan_bytes(uint32_t k)
{
    struct rq_params params;
    struct plan_layout layout;
    if (!rq_params_find(&params, k))
        return 0;
    plan_lay_out(&layout, NULL, &params);
    return layout.bytes + RQ_ALIGN;
}

// Source symbol i is the unit vector i: a window, i places to the left, on one 1 among zeros.
static void plan_make_generator(struct plan_layout *layout)
{
    struct plait_rq_plan *plan = layout->plan;
    uint32_t k = plan->params.k;
    const uint8_t **source = layout->pointers + plan->params.l;
    memset(layout->unit, 0, 2 * plan->generator_stride);
    layout->unit[k] = 1;
    for (uint32_t i = 0; i < k; i++)
        source[i] = layout->unit + k - i;
    struct rq_strip strip = {layout->solver.slots, 0, source, 0, 0};
    for (; strip.at < k; strip.at += strip.bytes) {
        strip.bytes = k - strip.at < RQ_STRIP_MAX ? k - strip.at : RQ_STRIP_MAX;
        strip.width = rq_round_up(strip.bytes, RQ_CELL);
        rq_exec_strip(&plan->program, plan->gf, plan->kernels, &strip, layout->pointers);
        for (uint32_t c = 0; c < plan->params.l; c++)
            memcpy(plan->generator + c * plan->generator_stride + strip.at,
                   strip.slots + c * strip.width, strip.width);
    }
}

int plait_rq_plan_create(struct plait_rq_plan **plan, uint32_t k, uint32_t level_mask, void *memory,
                         size_t bytes)
{
    struct rq_params params;
    struct plan_layout layout;
    if (!plan || !memory)
        return PLAIT_FEC_ERR_NULL;
    if (!rq_params_find(&params, k) || level_mask > PLAIT_GF256_ANY)
        return PLAIT_FEC_ERR_RANGE;
    if (bytes < plait_rq_plan_bytes(k))
        return PLAIT_FEC_ERR_MEMORY;
    plan_lay_out(&layout, rq_align(memory), &params);
    layout.plan->gf = plait_gf256_select(level_mask == 0 ? PLAIT_GF256_ANY : level_mask);
    layout.plan->kernels = rq_kernels_of(layout.plan->gf);
    layout.solver.gf = layout.plan->gf;
    layout.solver.kernels = layout.plan->kernels;
    for (uint32_t i = 0; i < params.kp; i++) {
        layout.isi[i] = i;
        layout.source[i] = i < k ? (uint16_t)i : RQ_NO_SOURCE; // padding is zero
    }
    // The K' source symbols always determine the block (RFC 6330 chose J for that).
    if (rq_solve(&layout.solver, &layout.plan->program, layout.isi, layout.source, params.kp))
        return PLAIT_FEC_ERR_RANGE;
    if (layout.plan->generator)
        plan_make_generator(&layout);
    *plan = layout.plan;
    return PLAIT_FEC_OK;
}

void rq_plan_row(const struct plait_rq_plan *plan, uint32_t esi, uint8_t *row)
{
    struct rq_columns columns;
    const uint8_t *rows[RQ_MAX_COLUMNS];
    rq_columns_of(&plan->params, rq_isi(&plan->params, esi), &columns);
    for (uint32_t i = 0; i < columns.n; i++)
        rows[i] = plan->generator + columns.at[i] * plan->generator_stride;
    plan->gf->sum_n(row, rows, columns.n, plan->generator_stride);
}

uint16_t *rq_write_emit(const struct rq_params *params, uint32_t esi, uint16_t index, uint16_t *op)
{
    struct rq_columns columns;
    rq_columns_of(params, rq_isi(params, esi), &columns);
    op[0] = index;
    op[1] = RQ_NO_SOURCE;
    op[2] = op[3] = (uint16_t)columns.n;
    memcpy(op + RQ_OP_HEADER, columns.at, columns.n * sizeof columns.at[0]);
    return op + RQ_OP_HEADER + columns.n;
}
