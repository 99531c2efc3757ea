/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forward error correction: source packets to FEC symbols and back.
 *
 * A source symbol is all that is needed to make its source packet again: length and flags (two
 * bytes, the length in the upper twelve bits), the write time (three bytes, as in its DATA frame)
 * and the payload. Its ESI is the sequence number's low 32 bits. A repair symbol is the
 * sliding-window RLC's (RFC 8681, m = 8, every coefficient non-zero) over the consecutive source
 * symbols of its frame, each padded with zeros to the longest of them.
 *
 * protect.c decides when a repair symbol pays and sends it; protect_rx.c is the receiver's half.
 */
#ifndef PLAIT_SESSION_PROTECT_H
#define PLAIT_SESSION_PROTECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/limits.h"
#include "core/wire/frame.h"
#include "plait/fec_rlc.h"

#define PROTECT_DENSITY  PLAIT_RLC_DENSITY_MAX /* every coefficient is non-zero */
#define PROTECT_LOOKBACK (2 * PROTECT_WINDOW)  /* source packets the receiver keeps */
#define PROTECT_REPAIRS  32                    /* repair symbols it keeps, unsolved */
#define PROTECT_RECENT   32                    /* repair symbols the sender remembers */

struct protect {
    void *codec; /* memory of the encoder or the decoder */
    size_t codec_bytes;
    uint8_t *symbol;       /* scratch: one symbol, in full length */
    uint32_t symbol_bytes; /* greatest */

    /* sender */
    uint16_t key;
    uint64_t credit_bytes; /* what repair may still take; fresh media adds to it */
    uint64_t from;         /* repair covers none before it: they were stamped again */
    bool no_resend;        /* a packet lost now is too late when sent again */
    uint64_t last_covered[PROTECT_RECENT]; /* last source packet of the repair symbols sent */
    uint32_t turn;

    /* receiver */
    struct plait_rlc_decoder *decoder;
};

void protect_cut(struct protect *protect, struct arena *arena, uint32_t payload_max,
                 bool is_sender);
/* A stream starts. */
void protect_start(struct protect *protect, bool is_sender);

/* Writes the header of a source symbol. */
void protect_stamp(uint8_t symbol[SYMBOL_HEADER], size_t len, uint8_t flags, uint32_t written);

/* Receiver: the source packet of this sequence number came (data->len: 1 .. payload_max). */
void protect_on_source(struct protect *protect, uint64_t seq, const struct frame_data *data);

/* Receiver: a repair symbol came. highest: one above the highest sequence number heard of; what is
 * far from it is nonsense and passed over. */
void protect_on_repair(struct protect *protect, uint64_t highest,
                       const struct frame_repair *repair);

/* Receiver: the next source packet recovered, to be asked for after each of the two above until it
 * is false. The payload is valid until the next of them. */
bool protect_next_recovered(struct protect *protect, struct frame_data *data);

#endif
