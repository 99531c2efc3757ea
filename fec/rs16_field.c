// SPDX-License-Identifier: BSD-2-Clause
// GF(2^16) (polynomial x^16+x^5+x^3+x^2+1) in the coordinates of its Cantor basis.
#include "rs_internal.h"
#include <string.h>

#define POLYNOMIAL 0x1002du
#define ORDER      65535u

static const uint16_t cantor_basis[16] = {0x0001, 0xacca, 0x3c0e, 0x163e, 0xc582, 0xed2e,
                                          0x914c, 0x4012, 0x6c98, 0x10d8, 0x6a72, 0xb900,
                                          0xfdb8, 0xfb34, 0xff38, 0x991e};

static uint32_t multiply(const struct rs16_field *field, uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0)
        return 0;
    return field->exp[((uint32_t)field->log[a] + field->log[b]) % ORDER];
}

static void make_logarithms(struct rs16_field *field)
{
    // For the time being, exp holds the logarithms of polynomials.
    uint32_t power = 1;
    for (uint32_t i = 0; i < ORDER; i++) {
        field->exp[power] = (uint16_t)i;
        power <<= 1;
        power ^= power > 0xffff ? POLYNOMIAL : 0;
    }
    // Points are walked in Gray code order: one step flips one bit.
    uint32_t point = 0, element = 0;
    field->log[0] = 0;
    for (uint32_t i = 1; i < RS16_POINTS; i++) {
        unsigned bit = 0;
        while ((i >> bit & 1) == 0)
            bit++;
        point ^= 1u << bit;
        element ^= cantor_basis[bit];
        field->log[point] = field->exp[element];
    }
    for (uint32_t i = 1; i < RS16_POINTS; i++)
        field->exp[field->log[i]] = (uint16_t)i;
    field->exp[ORDER] = field->exp[0];
}

// The four byte maps of "times element", as bit matrices and as look-up tables.
static void make_maps(const struct rs16_field *field, uint32_t element, struct rs16_affine *affine,
                      struct rs16_nibble *nibble)
{
    uint16_t column[16]; // element times 1 << b

    for (unsigned b = 0; b < 16; b++)
        column[b] = (uint16_t)multiply(field, element, 1u << b);
    for (unsigned which = 0; which < 4; which++) {
        const unsigned from = 8 * (which & 1), to = 8 * (which >> 1);
        uint64_t matrix = 0;
        for (unsigned out = 0; out < 8; out++) {
            uint64_t row = 0;
            for (unsigned in = 0; in < 8; in++)
                row |= (uint64_t)(column[from + in] >> (to + out) & 1) << in;
            matrix |= row << (8 * (7 - out));
        }
        affine->matrix[which] = matrix;
        for (unsigned half = 0; half < 2; half++) {
            for (unsigned value = 0; value < 16; value++) {
                unsigned sum = 0;
                for (unsigned bit = 0; bit < 4; bit++)
                    sum ^= (value >> bit & 1) != 0 ? column[from + 4 * half + bit] : 0u;
                nibble->table[which][16 * half + value] = (uint8_t)(sum >> to);
            }
        }
    }
}

// Maps are linear: those of an element are the sums of those of its bits.
void rs16_field_create(struct rs16_field *field)
{
    struct rs16_maps *maps = &field->maps;

    make_logarithms(field);
    memset(maps, 0, sizeof(*maps));
    for (unsigned high = 0; high < 2; high++) {
        for (uint32_t bit = 1; bit < 256; bit *= 2) {
            struct rs16_affine *affine = maps->affine[high];
            struct rs16_nibble *nibble = maps->nibble[high];
            make_maps(field, bit << (8 * high), &affine[bit], &nibble[bit]);
            for (uint32_t i = 1; i < bit; i++) {
                for (unsigned w = 0; w < 4; w++) {
                    affine[bit + i].matrix[w] = affine[bit].matrix[w] ^ affine[i].matrix[w];
                    for (unsigned b = 0; b < 32; b++)
                        nibble[bit + i].table[w][b] =
                            nibble[bit].table[w][b] ^ nibble[i].table[w][b];
                }
            }
        }
    }
}
