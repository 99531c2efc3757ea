// SPDX-License-Identifier: BSD-2-Clause
// Properties of the Reed-Solomon codes: any `source` symbols restore a block, at every CPU level,
// whatever the sizes; the repair symbols are what the definition says; misuse gives error codes.
#include "fec_random.h"
#include "tap.h"
#include <plait/fec_rs.h>
#include <plait/gf256.h>
#include <stdlib.h>
#include <string.h>

#include "../../fec/rs_fft.h"

#define BYTES_MAX 700u

static const uint32_t levels[] = {PLAIT_GF256_REF,       PLAIT_GF256_SSSE3,       PLAIT_GF256_AVX2,
                                  PLAIT_GF256_GFNI_AVX2, PLAIT_GF256_GFNI_AVX512, PLAIT_GF256_NEON};

// A block of symbols at odd addresses, with a canary after each.
struct block {
    uint32_t source, repair;
    size_t bytes;
    uint8_t *memory, *rs_memory;
    void **symbol; // source + repair: the truth
    void **given;  // the same, NULL where lost
    void **out;    // source
    struct plait_rs *rs;
};

static uint8_t *place(struct block *block, uint32_t index)
{
    return block->memory + index * (block->bytes + 1) + 1;
}

static bool block_create(struct block *block, uint32_t source, uint32_t repair, size_t bytes,
                         uint32_t level)
{
    const struct plait_rs_config config = {source, repair, level};
    const uint32_t all = source + repair;

    *block = (struct block){.source = source, .repair = repair, .bytes = bytes};
    block->memory = calloc(2 * all, bytes + 1);
    block->rs_memory = malloc(plait_rs_bytes(&config));
    block->symbol = calloc(all, sizeof(void *));
    block->given = calloc(all, sizeof(void *));
    block->out = calloc(source, sizeof(void *));
    for (uint32_t i = 0; i < all; i++)
        block->symbol[i] = place(block, i);
    for (uint32_t i = 0; i < source; i++)
        block->out[i] = place(block, all + i);
    return plait_rs_create(&block->rs, &config, block->rs_memory, plait_rs_bytes(&config)) == 0;
}

static void block_free(struct block *block)
{
    free(block->memory);
    free(block->rs_memory);
    free(block->symbol);
    free(block->given);
    free(block->out);
}

static void block_fill(struct block *block, struct fec_random *random)
{
    for (uint32_t i = 0; i < block->source; i++)
        fec_random_fill(random, place(block, i), block->bytes);
}

static int block_encode(struct block *block)
{
    return plait_rs_encode(block->rs, (const void *const *)block->symbol,
                           block->symbol + block->source, block->bytes);
}

static int block_decode(struct block *block)
{
    return plait_rs_decode(block->rs, (const void *const *)block->given,
                           (const void *const *)block->given + block->source, block->out,
                           block->bytes);
}

// Loses exactly `lost` random symbols of the whole block; returns how many of them are source.
static uint32_t block_lose(struct block *block, uint32_t lost, struct fec_random *random)
{
    const uint32_t all = block->source + block->repair;
    uint32_t source_lost = 0;

    memcpy(block->given, block->symbol, all * sizeof(void *));
    while (lost > 0) {
        const uint32_t i = fec_random_below(random, all);
        if (block->given[i] == NULL)
            continue;
        block->given[i] = NULL;
        source_lost += i < block->source ? 1 : 0;
        lost--;
    }
    return source_lost;
}

static bool block_is_restored(const struct block *block)
{
    const uint32_t all = block->source + block->repair;
    for (uint32_t i = 0; i < block->source; i++) {
        const uint8_t *out = block->out[i];
        if (block->given[i] == NULL && memcmp(out, block->symbol[i], block->bytes) != 0)
            return false;
        if (block->given[i] != NULL && out[0] != 0 && block->bytes > 0)
            return false;
    }
    for (uint32_t i = 0; i < all + block->source; i++) {
        if (place((struct block *)(uintptr_t)block, i)[-1] != 0)
            return false;
    }
    return true;
}

// Encodes, loses `lost`, decodes, verifies. The level's bytes must be those of the reference.
static bool round_trip(uint32_t source, uint32_t repair, size_t bytes, uint32_t lost,
                       uint32_t level, struct fec_random *random)
{
    struct block block;
    bool right = block_create(&block, source, repair, bytes, level);

    if (right) {
        block_fill(&block, random);
        right = block_encode(&block) == 0;
        const uint32_t source_lost = block_lose(&block, lost, random);
        const int got = block_decode(&block);
        right = right && (lost <= repair ? got == (int)source_lost : got == PLAIT_FEC_ERR_MORE);
        right = right && (lost > repair || block_is_restored(&block));
        right = right && plait_rs_verify(block.rs, (const void *const *)block.symbol,
                                         (const void *const *)block.symbol + source, bytes) == 0;
    }
    block_free(&block);
    return right;
}

static bool is_level_here(uint32_t level)
{
    return plait_gf256_select(level)->level == level;
}

static void test_round_trips(struct tap *tap, uint32_t level, const char *name)
{
    struct fec_random random = {UINT64_C(0x51ee7) + level};
    int right = 0, wide_right = 0;

    for (int i = 0; i < 150; i++) {
        const uint32_t source = 1 + fec_random_below(&random, i % 3 == 0 ? 254 : 40);
        uint32_t repair = 1 + fec_random_below(&random, i % 2 == 0 ? 256 - source : 12);
        repair = source + repair > 256 ? 256 - source : repair;
        const uint32_t lost =
            fec_random_below(&random, 8) == 0 ? repair + 1 : fec_random_below(&random, repair + 1);
        const size_t bytes = 1 + fec_random_below(&random, BYTES_MAX);
        right +=
            round_trip(source, repair, bytes, lost < source + repair ? lost : 0, level, &random)
                ? 1
                : 0;
    }
    tap_ok(tap, right == 150, "%s: 150 random blocks over GF(256), %d right", name, right);
    for (int i = 0; i < 20; i++) {
        const uint32_t source = 1 + fec_random_below(&random, 900);
        const uint32_t repair = (source > 256 ? 1 : 257 - source) + fec_random_below(&random, 300);
        const size_t bytes = 2 + 2 * (size_t)fec_random_below(&random, BYTES_MAX / 2);
        const uint32_t lost = i % 5 == 0 ? repair : fec_random_below(&random, repair + 1);
        wide_right += round_trip(source, repair, bytes, lost, level, &random) ? 1 : 0;
    }
    tap_ok(tap, wide_right == 20, "%s: 20 random blocks over GF(2^16), %d right", name, wide_right);
}

// The largest and the oddest sizes, at the best level.
static void test_edges(struct tap *tap)
{
    static const uint32_t edges[][4] = {
        // source, repair, bytes, lost
        {1, 1, 1, 1},        {255, 1, 64, 1},          {1, 255, 65, 255},
        {128, 128, 63, 128}, {200, 55, 129, 55},       {201, 55, 1280, 55},
        {250, 6, 1000, 6},   {100, 156, 77, 156},      {256, 1, 2, 1},
        {1, 256, 126, 256},  {1000, 200, 130, 200},    {3000, 1000, 128, 1000},
        {65535, 1, 2, 1},    {32768, 32768, 4, 32768},
    };
    struct fec_random random = {UINT64_C(0xed9e)};

    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        const uint32_t *e = edges[i];
        tap_ok(tap, round_trip(e[0], e[1], e[2], e[3], PLAIT_GF256_ANY, &random),
               "%u source, %u repair, %u bytes, %u lost", e[0], e[1], e[2], e[3]);
    }
}

// Every level must write the repair symbols of the reference.
static void test_same_bytes(struct tap *tap, uint32_t level, const char *name)
{
    static const uint32_t sizes[][3] = {{10, 2, 100}, {50, 10, 333},  {200, 55, 700},
                                        {70, 64, 64}, {300, 40, 514}, {40, 300, 126}};
    bool same = true;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct fec_random random = {UINT64_C(0x5a3e) + i}, again = random;
        struct block a, b;
        same = block_create(&a, sizes[i][0], sizes[i][1], sizes[i][2], PLAIT_GF256_REF) && same;
        same = block_create(&b, sizes[i][0], sizes[i][1], sizes[i][2], level) && same;
        block_fill(&a, &random);
        block_fill(&b, &again);
        same = block_encode(&a) == 0 && block_encode(&b) == 0 && same;
        same = memcmp(a.memory, b.memory, (sizes[i][0] + sizes[i][1]) * (sizes[i][2] + 1)) == 0 &&
               same;
        block_free(&a);
        block_free(&b);
    }
    tap_ok(tap, same, "%s: the reference's repair symbols", name);
}

// Repair symbol i is the sum of scale(j) / (point i + point j) * symbol j: checked by ratios, which
// need no scale.
static void test_definition(struct tap *tap)
{
    struct fec_random random = {UINT64_C(0xdef)};
    struct block block;
    bool right = true;

    for (uint32_t repair = 2; repair <= 64; repair += 31) {
        const uint32_t source = 150;
        right = block_create(&block, source, repair, 1, PLAIT_GF256_ANY) && right;
        uint32_t points = 1;
        while (points < repair)
            points *= 2;
        for (uint32_t j = 0; j < source; j++) {
            memset(block.memory, 0, 2 * (source + repair) * 2);
            *place(&block, j) = (uint8_t)(1 + fec_random_below(&random, 255));
            block_encode(&block);
            const uint8_t y = rs8_point[points + j];
            const uint8_t first = plait_gf256_mul(*place(&block, source), rs8_point[0] ^ y);
            for (uint32_t i = 0; i < repair; i++)
                right = plait_gf256_mul(*place(&block, source + i), rs8_point[i] ^ y) == first &&
                        first != 0 && right;
        }
        block_free(&block);
    }
    tap_ok(tap, right, "the repair symbols are Cauchy's");
}

static void test_verify(struct tap *tap)
{
    static const uint32_t sizes[][2] = {{20, 4}, {100, 30}, {300, 20}};
    struct fec_random random = {UINT64_C(0x7e51f1)};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct block block;
        block_create(&block, sizes[i][0], sizes[i][1], 100, PLAIT_GF256_ANY);
        block_fill(&block, &random);
        block_encode(&block);
        const void *const *source = (const void *const *)block.symbol;
        void **repair = block.given;
        repair[1] = block.symbol[sizes[i][0] + 1];
        tap_ok(tap, plait_rs_verify(block.rs, source, (const void *const *)repair, 100) == 0,
               "agrees");
        place(&block, fec_random_below(&random, sizes[i][0]))[99] ^= 4;
        tap_ok(tap,
               plait_rs_verify(block.rs, source, (const void *const *)repair, 100) ==
                   PLAIT_FEC_ERR_CORRUPT,
               "one wrong bit in a source symbol is seen");
        repair[1] = NULL;
        tap_ok(tap, plait_rs_verify(block.rs, source, (const void *const *)repair, 100) == 0,
               "nothing to compare with");
        block_free(&block);
    }
}

static void test_misuse(struct tap *tap)
{
    struct plait_rs_config config = {10, 4, 0};
    struct block block;
    struct plait_rs *rs;
    uint8_t byte[64];

    static const uint32_t bad[][2] = {{0, 1},     {1, 0},         {65536, 1},
                                      {65535, 2}, {32769, 20000}, {UINT32_MAX, 2}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct plait_rs_config out_of_range = {bad[i][0], bad[i][1], 0};
        tap_ok(tap,
               plait_rs_bytes(&out_of_range) == 0 &&
                   plait_rs_create(&rs, &out_of_range, byte, 64) == PLAIT_FEC_ERR_RANGE,
               "%u source, %u repair", bad[i][0], bad[i][1]);
    }
    config.level_mask = 64;
    tap_ok(tap, plait_rs_bytes(&config) == 0, "unknown level");
    config.level_mask = 0;
    tap_ok(tap, plait_rs_bytes(NULL) == 0, "no configuration");
    tap_ok(tap, plait_rs_create(&rs, &config, byte, 64) == PLAIT_FEC_ERR_MEMORY, "little memory");
    tap_ok(tap, plait_rs_create(&rs, &config, NULL, 64) == PLAIT_FEC_ERR_NULL, "no memory");

    block_create(&block, 10, 4, 32, 0);
    const void *const *source = (const void *const *)block.symbol;
    const void *const *repair = source + 10;
    void *const *out = block.out;
    tap_ok(tap, block_decode(&block) == PLAIT_FEC_ERR_MORE, "nothing received");
    tap_ok(tap, plait_rs_encode(NULL, source, out, 32) == PLAIT_FEC_ERR_NULL, "no codec");
    tap_ok(tap, plait_rs_encode(block.rs, source, out, 0) == PLAIT_FEC_ERR_RANGE, "no bytes");
    tap_ok(tap,
           plait_rs_encode(block.rs, (const void *const *)block.given, out, 32) ==
               PLAIT_FEC_ERR_NULL,
           "a source symbol is missing");
    tap_ok(tap, plait_rs_decode(block.rs, source, repair, NULL, 32) == PLAIT_FEC_ERR_NULL,
           "no output");
    tap_ok(tap, plait_rs_decode(block.rs, source, repair, out, 32) == 0, "nothing lost");
    void *symbol_0 = block.symbol[0];
    block.symbol[0] = NULL;
    block.out[0] = NULL;
    tap_ok(tap, plait_rs_decode(block.rs, source, repair, out, 32) == PLAIT_FEC_ERR_NULL,
           "nowhere to restore to");
    tap_ok(tap, plait_rs_verify(block.rs, source, repair, 32) == PLAIT_FEC_ERR_NULL,
           "verify needs the whole block");
    block.symbol[0] = symbol_0;
    block_free(&block);

    block_create(&block, 250, 20, 3, 0);
    tap_ok(tap, block_encode(&block) == PLAIT_FEC_ERR_RANGE, "odd symbols over GF(2^16)");
    block_free(&block);
}

int main(void)
{
    struct tap tap = {0, 0};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (!is_level_here(levels[i]))
            continue;
        const char *name = plait_gf256_select(levels[i])->name;
        test_round_trips(&tap, levels[i], name);
        test_same_bytes(&tap, levels[i], name);
    }
    test_edges(&tap);
    test_definition(&tap);
    test_verify(&tap);
    test_misuse(&tap);
    return tap_done(&tap);
}
