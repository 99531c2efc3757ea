/* SPDX-License-Identifier: BSD-2-Clause */
/* The linear system of the sliding-window decoder: incremental Gauss-Jordan elimination. */
#include "rlc_internal.h"

#include <string.h>

#define NO_COLUMN UINT32_MAX

static uint64_t load64(const uint8_t *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

/* The first unknown column with a coefficient in [from, to), or NO_COLUMN. */
static uint32_t first_unknown_in(const struct rlc_system *sys, const uint8_t *coefs, uint32_t from,
                                 uint32_t to)
{
    uint32_t c = from;
    for (; c < to && (c & 7u) != 0; c++) {
        if ((coefs[c] & sys->unknown[c]) != 0) {
            return c;
        }
    }
    while (c + 8 <= to && (load64(coefs + c) & load64(sys->unknown + c)) == 0) {
        c += 8;
    }
    for (; c < to; c++) {
        if ((coefs[c] & sys->unknown[c]) != 0) {
            return c;
        }
    }
    return NO_COLUMN;
}

/* The oldest unknown column with a coefficient in the row, or NO_COLUMN. */
static uint32_t oldest_unknown(const struct rlc_system *sys, const uint8_t *coefs, uint32_t oldest)
{
    const uint32_t c = first_unknown_in(sys, coefs, oldest, sys->columns);
    return c != NO_COLUMN ? c : first_unknown_in(sys, coefs, 0, oldest);
}

static void drop_row(struct rlc_system *sys, uint32_t index)
{
    const struct rlc_row dropped = sys->row[index];

    sys->rows--;
    sys->row[index] = sys->row[sys->rows];
    sys->row[sys->rows] = dropped;
}

static void scale_row(struct rlc_system *sys, struct rlc_row *row, uint8_t factor)
{
    sys->gf->mul(row->coefs, row->coefs, factor, sys->row_bytes);
}

/* Removes `column` from every row but `index`, by means of row `index` (whose entry is 1). */
static void eliminate_with(struct rlc_system *sys, uint32_t index, uint32_t column)
{
    const struct rlc_row *by = &sys->row[index];
    for (uint32_t r = 0; r < sys->rows; r++) {
        const uint8_t factor = sys->row[r].coefs[column];
        if (r != index && factor != 0) {
            sys->gf->addmul(sys->row[r].coefs, by->coefs, factor, sys->row_bytes);
        }
    }
}

/* Makes room: drops the row that reaches furthest back, keeping the one being built in row[rows].
 */
static void evict_oldest(struct rlc_system *sys, uint32_t oldest)
{
    const struct rlc_row built = sys->row[sys->rows];
    uint32_t victim = 0;

    for (uint32_t r = 1; r < sys->rows; r++) {
        const uint32_t age = (sys->row[r].pivot - oldest) & (sys->columns - 1);
        const uint32_t best = (sys->row[victim].pivot - oldest) & (sys->columns - 1);
        victim = age < best ? r : victim;
    }
    drop_row(sys, victim);
    sys->row[sys->rows + 1] = sys->row[sys->rows];
    sys->row[sys->rows] = built;
}

/* Reduces row[rows] by the others, coefficients first: the payload is touched only if something
 * unknown is left. As no row holds another's pivot, the factors are known before any is applied. */
static uint32_t reduce(struct rlc_system *sys, uint32_t oldest)
{
    struct rlc_row *fresh = &sys->row[sys->rows];
    uint32_t used = 0;

    for (uint32_t r = 0; r < sys->rows; r++) {
        const uint8_t factor = fresh->coefs[sys->row[r].pivot];
        if (factor != 0) {
            sys->source[used] = sys->row[r].coefs;
            sys->factor[used++] = factor;
        }
    }
    if (used > 0) {
        sys->gf->addmul_n(fresh->coefs, sys->source, sys->factor, used, sys->columns);
    }
    fresh->pivot = oldest_unknown(sys, fresh->coefs, oldest);
    if (used > 0 && (fresh->pivot != NO_COLUMN || sys->verify)) {
        for (uint32_t i = 0; i < used; i++) {
            sys->source[i] += sys->columns;
        }
        sys->gf->addmul_n(fresh->payload, sys->source, sys->factor, used, sys->symbol_stride);
    }
    return fresh->pivot;
}

bool rlc_system_insert(struct rlc_system *sys, uint32_t oldest)
{
    const uint32_t pivot = reduce(sys, oldest);
    if (pivot == NO_COLUMN) {
        return false;
    }
    if (sys->rows == sys->rows_max) {
        evict_oldest(sys, oldest);
    }
    struct rlc_row *fresh = &sys->row[sys->rows];
    scale_row(sys, fresh, plait_gf256_inv(fresh->coefs[pivot]));
    sys->rows++;
    eliminate_with(sys, sys->rows - 1, pivot);
    sys->unscanned = 0;
    return true;
}

/* Subtracts the known symbols of a row from its payload. */
static void subtract_known(struct rlc_system *sys, struct rlc_row *row)
{
    uint32_t used = 0;

    for (uint32_t c = 0; c < sys->columns; c++) {
        if ((c & 7u) == 0 && (load64(row->coefs + c) & ~load64(sys->unknown + c)) == 0) {
            c += 7;
            continue;
        }
        if ((row->coefs[c] & (uint8_t)~sys->unknown[c]) != 0) {
            sys->source[used] = sys->symbols + c * sys->symbol_stride;
            sys->factor[used++] = row->coefs[c];
        }
    }
    sys->gf->addmul_n(row->payload, sys->source, sys->factor, used, sys->symbol_stride);
}

bool rlc_system_agrees(struct rlc_system *sys)
{
    struct rlc_row *row = &sys->row[sys->rows];
    uint64_t residue = 0;

    subtract_known(sys, row);
    for (size_t i = 0; i < sys->symbol_stride; i += 8) {
        residue |= load64(row->payload + i);
    }
    return residue == 0;
}

void rlc_system_on_known(struct rlc_system *sys, uint32_t column, uint32_t oldest)
{
    sys->unknown[column] = 0;
    sys->unscanned = 0;
    for (uint32_t r = 0; r < sys->rows; r++) {
        struct rlc_row *row = &sys->row[r];
        if (row->pivot != column) {
            continue;
        }
        const uint32_t pivot = oldest_unknown(sys, row->coefs, oldest);
        if (pivot == NO_COLUMN) {
            drop_row(sys, r);
            return;
        }
        row->pivot = pivot;
        if (row->coefs[pivot] != 1) {
            scale_row(sys, row, plait_gf256_inv(row->coefs[pivot]));
        }
        eliminate_with(sys, r, pivot);
        return;
    }
}

/* Subtracts a known symbol from every row, so that its memory can be reused. */
static void fold(struct rlc_system *sys, uint32_t column)
{
    const uint8_t *symbol = sys->symbols + column * sys->symbol_stride;
    for (uint32_t r = 0; r < sys->rows; r++) {
        struct rlc_row *row = &sys->row[r];
        const uint8_t factor = row->coefs[column];
        if (factor != 0) {
            sys->gf->addmul(row->payload, symbol, factor, sys->symbol_stride);
            row->coefs[column] = 0;
        }
    }
}

/* Gives up an unknown symbol: one row that has it is spent to remove it from all others. */
static void give_up(struct rlc_system *sys, uint32_t column)
{
    for (uint32_t r = 0; r < sys->rows; r++) {
        struct rlc_row *row = &sys->row[r];
        if (row->coefs[column] != 0) {
            if (row->coefs[column] != 1) {
                scale_row(sys, row, plait_gf256_inv(row->coefs[column]));
            }
            eliminate_with(sys, r, column);
            drop_row(sys, r);
            sys->unscanned = 0;
            return;
        }
    }
}

void rlc_system_on_left(struct rlc_system *sys, uint32_t column)
{
    if (sys->unknown[column] == 0) {
        fold(sys, column);
        sys->unknown[column] = 0xff;
    } else {
        give_up(sys, column);
    }
}

/* Whether the pivot is the row's only unknown. */
static bool is_determined(const struct rlc_system *sys, const struct rlc_row *row)
{
    uint64_t others = 0;

    sys->unknown[row->pivot] = 0;
    for (uint32_t c = 0; c < sys->columns; c += 8) {
        others |= load64(row->coefs + c) & load64(sys->unknown + c);
    }
    sys->unknown[row->pivot] = 0xff;
    return others == 0;
}

bool rlc_system_solve(struct rlc_system *sys, uint32_t *column)
{
    for (; sys->unscanned < sys->rows; sys->unscanned++) {
        struct rlc_row *row = &sys->row[sys->unscanned];
        if (!is_determined(sys, row)) {
            continue;
        }
        subtract_known(sys, row);
        *column = row->pivot;
        memcpy(sys->symbols + *column * sys->symbol_stride, row->payload, sys->symbol_stride);
        sys->unknown[*column] = 0;
        drop_row(sys, sys->unscanned);
        return true;
    }
    return false;
}
