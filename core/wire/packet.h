/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plait's packets on one page (docs/PROTOCOL.md has every byte in prose). Integers are big-endian.
 *
 *   FIRST    0x10  version  flags  0 | sender CID 4 | noise message 1 | mac1 16 | mac2 16
 *   SECOND   0x20  version  0  0     | sender CID 4 | receiver CID 4 | noise message 2
 *   COOKIE   0x30  version  0  0     | receiver CID 4 | cookie reply
 *   SEALED   0x40 | phase << 4 | path  | receiver CID 3 | packet number 3 | sealed frames | tag
 *
 * A CID is chosen by the side that receives it. In handshakes it is 4 bytes with the last one zero.
 * Phase is 0..3, path 0..15. The header of a SEALED packet is 7 bytes and is the AEAD's additional
 * data; with the tag and a DATA frame's 7 bytes a media datagram grows by 30.
 */
#ifndef PLAIT_WIRE_PACKET_H
#define PLAIT_WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_VERSION       2
#define PACKET_SEALED_HEADER 7
#define PACKET_NUMBER_BITS   24
#define PACKET_FIRST_HEADER  8
#define PACKET_SECOND_HEADER 12
#define PACKET_COOKIE_HEADER 8
#define PACKET_MAC_LEN       16
#define PACKET_FLAG_PSK      0x01 /* FIRST: the psk2 variant is spoken */

enum packet_type {
    PACKET_BAD = 0,
    PACKET_FIRST = 0x10,
    PACKET_SECOND = 0x20,
    PACKET_COOKIE = 0x30,
    PACKET_SEALED = 0x40,
};

/* The header of any packet; fields a type does not have are 0. */
struct packet_header {
    enum packet_type type;
    uint8_t flags;          /* FIRST */
    uint8_t phase;          /* SEALED */
    uint8_t path;           /* SEALED */
    uint32_t sender_cid;    /* FIRST, SECOND: 24 bits */
    uint32_t receiver_cid;  /* all but FIRST: 24 bits */
    uint32_t packet_number; /* SEALED: low 24 bits */
    const uint8_t *body;    /* what follows the header */
    size_t body_len;
};

/* Reads the header of a datagram. PACKET_BAD when it is none of ours or too short. */
enum packet_type packet_decode(const uint8_t *data, size_t len, struct packet_header *header);

/* Write a header (lengths above) to out; of phase, path and number the low bits. */
void packet_encode_first(uint8_t *out, uint8_t flags, uint32_t sender_cid);
void packet_encode_second(uint8_t *out, uint32_t sender_cid, uint32_t receiver_cid);
void packet_encode_cookie(uint8_t *out, uint32_t receiver_cid);
void packet_encode_sealed(uint8_t *out, unsigned phase, uint32_t receiver_cid, uint8_t path,
                          uint64_t packet_number);

#endif
