// SPDX-License-Identifier: BSD-2-Clause
// Kernels over rows of GF(256) elements (polynomial x^8+x^4+x^3+x^2+1, 0x11D, generator 2: the
// field of RFC 6330, RFC 8681 and most Reed-Solomon codes), one implementation a CPU level.
//
// Every function works on any length (0 included) and any alignment. Rows are bytes owned by the
// caller; a destination may equal a source exactly but must not overlap one partly, and in the
// many-source functions it must not be a source at all. Nothing is allocated, nothing is kept.
#ifndef PLAIT_GF256_H
#define PLAIT_GF256_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

// CPU levels, as bits of a mask.
enum plait_gf256_level {
    PLAIT_GF256_REF = 1,          // plain C, always there
    PLAIT_GF256_SSSE3 = 2,        // 16-byte table look-ups
    PLAIT_GF256_AVX2 = 4,         // 32-byte table look-ups
    PLAIT_GF256_GFNI_AVX2 = 8,    // 32-byte affine instruction
    PLAIT_GF256_GFNI_AVX512 = 16, // 64-byte affine instruction
    PLAIT_GF256_NEON = 32,        // ARM64, 16-byte table look-ups
    PLAIT_GF256_ANY = 63,
};

struct plait_gf256 {
    const char *name;
    uint32_t level; // one bit of enum plait_gf256_level

    // dst = c * src
    void (*mul)(uint8_t *dst, const uint8_t *src, uint8_t c, size_t len);
    // dst ^= src
    void (*add)(uint8_t *dst, const uint8_t *src, size_t len);
    // dst ^= c * src
    void (*addmul)(uint8_t *dst, const uint8_t *src, uint8_t c, size_t len);
    // dst ^= src[0] ^ .. ^ src[n-1]
    void (*add_n)(uint8_t *dst, const uint8_t *const *src, size_t n, size_t len);
    // dst = src[0] ^ .. ^ src[n-1] (zero when n is 0)
    void (*sum_n)(uint8_t *dst, const uint8_t *const *src, size_t n, size_t len);
    // dst ^= c[0]*src[0] ^ .. ^ c[n-1]*src[n-1]
    void (*addmul_n)(uint8_t *dst, const uint8_t *const *src, const uint8_t *c, size_t n,
                     size_t len);
    // dst[i] ^= sum over j of c[i*stride + j] * src[j], for i < m, j < n
    void (*addmul_mn)(uint8_t *const *dst, size_t m, const uint8_t *const *src, size_t n,
                      const uint8_t *c, size_t stride, size_t len);
    // dst[i] = sum over j of c[i*stride + j] * src[j], for i < m, j < n
    void (*mul_mn)(uint8_t *const *dst, size_t m, const uint8_t *const *src, size_t n,
                   const uint8_t *c, size_t stride, size_t len);
};

// The best kernels of this CPU among those the mask allows (PLAIT_GF256_ANY for all); the reference
// kernels when none of the mask is there. Constant data; call once and keep the pointer.
const struct plait_gf256 *plait_gf256_select(uint32_t level_mask);

// One element. plait_gf256_inv(0) is 0.
uint8_t plait_gf256_mul(uint8_t a, uint8_t b);
uint8_t plait_gf256_inv(uint8_t a);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
