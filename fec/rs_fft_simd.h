// SPDX-License-Identifier: BSD-2-Clause
// The body of the additive FFT, written once over the vector operations of an isa_*.h header;
// includes rs_fft_field.h once a field.
#ifndef PLAIT_FEC_RS_FFT_SIMD_H
#define PLAIT_FEC_RS_FFT_SIMD_H

#include "rs_fft.h"
#include <plait/gf256.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

// GF(256): an element is one vector.
struct elem8 {
    VEC v;
};
struct twiddle8 {
    COEF map;
};

ALWAYS_INLINE struct elem8 load8(const uint8_t *p)
{
    return (struct elem8){v_load(p)};
}
ALWAYS_INLINE void store8(uint8_t *p, struct elem8 e)
{
    v_store(p, e.v);
}
ALWAYS_INLINE struct elem8 xor8(struct elem8 a, struct elem8 b)
{
    return (struct elem8){v_xor(a.v, b.v)};
}
ALWAYS_INLINE struct elem8 muladd8(struct elem8 a, struct twiddle8 t, struct elem8 b)
{
    return (struct elem8){v_xor(a.v, v_mul(t.map, b.v))};
}
ALWAYS_INLINE struct twiddle8 make8(const struct rs16_maps *maps, uint32_t point)
{
    (void)maps;
    return (struct twiddle8){v_coef(rs8_point[point])};
}

// GF(2^16): a vector of low bytes and, 64 bytes on, one of high bytes.
struct elem16 {
    VEC lo, hi;
};
struct twiddle16 {
    struct maps16 map; // from the level's file
};

ALWAYS_INLINE struct elem16 load16(const uint8_t *p)
{
    return (struct elem16){v_load(p), v_load(p + 64)};
}
ALWAYS_INLINE void store16(uint8_t *p, struct elem16 e)
{
    v_store(p, e.lo);
    v_store(p + 64, e.hi);
}
ALWAYS_INLINE struct elem16 xor16(struct elem16 a, struct elem16 b)
{
    return (struct elem16){v_xor(a.lo, b.lo), v_xor(a.hi, b.hi)};
}
ALWAYS_INLINE struct elem16 muladd16(struct elem16 a, struct twiddle16 t, struct elem16 b)
{
    const VEC lo = v_xor(map16(&t.map, 0, b.lo), map16(&t.map, 1, b.hi));
    const VEC hi = v_xor(map16(&t.map, 2, b.lo), map16(&t.map, 3, b.hi));
    return (struct elem16){v_xor(a.lo, lo), v_xor(a.hi, hi)};
}
ALWAYS_INLINE struct twiddle16 make16(const struct rs16_maps *maps, uint32_t point)
{
    return (struct twiddle16){make_maps16(maps, point)};
}

#define FIELD(name)      name##8
#define FIELD_UNIT_BYTES 64u
#include "rs_fft_field.h"
#undef FIELD
#undef FIELD_UNIT_BYTES

#define FIELD(name)      name##16
#define FIELD_UNIT_BYTES 128u
#include "rs_fft_field.h"

static void ISA(scale16)(const struct rs16_maps *maps, uint8_t *row, uint32_t element,
                         size_t row_bytes)
{
    const struct elem16 zero = {v_zero(), v_zero()};
    const struct twiddle16 t = make16(maps, element);

    for (size_t at = 0; at < row_bytes; at += 128)
        for (size_t i = 0; i < 64; i += VEC_BYTES)
            store16(row + at + i, muladd16(zero, t, load16(row + at + i)));
}

const struct rs_fft ISA(rs_fft) = {
    .level = ISA_LEVEL,
    .forward8 = forward8,
    .inverse8 = inverse8,
    .forward16 = forward16,
    .inverse16 = inverse16,
    .scale16 = ISA(scale16),
};

#endif
