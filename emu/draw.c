/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/draw.h"

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

uint64_t emu_draw_key(uint64_t seed, unsigned link, unsigned dir)
{
    return mix(mix(seed) ^ ((uint64_t)link << 1 | dir));
}

uint64_t emu_draw_bits(uint64_t key, enum emu_draw draw, uint64_t a, uint64_t b)
{
    uint64_t x = mix(key ^ (uint64_t)draw << 56);

    x = mix(x ^ a);
    return mix(x ^ b);
}

double emu_draw_share(uint64_t key, enum emu_draw draw, uint64_t a, uint64_t b)
{
    return (double)(emu_draw_bits(key, draw, a, b) >> 11) * 0x1p-53;
}
