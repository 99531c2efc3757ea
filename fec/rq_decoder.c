// SPDX-License-Identifier: BSD-2-Clause
// The RaptorQ decoder: collects symbols, solves once enough are there, writes what was lost.
#include "rq_losses.h"
#include <string.h>

#define SURPLUS 64 // symbols held beyond K

enum decoder_state { DECODER_OPEN, DECODER_BY_LOSSES, DECODER_BY_PROGRAM };

struct plait_rq_decoder {
    const struct plait_rq_plan *plan; // may be null
    const struct plait_gf256 *gf;
    const struct rq_kernels *kernels;
    struct rq_params params;
    size_t symbol_bytes, width;
    enum decoder_state state;
    uint32_t n_source, n_repair, n_wanted, wanted;
    uint32_t checks, checks_passed; // of the solution; of the last decode call
    const uint8_t **source;         // by ESI, null where lost
    const uint8_t **repair;         // in order of arrival
    uint32_t *repair_esi;
    uint32_t *seen, seen_mask; // hash set of repair ESIs, 0 free
    struct rq_losses losses;
    struct rq_solver solver;
    struct rq_program program;
    uint32_t *row_isi;
    uint16_t *row_source;
    const uint8_t **row_symbol, **pointers;
    uint16_t *ops;
    uint8_t **out; // by ESI, null where not wanted
    uint8_t **lost_out;
};

static void decoder_carve(struct plait_rq_decoder *d, struct rq_arena *arena)
{
    const struct rq_params *params = &d->params;
    uint32_t k = params->k, rows = params->kp + SURPLUS;
    struct rq_solver_limits limits = {rows, rows * RQ_MAX_COLUMNS};
    uint32_t seen = 16;
    while (seen < 2 * (k + SURPLUS))
        seen *= 2;
    d->seen_mask = seen - 1;
    d->source = rq_carve(arena, k * sizeof *d->source);
    d->repair = rq_carve(arena, (k + SURPLUS) * sizeof *d->repair);
    d->repair_esi = rq_carve(arena, (k + SURPLUS) * sizeof *d->repair_esi);
    d->seen = rq_carve(arena, seen * sizeof *d->seen);
    d->row_isi = rq_carve(arena, rows * sizeof *d->row_isi);
    d->row_source = rq_carve(arena, rows * sizeof *d->row_source);
    d->row_symbol = rq_carve(arena, rows * sizeof *d->row_symbol);
    d->pointers =
        rq_carve(arena, (size_t)(RQ_MAX_H + rq_solver_max_inactive(params)) * sizeof *d->pointers);
    d->out = rq_carve(arena, k * sizeof *d->out);
    d->lost_out = rq_carve(arena, k * sizeof *d->lost_out);
    d->ops = rq_carve(arena, (size_t)k * RQ_EMIT_WORDS * sizeof *d->ops);
    rq_program_carve(&d->program, arena, params, &limits);
    rq_solver_carve(&d->solver, arena, params, &limits);
    uint32_t slots = rq_solver_max_slots(params, rows);
    d->width = rq_exec_width(d->symbol_bytes);
    d->solver.slots = rq_carve(arena, slots * d->width);
    if (d->plan && d->plan->generator)
        rq_losses_carve(&d->losses, arena, d->plan);
}

static size_t decoder_lay_out(struct plait_rq_decoder *d, uint8_t *base)
{
    struct rq_arena arena = {base, 0};
    rq_carve(&arena, sizeof *d);
    decoder_carve(d, &arena);
    return arena.used;
}

size_t plait_rq_decoder_bytes(uint32_t k, size_t symbol_bytes)
{
    struct plait_rq_decoder d = {.symbol_bytes = symbol_bytes};
    // The size must not depend on a plan that comes later: count the room for its generator.
    struct plait_rq_plan plan = {.generator_stride = RQ_CELL};
    uint8_t generator;
    if (!rq_params_find(&d.params, k) || symbol_bytes == 0 || symbol_bytes > PLAIT_RQ_T_MAX)
        return 0;
    plan.params = d.params;
    plan.generator = k <= RQ_GENERATOR_K ? &generator : NULL;
    d.plan = &plan;
    return decoder_lay_out(&d, NULL) + RQ_ALIGN;
}

int plait_rq_decoder_create(struct plait_rq_decoder **decoder, uint32_t k, size_t symbol_bytes,
                            const struct plait_rq_plan *plan, void *memory, size_t bytes)
{
    if (!decoder || !memory)
        return PLAIT_FEC_ERR_NULL;
    size_t need = plait_rq_decoder_bytes(k, symbol_bytes);
    if (need == 0)
        return PLAIT_FEC_ERR_RANGE;
    if (plan && plan->params.k != k)
        return PLAIT_FEC_ERR_MISMATCH;
    if (bytes < need)
        return PLAIT_FEC_ERR_MEMORY;
    struct plait_rq_decoder *d = (struct plait_rq_decoder *)(void *)rq_align(memory);
    memset(d, 0, sizeof *d);
    rq_params_find(&d->params, k);
    d->symbol_bytes = symbol_bytes;
    d->plan = plan;
    decoder_lay_out(d, (uint8_t *)d);
    d->gf = plan ? plan->gf : plait_gf256_select(PLAIT_GF256_ANY);
    d->kernels = rq_kernels_of(d->gf);
    d->solver.gf = d->gf;
    d->solver.kernels = d->kernels;
    *decoder = d;
    return plait_rq_decoder_reset(d);
}

int plait_rq_decoder_reset(struct plait_rq_decoder *d)
{
    if (!d)
        return PLAIT_FEC_ERR_NULL;
    memset(d->source, 0, d->params.k * sizeof *d->source);
    memset(d->seen, 0, ((size_t)d->seen_mask + 1) * sizeof *d->seen);
    d->n_source = d->n_repair = d->checks = d->checks_passed = 0;
    d->wanted = d->params.k;
    d->state = DECODER_OPEN;
    return PLAIT_FEC_OK;
}

static int add_repair(struct plait_rq_decoder *d, uint32_t esi, const void *symbol)
{
    uint32_t at = (esi * 2654435761u) >> 7 & d->seen_mask;
    for (; d->seen[at]; at = (at + 1) & d->seen_mask)
        if (d->seen[at] == esi)
            return PLAIT_FEC_ERR_TWICE;
    if (d->n_source + d->n_repair == d->params.k + SURPLUS)
        return PLAIT_FEC_ERR_FULL;
    d->seen[at] = esi;
    d->repair_esi[d->n_repair] = esi;
    d->repair[d->n_repair++] = symbol;
    return PLAIT_FEC_OK;
}

int plait_rq_decoder_add(struct plait_rq_decoder *d, uint32_t esi, const void *symbol)
{
    if (!d || !symbol)
        return PLAIT_FEC_ERR_NULL;
    if (esi > PLAIT_RQ_ESI_MAX)
        return PLAIT_FEC_ERR_RANGE;
    if (esi >= d->params.k) {
        int err = add_repair(d, esi, symbol);
        if (err)
            return err;
    } else {
        if (d->source[esi])
            return PLAIT_FEC_ERR_TWICE;
        if (d->n_source + d->n_repair == d->params.k + SURPLUS)
            return PLAIT_FEC_ERR_FULL;
        d->source[esi] = symbol;
        d->n_source++;
    }
    d->state = DECODER_OPEN;
    return PLAIT_FEC_OK;
}

bool plait_rq_decoder_ready(const struct plait_rq_decoder *d)
{
    return d && (d->n_source == d->params.k || d->n_source + d->n_repair >= d->wanted);
}

uint32_t plait_rq_decoder_checks(const struct plait_rq_decoder *d)
{
    return d ? d->checks_passed : 0;
}

// Received symbols, then the zero symbols that pad K to K'.
static uint32_t gather_rows(struct plait_rq_decoder *d)
{
    const struct rq_params *p = &d->params;
    uint32_t n = 0;
    for (uint32_t esi = 0; esi < p->k; esi++) {
        if (!d->source[esi])
            continue;
        d->row_symbol[n] = d->source[esi];
        d->row_isi[n] = esi;
        d->row_source[n] = (uint16_t)n;
        n++;
    }
    for (uint32_t i = 0; i < d->n_repair; i++, n++) {
        d->row_symbol[n] = d->repair[i];
        d->row_isi[n] = rq_isi(p, d->repair_esi[i]);
        d->row_source[n] = (uint16_t)n;
    }
    for (uint32_t isi = p->k; isi < p->kp; isi++, n++) {
        d->row_isi[n] = isi;
        d->row_source[n] = RQ_NO_SOURCE;
    }
    return n;
}

// Both return 0, or how many more symbols are wanted at least.
static uint32_t solve_losses(struct plait_rq_decoder *d)
{
    uint32_t missing =
        rq_losses_solve(&d->losses, d->source, d->repair_esi, d->repair, d->n_repair);
    d->state = DECODER_BY_LOSSES;
    d->checks = d->losses.n_checks;
    return missing;
}

static uint32_t solve_program(struct plait_rq_decoder *d)
{
    uint32_t n = gather_rows(d);
    uint32_t missing = rq_solve(&d->solver, &d->program, d->row_isi, d->row_source, n);
    d->state = DECODER_BY_PROGRAM;
    d->checks = d->program.n_hdpc_checks + d->program.n_binary_checks;
    return missing;
}

static int decoder_solve(struct plait_rq_decoder *d)
{
    uint32_t lost = d->params.k - d->n_source, missing = 1;
    bool by_losses = d->plan && d->plan->generator && lost <= RQ_LOSSES_MAX;
    if (by_losses)
        missing = solve_losses(d);
    // Only the first repair symbols were looked at; what they lack the others may bring.
    if (!by_losses || (missing && d->n_repair > d->losses.n_rows))
        missing = solve_program(d);
    if (!missing)
        return PLAIT_FEC_OK;
    d->state = DECODER_OPEN;
    d->checks = 0;
    d->wanted = d->n_source + d->n_repair + missing;
    return PLAIT_FEC_ERR_MORE;
}

static bool run_losses(struct plait_rq_decoder *d)
{
    for (uint32_t i = 0; i < d->losses.n_lost; i++)
        d->lost_out[i] = d->out[d->losses.lost[i]];
    return rq_losses_run(&d->losses, d->symbol_bytes, d->lost_out);
}

static bool run_program(struct plait_rq_decoder *d)
{
    uint16_t *end = d->ops;
    for (uint32_t esi = 0; esi < d->params.k; esi++)
        if (d->out[esi])
            end = rq_write_emit(&d->params, esi, (uint16_t)esi, end);
    bool right = true;
    struct rq_strip strip = {d->solver.slots, d->width, d->row_symbol, 0, d->width};
    for (; strip.at < d->symbol_bytes; strip.at += strip.bytes) {
        if (d->symbol_bytes - strip.at < strip.bytes) {
            strip.bytes = d->symbol_bytes - strip.at;
            strip.width = rq_round_up(strip.bytes, RQ_CELL);
        }
        right &= rq_exec_strip(&d->program, d->gf, d->kernels, &strip, d->pointers);
        d->kernels->emit(&strip, d->ops, end, d->out);
    }
    return right;
}

static int decoder_prepare(struct plait_rq_decoder *d)
{
    if (!plait_rq_decoder_ready(d))
        return PLAIT_FEC_ERR_MORE;
    memset(d->out, 0, d->params.k * sizeof *d->out);
    d->n_wanted = d->checks_passed = 0;
    if (d->state == DECODER_OPEN && d->n_source < d->params.k)
        return decoder_solve(d);
    return PLAIT_FEC_OK;
}

static void decoder_want(struct plait_rq_decoder *d, uint32_t esi, uint8_t *out)
{
    const uint8_t *there = d->source[esi];
    if (!there) {
        d->out[esi] = out;
        d->n_wanted++;
    } else if (there != out) {
        memcpy(out, there, d->symbol_bytes);
    }
}

static int decoder_run(struct plait_rq_decoder *d)
{
    if (d->n_wanted == 0)
        return PLAIT_FEC_OK;
    bool right = d->state == DECODER_BY_LOSSES ? run_losses(d) : run_program(d);
    d->checks_passed = right ? d->checks : 0;
    return right ? PLAIT_FEC_OK : PLAIT_FEC_ERR_CORRUPT;
}

int plait_rq_decoder_symbols(struct plait_rq_decoder *d, const uint32_t *esi, size_t n,
                             void *const *out)
{
    if (!d || (n && (!esi || !out)))
        return PLAIT_FEC_ERR_NULL;
    for (size_t i = 0; i < n; i++) {
        if (!out[i])
            return PLAIT_FEC_ERR_NULL;
        if (esi[i] >= d->params.k)
            return PLAIT_FEC_ERR_RANGE;
    }
    int err = decoder_prepare(d);
    if (err)
        return err;
    for (size_t i = 0; i < n; i++) {
        if (d->out[esi[i]])
            return PLAIT_FEC_ERR_TWICE;
        decoder_want(d, esi[i], out[i]);
    }
    return decoder_run(d);
}

int plait_rq_decoder_block(struct plait_rq_decoder *d, void *block)
{
    if (!d || !block)
        return PLAIT_FEC_ERR_NULL;
    int err = decoder_prepare(d);
    if (err)
        return err;
    uint8_t *out = block;
    for (uint32_t esi = 0; esi < d->params.k; esi++, out += d->symbol_bytes)
        decoder_want(d, esi, out);
    return decoder_run(d);
}
