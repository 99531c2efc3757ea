// SPDX-License-Identifier: BSD-2-Clause
// The body of the RaptorQ kernels, written once over the vector operations of an isa_*.h header;
// each rq_<level>.c includes one of those headers and then this file, exactly once. The number of
// vectors a slot is a constant in every inlined call.
#ifndef PLAIT_FEC_RQ_SIMD_H
#define PLAIT_FEC_RQ_SIMD_H

#include "rq_kernels.h"
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define MAX_VECTORS   (RQ_STRIP_MAX / VEC_BYTES)
#define CELL_VECTORS  (RQ_CELL / VEC_BYTES)
#define BATCH_BITS    64
#define NIBBLES       (BATCH_BITS / 4)
#define FAR_OPS       24
#define FAR_WORDS     40000 // of operations: blocks of more than about 3400 symbols

enum source_kind { SOURCE_NONE, SOURCE_WHOLE, SOURCE_PART };

// bytes valid from p on, of one vector: a whole one, a part, or nothing.
ALWAYS_INLINE VEC load_some(const uint8_t *p, size_t bytes, size_t at)
{
    if (at + VEC_BYTES <= bytes)
        return v_load(p + at);
    return at < bytes ? v_load_part(p + at, bytes - at) : v_zero();
}

ALWAYS_INLINE void store_some(uint8_t *p, VEC v, size_t bytes, size_t at)
{
    if (at + VEC_BYTES <= bytes)
        v_store(p + at, v);
    else if (at < bytes)
        v_store_part(p + at, v, bytes - at);
}

ALWAYS_INLINE void sum_slots(VEC *acc, const uint8_t *slots, const uint16_t *columns, size_t n,
                             size_t nv)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = slots + (size_t)columns[i] * nv * VEC_BYTES;
        for (size_t v = 0; v < nv; v++)
            acc[v] = v_xor(acc[v], v_load(p + v * VEC_BYTES));
    }
}

ALWAYS_INLINE void prefetch_source(const struct rq_strip *strip, const uint16_t *op)
{
    if (op[1] == RQ_NO_SOURCE)
        return;
    const uint8_t *p = strip->source[op[1]] + strip->at;
    for (size_t at = 0; at < strip->bytes; at += 64)
        __builtin_prefetch(p + at);
}

// far: the sources are too many for the first caches and, in the order of the operations, no
// pattern a processor would foresee.
ALWAYS_INLINE void rows_run(const struct rq_strip *strip, const uint16_t *op, const uint16_t *end,
                            bool all, size_t nv, enum source_kind kind, bool far)
{
    uint8_t *slots = strip->slots;
    const uint16_t *ahead = op;
    for (int i = 0; far && i < FAR_OPS && ahead < end; i++)
        ahead += RQ_OP_HEADER + ahead[3];
    for (; op < end; op += RQ_OP_HEADER + op[3]) {
        if (far && ahead < end) {
            prefetch_source(strip, ahead);
            ahead += RQ_OP_HEADER + ahead[3];
        }
        VEC acc[MAX_VECTORS];
        for (size_t v = 0; v < nv; v++)
            acc[v] = v_zero();
        if (kind != SOURCE_NONE && op[1] != RQ_NO_SOURCE) {
            const uint8_t *p = strip->source[op[1]] + strip->at;
            for (size_t v = 0; v < nv; v++)
                acc[v] = kind == SOURCE_WHOLE ? v_load(p + v * VEC_BYTES)
                                              : load_some(p, strip->bytes, v * VEC_BYTES);
        }
        sum_slots(acc, slots, op + RQ_OP_HEADER, all ? op[3] : op[2], nv);
        uint8_t *out = slots + (size_t)op[0] * nv * VEC_BYTES;
        for (size_t v = 0; v < nv; v++)
            v_store(out + v * VEC_BYTES, acc[v]);
    }
}

ALWAYS_INLINE void rows_kind(const struct rq_strip *strip, const uint16_t *op, const uint16_t *end,
                             bool all, size_t nv)
{
    if (!strip->source)
        rows_run(strip, op, end, all, nv, SOURCE_NONE, false);
    else if (strip->bytes != strip->width)
        rows_run(strip, op, end, all, nv, SOURCE_PART, false);
    else if (end - op < FAR_WORDS)
        rows_run(strip, op, end, all, nv, SOURCE_WHOLE, false);
    else
        rows_run(strip, op, end, all, nv, SOURCE_WHOLE, true);
}

static void ISA(rq_rows)(const struct rq_strip *strip, const uint16_t *op, const uint16_t *end,
                         bool all)
{
    switch (strip->width / RQ_CELL) {
    case 1:
        rows_kind(strip, op, end, all, CELL_VECTORS);
        break;
    case 2:
        rows_kind(strip, op, end, all, 2 * CELL_VECTORS);
        break;
    case 3:
        rows_kind(strip, op, end, all, 3 * CELL_VECTORS);
        break;
    default:
        rows_kind(strip, op, end, all, 4 * CELL_VECTORS);
        break;
    }
}

ALWAYS_INLINE void emit_run(const struct rq_strip *strip, const uint16_t *op, const uint16_t *end,
                            uint8_t *const *out, size_t nv)
{
    for (; op < end; op += RQ_OP_HEADER + op[3]) {
        VEC acc[MAX_VECTORS];
        for (size_t v = 0; v < nv; v++)
            acc[v] = v_zero();
        sum_slots(acc, strip->slots, op + RQ_OP_HEADER, op[3], nv);
        for (size_t v = 0; v < nv; v++)
            store_some(out[op[0]] + strip->at, acc[v], strip->bytes, v * VEC_BYTES);
    }
}

static void ISA(rq_emit)(const struct rq_strip *strip, const uint16_t *op, const uint16_t *end,
                         uint8_t *const *out)
{
    switch (strip->width / RQ_CELL) {
    case 1:
        emit_run(strip, op, end, out, CELL_VECTORS);
        break;
    case 2:
        emit_run(strip, op, end, out, 2 * CELL_VECTORS);
        break;
    case 3:
        emit_run(strip, op, end, out, 3 * CELL_VECTORS);
        break;
    default:
        emit_run(strip, op, end, out, 4 * CELL_VECTORS);
        break;
    }
}

ALWAYS_INLINE void add_to(uint8_t *p, const VEC *z, size_t nv)
{
    for (size_t v = 0; v < nv; v++)
        v_store(p + v * VEC_BYTES, v_xor(v_load(p + v * VEC_BYTES), z[v]));
}

ALWAYS_INLINE void hdpc_run(const struct rq_strip *strip, const struct rq_program *program,
                            size_t nv)
{
    const size_t width = nv * VEC_BYTES;
    uint8_t *sums = strip->slots + (program->l + program->n_residual) * width;
    memset(sums, 0, program->h * width);
    VEC z[MAX_VECTORS];
    for (size_t v = 0; v < nv; v++)
        z[v] = v_zero();
    COEF alpha = v_coef(2);
    const uint8_t *slot = strip->slots;
    for (uint32_t j = 0; j < program->hdpc_columns; j++, slot += width) {
        for (size_t v = 0; v < nv; v++)
            z[v] = v_xor(v_mul(alpha, z[v]), v_load(slot + v * VEC_BYTES));
        if (j + 1 < program->hdpc_columns) {
            add_to(sums + (program->hdpc_rows[j] & 15) * width, z, nv);
            add_to(sums + (program->hdpc_rows[j] >> 4) * width, z, nv);
        }
    }
    for (uint32_t i = 0; i < program->h; i++) {
        add_to(sums + i * width, z, nv);
        for (size_t v = 0; v < nv; v++)
            z[v] = v_mul(alpha, z[v]);
    }
}

static void ISA(rq_hdpc)(const struct rq_strip *strip, const struct rq_program *program)
{
    switch (strip->width / RQ_CELL) {
    case 1:
        hdpc_run(strip, program, CELL_VECTORS);
        break;
    case 2:
        hdpc_run(strip, program, 2 * CELL_VECTORS);
        break;
    case 3:
        hdpc_run(strip, program, 3 * CELL_VECTORS);
        break;
    default:
        hdpc_run(strip, program, 4 * CELL_VECTORS);
        break;
    }
}

struct bits_job {
    uint8_t *slots; // at the cell's place
    size_t width;
    const uint16_t *dst, *columns;
    const uint64_t *bits;
    uint32_t n_dst, first, n_bits, words;
    bool add;
};

// All sums of four slots each, for the (up to) 16 groups of four in a batch of 64 bits.
ALWAYS_INLINE void bits_tables(const struct bits_job *job, uint32_t batch, uint32_t groups,
                               uint8_t (*table)[16][RQ_CELL])
{
    for (uint32_t g = 0; g < groups; g++)
        for (uint32_t bit = 0; bit < 4; bit++) {
            uint32_t j = batch * BATCH_BITS + g * 4 + bit;
            uint32_t slot = job->columns && j < job->n_bits ? job->columns[j] : job->first + j;
            const uint8_t *p = job->slots + slot * job->width;
            for (size_t v = 0; v < CELL_VECTORS; v++) {
                VEC x = j < job->n_bits ? v_load(p + v * VEC_BYTES) : v_zero();
                if (bit == 0)
                    v_store(table[g][0] + v * VEC_BYTES, v_zero());
                for (uint32_t low = 0; low < 1u << bit; low++)
                    v_store(table[g][low | 1u << bit] + v * VEC_BYTES,
                            v_xor(x, v_load(table[g][low] + v * VEC_BYTES)));
            }
        }
}

ALWAYS_INLINE void bits_batch(const struct bits_job *job, uint32_t batch, uint32_t groups,
                              uint8_t (*table)[16][RQ_CELL])
{
    for (uint32_t i = 0; i < job->n_dst; i++) {
        uint64_t word = job->bits[(size_t)i * job->words + batch];
        uint8_t *out = job->slots + job->dst[i] * job->width;
        VEC acc[CELL_VECTORS];
        for (size_t v = 0; v < CELL_VECTORS; v++)
            acc[v] = job->add || batch ? v_load(out + v * VEC_BYTES) : v_zero();
        for (uint32_t g = 0; g < groups; g++, word >>= 4) {
            const uint8_t *p = table[g][word & 15];
            for (size_t v = 0; v < CELL_VECTORS; v++)
                acc[v] = v_xor(acc[v], v_load(p + v * VEC_BYTES));
        }
        for (size_t v = 0; v < CELL_VECTORS; v++)
            v_store(out + v * VEC_BYTES, acc[v]);
    }
}

// Four Russians: sixteen sums of every four sources, so a bit costs a quarter of an addition.
static void ISA(rq_bits_mul)(const struct rq_strip *strip, const uint16_t *dst, uint32_t n_dst,
                             const uint16_t *columns, uint32_t first, uint32_t n_bits,
                             const uint64_t *bits, uint32_t words, bool add)
{
    _Alignas(64) uint8_t table[NIBBLES][16][RQ_CELL];
    struct bits_job job = {NULL,  strip->width, dst,    columns, bits,
                           n_dst, first,        n_bits, words,   add};
    for (size_t at = 0; at < strip->width; at += RQ_CELL) {
        job.slots = strip->slots + at;
        for (uint32_t batch = 0; batch * BATCH_BITS < n_bits; batch++) {
            uint32_t left = n_bits - batch * BATCH_BITS;
            uint32_t groups = left >= BATCH_BITS ? NIBBLES : (left + 3) / 4;
            bits_tables(&job, batch, groups, table);
            if (groups == NIBBLES)
                bits_batch(&job, batch, NIBBLES, table);
            else
                bits_batch(&job, batch, groups, table);
        }
    }
}

static void ISA(rq_eliminate)(uint64_t *rows, uint32_t words, uint32_t n_rows, uint32_t pivot,
                              uint32_t bit)
{
    const uint64_t *from = rows + (size_t)pivot * words;
    for (uint32_t r = 0; r < n_rows; r++) {
        uint64_t *row = rows + (size_t)r * words;
        if (r == pivot || !(row[bit / 64] >> bit % 64 & 1))
            continue;
        for (uint32_t w = 0; w < words; w += VEC_BYTES < 8 ? 1 : VEC_BYTES / 8) {
            if (VEC_BYTES < 8) {
                row[w] ^= from[w];
                continue;
            }
            uint8_t *p = (uint8_t *)(row + w);
            v_store(p, v_xor(v_load(p), v_load((const uint8_t *)(from + w))));
        }
    }
}

static void ISA(rq_clear)(uint8_t *rows, uint32_t n_rows, const uint8_t *from, uint32_t column)
{
    VEC add[CELL_VECTORS];
    for (size_t v = 0; v < CELL_VECTORS; v++)
        add[v] = v_load(from + v * VEC_BYTES);
    for (uint8_t *row = rows; row < rows + (size_t)n_rows * RQ_CELL; row += RQ_CELL) {
        COEF c = v_coef(row[column]);
        for (size_t v = 0; v < CELL_VECTORS; v++) {
            uint8_t *p = row + v * VEC_BYTES;
            v_store(p, v_xor(v_load(p), v_mul(c, add[v])));
        }
    }
}

const struct rq_kernels ISA(rq_kernels) = {
    .rows = ISA(rq_rows),
    .emit = ISA(rq_emit),
    .hdpc = ISA(rq_hdpc),
    .bits_mul = ISA(rq_bits_mul),
    .eliminate = ISA(rq_eliminate),
    .clear = ISA(rq_clear),
};

#endif
