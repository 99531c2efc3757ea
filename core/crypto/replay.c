/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/replay.h"

#include <assert.h>
#include <string.h>

#define WORD_BITS 64

static uint64_t bit_of(uint64_t packet_number)
{
    return UINT64_C(1) << (packet_number % WORD_BITS);
}

static uint64_t slot_of(uint64_t packet_number)
{
    return packet_number / WORD_BITS % REPLAY_WORDS;
}

void replay_init(struct replay_window *window)
{
    memset(window, 0, sizeof *window);
}

bool replay_is_fresh(const struct replay_window *window, uint64_t packet_number)
{
    if (packet_number > REPLAY_NUMBER_MAX)
        return false;
    if (packet_number >= window->next)
        return true;
    if (window->next - packet_number > REPLAY_WINDOW)
        return false;
    return (window->words[slot_of(packet_number)] & bit_of(packet_number)) == 0;
}

/* Clears the words between the greatest number so far and this one; at most the whole ring. */
static void move_to(struct replay_window *window, uint64_t packet_number)
{
    const uint64_t to = packet_number / WORD_BITS;
    uint64_t from = window->next > 0 ? (window->next - 1) / WORD_BITS : 0;

    if (to - from > REPLAY_WORDS)
        from = to - REPLAY_WORDS;
    for (uint64_t word = from + 1; word <= to; word++)
        window->words[word % REPLAY_WORDS] = 0;
    window->next = packet_number + 1;
}

void replay_mark(struct replay_window *window, uint64_t packet_number)
{
    assert(replay_is_fresh(window, packet_number));
    if (packet_number >= window->next)
        move_to(window, packet_number);
    window->words[slot_of(packet_number)] |= bit_of(packet_number);
    assert(!replay_is_fresh(window, packet_number));
}
