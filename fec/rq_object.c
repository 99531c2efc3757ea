// SPDX-License-Identifier: BSD-2-Clause
// RFC 6330 4.3 and 4.4.1: how an object is cut into source blocks and sub-blocks, and its OTI.
#include "rq_tables.h"
#include <plait/fec.h>
#include <string.h>

#define OBJECT_BYTES_MAX 946270874880u

// Partition[I, J] of RFC 6330 4.4.1.2: the first `n_long` of J parts have `longer` units, the rest
// one less.
struct partition {
    uint32_t longer, shorter, n_long;
};

static struct partition partition_of(uint64_t units, uint32_t parts)
{
    uint32_t shorter = (uint32_t)(units / parts);
    uint32_t n_long = (uint32_t)(units - (uint64_t)shorter * parts);
    return (struct partition){shorter + (n_long ? 1 : 0), shorter, n_long};
}

static uint64_t symbols_of(const struct plait_rq_object *object)
{
    return (object->object_bytes + object->symbol_bytes - 1) / object->symbol_bytes;
}

int plait_rq_object_check(const struct plait_rq_object *object)
{
    if (!object)
        return PLAIT_FEC_ERR_NULL;
    if (object->object_bytes == 0 || object->object_bytes > OBJECT_BYTES_MAX ||
        object->symbol_bytes == 0 || object->alignment_bytes == 0 || object->source_blocks == 0 ||
        object->sub_blocks == 0 || object->symbol_bytes % object->alignment_bytes)
        return PLAIT_FEC_ERR_RANGE;
    if (object->sub_blocks > object->symbol_bytes / object->alignment_bytes)
        return PLAIT_FEC_ERR_RANGE;
    uint64_t symbols = symbols_of(object);
    if (symbols < object->source_blocks ||
        symbols > (uint64_t)PLAIT_RQ_K_MAX * object->source_blocks)
        return PLAIT_FEC_ERR_RANGE;
    return PLAIT_FEC_OK;
}

static void put_big(uint8_t *p, uint64_t value, int n)
{
    for (int i = n - 1; i >= 0; i--, value >>= 8)
        p[i] = (uint8_t)value;
}

static uint64_t get_big(const uint8_t *p, int n)
{
    uint64_t value = 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | p[i];
    return value;
}

int plait_rq_object_write(const struct plait_rq_object *object, uint8_t oti[PLAIT_RQ_OTI_BYTES])
{
    int err = oti ? plait_rq_object_check(object) : PLAIT_FEC_ERR_NULL;
    if (err)
        return err;
    put_big(oti, object->object_bytes, 5);
    oti[5] = 0;
    put_big(oti + 6, object->symbol_bytes, 2);
    oti[8] = object->source_blocks;
    put_big(oti + 9, object->sub_blocks, 2);
    oti[11] = object->alignment_bytes;
    return PLAIT_FEC_OK;
}

int plait_rq_object_read(struct plait_rq_object *object, const uint8_t oti[PLAIT_RQ_OTI_BYTES])
{
    if (!object || !oti)
        return PLAIT_FEC_ERR_NULL;
    struct plait_rq_object read = {.object_bytes = get_big(oti, 5),
                                   .symbol_bytes = (uint16_t)get_big(oti + 6, 2),
                                   .source_blocks = oti[8],
                                   .sub_blocks = (uint16_t)get_big(oti + 9, 2),
                                   .alignment_bytes = oti[11]};
    int err = plait_rq_object_check(&read);
    if (err)
        return err;
    *object = read;
    return PLAIT_FEC_OK;
}

// KL(n) of RFC 6330 4.3: the largest K' whose sub-block of n sub-blocks fits the working memory.
static uint32_t largest_k(uint64_t working_bytes, uint64_t sub_symbol_bytes)
{
    uint64_t k = working_bytes / sub_symbol_bytes;
    int row = RQ_ROWS - 1;
    while (row >= 0 && rq_rows[row].kp > k)
        row--;
    return row < 0 ? 0 : rq_rows[row].kp;
}

int plait_rq_object_choose(struct plait_rq_object *object, uint64_t object_bytes,
                           uint16_t symbol_bytes, uint8_t alignment_bytes, uint16_t sub_symbol_min,
                           uint64_t working_bytes)
{
    if (!object)
        return PLAIT_FEC_ERR_NULL;
    struct plait_rq_object o = {object_bytes, symbol_bytes, 1, 1, alignment_bytes};
    if (object_bytes == 0 || object_bytes > OBJECT_BYTES_MAX || symbol_bytes == 0 ||
        alignment_bytes == 0 || symbol_bytes % alignment_bytes || sub_symbol_min == 0)
        return PLAIT_FEC_ERR_RANGE;
    uint32_t units = symbol_bytes / alignment_bytes;
    uint32_t most = units / sub_symbol_min ? units / sub_symbol_min : 1;
    uint64_t symbols = symbols_of(&o);
    uint64_t sub_min = (uint64_t)alignment_bytes * ((units + most - 1) / most);
    uint64_t k = largest_k(working_bytes, sub_min);
    if (k == 0 || (symbols + k - 1) / k > 255)
        return PLAIT_FEC_ERR_RANGE;
    o.source_blocks = (uint8_t)((symbols + k - 1) / k);
    uint64_t block_k = (symbols + o.source_blocks - 1) / o.source_blocks;
    for (uint32_t n = 1; n <= most; n++) {
        o.sub_blocks = (uint16_t)n;
        if (block_k <= largest_k(working_bytes, (uint64_t)alignment_bytes * ((units + n - 1) / n)))
            break;
    }
    int err = plait_rq_object_check(&o);
    if (!err)
        *object = o;
    return err;
}

uint32_t plait_rq_object_k(const struct plait_rq_object *object, uint32_t sbn)
{
    if (plait_rq_object_check(object) || sbn >= object->source_blocks)
        return 0;
    struct partition blocks = partition_of(symbols_of(object), object->source_blocks);
    return sbn < blocks.n_long ? blocks.longer : blocks.shorter;
}

// One piece of a symbol and where it lies in the object.
struct piece {
    uint64_t at;
    size_t bytes;
};

// The part of sub-symbol `sub` of symbol esi that lies inside the object.
static struct piece piece_of(const struct plait_rq_object *object, uint64_t block_at, uint32_t k,
                             uint32_t esi, uint32_t sub, size_t *sub_bytes)
{
    struct partition subs =
        partition_of(object->symbol_bytes / object->alignment_bytes, object->sub_blocks);
    uint64_t units = (uint64_t)sub * subs.shorter + (sub < subs.n_long ? sub : subs.n_long);
    *sub_bytes = (size_t)object->alignment_bytes * (sub < subs.n_long ? subs.longer : subs.shorter);
    struct piece piece = {block_at + units * object->alignment_bytes * k + esi * *sub_bytes, 0};
    if (piece.at < object->object_bytes) {
        uint64_t left = object->object_bytes - piece.at;
        piece.bytes = left < *sub_bytes ? (size_t)left : *sub_bytes;
    }
    return piece;
}

static int locate(const struct plait_rq_object *object, uint32_t sbn, uint32_t esi, uint32_t *k,
                  uint64_t *block_at)
{
    int err = plait_rq_object_check(object);
    if (err)
        return err;
    *k = plait_rq_object_k(object, sbn);
    if (esi >= *k)
        return PLAIT_FEC_ERR_RANGE;
    struct partition blocks = partition_of(symbols_of(object), object->source_blocks);
    uint64_t before = (uint64_t)sbn * blocks.shorter + (sbn < blocks.n_long ? sbn : blocks.n_long);
    *block_at = before * object->symbol_bytes;
    return PLAIT_FEC_OK;
}

int plait_rq_object_gather(const struct plait_rq_object *object, const void *data, uint32_t sbn,
                           uint32_t esi, void *symbol)
{
    uint32_t k;
    uint64_t block_at;
    uint8_t *out = symbol;
    int err = data && symbol ? locate(object, sbn, esi, &k, &block_at) : PLAIT_FEC_ERR_NULL;
    if (err)
        return err;
    for (uint32_t sub = 0; sub < object->sub_blocks; sub++) {
        size_t sub_bytes;
        struct piece piece = piece_of(object, block_at, k, esi, sub, &sub_bytes);
        if (piece.bytes)
            memcpy(out, (const uint8_t *)data + piece.at, piece.bytes);
        memset(out + piece.bytes, 0, sub_bytes - piece.bytes);
        out += sub_bytes;
    }
    return PLAIT_FEC_OK;
}

int plait_rq_object_scatter(const struct plait_rq_object *object, void *data, uint32_t sbn,
                            uint32_t esi, const void *symbol)
{
    uint32_t k;
    uint64_t block_at;
    const uint8_t *in = symbol;
    int err = data && symbol ? locate(object, sbn, esi, &k, &block_at) : PLAIT_FEC_ERR_NULL;
    if (err)
        return err;
    for (uint32_t sub = 0; sub < object->sub_blocks; sub++) {
        size_t sub_bytes;
        struct piece piece = piece_of(object, block_at, k, esi, sub, &sub_bytes);
        if (piece.bytes)
            memcpy((uint8_t *)data + piece.at, in, piece.bytes);
        in += sub_bytes;
    }
    return PLAIT_FEC_OK;
}
