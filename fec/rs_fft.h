// SPDX-License-Identifier: BSD-2-Clause
// The additive FFT both Reed-Solomon codes are built on; private to the FEC library.
//
// Lin, Chung, Han: "Novel polynomial basis and its application to Reed-Solomon erasure codes"
// (FOCS 2014), over the Cantor basis v[0] = 1, v[i+1]^2 + v[i+1] = v[i]. Point i of the code is the
// sum of the v[b] over the bits b of i. In that basis the twiddle factor of a butterfly of distance
// 2^r in a group that begins at point p is simply point p >> r.
//
// Over GF(2^16) the transforms work on rows: one row holds a strip of one symbol, row_bytes long, a
// multiple of the unit: 64 low bytes, then their 64 high bytes, in Cantor coordinates (element i of
// the field is point i). Over GF(256) everything happens in registers.
#ifndef PLAIT_FEC_RS_FFT_H
#define PLAIT_FEC_RS_FFT_H

#include <stddef.h>
#include <stdint.h>

#define RS16_UNIT_BYTES 128u
#define RS8_POINTS      256u
#define RS16_POINTS     65536u

// Multiplication by one element of GF(2^16) as four maps of bytes to bytes: low to low, high to
// low, low to high, high to high. Such maps are linear in the element, so those of its low and of
// its high byte are added when they are used.
struct rs16_affine {
    uint64_t matrix[4];
};

struct rs16_nibble {
    uint8_t table[4][32];
};

struct rs16_maps {
    struct rs16_affine affine[2][256]; // [0]: elements 0..255, [1]: elements 0..255 times 256
    struct rs16_nibble nibble[2][256];
};

struct rs_fft_job {
    uint8_t *rows;
    size_t row_bytes;
    unsigned log_rows; // the transform has 1 << log_rows rows
    uint32_t offset;   // the point of row 0; a multiple of the number of rows
    // Inverse: rows from here on are zero. Forward: rows from here on are not wanted (and undefined
    // afterwards).
    uint32_t used;
    const struct rs16_maps *maps;
};

// Repair symbols over GF(256), computed without rows.
struct rs8_group_job {
    const uint8_t *const *source; // NULL: zero
    uint32_t count;
    uint8_t *const *repair;
    uint32_t repair_count;
    unsigned log_points; // of the repair symbols' points: 1 .. RS8_LOG_POINTS_MAX
    size_t bytes;
};

#define RS8_LOG_POINTS_MAX 7u

struct rs_fft {
    uint32_t level; // of enum plait_gf256_level
    void (*forward16)(const struct rs_fft_job *job);
    void (*inverse16)(const struct rs_fft_job *job);
    void (*repair8)(const struct rs8_group_job *job);
    // row *= element
    void (*scale16)(const struct rs16_maps *maps, uint8_t *row, uint32_t element, size_t row_bytes);
};

extern const struct rs_fft rs_fft_ref;
extern const struct rs_fft rs_fft_ssse3;
extern const struct rs_fft rs_fft_avx2;
extern const struct rs_fft rs_fft_gfni_avx2;
extern const struct rs_fft rs_fft_gfni_avx512;
extern const struct rs_fft rs_fft_neon;

// The transforms of one level (one bit of enum plait_gf256_level that this build has).
const struct rs_fft *rs_fft_of_level(uint32_t level);

// Point i of GF(256) as a polynomial over 0x11D.
extern const uint8_t rs8_point[RS8_POINTS];

#endif
