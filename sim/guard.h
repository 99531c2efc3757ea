/* SPDX-License-Identifier: BSD-2-Clause */
/* A block of memory that notices what is written outside of it: pages without access on both
 * sides, and a known pattern between the block and the page in front of it. */
#ifndef PLAIT_SIM_GUARD_H
#define PLAIT_SIM_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guard {
    uint8_t *map;
    size_t map_bytes;
    uint8_t *block; /* 64-byte aligned */
    size_t bytes;
};

/* False when the system has no memory left. The block is filled with a pattern, not with zeros. */
bool guard_create(struct guard *guard, size_t bytes);

/* True while the pattern around the block is as it was. */
bool guard_intact(const struct guard *guard);

void guard_free(struct guard *guard);

#endif
