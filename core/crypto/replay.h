/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replay window of one path: no packet number is accepted twice, and none from before the window.
 * Source: RFC 6479 (a ring of words; moving forward clears whole words, nothing is shifted).
 *
 * Ask replay_is_fresh before opening (cheap refusal), call replay_mark only after the packet proved
 * authentic: a forged packet moves nothing. The window outlives rekeying, because packet numbers
 * do.
 */
#ifndef PLAIT_CRYPTO_REPLAY_H
#define PLAIT_CRYPTO_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_WORDS 128

/* Packet numbers that may arrive late: one word of the ring is always being moved into. At 20,000
 * packets a second on one path this is 0.4 s of reordering. */
#define REPLAY_WINDOW ((REPLAY_WORDS - 1) * 64)

/* The greatest packet number (a QUIC varint holds it); greater ones are never fresh. */
#define REPLAY_NUMBER_MAX ((UINT64_C(1) << 62) - 1)

struct replay_window {
    uint64_t next; /* the greatest number marked, plus one; 0 when there was none */
    uint64_t words[REPLAY_WORDS];
};

void replay_init(struct replay_window *window);

/* True when the number was never marked, is not older than the window, and is within the limit. */
bool replay_is_fresh(const struct replay_window *window, uint64_t packet_number);

/* Marks a fresh number (asserted) as seen. */
void replay_mark(struct replay_window *window, uint64_t packet_number);

#endif
