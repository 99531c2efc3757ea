// SPDX-License-Identifier: BSD-2-Clause
// Sliding-window RLC in one page: a stream of numbered symbols, a repair symbol after every tenth,
// a channel that loses 5 %, and what the receiver makes of it.
//
//   rlc-stream [SYMBOLS]
#include <plait/fec_rlc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOL_BYTES   64u
#define WINDOW         50u
#define EVERY          10u
#define LOSS_PER_MILLE 50u

// Symbols the encoder may look back at must stay in place: a ring of one window.
static char ring[WINDOW][SYMBOL_BYTES];

static int is_lost(uint32_t *state)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return (*state >> 16) % 1000 < LOSS_PER_MILLE;
}

int main(int argc, char **argv)
{
    const uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    const struct plait_rlc_config send = {.window = WINDOW, .symbol_bytes = SYMBOL_BYTES};
    const struct plait_rlc_config receive = {.window = 2 * WINDOW, .symbol_bytes = SYMBOL_BYTES};
    void *send_memory = malloc(plait_rlc_encoder_bytes(&send));
    void *receive_memory = malloc(plait_rlc_decoder_bytes(&receive));
    struct plait_rlc_encoder *encoder;
    struct plait_rlc_decoder *decoder;
    uint32_t state = 1, lost = 0, recovered = 0;

    if (send_memory == NULL || receive_memory == NULL ||
        plait_rlc_encoder_create(&encoder, &send, send_memory, plait_rlc_encoder_bytes(&send)) ||
        plait_rlc_decoder_create(&decoder, &receive, receive_memory,
                                 plait_rlc_decoder_bytes(&receive)))
        return 1;
    for (uint32_t esi = 0; esi < count; esi++) {
        char *symbol = ring[esi % WINDOW];
        memset(symbol, 0, SYMBOL_BYTES);
        snprintf(symbol, SYMBOL_BYTES, "symbol %u", esi);
        plait_rlc_encoder_add(encoder, esi, symbol, SYMBOL_BYTES);
        if (is_lost(&state))
            lost++;
        else
            plait_rlc_add_source(decoder, esi, symbol, SYMBOL_BYTES);

        if (esi % EVERY == EVERY - 1 && !is_lost(&state)) {
            const uint32_t held = esi + 1 < WINDOW ? esi + 1 : WINDOW;
            const uint16_t key = (uint16_t)esi;
            char repair[SYMBOL_BYTES];
            if (plait_rlc_encode(encoder, esi + 1 - held, held, key, 15, repair) != 0)
                return 1;
            plait_rlc_add_repair(decoder, esi + 1 - held, held, key, 15, repair);
        }
        const void *data;
        uint32_t found;
        while (plait_rlc_next_recovered(decoder, &found, &data) == 1) {
            recovered++;
            printf("ESI %u recovered while ESI %u arrived: %s\n", found, esi, (const char *)data);
        }
    }
    printf("%u sent, %u lost, %u recovered\n", count, lost, recovered);
    free(send_memory);
    free(receive_memory);
    return 0;
}
