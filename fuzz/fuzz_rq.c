// SPDX-License-Identifier: BSD-2-Clause
// A RaptorQ decoder in any state: symbols true or damaged, in any order and number, decoding at any
// time, several blocks. What it gives out is the source block unless a symbol was damaged; a block
// without damage is never called corrupt, and enough symbols always decode.
#include "fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include <plait/fec.h>
#include <plait/gf256.h>

#define K_MAX     140u
#define T_MAX     80u
#define POOL      (K_MAX + 96u)
#define STEPS_MAX 400

struct world {
    uint32_t k;
    size_t t;
    void *plan_memory, *encoder_memory, *decoder_memory;
    struct plait_rq_plan *plan;
    struct plait_rq_encoder *encoder;
    struct plait_rq_decoder *decoder;
    uint8_t source[K_MAX * T_MAX], out[K_MAX * T_MAX];
    uint8_t pool[POOL][T_MAX]; // symbols given to the decoder
    uint32_t n_pool, added;
    bool damaged;
};

static void world_close(struct world *w)
{
    free(w->plan_memory);
    free(w->encoder_memory);
    free(w->decoder_memory);
}

static void world_open(struct world *w, struct fuzz_input *input)
{
    static const uint32_t levels[] = {PLAIT_GF256_ANY, PLAIT_GF256_REF, PLAIT_GF256_SSSE3,
                                      PLAIT_GF256_AVX2};
    memset(w, 0, sizeof *w);
    w->k = 1 + (uint32_t)fuzz_read(input, 1) % K_MAX;
    w->t = 1 + (size_t)fuzz_read(input, 1) % T_MAX;
    uint32_t choices = (uint32_t)fuzz_read(input, 1);
    size_t bytes = plait_rq_plan_bytes(w->k);
    w->plan_memory = malloc(bytes);
    fuzz_require(plait_rq_plan_create(&w->plan, w->k, levels[choices % 4], w->plan_memory, bytes) ==
                 PLAIT_FEC_OK);
    for (size_t i = 0; i < w->k * w->t; i++)
        w->source[i] = (uint8_t)(i * 167 + (i >> 7) + choices);
    bytes = plait_rq_encoder_bytes(w->plan, w->t);
    w->encoder_memory = malloc(bytes);
    fuzz_require(plait_rq_encoder_create(&w->encoder, w->plan, w->t, w->encoder_memory, bytes) ==
                 PLAIT_FEC_OK);
    fuzz_require(plait_rq_encoder_add_block(w->encoder, w->source) == PLAIT_FEC_OK);
    bytes = plait_rq_decoder_bytes(w->k, w->t);
    w->decoder_memory = malloc(bytes);
    fuzz_require(plait_rq_decoder_create(&w->decoder, w->k, w->t, choices & 4 ? w->plan : NULL,
                                         w->decoder_memory, bytes) == PLAIT_FEC_OK);
}

static void add_symbol(struct world *w, uint32_t esi, bool damage)
{
    if (w->n_pool == POOL)
        return;
    void *at = w->pool[w->n_pool];
    if (esi <= PLAIT_RQ_ESI_MAX)
        fuzz_require(plait_rq_encoder_symbols(w->encoder, &esi, 1, &at) == PLAIT_FEC_OK);
    if (damage)
        w->pool[w->n_pool][esi % w->t] ^= 0x21;
    int err = plait_rq_decoder_add(w->decoder, esi, at);
    fuzz_require((err == PLAIT_FEC_ERR_RANGE) == (esi > PLAIT_RQ_ESI_MAX));
    if (err)
        return;
    w->n_pool++;
    w->added++;
    w->damaged |= damage;
}

static void decode(struct world *w, struct fuzz_input *input)
{
    bool ready = plait_rq_decoder_ready(w->decoder);
    int err;
    fuzz_require(w->added >= w->k || !ready);
    if (fuzz_read(input, 1) & 1) {
        uint32_t esi = (uint32_t)fuzz_read(input, 1) % w->k;
        void *out = w->out + esi * w->t;
        err = plait_rq_decoder_symbols(w->decoder, &esi, 1, &out);
        if (err == PLAIT_FEC_OK && !w->damaged)
            fuzz_require(memcmp(out, w->source + esi * w->t, w->t) == 0);
    } else {
        err = plait_rq_decoder_block(w->decoder, w->out);
        if (err == PLAIT_FEC_OK && !w->damaged)
            fuzz_require(memcmp(w->out, w->source, w->k * w->t) == 0);
    }
    fuzz_require(ready || err == PLAIT_FEC_ERR_MORE);
    fuzz_require(err != PLAIT_FEC_ERR_CORRUPT || w->damaged);
    fuzz_require(err == PLAIT_FEC_OK || err == PLAIT_FEC_ERR_MORE || err == PLAIT_FEC_ERR_CORRUPT);
}

static void step(struct world *w, struct fuzz_input *input)
{
    uint32_t choice = (uint32_t)fuzz_read(input, 1);
    uint32_t first, n;
    switch (choice % 8) {
    case 0:
        decode(w, input);
        break;
    case 1:
        plait_rq_decoder_reset(w->decoder);
        w->n_pool = w->added = 0;
        w->damaged = false;
        break;
    case 2: // any ESI, also too large ones
        add_symbol(w, (uint32_t)fuzz_read(input, 4), false);
        break;
    case 3:
        add_symbol(w, (uint32_t)fuzz_read(input, 1), true);
        break;
    default: // a run of symbols
        first = (uint32_t)fuzz_read(input, choice & 8 ? 1 : 3) & PLAIT_RQ_ESI_MAX;
        n = (uint32_t)fuzz_read(input, 1) % 160;
        for (uint32_t i = 0; i < n; i++)
            add_symbol(w, (first + i * (1 + (choice >> 4) % 3)) & PLAIT_RQ_ESI_MAX, false);
        break;
    }
}

static void check_object(struct fuzz_input *input)
{
    struct plait_rq_object object;
    uint8_t oti[PLAIT_RQ_OTI_BYTES], again[PLAIT_RQ_OTI_BYTES];
    for (size_t i = 0; i < sizeof oti; i++)
        oti[i] = (uint8_t)fuzz_read(input, 1);
    if (plait_rq_object_read(&object, oti) != PLAIT_FEC_OK)
        return;
    oti[5] = 0;
    fuzz_require(plait_rq_object_write(&object, again) == PLAIT_FEC_OK);
    fuzz_require(memcmp(oti, again, sizeof oti) == 0);
    uint64_t symbols = 0;
    for (uint32_t sbn = 0; sbn < object.source_blocks; sbn++)
        symbols += plait_rq_object_k(&object, sbn);
    fuzz_require(symbols == (object.object_bytes + object.symbol_bytes - 1) / object.symbol_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    struct fuzz_input input = {data, size};
    if (fuzz_read(&input, 1) % 16 == 0) {
        check_object(&input);
        return 0;
    }
    world_open(&world, &input);
    for (int i = 0; input.left > 0 && i < STEPS_MAX; i++)
        step(&world, &input);
    for (uint32_t i = 0; i < 8 && !plait_rq_decoder_ready(world.decoder); i++)
        add_symbol(&world, 0x800000 + i, false);
    world_close(&world);
    return 0;
}
