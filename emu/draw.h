/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chance by counting: a draw is a hash of what it is for, so it depends on nothing drawn before.
 * The mixing step is SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014).
 */
#ifndef EMU_DRAW_H
#define EMU_DRAW_H

#include <stdint.h>

/* What a draw decides; draws for different purposes are independent. */
enum emu_draw {
    EMU_DRAW_STATE, /* Gilbert-Elliott: the step to the next chance */
    EMU_DRAW_LOSS,
    EMU_DRAW_DUPLICATE,
    EMU_DRAW_DUPLICATE_DELAY,
    EMU_DRAW_CORRUPT,
    EMU_DRAW_CORRUPT_BIT,
    EMU_DRAW_REORDER,
    EMU_DRAW_REORDER_DELAY,
    EMU_DRAW_JITTER
};

/* The key of one direction of one link. */
uint64_t emu_draw_key(uint64_t seed, unsigned link, unsigned dir);

/* 64 random bits for one purpose at (a, b). */
uint64_t emu_draw_bits(uint64_t key, enum emu_draw draw, uint64_t a, uint64_t b);

/* Evenly from 0 (included) to 1 (excluded). */
double emu_draw_share(uint64_t key, enum emu_draw draw, uint64_t a, uint64_t b);

#endif
