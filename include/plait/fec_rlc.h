/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAIT_FEC_RLC_H
#define PLAIT_FEC_RLC_H

/*
 * Systematic sliding-window random linear code over GF(256), in the terms of RFC 8680 and RFC 8681
 * (m = 8, polynomial 0x11D): source symbols are numbered by an encoding symbol ID (ESI, 32 bits,
 * wraps), a repair symbol is a linear combination of the consecutive source symbols of one encoding
 * window, and its coefficients follow from a 16-bit repair key and a density threshold.
 *
 * Nothing here allocates: each object lives in memory the caller gives, whose size is known
 * beforehand. An object is used by one thread at a time. A symbol shorter than symbol_bytes counts
 * as if it were padded with zeroes; what the true length was is the caller's to carry.
 *
 * RLC has no checksum: a recovered symbol is as right as the symbols that were given. Give only
 * authenticated ones, or set `verify` to have every repair symbol that brings nothing new checked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <plait/fec_err.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define PLAIT_RLC_WINDOW_MAX       1024u  /* source symbols */
#define PLAIT_RLC_SYMBOL_BYTES_MAX 65536u /* bytes */
#define PLAIT_RLC_REPAIRS_MAX      255u   /* repair symbols a decoder may hold */
#define PLAIT_RLC_DENSITY_MAX      15u    /* every coefficient is non-zero */

struct plait_rlc_config {
    /* 1..PLAIT_RLC_WINDOW_MAX. Encoder: the largest encoding window, and how many symbols back it
     * sees. Decoder: how many symbols back can still be recovered (RFC 8681's ls_max_size), rounded
     * up to a power of two and at least 64; twice the encoding window is a good choice, less than
     * it is useless. */
    uint32_t window;
    /* 1..PLAIT_RLC_SYMBOL_BYTES_MAX, the same at both ends. */
    uint32_t symbol_bytes;
    /* Decoder: repair symbols held while what they repair is not yet determined,
     * 0..PLAIT_RLC_REPAIRS_MAX; 0 means 64. When full, the one that reaches furthest back goes. */
    uint32_t repairs;
    /* CPU levels allowed (gf256.h), 0 for all. */
    uint32_t level_mask;
    /* Decoder: check each repair symbol that brings nothing new against what is known. */
    bool verify;
};

struct plait_rlc_encoder;
struct plait_rlc_decoder;

/* Bytes of memory an encoder needs (any alignment), 0 if the configuration is out of range. */
size_t plait_rlc_encoder_bytes(const struct plait_rlc_config *config);

/* Makes an encoder in `memory`, which stays the caller's and must outlive it; there is nothing to
 * destroy. ERR_NULL, ERR_RANGE, ERR_MEMORY: `bytes` is less than plait_rlc_encoder_bytes says. */
int plait_rlc_encoder_create(struct plait_rlc_encoder **encoder,
                             const struct plait_rlc_config *config, void *memory, size_t bytes);

/* Shows the encoder the source symbol `esi`, `bytes` (0..symbol_bytes) long. The data is not
 * copied: it must stay unchanged until `esi + window` is added or the encoder is no longer used.
 * The first symbol may have any ESI; after it, each must be the next one (wrapping). ERR_NULL,
 * ERR_RANGE: too long or not the next one; nothing changed. */
int plait_rlc_encoder_add(struct plait_rlc_encoder *encoder, uint32_t esi, const void *data,
                          size_t bytes);

/* Writes the repair symbol (symbol_bytes) of the encoding window first_esi .. first_esi+count-1
 * into `out`, which overlaps no source symbol. ERR_NULL; ERR_RANGE: count is 0, the window is not
 * wholly inside what the encoder sees, or density > PLAIT_RLC_DENSITY_MAX. Time: count symbols are
 * read once. Thread-safe against other calls of this one function. */
int plait_rlc_encode(const struct plait_rlc_encoder *encoder, uint32_t first_esi, uint32_t count,
                     uint16_t repair_key, unsigned density, void *out);

/* Bytes of memory a decoder needs (any alignment), 0 if the configuration is out of range; about
 * (window + repairs) * symbol_bytes. */
size_t plait_rlc_decoder_bytes(const struct plait_rlc_config *config);

/* Makes a decoder in `memory`, as plait_rlc_encoder_create. */
int plait_rlc_decoder_create(struct plait_rlc_decoder **decoder,
                             const struct plait_rlc_config *config, void *memory, size_t bytes);

/* Gives a received source symbol (copied). Symbols come in any order; a new highest ESI slides the
 * window, and an ESI 2^31 or more ahead counts as old. Returns 1 if it is new, 0 if it is known
 * already or too old, ERR_NULL, or ERR_RANGE: too long. */
int plait_rlc_add_source(struct plait_rlc_decoder *decoder, uint32_t esi, const void *data,
                         size_t bytes);

/* Gives a received repair symbol (copied, symbol_bytes long) of the window first_esi ..
 * first_esi+count-1. Returns 1 if it may help, 0 if it says nothing new or reaches back too far;
 * ERR_NULL; ERR_RANGE: count is 0 or more than the window, or density > PLAIT_RLC_DENSITY_MAX;
 * ERR_CORRUPT (only with `verify`): it contradicts the symbols known, so at least one
 * symbol given so far is wrong. Work: at most twice `repairs` symbol additions, plus as many for
 * each symbol the window slides. */
int plait_rlc_add_repair(struct plait_rlc_decoder *decoder, uint32_t first_esi, uint32_t count,
                         uint16_t repair_key, unsigned density, const void *data);

/* Takes out one source symbol that has become determined. Call after each plait_rlc_add_*, until
 * it returns 0. Returns 1 and sets *esi and *data (symbol_bytes, the decoder's memory, valid until
 * the next plait_rlc_add_*), 0, or ERR_NULL. Work: one pass over the known symbols of the window.
 */
int plait_rlc_next_recovered(struct plait_rlc_decoder *decoder, uint32_t *esi, const void **data);

/* The symbol `esi` if it is known (received or taken out by plait_rlc_next_recovered) and inside
 * the window, else NULL; valid until the next plait_rlc_add_*. */
const void *plait_rlc_known(const struct plait_rlc_decoder *decoder, uint32_t esi);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
