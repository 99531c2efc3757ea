/* SPDX-License-Identifier: BSD-2-Clause */
/* The sliding-window decoder in every state an input can drive it to: sources and repairs in any
 * order, old and far ahead, across the wrap of the ESI. While nothing false was given, all that
 * comes out must be the truth; afterwards it must only not crash. */
#include "fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include <plait/fec_rlc.h>

#define SYMBOL_BYTES 24u
#define MEMORY_BYTES ((size_t)512 * 1024)

/* The truth: a symbol is a function of its ESI. */
static void make_symbol(uint32_t esi, uint8_t symbol[SYMBOL_BYTES])
{
    uint32_t x = esi * UINT32_C(2654435761) + 12345;
    for (unsigned i = 0; i < SYMBOL_BYTES; i++) {
        x = x * UINT32_C(1664525) + UINT32_C(1013904223);
        symbol[i] = (uint8_t)(x >> 24);
    }
}

static void make_repair(uint32_t first, uint32_t count, uint16_t key, unsigned density,
                        uint8_t repair[SYMBOL_BYTES])
{
    static uint8_t memory[64 * 1024];
    static uint8_t symbol[PLAIT_RLC_WINDOW_MAX][SYMBOL_BYTES];
    const struct plait_rlc_config config = {.window = PLAIT_RLC_WINDOW_MAX,
                                            .symbol_bytes = SYMBOL_BYTES};
    struct plait_rlc_encoder *encoder;

    fuzz_require(plait_rlc_encoder_create(&encoder, &config, memory, sizeof(memory)) == 0);
    for (uint32_t i = 0; i < count; i++) {
        make_symbol(first + i, symbol[i]);
        fuzz_require(plait_rlc_encoder_add(encoder, first + i, symbol[i], SYMBOL_BYTES) == 0);
    }
    fuzz_require(plait_rlc_encode(encoder, first, count, key, density, repair) == 0);
}

static uint32_t pick_esi(struct fuzz_input *input, uint32_t *near)
{
    const uint64_t kind = fuzz_read(input, 1);

    if (kind < 4)
        *near += (uint32_t)fuzz_read(input, kind == 0 ? 4 : 2);
    else
        *near += (uint32_t)(kind % 8) - 2;
    return *near - (uint32_t)(kind >> 3);
}

static void take_recovered(struct plait_rlc_decoder *decoder, bool is_honest)
{
    uint8_t truth[SYMBOL_BYTES];
    const void *data;
    uint32_t esi;

    while (plait_rlc_next_recovered(decoder, &esi, &data) == 1) {
        make_symbol(esi, truth);
        fuzz_require(!is_honest || memcmp(data, truth, SYMBOL_BYTES) == 0);
        fuzz_require(plait_rlc_known(decoder, esi) == data);
    }
}

static void give_repair(struct plait_rlc_decoder *decoder, struct fuzz_input *input, uint32_t *near,
                        bool *is_honest)
{
    uint8_t repair[SYMBOL_BYTES] = {0};
    const uint32_t first = pick_esi(input, near);
    const uint32_t count = (uint32_t)fuzz_read(input, 1) + 1;
    const uint16_t key = (uint16_t)fuzz_read(input, 1);
    const unsigned density = (unsigned)fuzz_read(input, 1) % 18;

    if (density <= PLAIT_RLC_DENSITY_MAX)
        make_repair(first, count, key, density, repair);
    if (fuzz_read(input, 1) == 255) {
        repair[key % SYMBOL_BYTES] ^= 1;
        *is_honest = false;
    }
    const int got = plait_rlc_add_repair(decoder, first, count, key, density, repair);
    fuzz_require(got != PLAIT_FEC_ERR_CORRUPT || !*is_honest);
    fuzz_require(density <= PLAIT_RLC_DENSITY_MAX || got == PLAIT_FEC_ERR_RANGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[MEMORY_BYTES];
    struct fuzz_input input = {.at = data, .left = size};
    const struct plait_rlc_config config = {.window = (uint32_t)fuzz_read(&input, 1) + 1,
                                            .symbol_bytes = SYMBOL_BYTES,
                                            .repairs = (uint32_t)fuzz_read(&input, 1),
                                            .level_mask = (uint32_t)fuzz_read(&input, 1) % 64,
                                            .verify = true};
    struct plait_rlc_decoder *decoder;
    uint32_t near = (uint32_t)fuzz_read(&input, 4);
    bool is_honest = true;

    fuzz_require(plait_rlc_decoder_bytes(&config) <= sizeof(memory));
    fuzz_require(plait_rlc_decoder_create(&decoder, &config, memory, sizeof(memory)) == 0);
    for (int steps = 0; input.left > 0 && steps < 600; steps++) {
        if (fuzz_read(&input, 1) % 3 == 0) {
            give_repair(decoder, &input, &near, &is_honest);
        } else {
            uint8_t symbol[SYMBOL_BYTES];
            const uint32_t esi = pick_esi(&input, &near);
            make_symbol(esi, symbol);
            fuzz_require(plait_rlc_add_source(decoder, esi, symbol, SYMBOL_BYTES) >= 0);
        }
        if (steps % 3 != 0)
            take_recovered(decoder, is_honest);
    }
    return 0;
}
