// SPDX-License-Identifier: BSD-2-Clause
// The RaptorQ encoder. A few repair symbols of a small block come straight from rows of the
// generator matrix; otherwise the intermediate symbols are made once, a strip at a time (repair
// symbols of the same call while the strip is still in the cache), and kept.
#include "rq_plan.h"
#include <string.h>

// Up to so many rows of the generator matrix cost less than making the intermediate symbols.
#define GENERATOR_ROWS 44
#define BATCH_MIN      64

struct plait_rq_encoder {
    const struct plait_rq_plan *plan;
    size_t symbol_bytes, width;
    uint32_t n_added, rows_made, batch;
    bool solved;
    const uint8_t **source;
    const uint8_t **pointers;
    uint8_t **out;
    uint32_t *esi;
    uint16_t *ops;
    uint8_t *rows;
    uint8_t *slots; // strip after strip, each of l slots; the last followed by the program's others
};

static size_t encoder_lay_out(struct plait_rq_encoder **encoder, uint8_t *base,
                              const struct plait_rq_plan *plan, size_t symbol_bytes)
{
    struct rq_arena arena = {base, 0};
    const struct rq_params *params = &plan->params;
    struct plait_rq_encoder e = {.plan = plan, .symbol_bytes = symbol_bytes};
    uint32_t slots = rq_program_slots(&plan->program);
    e.width = rq_exec_width(symbol_bytes);
    e.batch = params->k / 8 > BATCH_MIN ? params->k / 8 : BATCH_MIN;
    *encoder = rq_carve(&arena, sizeof e);
    e.source = rq_carve(&arena, params->k * sizeof *e.source);
    e.pointers = rq_carve(&arena, (params->h + plan->program.u) * sizeof *e.pointers);
    e.out = rq_carve(&arena, e.batch * sizeof *e.out);
    e.esi = rq_carve(&arena, e.batch * sizeof *e.esi);
    e.ops = rq_carve(&arena, e.batch * RQ_EMIT_WORDS * sizeof *e.ops);
    e.rows = rq_carve(&arena, plan->generator ? GENERATOR_ROWS * plan->generator_stride : 0);
    e.slots = rq_carve(&arena, rq_round_up(symbol_bytes, RQ_CELL) * params->l +
                                   e.width * (slots - params->l));
    if (base)
        **encoder = e;
    return arena.used;
}

size_t plait_rq_encoder_bytes(const struct plait_rq_plan *plan, size_t symbol_bytes)
{
    struct plait_rq_encoder *encoder;
    if (!plan || symbol_bytes == 0 || symbol_bytes > PLAIT_RQ_T_MAX)
        return 0;
    return encoder_lay_out(&encoder, NULL, plan, symbol_bytes) + RQ_ALIGN;
}

int plait_rq_encoder_create(struct plait_rq_encoder **encoder, const struct plait_rq_plan *plan,
                            size_t symbol_bytes, void *memory, size_t bytes)
{
    if (!encoder || !plan || !memory)
        return PLAIT_FEC_ERR_NULL;
    size_t need = plait_rq_encoder_bytes(plan, symbol_bytes);
    if (need == 0)
        return PLAIT_FEC_ERR_RANGE;
    if (bytes < need)
        return PLAIT_FEC_ERR_MEMORY;
    encoder_lay_out(encoder, rq_align(memory), plan, symbol_bytes);
    return plait_rq_encoder_reset(*encoder);
}

int plait_rq_encoder_reset(struct plait_rq_encoder *encoder)
{
    if (!encoder)
        return PLAIT_FEC_ERR_NULL;
    memset(encoder->source, 0, encoder->plan->params.k * sizeof *encoder->source);
    encoder->n_added = encoder->rows_made = 0;
    encoder->solved = false;
    return PLAIT_FEC_OK;
}

int plait_rq_encoder_add(struct plait_rq_encoder *encoder, uint32_t esi, const void *symbol)
{
    if (!encoder || !symbol)
        return PLAIT_FEC_ERR_NULL;
    if (esi >= encoder->plan->params.k)
        return PLAIT_FEC_ERR_RANGE;
    if (encoder->source[esi])
        return PLAIT_FEC_ERR_TWICE;
    encoder->source[esi] = symbol;
    encoder->n_added++;
    return PLAIT_FEC_OK;
}

int plait_rq_encoder_add_block(struct plait_rq_encoder *encoder, const void *block)
{
    if (!encoder || !block)
        return PLAIT_FEC_ERR_NULL;
    if (encoder->n_added)
        return PLAIT_FEC_ERR_TWICE;
    const uint8_t *symbol = block;
    for (uint32_t i = 0; i < encoder->plan->params.k; i++, symbol += encoder->symbol_bytes)
        encoder->source[i] = symbol;
    encoder->n_added = encoder->plan->params.k;
    return PLAIT_FEC_OK;
}

static void repair_by_rows(struct plait_rq_encoder *e, uint32_t n)
{
    const struct plait_rq_plan *plan = e->plan;
    for (uint32_t i = 0; i < n; i++)
        rq_plan_row(plan, e->esi[i], e->rows + i * plan->generator_stride);
    plan->gf->mul_mn(e->out, n, e->source, plan->params.k, e->rows, plan->generator_stride,
                     e->symbol_bytes);
    e->rows_made += n;
}

static void repair_by_symbols(struct plait_rq_encoder *e, uint32_t n)
{
    const struct plait_rq_plan *plan = e->plan;
    uint16_t *end = e->ops;
    for (uint32_t i = 0; i < n; i++)
        end = rq_write_emit(&plan->params, e->esi[i], (uint16_t)i, end);
    struct rq_strip strip = {NULL, e->width, e->source, 0, e->width};
    for (; strip.at < e->symbol_bytes; strip.at += strip.bytes) {
        if (e->symbol_bytes - strip.at < strip.bytes) {
            strip.bytes = e->symbol_bytes - strip.at;
            strip.width = rq_round_up(strip.bytes, RQ_CELL);
        }
        strip.slots = e->slots + strip.at * plan->params.l;
        if (!e->solved)
            rq_exec_strip(&plan->program, plan->gf, plan->kernels, &strip, e->pointers);
        plan->kernels->emit(&strip, e->ops, end, e->out);
    }
    e->solved = true;
}

static void repair_batch(struct plait_rq_encoder *e, uint32_t n)
{
    if (e->plan->generator && !e->solved && e->rows_made + n <= GENERATOR_ROWS)
        repair_by_rows(e, n);
    else
        repair_by_symbols(e, n);
}

int plait_rq_encoder_symbols(struct plait_rq_encoder *encoder, const uint32_t *esi, size_t n,
                             void *const *out)
{
    if (!encoder || (n && (!esi || !out)))
        return PLAIT_FEC_ERR_NULL;
    if (encoder->n_added < encoder->plan->params.k)
        return PLAIT_FEC_ERR_MORE;
    for (size_t i = 0; i < n; i++) {
        if (!out[i])
            return PLAIT_FEC_ERR_NULL;
        if (esi[i] > PLAIT_RQ_ESI_MAX)
            return PLAIT_FEC_ERR_RANGE;
    }
    uint32_t waiting = 0;
    for (size_t i = 0; i < n; i++) {
        if (esi[i] < encoder->plan->params.k) {
            memmove(out[i], encoder->source[esi[i]], encoder->symbol_bytes);
            continue;
        }
        encoder->esi[waiting] = esi[i];
        encoder->out[waiting++] = out[i];
        if (waiting == encoder->batch) {
            repair_batch(encoder, waiting);
            waiting = 0;
        }
    }
    if (waiting)
        repair_batch(encoder, waiting);
    return PLAIT_FEC_OK;
}
