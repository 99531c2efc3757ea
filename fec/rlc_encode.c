/* SPDX-License-Identifier: BSD-2-Clause */
/* The encoder of the sliding-window code: a ring of pointers to the caller's symbols. */
#include "rlc_internal.h"

#include <string.h>

struct rlc_view {
    const uint8_t *data;
    size_t bytes;
};

struct plait_rlc_encoder {
    const struct plait_gf256 *gf;
    uint32_t columns; /* power of two */
    uint32_t window;
    uint32_t symbol_bytes;
    uint32_t next_esi;
    uint32_t held; /* symbols seen, at most window */
    struct rlc_view *ring;
};

uint32_t rlc_columns(uint32_t window)
{
    uint32_t columns = 64;
    while (columns < window) {
        columns *= 2;
    }
    return columns;
}

static bool config_is_valid(const struct plait_rlc_config *config)
{
    return config != NULL && config->window >= 1 && config->window <= PLAIT_RLC_WINDOW_MAX &&
           config->symbol_bytes >= 1 && config->symbol_bytes <= PLAIT_RLC_SYMBOL_BYTES_MAX &&
           config->level_mask <= PLAIT_GF256_ANY;
}

size_t plait_rlc_encoder_bytes(const struct plait_rlc_config *config)
{
    if (!config_is_valid(config)) {
        return 0;
    }
    return RLC_ALIGN + sizeof(struct plait_rlc_encoder) +
           rlc_columns(config->window) * sizeof(struct rlc_view);
}

int plait_rlc_encoder_create(struct plait_rlc_encoder **encoder,
                             const struct plait_rlc_config *config, void *memory, size_t bytes)
{
    if (encoder == NULL || memory == NULL || config == NULL) {
        return PLAIT_FEC_ERR_NULL;
    }
    if (!config_is_valid(config)) {
        return PLAIT_FEC_ERR_RANGE;
    }
    if (bytes < plait_rlc_encoder_bytes(config)) {
        return PLAIT_FEC_ERR_MEMORY;
    }
    struct plait_rlc_encoder *enc = rlc_align(memory);
    enc->gf = plait_gf256_select(config->level_mask == 0 ? PLAIT_GF256_ANY : config->level_mask);
    enc->columns = rlc_columns(config->window);
    enc->window = config->window;
    enc->symbol_bytes = config->symbol_bytes;
    enc->next_esi = 0;
    enc->held = 0;
    enc->ring = (struct rlc_view *)(enc + 1);
    *encoder = enc;
    return 0;
}

int plait_rlc_encoder_add(struct plait_rlc_encoder *encoder, uint32_t esi, const void *data,
                          size_t bytes)
{
    if (encoder == NULL || (data == NULL && bytes > 0)) {
        return PLAIT_FEC_ERR_NULL;
    }
    if (bytes > encoder->symbol_bytes || (encoder->held > 0 && esi != encoder->next_esi)) {
        return PLAIT_FEC_ERR_RANGE;
    }
    encoder->ring[esi & (encoder->columns - 1)] = (struct rlc_view){.data = data, .bytes = bytes};
    encoder->next_esi = esi + 1;
    if (encoder->held < encoder->window) {
        encoder->held++;
    }
    return 0;
}

/* Sums the window when some symbols are shorter than the rest: the part all have is one fused pass,
 * the ends are added one by one. */
static void add_ragged(const struct plait_rlc_encoder *enc, uint32_t first_esi, uint32_t count,
                       const uint8_t *coefs, size_t shortest, uint8_t *out)
{
    memset(out + shortest, 0, enc->symbol_bytes - shortest);
    for (uint32_t i = 0; i < count; i++) {
        const struct rlc_view *view = &enc->ring[(first_esi + i) & (enc->columns - 1)];
        if (view->bytes > shortest) {
            enc->gf->addmul(out + shortest, view->data + shortest, coefs[i],
                            view->bytes - shortest);
        }
    }
}

int plait_rlc_encode(const struct plait_rlc_encoder *encoder, uint32_t first_esi, uint32_t count,
                     uint16_t repair_key, unsigned density, void *out)
{
    uint8_t coefs[PLAIT_RLC_WINDOW_MAX];
    const uint8_t *sources[PLAIT_RLC_WINDOW_MAX];

    if (encoder == NULL || out == NULL) {
        return PLAIT_FEC_ERR_NULL;
    }
    const uint32_t back = encoder->next_esi - first_esi;
    if (count == 0 || count > back || back > encoder->held || density > PLAIT_RLC_DENSITY_MAX) {
        return PLAIT_FEC_ERR_RANGE;
    }
    rlc_coefficients(repair_key, density, coefs, count);

    size_t shortest = encoder->symbol_bytes;
    for (uint32_t i = 0; i < count; i++) {
        const struct rlc_view *view = &encoder->ring[(first_esi + i) & (encoder->columns - 1)];
        sources[i] = view->data;
        shortest = view->bytes < shortest ? view->bytes : shortest;
    }
    uint8_t *dst = out;
    encoder->gf->mul_mn(&dst, 1, sources, count, coefs, count, shortest);
    if (shortest < encoder->symbol_bytes) {
        add_ragged(encoder, first_esi, count, coefs, shortest, dst);
    }
    return 0;
}
