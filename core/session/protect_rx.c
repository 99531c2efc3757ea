/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of forward error correction, and the receiver's half: symbols back to source packets.
 * What comes is authentic and may still be nonsense, so every length is checked. */
#include "core/session/protect.h"

#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/seq.h"

#define FLAG_BITS  4
#define FLAGS_KEPT (FRAME_DATA_MORE | FRAME_DATA_CONT | FRAME_DATA_NULLS)

static struct plait_rlc_config code(uint32_t symbol_bytes, bool is_sender)
{
    return (struct plait_rlc_config){
        .window = is_sender ? PROTECT_WINDOW : PROTECT_LOOKBACK,
        .symbol_bytes = symbol_bytes,
        .repairs = PROTECT_REPAIRS,
    };
}

void protect_cut(struct protect *protect, struct arena *arena, uint32_t payload_max, bool is_sender)
{
    struct protect cut = {.symbol_bytes = SYMBOL_HEADER + payload_max};
    const struct plait_rlc_config config = code(cut.symbol_bytes, is_sender);

    cut.codec_bytes =
        is_sender ? plait_rlc_encoder_bytes(&config) : plait_rlc_decoder_bytes(&config);
    cut.codec = arena_take_raw(arena, cut.codec_bytes);
    cut.symbol = arena_take_raw(arena, cut.symbol_bytes);
    if (protect != NULL)
        *protect = cut;
}

void protect_start(struct protect *protect, bool is_sender)
{
    const struct plait_rlc_config config = code(protect->symbol_bytes, is_sender);
    int err;

    protect->credit_bytes = 0;
    protect->from = 0;
    protect->no_resend = false;
    memset(protect->last_covered, 0, sizeof protect->last_covered);
    if (is_sender)
        return;
    err =
        plait_rlc_decoder_create(&protect->decoder, &config, protect->codec, protect->codec_bytes);
    assert(err == PLAIT_FEC_OK);
    (void)err;
}

void protect_stamp(uint8_t symbol[SYMBOL_HEADER], size_t len, uint8_t flags, uint32_t written)
{
    const size_t packed = len << FLAG_BITS | (flags & FLAGS_KEPT);

    symbol[0] = (uint8_t)(packed >> 8);
    symbol[1] = (uint8_t)packed;
    put_u24(symbol + 2, written);
}

void protect_on_source(struct protect *protect, uint64_t seq, const struct frame_data *data)
{
    protect_stamp(protect->symbol, data->len, data->flags, data->written);
    memcpy(protect->symbol + SYMBOL_HEADER, data->payload, data->len);
    plait_rlc_add_source(protect->decoder, (uint32_t)seq, protect->symbol,
                         SYMBOL_HEADER + data->len);
}

void protect_on_repair(struct protect *protect, uint64_t highest, const struct frame_repair *repair)
{
    const uint64_t first = seq_expand(highest, repair->first, 32);

    if (repair->count == 0 || repair->len <= SYMBOL_HEADER || repair->len > protect->symbol_bytes)
        return;
    /* Sources may still be under way on a slower path, but not more than a window of them. */
    if (first + PROTECT_LOOKBACK < highest || first > highest + PROTECT_WINDOW)
        return;
    memcpy(protect->symbol, repair->symbol, repair->len);
    memset(protect->symbol + repair->len, 0, protect->symbol_bytes - repair->len);
    plait_rlc_add_repair(protect->decoder, repair->first, repair->count, repair->key,
                         PROTECT_DENSITY, protect->symbol);
}

bool protect_next_recovered(struct protect *protect, struct frame_data *data)
{
    const void *recovered;

    while (plait_rlc_next_recovered(protect->decoder, &data->seq, &recovered) == 1) {
        const uint8_t *symbol = recovered;
        const uint32_t packed = (uint32_t)symbol[0] << 8 | symbol[1];

        data->flags = packed & FLAGS_KEPT;
        data->len = packed >> FLAG_BITS;
        data->written = get_u24(symbol + 2);
        data->payload = symbol + SYMBOL_HEADER;
        if (data->len > 0 && data->len <= protect->symbol_bytes - SYMBOL_HEADER)
            return true;
    }
    return false;
}
