// SPDX-License-Identifier: BSD-2-Clause
// Every misuse of the RaptorQ API has its error and changes nothing.
#include "rq_block.h"
#include "tap.h"

enum { K = 20, T = 40 };

static void check_plan(struct tap *tap)
{
    struct plait_rq_plan *plan;
    size_t bytes = plait_rq_plan_bytes(K);
    void *memory = malloc(bytes);
    tap_ok(tap, plait_rq_plan_bytes(0) == 0 && plait_rq_plan_bytes(PLAIT_RQ_K_MAX + 1) == 0,
           "no plan for K out of range");
    tap_ok(tap,
           plait_rq_plan_create(NULL, K, PLAIT_GF256_ANY, memory, bytes) == PLAIT_FEC_ERR_NULL &&
               plait_rq_plan_create(&plan, K, PLAIT_GF256_ANY, NULL, bytes) == PLAIT_FEC_ERR_NULL,
           "null is refused");
    tap_ok(tap,
           plait_rq_plan_create(&plan, 0, PLAIT_GF256_ANY, memory, bytes) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_plan_create(&plan, PLAIT_RQ_K_MAX + 1, PLAIT_GF256_ANY, memory, bytes) ==
                   PLAIT_FEC_ERR_RANGE,
           "K out of range is refused");
    tap_ok(tap,
           plait_rq_plan_create(&plan, K, PLAIT_GF256_ANY, memory, bytes - 1) ==
               PLAIT_FEC_ERR_MEMORY,
           "too little memory is refused");
    tap_ok(tap,
           plait_rq_plan_create(&plan, K, PLAIT_GF256_ANY + 1, memory, bytes) ==
               PLAIT_FEC_ERR_RANGE,
           "a level that is not there is refused");
    tap_ok(tap, plait_rq_plan_create(&plan, K, 0, memory, bytes) == PLAIT_FEC_OK,
           "an empty level mask allows all");
    free(memory);
}

static void check_encoder(struct tap *tap, struct rq_block *block)
{
    struct plait_rq_encoder *encoder;
    size_t bytes = plait_rq_encoder_bytes(block->plan, T);
    void *memory = malloc(bytes);
    uint8_t symbol[T];
    void *out = symbol, *no_out = NULL;
    uint32_t esi = K, far = PLAIT_RQ_ESI_MAX + 1;
    tap_ok(tap,
           plait_rq_encoder_bytes(block->plan, 0) == 0 &&
               plait_rq_encoder_bytes(block->plan, PLAIT_RQ_T_MAX + 1) == 0 &&
               plait_rq_encoder_bytes(NULL, T) == 0,
           "no encoder for T out of range or without plan");
    tap_ok(tap,
           plait_rq_encoder_create(&encoder, block->plan, 0, memory, bytes) ==
                   PLAIT_FEC_ERR_RANGE &&
               plait_rq_encoder_create(&encoder, NULL, T, memory, bytes) == PLAIT_FEC_ERR_NULL &&
               plait_rq_encoder_create(&encoder, block->plan, T, memory, bytes - 1) ==
                   PLAIT_FEC_ERR_MEMORY,
           "encoder create refuses T 0, null and little memory");
    plait_rq_encoder_create(&encoder, block->plan, T, memory, bytes);
    tap_ok(tap, plait_rq_encoder_symbols(encoder, &esi, 1, &out) == PLAIT_FEC_ERR_MORE,
           "no symbols before all source symbols are there");
    tap_ok(tap,
           plait_rq_encoder_add(encoder, K, symbol) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_encoder_add(encoder, 3, NULL) == PLAIT_FEC_ERR_NULL &&
               plait_rq_encoder_add(encoder, 3, block->source) == PLAIT_FEC_OK &&
               plait_rq_encoder_add(encoder, 3, block->source) == PLAIT_FEC_ERR_TWICE &&
               plait_rq_encoder_add_block(encoder, block->source) == PLAIT_FEC_ERR_TWICE,
           "foreign, null and repeated source symbols are refused");
    plait_rq_encoder_reset(encoder);
    tap_ok(tap,
           plait_rq_encoder_add_block(encoder, block->source) == PLAIT_FEC_OK &&
               plait_rq_encoder_symbols(encoder, &far, 1, &out) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_encoder_symbols(encoder, &esi, 1, &no_out) == PLAIT_FEC_ERR_NULL &&
               plait_rq_encoder_symbols(encoder, NULL, 1, &out) == PLAIT_FEC_ERR_NULL &&
               plait_rq_encoder_symbols(encoder, NULL, 0, NULL) == PLAIT_FEC_OK &&
               plait_rq_encoder_symbols(NULL, &esi, 1, &out) == PLAIT_FEC_ERR_NULL,
           "symbols refuses ESIs out of range and null");
    free(memory);
}

static void check_decoder_create(struct tap *tap, struct rq_block *block)
{
    struct plait_rq_decoder *decoder;
    size_t bytes = plait_rq_decoder_bytes(K, T);
    void *memory = malloc(plait_rq_decoder_bytes(K + 1, T));
    tap_ok(tap,
           plait_rq_decoder_bytes(0, T) == 0 && plait_rq_decoder_bytes(K, 0) == 0 &&
               plait_rq_decoder_bytes(PLAIT_RQ_K_MAX + 1, T) == 0 &&
               plait_rq_decoder_bytes(K, PLAIT_RQ_T_MAX + 1) == 0,
           "no decoder for K or T out of range");
    tap_ok(tap,
           plait_rq_decoder_create(&decoder, K + 1, T, block->plan, memory,
                                   plait_rq_decoder_bytes(K + 1, T)) == PLAIT_FEC_ERR_MISMATCH,
           "a plan for another K is refused");
    tap_ok(
        tap,
        plait_rq_decoder_create(&decoder, K, T, NULL, memory, bytes - 1) == PLAIT_FEC_ERR_MEMORY &&
            plait_rq_decoder_create(&decoder, 0, T, NULL, memory, bytes) == PLAIT_FEC_ERR_RANGE &&
            plait_rq_decoder_create(NULL, K, T, NULL, memory, bytes) == PLAIT_FEC_ERR_NULL,
        "decoder create refuses little memory, K 0 and null");
    free(memory);
}

static void check_decoder(struct tap *tap, struct rq_block *block)
{
    struct plait_rq_decoder *decoder;
    size_t bytes = plait_rq_decoder_bytes(K, T);
    void *memory = malloc(bytes);
    uint8_t out[K * T];
    void *symbol_out[2] = {out, out + T};
    uint32_t twice[2] = {0, 0}, foreign[1] = {K};
    plait_rq_decoder_create(&decoder, K, T, block->plan, memory, bytes);
    tap_ok(tap,
           !plait_rq_decoder_ready(decoder) &&
               plait_rq_decoder_block(decoder, out) == PLAIT_FEC_ERR_MORE,
           "nothing decodes from nothing");
    tap_ok(tap,
           plait_rq_decoder_add(decoder, PLAIT_RQ_ESI_MAX + 1, out) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_decoder_add(decoder, 0, NULL) == PLAIT_FEC_ERR_NULL &&
               plait_rq_decoder_add(NULL, 0, out) == PLAIT_FEC_ERR_NULL,
           "add refuses ESIs out of range and null");
    int full = 0;
    for (uint32_t i = 0; i < K + 64; i++)
        full |= plait_rq_decoder_add(decoder, K + i, block->source);
    tap_ok(tap,
           full == PLAIT_FEC_OK && plait_rq_decoder_add(decoder, 1, out) == PLAIT_FEC_ERR_FULL &&
               plait_rq_decoder_add(decoder, 5000, out) == PLAIT_FEC_ERR_FULL &&
               plait_rq_decoder_add(decoder, K, out) == PLAIT_FEC_ERR_TWICE,
           "K + 64 symbols are held, no more");
    tap_ok(tap, plait_rq_decoder_block(decoder, out) == PLAIT_FEC_ERR_CORRUPT,
           "symbols that contradict each other are told");
    plait_rq_decoder_reset(decoder);
    for (uint32_t i = 0; i < K; i++)
        plait_rq_decoder_add(decoder, i, block->source + i * T);
    tap_ok(tap,
           plait_rq_decoder_symbols(decoder, foreign, 1, symbol_out) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_decoder_symbols(decoder, NULL, 1, symbol_out) == PLAIT_FEC_ERR_NULL &&
               plait_rq_decoder_symbols(decoder, twice, 2, symbol_out) == PLAIT_FEC_OK &&
               plait_rq_decoder_block(decoder, NULL) == PLAIT_FEC_ERR_NULL,
           "symbols refuses foreign ESIs and null");
    tap_ok(tap,
           plait_rq_decoder_block(decoder, out) == PLAIT_FEC_OK &&
               memcmp(out, block->source, sizeof out) == 0 && plait_rq_decoder_checks(decoder) == 0,
           "a block without losses is copied");
    plait_rq_decoder_reset(decoder);
    for (uint32_t i = 1; i <= K + 1; i++) {
        static uint8_t repair[2][T];
        uint8_t *at = i < K ? block->source + i * T : repair[i - K];
        rq_block_symbol(block, i, at);
        plait_rq_decoder_add(decoder, i, at);
    }
    tap_ok(tap,
           plait_rq_decoder_symbols(decoder, twice, 2, symbol_out) == PLAIT_FEC_ERR_TWICE &&
               plait_rq_decoder_block(decoder, out) == PLAIT_FEC_OK &&
               memcmp(out, block->source, sizeof out) == 0 && plait_rq_decoder_checks(decoder) == 1,
           "a lost symbol asked for twice is refused, then the block decodes and is checked");
    free(memory);
}

// A caller can always tell a block that was checked from one that could not be.
static void check_checks(struct tap *tap, struct rq_block *block)
{
    struct plait_rq_decoder *decoder;
    size_t bytes = plait_rq_decoder_bytes(K, T);
    void *memory = malloc(bytes);
    uint8_t out[K * T], repair[3][T];
    void *first_out = out, *second_out = out + T;
    uint32_t lost = 0, there = 1;
    plait_rq_decoder_create(&decoder, K, T, block->plan, memory, bytes);
    for (uint32_t esi = 1; esi < K; esi++)
        plait_rq_decoder_add(decoder, esi, block->source + esi * T);
    for (uint32_t i = 0; i < 3; i++) {
        rq_block_symbol(block, K + i, repair[i]);
        plait_rq_decoder_add(decoder, K + i, repair[i]);
    }
    tap_ok(tap,
           plait_rq_decoder_symbols(decoder, &there, 1, &second_out) == PLAIT_FEC_OK &&
               plait_rq_decoder_checks(decoder) == 0,
           "a received symbol that is copied was not checked");
    tap_ok(tap,
           plait_rq_decoder_symbols(decoder, &lost, 1, &first_out) == PLAIT_FEC_OK &&
               plait_rq_decoder_checks(decoder) == 2,
           "two surplus symbols are two checks");
    repair[2][T - 1] ^= 1;
    tap_ok(tap,
           plait_rq_decoder_symbols(decoder, &lost, 1, &first_out) == PLAIT_FEC_ERR_CORRUPT &&
               plait_rq_decoder_checks(decoder) == 0,
           "a damaged surplus symbol is told, and no check counts");
    plait_rq_decoder_add(decoder, 0, block->source);
    tap_ok(tap,
           plait_rq_decoder_block(decoder, out) == PLAIT_FEC_OK &&
               plait_rq_decoder_checks(decoder) == 0,
           "a block that came whole was not checked");
    free(memory);
}

static void check_object(struct tap *tap)
{
    struct plait_rq_object object;
    uint8_t oti[PLAIT_RQ_OTI_BYTES], symbol[64], data[100] = {0};
    tap_ok(tap,
           plait_rq_object_choose(&object, 100, 64, 3, 1, 1 << 20) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_object_choose(&object, 0, 64, 4, 1, 1 << 20) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_object_choose(&object, 100, 64, 4, 1, 10) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_object_choose(NULL, 100, 64, 4, 1, 1 << 20) == PLAIT_FEC_ERR_NULL,
           "an object that cannot be cut is refused");
    tap_ok(tap,
           plait_rq_object_choose(&object, 100, 64, 4, 1, 1 << 20) == PLAIT_FEC_OK &&
               object.source_blocks == 1 && object.sub_blocks == 1 &&
               plait_rq_object_k(&object, 0) == 2 && plait_rq_object_k(&object, 1) == 0,
           "a small object is one block of one sub-block");
    tap_ok(tap,
           plait_rq_object_gather(&object, data, 0, 2, symbol) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_object_gather(&object, data, 1, 0, symbol) == PLAIT_FEC_ERR_RANGE &&
               plait_rq_object_gather(&object, NULL, 0, 0, symbol) == PLAIT_FEC_ERR_NULL &&
               plait_rq_object_scatter(&object, data, 0, 2, symbol) == PLAIT_FEC_ERR_RANGE,
           "symbols outside the object are refused");
    plait_rq_object_write(&object, oti);
    oti[8] = 0;
    tap_ok(tap, plait_rq_object_read(&object, oti) == PLAIT_FEC_ERR_RANGE,
           "an OTI of no source blocks is refused");
}

static void check_errors(struct tap *tap)
{
    bool named = true;
    for (int err = PLAIT_FEC_ERR_MISMATCH; err <= 0; err++)
        named &= strcmp(plait_fec_strerror(err), plait_fec_strerror(-1000)) != 0;
    tap_ok(tap, named, "every error has its text");
    tap_ok(tap, plait_fec_version() == PLAIT_FEC_VERSION, "library and header agree");
}

int main(void)
{
    struct tap tap = {0, 0};
    struct rq_block block;
    int err = rq_block_create(&block, K, T, 1, PLAIT_GF256_ANY);
    tap_ok(&tap, err == PLAIT_FEC_OK, "a block for the tests");
    check_plan(&tap);
    check_encoder(&tap, &block);
    check_decoder_create(&tap, &block);
    check_decoder(&tap, &block);
    check_checks(&tap, &block);
    check_object(&tap);
    check_errors(&tap);
    rq_block_free(&block);
    return tap_done(&tap);
}
