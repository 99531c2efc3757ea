/* SPDX-License-Identifier: BSD-2-Clause */
/* Reed-Solomon codecs of any size used for several blocks, each with any set of losses: a block
 * comes back whole exactly if enough is there, and a spare repair symbol tells a damaged one.
 * fuzz_rs stays with GF(256), fuzz_rs16 (FUZZ_RS16) with GF(2^16). */
#include "fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include <plait/fec_rs.h>

#ifdef FUZZ_RS16
#define SOURCE_MAX 900u
#define REPAIR_MAX 300u
#else
#define SOURCE_MAX 256u
#define REPAIR_MAX 256u
#endif
#define SYMBOLS_IN_FIELD 256u // GF(256)
#define SYMBOLS_MAX      (SOURCE_MAX + REPAIR_MAX)
#define BYTES_MAX        320u
#define BLOCKS_MAX       12

struct block {
    uint8_t symbol[SYMBOLS_MAX][BYTES_MAX];
    uint8_t restored[SYMBOLS_MAX][BYTES_MAX];
    void *truth[SYMBOLS_MAX];
    void *given[SYMBOLS_MAX];
    void *out[SYMBOLS_MAX];
    uint32_t source, all;
    size_t bytes;
};

static void fill(struct block *block, uint32_t seed)
{
    for (uint32_t i = 0; i < block->all; i++) {
        block->truth[i] = block->given[i] = block->symbol[i];
        block->out[i] = block->restored[i];
        for (size_t b = 0; b < block->bytes && i < block->source; b++) {
            seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
            block->symbol[i][b] = (uint8_t)(seed >> 24);
        }
    }
}

static int decode(struct plait_rs *rs, struct block *block)
{
    return plait_rs_decode(rs, (const void *const *)block->given,
                           (const void *const *)block->given + block->source, block->out,
                           block->bytes);
}

static void use_block(struct plait_rs *rs, struct block *block, struct fuzz_input *input)
{
    uint32_t lost = 0, repair_lost = 0;

    fill(block, (uint32_t)fuzz_read(input, 1));
    fuzz_require(plait_rs_encode(rs, (const void *const *)block->truth,
                                 block->truth + block->source, block->bytes) == 0);
    for (uint32_t n = (uint32_t)fuzz_read(input, 1) * 2; n > 0; n--) {
        const uint32_t i = (uint32_t)fuzz_read(input, 2) % block->all;
        lost += i < block->source && block->given[i] != NULL ? 1 : 0;
        repair_lost += i >= block->source && block->given[i] != NULL ? 1 : 0;
        block->given[i] = NULL;
    }
    const uint32_t spare = block->all - block->source - repair_lost;
    const int got = decode(rs, block);
    fuzz_require(got == (lost > spare ? PLAIT_FEC_ERR_MORE : (int)lost));
    if (lost > spare)
        return;
    for (uint32_t i = 0; i < block->source; i++) {
        if (block->given[i] == NULL) {
            fuzz_require(memcmp(block->restored[i], block->symbol[i], block->bytes) == 0);
            block->given[i] = block->restored[i];
        }
    }
    void **repair = block->given + block->source;
    fuzz_require(plait_rs_verify(rs, (const void *const *)block->given, (const void *const *)repair,
                                 block->bytes) == 0);
    ((uint8_t *)block->given[lost % block->source])[block->bytes / 2] ^= 0x10;
    fuzz_require(plait_rs_verify(rs, (const void *const *)block->given, (const void *const *)repair,
                                 block->bytes) == (spare > 0 ? PLAIT_FEC_ERR_CORRUPT : 0));
}

// Makes sizes fit the field this program is about; false when they cannot.
static bool is_in_field(struct plait_rs_config *config)
{
#ifdef FUZZ_RS16
    return config->source + config->repair > SYMBOLS_IN_FIELD;
#else
    config->repair %= SYMBOLS_IN_FIELD + 1 - config->source;
    return true;
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct block block;
    struct fuzz_input input = {.at = data, .left = size};
    struct plait_rs_config config = {.source = (uint32_t)fuzz_read(&input, 2) % (SOURCE_MAX + 1),
                                     .repair = (uint32_t)fuzz_read(&input, 2) % (REPAIR_MAX + 1),
                                     .level_mask = (uint32_t)fuzz_read(&input, 1) % 64};
    if (!is_in_field(&config))
        return 0;
    const size_t bytes = plait_rs_bytes(&config);
    struct plait_rs *rs;

    fuzz_require((bytes == 0) == (config.source == 0 || config.repair == 0));
    if (bytes == 0)
        return 0;
    void *memory = malloc(bytes);
    fuzz_require(memory != NULL && plait_rs_create(&rs, &config, memory, bytes) == 0);
    block.source = config.source;
    block.all = config.source + config.repair;
    for (int blocks = 0; input.left > 0 && blocks < BLOCKS_MAX; blocks++) {
        block.bytes = 1 + (size_t)fuzz_read(&input, 2) % BYTES_MAX;
        if (block.all > SYMBOLS_IN_FIELD)
            block.bytes = (block.bytes + 1) / 2 * 2;
        use_block(rs, &block, &input);
    }
    free(memory);
    return 0;
}
