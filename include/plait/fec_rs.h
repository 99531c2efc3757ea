// SPDX-License-Identifier: BSD-2-Clause
// Systematic Reed-Solomon erasure codes: any `source` of the source + repair symbols give all
// source symbols back (MDS).
//
// Up to 256 symbols in all, the code is over GF(256) (polynomial 0x11D): the repair symbols are a
// Cauchy matrix times the source symbols. Above, up to 65536, it is over GF(2^16) with the additive
// FFT of Lin, Chung and Han (FOCS 2014), O(n log n). Both are described in docs/FEC.md. The
// two do not mix: which one is used follows from the sizes alone.
//
// A codec lives in memory the caller gives and holds all it needs to work; nothing is allocated.
// One thread uses a codec at a time; it serves any number of blocks. Symbols stay the caller's, are
// read in place, and have any alignment.
//
// The code has no checksum: symbols that come out are as right as those that went in. Give only
// authenticated symbols, or keep a spare repair symbol and call plait_rs_verify.
#ifndef PLAIT_FEC_RS_H
#define PLAIT_FEC_RS_H

#include <plait/fec_err.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define PLAIT_RS_SYMBOLS_MAX 65536u

struct plait_rs_config {
    uint32_t source; // source symbols a block, 1 or more
    // Repair symbols a block, 1 or more. Rounded up to a power of two r, source + r is at most
    // PLAIT_RS_SYMBOLS_MAX (source + repair <= 256 is always in range).
    uint32_t repair;
    uint32_t level_mask; // CPU levels allowed (gf256.h); 0 for all
};

struct plait_rs;

// Bytes of memory a codec needs (any alignment), 0 if the configuration is out of range. It does
// not depend on the symbol size. With r as above, GF(256): about 2 * source * repair + repair^2 +
// 1280 r; GF(2^16): 344,320 + 8 n, n being source + r rounded up to a power of two, and 5120 r up
// to r = 128, 1 MiB up to r = 4096, 256 r above.
size_t plait_rs_bytes(const struct plait_rs_config *config);

// Makes a codec in `memory`, which stays the caller's and must outlive it; there is nothing to
// destroy. ERR_NULL, ERR_RANGE, ERR_MEMORY. Time: source * repair, or half a millisecond for
// GF(2^16).
int plait_rs_create(struct plait_rs **rs, const struct plait_rs_config *config, void *memory,
                    size_t bytes);

// Writes the repair symbols of a block: source[0 .. source-1] are read, repair[0 .. repair-1] are
// written, all symbol_bytes long and none overlapping another that is written. symbol_bytes is 1 or
// more, and even when source + repair > 256. ERR_NULL and ERR_RANGE: nothing was written.
int plait_rs_encode(struct plait_rs *rs, const void *const *source, void *const *repair,
                    size_t symbol_bytes);

// Restores lost source symbols. source[j] NULL: symbol j is lost, and is written to restored[j];
// restored[j] of other symbols is not looked at. repair[i] NULL: not received. Returns how many
// were restored, 0 or more; ERR_MORE: more are lost than repair symbols were received; ERR_NULL,
// ERR_RANGE; after an error nothing was written. Time for e lost: GF(256) at most e * source symbol
// additions, GF(2^16) about that of encoding twice.
int plait_rs_decode(struct plait_rs *rs, const void *const *source, const void *const *repair,
                    void *const *restored, size_t symbol_bytes);

// Whether a complete block agrees with the repair symbols received (NULL: not received): 0, or
// ERR_CORRUPT if at least one symbol is wrong. A restored block always agrees with the
// repair symbols it was restored from: one that was not used decides.
int plait_rs_verify(struct plait_rs *rs, const void *const *source, const void *const *repair,
                    size_t symbol_bytes);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
