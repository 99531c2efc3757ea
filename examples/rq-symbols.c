// SPDX-License-Identifier: BSD-2-Clause
// rq-symbols K T SEED ESI...
//
// Prints encoding symbols of a RaptorQ source block of K symbols of T bytes, one line each:
// "ESI <esi> <symbol in hex>". The block is filled from xorshift64 with the start state SEED (hex).
// Shows the encoder: plan, encoder, source, symbols.
#include <inttypes.h>
#include <plait/fec.h>
#include <plait/gf256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(uint8_t *p, size_t len, uint64_t x)
{
    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        p[i] = (uint8_t)(x >> i % 8 * 8);
    }
}

static bool parse(const char *text, int base, uint64_t max, uint64_t *value)
{
    char *end;
    *value = strtoull(text, &end, base);
    return *text && *text != '-' && *end == '\0' && *value <= max;
}

static void print_symbol(uint32_t esi, const uint8_t *symbol, size_t t)
{
    printf("ESI %" PRIu32 " ", esi);
    for (size_t i = 0; i < t; i++)
        printf("%02x", symbol[i]);
    printf("\n");
}

struct buffers {
    uint8_t *block, *symbol;
    void *plan, *encoder;
};

static int print_symbols(struct buffers *b, uint32_t k, size_t t, uint64_t seed, char **esi_text)
{
    struct plait_rq_plan *plan;
    struct plait_rq_encoder *encoder;
    b->plan = malloc(plait_rq_plan_bytes(k));
    int err = plait_rq_plan_create(&plan, k, PLAIT_GF256_ANY, b->plan, plait_rq_plan_bytes(k));
    if (err)
        return err;
    size_t bytes = plait_rq_encoder_bytes(plan, t);
    b->encoder = malloc(bytes);
    b->block = malloc(k * t);
    b->symbol = malloc(t);
    if (!b->block || !b->symbol)
        return PLAIT_FEC_ERR_MEMORY;
    fill(b->block, k * t, seed);
    err = plait_rq_encoder_create(&encoder, plan, t, b->encoder, bytes);
    if (!err)
        err = plait_rq_encoder_add_block(encoder, b->block);
    for (; !err && *esi_text; esi_text++) {
        uint64_t value;
        if (!parse(*esi_text, 10, PLAIT_RQ_ESI_MAX, &value))
            return PLAIT_FEC_ERR_RANGE;
        uint32_t esi = (uint32_t)value;
        void *out = b->symbol;
        err = plait_rq_encoder_symbols(encoder, &esi, 1, &out);
        if (!err)
            print_symbol(esi, b->symbol, t);
    }
    return err;
}

int main(int argc, char **argv)
{
    uint64_t k, t, seed;
    if (argc < 4 || !parse(argv[1], 10, PLAIT_RQ_K_MAX, &k) || k == 0 ||
        !parse(argv[2], 10, PLAIT_RQ_T_MAX, &t) || t == 0 ||
        !parse(argv[3], 16, UINT64_MAX, &seed)) {
        fprintf(stderr, "usage: rq-symbols K T SEED ESI...  (K 1..%d, T 1..%d, SEED in hex)\n",
                PLAIT_RQ_K_MAX, PLAIT_RQ_T_MAX);
        return 2;
    }
    struct buffers buffers = {NULL, NULL, NULL, NULL};
    int err = print_symbols(&buffers, (uint32_t)k, (size_t)t, seed, argv + 4);
    if (err)
        fprintf(stderr, "rq-symbols: %s\n", plait_fec_strerror(err));
    free(buffers.block);
    free(buffers.symbol);
    free(buffers.plan);
    free(buffers.encoder);
    return err ? 2 : 0;
}
