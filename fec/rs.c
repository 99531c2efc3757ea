// SPDX-License-Identifier: BSD-2-Clause
// The public face of the Reed-Solomon codes: sizes, memory, arguments.
#include "rs_internal.h"
#include <string.h>

// The rows of one strip should stay in the second-level cache.
#define STRIP_CACHE_BYTES ((size_t)1024 * 1024)
#define STRIP_UNITS_MAX   20u
#define RS8_STRIP_BYTES   1280u

// Offsets of the parts of a codec in its memory.
struct layout {
    size_t rows, matrix, inverse, restore, pointer, chosen, log, exp, field, log_walsh, locator,
        total;
};

static bool is_wide(const struct plait_rs_config *config)
{
    return config->source + config->repair > RS8_POINTS;
}

static unsigned log2_up(uint32_t value)
{
    unsigned log = 0;
    while ((uint32_t)1 << log < value)
        log++;
    return log;
}

static bool config_is_valid(const struct plait_rs_config *config)
{
    if (config == NULL || config->source == 0 || config->repair == 0 ||
        config->source >= PLAIT_RS_SYMBOLS_MAX || config->repair >= PLAIT_RS_SYMBOLS_MAX ||
        config->level_mask > PLAIT_GF256_ANY)
        return false;
    return !is_wide(config) ||
           config->source + ((uint32_t)1 << log2_up(config->repair)) <= PLAIT_RS_SYMBOLS_MAX;
}

static uint32_t repair_points(const struct plait_rs_config *config)
{
    return (uint32_t)1 << log2_up(config->repair);
}

// All points of a block, those of absent symbols included.
static uint32_t all_points(const struct plait_rs_config *config)
{
    return (uint32_t)1 << log2_up(repair_points(config) + config->source);
}

static size_t row_count(const struct plait_rs_config *config)
{
    return is_wide(config) ? (size_t)2 * repair_points(config) : repair_points(config) + 1;
}

static size_t strip_bytes(const struct plait_rs_config *config)
{
    size_t units = STRIP_CACHE_BYTES / (row_count(config) * RS16_UNIT_BYTES);
    if (!is_wide(config))
        return RS8_STRIP_BYTES;
    units = units < 1 ? 1 : units;
    return RS16_UNIT_BYTES * (units > STRIP_UNITS_MAX ? STRIP_UNITS_MAX : units);
}

static size_t reserve(struct layout *at, size_t bytes)
{
    const size_t offset = at->total;
    at->total += (bytes + RS_ALIGN - 1) / RS_ALIGN * RS_ALIGN;
    return offset;
}

static struct layout lay_out(const struct plait_rs_config *config)
{
    const size_t k = config->source, m = config->repair;
    struct layout at = {.total = 0};

    reserve(&at, sizeof(struct plait_rs));
    at.rows = reserve(&at, row_count(config) * strip_bytes(config));
    if (is_wide(config)) {
        at.field = reserve(&at, sizeof(struct rs16_field));
        at.log_walsh = reserve(&at, all_points(config) * sizeof(uint32_t));
        at.locator = reserve(&at, all_points(config) * sizeof(uint32_t));
    } else {
        at.matrix = reserve(&at, m * k);
        at.inverse = reserve(&at, m * m);
        at.restore = reserve(&at, m * k);
        at.pointer = reserve(&at, k * sizeof(uint8_t *));
        at.chosen = reserve(&at, 2 * m * sizeof(uint32_t));
        at.log = reserve(&at, RS8_POINTS);
        at.exp = reserve(&at, (size_t)3 * RS8_ORDER);
    }
    return at;
}

size_t plait_rs_bytes(const struct plait_rs_config *config)
{
    return config_is_valid(config) ? RS_ALIGN + lay_out(config).total : 0;
}

int plait_rs_create(struct plait_rs **rs, const struct plait_rs_config *config, void *memory,
                    size_t bytes)
{
    if (rs == NULL || memory == NULL || config == NULL)
        return PLAIT_FEC_ERR_NULL;
    if (!config_is_valid(config))
        return PLAIT_FEC_ERR_RANGE;
    if (bytes < plait_rs_bytes(config))
        return PLAIT_FEC_ERR_MEMORY;
    const struct layout at = lay_out(config);
    const uintptr_t misaligned = (uintptr_t)memory % RS_ALIGN;
    uint8_t *base = (uint8_t *)memory + (misaligned == 0 ? 0 : RS_ALIGN - misaligned);
    struct plait_rs *codec = (struct plait_rs *)(void *)base;
    const unsigned log_repair_points = log2_up(config->repair);

    *codec = (struct plait_rs){
        .gf = plait_gf256_select(config->level_mask == 0 ? PLAIT_GF256_ANY : config->level_mask),
        .source = config->source,
        .repair = config->repair,
        .repair_points = (uint32_t)1 << log_repair_points,
        .log_repair_points = log_repair_points,
        .is_wide = is_wide(config),
        .strip_bytes = strip_bytes(config),
        .rows = base + at.rows,
        .log_points = log2_up(all_points(config)),
    };
    codec->fft = rs_fft_of_level(codec->gf->level);
    if (codec->is_wide) {
        codec->field = (struct rs16_field *)(void *)(base + at.field);
        codec->log_walsh = (uint32_t *)(void *)(base + at.log_walsh);
        codec->locator = (uint32_t *)(void *)(base + at.locator);
        rs16_create(codec);
    } else {
        codec->matrix = base + at.matrix;
        codec->inverse = base + at.inverse;
        codec->restore = base + at.restore;
        codec->pointer = (const uint8_t **)(void *)(base + at.pointer);
        codec->chosen = (uint32_t *)(void *)(base + at.chosen);
        codec->log = base + at.log;
        codec->exp = base + at.exp;
        rs8_create(codec);
    }
    *rs = codec;
    return 0;
}

static bool bytes_are_valid(const struct plait_rs *rs, size_t symbol_bytes)
{
    return symbol_bytes > 0 && (!rs->is_wide || symbol_bytes % 2 == 0);
}

static bool any_is_null(const void *const *symbols, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (symbols[i] == NULL)
            return true;
    }
    return false;
}

int plait_rs_encode(struct plait_rs *rs, const void *const *source, void *const *repair,
                    size_t symbol_bytes)
{
    if (rs == NULL || source == NULL || repair == NULL || any_is_null(source, rs->source) ||
        any_is_null((const void *const *)repair, rs->repair))
        return PLAIT_FEC_ERR_NULL;
    if (!bytes_are_valid(rs, symbol_bytes))
        return PLAIT_FEC_ERR_RANGE;
    const uint8_t *const *from = (const uint8_t *const *)source;
    uint8_t *const *to = (uint8_t *const *)repair;
    if (rs->is_wide)
        rs16_encode(rs, from, to, symbol_bytes);
    else
        rs8_encode(rs, from, to, symbol_bytes);
    return 0;
}

int plait_rs_decode(struct plait_rs *rs, const void *const *source, const void *const *repair,
                    void *const *restored, size_t symbol_bytes)
{
    uint32_t lost = 0, received = 0;

    if (rs == NULL || source == NULL || repair == NULL || restored == NULL)
        return PLAIT_FEC_ERR_NULL;
    if (!bytes_are_valid(rs, symbol_bytes))
        return PLAIT_FEC_ERR_RANGE;
    for (uint32_t i = 0; i < rs->repair; i++) {
        if (repair[i] == NULL)
            continue;
        if (!rs->is_wide)
            rs->chosen[rs->repair + received] = i;
        received++;
    }
    for (uint32_t j = 0; j < rs->source; j++) {
        if (source[j] != NULL)
            continue;
        if (lost == received)
            return PLAIT_FEC_ERR_MORE;
        if (restored[j] == NULL)
            return PLAIT_FEC_ERR_NULL;
        if (!rs->is_wide)
            rs->chosen[lost] = j;
        lost++;
    }
    if (lost == 0)
        return 0;
    const uint8_t *const *from = (const uint8_t *const *)source;
    const uint8_t *const *extra = (const uint8_t *const *)repair;
    uint8_t *const *to = (uint8_t *const *)restored;
    if (rs->is_wide)
        rs16_decode(rs, from, extra, to, symbol_bytes);
    else
        rs8_decode(rs, from, extra, to, lost, symbol_bytes);
    return (int)lost;
}

int plait_rs_verify(struct plait_rs *rs, const void *const *source, const void *const *repair,
                    size_t symbol_bytes)
{
    if (rs == NULL || source == NULL || repair == NULL || any_is_null(source, rs->source))
        return PLAIT_FEC_ERR_NULL;
    if (!bytes_are_valid(rs, symbol_bytes))
        return PLAIT_FEC_ERR_RANGE;
    const uint8_t *const *from = (const uint8_t *const *)source;
    const uint8_t *const *extra = (const uint8_t *const *)repair;
    const bool agrees = rs->is_wide ? rs16_agrees(rs, from, extra, symbol_bytes)
                                    : rs8_agrees(rs, from, extra, symbol_bytes);
    return agrees ? PLAIT_FEC_OK : PLAIT_FEC_ERR_CORRUPT;
}
