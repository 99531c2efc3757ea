/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoder of the sliding-window code: the window over ESIs around the linear system. */
#include "rlc_internal.h"

#include <string.h>

#define REPAIRS_DEFAULT 64u

struct plait_rlc_decoder {
    struct rlc_system system;
    uint32_t symbol_bytes;
    uint32_t newest; /* highest ESI heard of, valid once started */
    bool started;
    uint8_t *coefs; /* scratch: one repair symbol's coefficients */
};

/* Offsets of the parts of a decoder in its memory. */
struct layout {
    uint32_t columns;
    uint32_t rows_max;
    size_t symbol_stride;
    size_t unknown;
    size_t symbols;
    size_t row;
    size_t row_pool;
    size_t source;
    size_t factor;
    size_t coefs;
    size_t total;
};

static size_t round_up(size_t bytes)
{
    return (bytes + RLC_ALIGN - 1) / RLC_ALIGN * RLC_ALIGN;
}

static bool config_is_valid(const struct plait_rlc_config *config)
{
    return config != NULL && config->window >= 1 && config->window <= PLAIT_RLC_WINDOW_MAX &&
           config->symbol_bytes >= 1 && config->symbol_bytes <= PLAIT_RLC_SYMBOL_BYTES_MAX &&
           config->repairs <= PLAIT_RLC_REPAIRS_MAX && config->level_mask <= PLAIT_GF256_ANY;
}

static struct layout lay_out(const struct plait_rlc_config *config)
{
    struct layout at = {.columns = rlc_columns(config->window),
                        .rows_max = config->repairs == 0 ? REPAIRS_DEFAULT : config->repairs,
                        .symbol_stride = round_up(config->symbol_bytes)};
    const size_t sources = (at.columns > at.rows_max ? at.columns : at.rows_max) + 1;

    at.unknown = round_up(sizeof(struct plait_rlc_decoder));
    at.symbols = at.unknown + round_up(at.columns);
    at.row = at.symbols + at.columns * at.symbol_stride;
    at.row_pool = at.row + round_up((at.rows_max + 1) * sizeof(struct rlc_row));
    at.source = at.row_pool + (at.rows_max + 1) * (at.columns + at.symbol_stride);
    at.factor = at.source + round_up(sources * sizeof(uint8_t *));
    at.coefs = at.factor + round_up(sources);
    at.total = at.coefs + round_up(at.columns);
    return at;
}

size_t plait_rlc_decoder_bytes(const struct plait_rlc_config *config)
{
    return config_is_valid(config) ? RLC_ALIGN + lay_out(config).total : 0;
}

int plait_rlc_decoder_create(struct plait_rlc_decoder **decoder,
                             const struct plait_rlc_config *config, void *memory, size_t bytes)
{
    if (decoder == NULL || memory == NULL || config == NULL) {
        return PLAIT_FEC_ERR_NULL;
    }
    if (!config_is_valid(config)) {
        return PLAIT_FEC_ERR_RANGE;
    }
    if (bytes < plait_rlc_decoder_bytes(config)) {
        return PLAIT_FEC_ERR_MEMORY;
    }
    const struct layout at = lay_out(config);
    uint8_t *base = rlc_align(memory);
    struct plait_rlc_decoder *dec = (struct plait_rlc_decoder *)(void *)base;

    *dec =
        (struct plait_rlc_decoder){.symbol_bytes = config->symbol_bytes, .coefs = base + at.coefs};
    dec->system = (struct rlc_system){
        .gf = plait_gf256_select(config->level_mask == 0 ? PLAIT_GF256_ANY : config->level_mask),
        .columns = at.columns,
        .rows_max = at.rows_max,
        .symbol_stride = at.symbol_stride,
        .row_bytes = at.columns + at.symbol_stride,
        .verify = config->verify,
        .unknown = base + at.unknown,
        .symbols = base + at.symbols,
        .row = (struct rlc_row *)(void *)(base + at.row),
        .source = (const uint8_t **)(void *)(base + at.source),
        .factor = base + at.factor};
    for (uint32_t r = 0; r <= at.rows_max; r++) {
        struct rlc_row *row = &dec->system.row[r];
        row->coefs = base + at.row_pool + r * dec->system.row_bytes;
        row->payload = row->coefs + at.columns;
        row->pivot = 0;
    }
    memset(dec->system.unknown, 0xff, at.columns);
    *decoder = dec;
    return 0;
}

static uint32_t column_of(const struct plait_rlc_decoder *dec, uint32_t esi)
{
    return esi & (dec->system.columns - 1);
}

static uint32_t oldest_column(const struct plait_rlc_decoder *dec)
{
    return column_of(dec, dec->newest + 1);
}

static bool is_in_window(const struct plait_rlc_decoder *dec, uint32_t esi)
{
    return dec->started && dec->newest - esi < dec->system.columns;
}

/* Makes `esi` the newest if it lies ahead; true if it did. */
static bool slide_to(struct plait_rlc_decoder *dec, uint32_t esi)
{
    struct rlc_system *sys = &dec->system;

    if (!dec->started) {
        dec->started = true;
        dec->newest = esi;
        return true;
    }
    const uint32_t ahead = esi - dec->newest;
    if (ahead == 0 || ahead > INT32_MAX) {
        return false;
    }
    if (ahead >= sys->columns) {
        sys->rows = 0;
        memset(sys->unknown, 0xff, sys->columns);
    } else if (sys->rows == 0) {
        for (uint32_t i = 1; i <= ahead; i++) {
            sys->unknown[column_of(dec, dec->newest + i)] = 0xff;
        }
    } else {
        for (uint32_t i = 1; i <= ahead; i++) {
            rlc_system_on_left(sys, column_of(dec, dec->newest + i));
        }
    }
    dec->newest = esi;
    return true;
}

int plait_rlc_add_source(struct plait_rlc_decoder *decoder, uint32_t esi, const void *data,
                         size_t bytes)
{
    if (decoder == NULL || (data == NULL && bytes > 0)) {
        return PLAIT_FEC_ERR_NULL;
    }
    if (bytes > decoder->symbol_bytes) {
        return PLAIT_FEC_ERR_RANGE;
    }
    struct rlc_system *sys = &decoder->system;
    const uint32_t column = column_of(decoder, esi);

    const bool is_newest = slide_to(decoder, esi);
    if (!is_in_window(decoder, esi) || sys->unknown[column] == 0) {
        return 0;
    }
    uint8_t *symbol = sys->symbols + column * sys->symbol_stride;
    if (bytes > 0) {
        memcpy(symbol, data, bytes);
    }
    memset(symbol + bytes, 0, sys->symbol_stride - bytes);
    if (is_newest || sys->rows == 0) {
        sys->unknown[column] = 0;
    } else {
        rlc_system_on_known(sys, column, oldest_column(decoder));
    }
    return 1;
}

/* Whether any symbol of the encoding window is unknown. */
static bool covers_unknown(const struct plait_rlc_decoder *dec, uint32_t first, uint32_t count)
{
    const uint8_t *unknown = dec->system.unknown;
    const uint32_t start = column_of(dec, first);
    const uint32_t head = dec->system.columns - start < count ? dec->system.columns - start : count;

    return memchr(unknown + start, 0xff, head) != NULL ||
           memchr(unknown, 0xff, count - head) != NULL;
}

static void build_row(struct plait_rlc_decoder *dec, uint32_t first, uint32_t count,
                      const void *data)
{
    struct rlc_system *sys = &dec->system;
    struct rlc_row *row = &sys->row[sys->rows];
    const uint32_t start = column_of(dec, first);
    const uint32_t head = sys->columns - start < count ? sys->columns - start : count;

    memset(row->coefs, 0, sys->columns);
    memcpy(row->coefs + start, dec->coefs, head);
    memcpy(row->coefs, dec->coefs + head, count - head);
    memcpy(row->payload, data, dec->symbol_bytes);
    memset(row->payload + dec->symbol_bytes, 0, sys->symbol_stride - dec->symbol_bytes);
}

int plait_rlc_add_repair(struct plait_rlc_decoder *decoder, uint32_t first_esi, uint32_t count,
                         uint16_t repair_key, unsigned density, const void *data)
{
    if (decoder == NULL || data == NULL) {
        return PLAIT_FEC_ERR_NULL;
    }
    if (count == 0 || count > decoder->system.columns || density > PLAIT_RLC_DENSITY_MAX) {
        return PLAIT_FEC_ERR_RANGE;
    }
    slide_to(decoder, first_esi + count - 1);
    if (!is_in_window(decoder, first_esi)) {
        return 0;
    }
    const bool is_new = covers_unknown(decoder, first_esi, count);
    if (!is_new && !decoder->system.verify) {
        return 0;
    }
    rlc_coefficients(repair_key, density, decoder->coefs, count);
    build_row(decoder, first_esi, count, data);
    if (is_new && rlc_system_insert(&decoder->system, oldest_column(decoder))) {
        return 1;
    }
    if (decoder->system.verify && !rlc_system_agrees(&decoder->system)) {
        return PLAIT_FEC_ERR_CORRUPT;
    }
    return 0;
}

int plait_rlc_next_recovered(struct plait_rlc_decoder *decoder, uint32_t *esi, const void **data)
{
    uint32_t column;

    if (decoder == NULL || esi == NULL || data == NULL) {
        return PLAIT_FEC_ERR_NULL;
    }
    if (!rlc_system_solve(&decoder->system, &column)) {
        return 0;
    }
    *esi = decoder->newest - ((decoder->newest - column) & (decoder->system.columns - 1));
    *data = decoder->system.symbols + column * decoder->system.symbol_stride;
    return 1;
}

const void *plait_rlc_known(const struct plait_rlc_decoder *decoder, uint32_t esi)
{
    if (decoder == NULL || !is_in_window(decoder, esi) ||
        decoder->system.unknown[column_of(decoder, esi)] != 0) {
        return NULL;
    }
    const struct rlc_system *sys = &decoder->system;
    return sys->symbols + column_of(decoder, esi) * sys->symbol_stride;
}
