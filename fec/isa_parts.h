// SPDX-License-Identifier: BSD-2-Clause
// What the levels without masked loads and without a sum of three have in common; part of isa_*.h.
#ifndef PLAIT_FEC_ISA_PARTS_H
#define PLAIT_FEC_ISA_PARTS_H

static inline VEC v_load_part(const uint8_t *p, size_t n)
{
    uint8_t part[VEC_BYTES] = {0};
    memcpy(part, p, n);
    return v_load(part);
}
static inline void v_store_part(uint8_t *p, VEC v, size_t n)
{
    uint8_t part[VEC_BYTES];
    v_store(part, v);
    memcpy(p, part, n);
}
static inline VEC v_xor3(VEC a, VEC b, VEC c)
{
    return v_xor(v_xor(a, b), c);
}

#endif
