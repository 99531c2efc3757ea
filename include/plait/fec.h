// SPDX-License-Identifier: BSD-2-Clause
// libplaitfec: erasure codes that need nothing but libc.
//
// Shared by all codes: an object is created inside memory the caller gives; its size is told
// beforehand by a *_bytes function (0 when the parameters are out of range) and nothing is
// allocated afterwards, so there is nothing to destroy: the caller frees the memory when done.
// Symbols stay where the caller has them: a symbol handed in by pointer is read later, so it must
// stay unchanged until the object is reset or dropped. Functions return PLAIT_FEC_OK or a negative
// error. No function keeps hidden state, so different objects may be used in different threads.
#ifndef PLAIT_FEC_H
#define PLAIT_FEC_H

#include <plait/fec_err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define PLAIT_FEC_VERSION 0x000100 // major, minor, patch: a byte each

// The text of an error, never null; constant memory.
const char *plait_fec_strerror(int err);

// The version of the library at run time, as PLAIT_FEC_VERSION.
uint32_t plait_fec_version(void);

// ---- RaptorQ (RFC 6330) ----------------------------------------------------------------------
//
// A source block has K symbols of T bytes. ESIs 0 .. K-1 are the source symbols, K .. 2^24-1 repair
// symbols. Any K of them restore the block with a probability of about 99 %, K+1 99.99 %, K+2
// 99.9999 %.

#define PLAIT_RQ_K_MAX   56403
#define PLAIT_RQ_ESI_MAX 0xFFFFFFu
#define PLAIT_RQ_T_MAX   65535

struct plait_rq_plan;
struct plait_rq_encoder;
struct plait_rq_decoder;

// A plan holds what depends on K only. It is made once a K and shared, unchanged, by any number of
// encoders and decoders (also in other threads); it must outlive them.
size_t plait_rq_plan_bytes(uint32_t k);

// level_mask: CPU levels allowed (gf256.h); 0 for all, above PLAIT_GF256_ANY is ERR_RANGE.
int plait_rq_plan_create(struct plait_rq_plan **plan, uint32_t k, uint32_t level_mask, void *memory,
                         size_t bytes);

// Encoder memory: about one block (the intermediate symbols). symbol_bytes is T, 1 .. 65535.
size_t plait_rq_encoder_bytes(const struct plait_rq_plan *plan, size_t symbol_bytes);
int plait_rq_encoder_create(struct plait_rq_encoder **encoder, const struct plait_rq_plan *plan,
                            size_t symbol_bytes, void *memory, size_t bytes);

// Tells where source symbol esi (0 .. K-1) is; the encoder only keeps the pointer.
int plait_rq_encoder_add(struct plait_rq_encoder *encoder, uint32_t esi, const void *symbol);

// The same for a whole block that lies in one piece: symbol i at block + i * symbol_bytes.
int plait_rq_encoder_add_block(struct plait_rq_encoder *encoder, const void *block);

// Writes symbol esi[i] (source or repair) to out[i], symbol_bytes each, for i < n; ESIs may repeat.
// Many at once are cheaper than one by one. ERR_MORE while a source symbol is missing.
int plait_rq_encoder_symbols(struct plait_rq_encoder *encoder, const uint32_t *esi, size_t n,
                             void *const *out);

// Forgets all source symbols: ready for the next block.
int plait_rq_encoder_reset(struct plait_rq_encoder *encoder);

// plan may be null: then decoding works the same but small losses of small blocks take longer. The
// decoder holds at most K + 64 symbols.
size_t plait_rq_decoder_bytes(uint32_t k, size_t symbol_bytes);
int plait_rq_decoder_create(struct plait_rq_decoder **decoder, uint32_t k, size_t symbol_bytes,
                            const struct plait_rq_plan *plan, void *memory, size_t bytes);

// Takes a received symbol, in any order; only the pointer is kept. ERR_TWICE for an ESI already
// there (nothing changed), ERR_RANGE for one above PLAIT_RQ_ESI_MAX, ERR_FULL.
int plait_rq_decoder_add(struct plait_rq_decoder *decoder, uint32_t esi, const void *symbol);

// True when a decode call can succeed: at least K symbols are there, and more than at the last
// attempt that failed.
bool plait_rq_decoder_ready(const struct plait_rq_decoder *decoder);

// Writes source symbol esi[i] (0 .. K-1) to out[i] for i < n, whether received or not. An out[i]
// that already is the received symbol's own place is left as it is. ERR_TWICE when a lost symbol is
// named twice (some of the others may have been written); ERR_MORE when the symbols do
// not determine the block (the state is kept, add more); ERR_CORRUPT when surplus symbols show
// damage: what was written is then worthless.
int plait_rq_decoder_symbols(struct plait_rq_decoder *decoder, const uint32_t *esi, size_t n,
                             void *const *out);

// The whole block in one piece of K * symbol_bytes bytes.
int plait_rq_decoder_block(struct plait_rq_decoder *decoder, void *block);

// How many checks the last decode call made, all of them passed: surplus symbols give up to 4. 0:
// no more than K symbols were there, or nothing had to be restored, and damage could not be seen;
// authenticate symbols before adding. A check sees damage of one symbol with a probability of 1/2
// (surplus binary equations) to 255/256; see docs/FEC.md, "Damage".
uint32_t plait_rq_decoder_checks(const struct plait_rq_decoder *decoder);

// Forgets all symbols: ready for the next block.
int plait_rq_decoder_reset(struct plait_rq_decoder *decoder);

// ---- RaptorQ objects (RFC 6330 4.4.1) ---------------------------------------------------------

#define PLAIT_RQ_OTI_BYTES 12

// How an object is cut: Z source blocks, each of N sub-blocks.
struct plait_rq_object {
    uint64_t object_bytes;   // F, 1 .. 946270874880
    uint16_t symbol_bytes;   // T, a multiple of alignment
    uint8_t source_blocks;   // Z, 1 .. 255 (0 stands for 256 on the wire and is not accepted)
    uint16_t sub_blocks;     // N, 1 .. T / Al
    uint8_t alignment_bytes; // Al
};

// Checks the parameters: ERR_RANGE when they contradict each other.
int plait_rq_object_check(const struct plait_rq_object *object);

// The 12-byte object transmission information (RFC 6330 3.3.2 and 3.3.3).
int plait_rq_object_write(const struct plait_rq_object *object, uint8_t oti[PLAIT_RQ_OTI_BYTES]);
int plait_rq_object_read(struct plait_rq_object *object, const uint8_t oti[PLAIT_RQ_OTI_BYTES]);

// Chooses Z and N for an object (RFC 6330 4.3): at least sub_symbol_min * alignment bytes a
// sub-symbol where possible, and sub-blocks of at most working_bytes.
int plait_rq_object_choose(struct plait_rq_object *object, uint64_t object_bytes,
                           uint16_t symbol_bytes, uint8_t alignment_bytes, uint16_t sub_symbol_min,
                           uint64_t working_bytes);

// K of source block sbn; 0 when there is no such block.
uint32_t plait_rq_object_k(const struct plait_rq_object *object, uint32_t sbn);

// Copies source symbol esi of block sbn out of the object (zeros after its end) or into it.
int plait_rq_object_gather(const struct plait_rq_object *object, const void *data, uint32_t sbn,
                           uint32_t esi, void *symbol);
int plait_rq_object_scatter(const struct plait_rq_object *object, void *data, uint32_t sbn,
                            uint32_t esi, const void *symbol);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

// The other codes, under the same rules.
#include <plait/fec_rs.h>
#include <plait/fec_rlc.h>

#endif
