/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of a session and how they change without a gap in the stream.
 *
 * Each direction walks a chain of secrets; the handshake's transport key is the first. Where
 * H(k, x) is BLAKE2b of x, keyed by k, 32 bytes:
 *   packet key of a generation = H(its secret, "plait packet key v1")
 *   secret of the next one     = H(its secret, "plait next secret v1")
 * A secret is forgotten when both are made, so an old key cannot be computed from newer ones. The
 * lowest two bits of the generation, the key phase, travel in each packet's header (as associated
 * data). Two bits instead of QUIC's one tell the previous key from the next one without guessing:
 * with several paths there is no single packet number at which the key changed.
 *
 * One side leads (the initiator of the handshake). When a rekey is due it moves its sending side
 * one generation on. The follower sees the new phase, opens with the next key it holds ready, and
 * moves both its sides on; its first packet of the new generation moves the leader's receiving
 * side. The leader never moves again before that has happened, so neither side can be more than one
 * step ahead of what the other has ready, however many packets are lost. (With two leaders one
 * could be two steps ahead: it would know that the other moved, not that its own new packets
 * arrived.) The previous receiving key stays for reordered packets, for a bounded time.
 *
 * Packet numbers do not restart when a key changes; a number used twice on a path is refused.
 * Source: RFC 9001 section 6 (the idea), section 6.6 (the limits).
 */
#ifndef PLAIT_CRYPTO_KEYRING_H
#define PLAIT_CRYPTO_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/aead.h"

/* A rekey is due this long after the last one, or after this many packets sealed or opened with one
 * key. */
#define KEYRING_REKEY_NS      (UINT64_C(120) * 1000000000)
#define KEYRING_REKEY_PACKETS (UINT64_C(1) << 20)

/* No key ever seals more packets than this (AES-GCM's limit for full-size packets;
 * ChaCha20-Poly1305 has a higher one). Reached only when the peer has not followed the last
 * rekey. */
#define KEYRING_SEAL_MAX (UINT64_C(1) << 23)

/* After so many forgeries a ring opens nothing more (ChaCha20-Poly1305's integrity limit). */
#define KEYRING_FORGED_MAX (UINT64_C(1) << 36)

/* How long the previous receiving key opens reordered packets. */
#define KEYRING_PREVIOUS_NS (UINT64_C(10) * 1000000000)

/* Path IDs that may seal are 0..KEYRING_PATHS_MAX-1. An ID that is given to another path goes on
 * with its packet numbers. */
#define KEYRING_PATHS_MAX 64

#define KEYRING_PHASES 4

#define KEYRING_REJECTED  (-1) /* not authentic, or of a key not held: drop the packet */
#define KEYRING_EXHAUSTED (-2) /* a limit above is reached: this ring must go */
#define KEYRING_REUSED    (-3) /* the packet number was used before on this path (also asserted) */

/* One per session; about 3 KB, 16-byte aligned, all of it secret. */
struct keyring {
    struct aead_key send;
    struct aead_key previous, current, next; /* receiving */
    uint8_t send_chain[AEAD_KEY_LEN];        /* seeds of the generation after send and after next */
    uint8_t recv_chain[AEAD_KEY_LEN];
    uint64_t send_generation;
    uint64_t recv_generation;
    uint64_t send_since; /* when send came into use */
    uint64_t previous_until;
    uint64_t sealed; /* with the key in send */
    uint64_t opened; /* with the key in current */
    uint64_t forged;
    uint64_t next_number[KEYRING_PATHS_MAX];
    bool previous_held;
    bool leads;
};

/* Starts generation 0 with the keys of a handshake (the caller wipes its own copies). leads: true
 * at the handshake's initiator, false at its responder. */
void keyring_init(struct keyring *ring, enum aead_suite suite, bool leads,
                  const uint8_t send_key[AEAD_KEY_LEN], const uint8_t recv_key[AEAD_KEY_LEN],
                  uint64_t now);

/* Does what is due: moves the sending side on, wipes the previous key. Call before sealing. */
void keyring_advance(struct keyring *ring, uint64_t now);

/* When keyring_advance next has something to do by time alone; UINT64_MAX for never. */
uint64_t keyring_deadline(const struct keyring *ring);

/* The phase (0..3) to write into the header of the packet sealed next. */
unsigned keyring_phase(const struct keyring *ring);

/* Where a path's packet numbers go on, for an ID that is given to another path. */
uint64_t keyring_next_number(const struct keyring *ring, uint32_t path_id);

/*
 * Seals a packet with the current sending key; buffers and overlap as aead_seal. packet_number must
 * be greater than any sealed before on this path, and at most REPLAY_NUMBER_MAX. Returns the sealed
 * length, KEYRING_EXHAUSTED or KEYRING_REUSED.
 */
int keyring_seal(struct keyring *ring, uint32_t path_id, uint64_t packet_number, const uint8_t *aad,
                 size_t aad_len, const uint8_t *in, size_t len, uint8_t *out);

/*
 * Opens a packet with the key its phase (0..3) names; buffers and overlap as aead_open. An
 * authentic packet of the next phase moves the ring on; nothing else does. Returns the plaintext's
 * length, KEYRING_REJECTED or KEYRING_EXHAUSTED. The caller asks its replay window before (a number
 * that was seen is no reason to count or to move on) and marks after.
 */
int keyring_open(struct keyring *ring, uint64_t now, unsigned phase, uint32_t path_id,
                 uint64_t packet_number, const uint8_t *aad, size_t aad_len, const uint8_t *in,
                 size_t len, uint8_t *out);

/* Whether a packet whose number was seen before is a true copy (out: room as in keyring_open, left
 * with the plaintext or wiped). Changes nothing. */
bool keyring_is_authentic(const struct keyring *ring, uint64_t now, unsigned phase,
                          uint32_t path_id, uint64_t packet_number, const uint8_t *aad,
                          size_t aad_len, const uint8_t *in, size_t len, uint8_t *out);

void keyring_wipe(struct keyring *ring);

#endif
