/* SPDX-License-Identifier: BSD-2-Clause */
/* What the module tests share: cmocka with what it needs before it, and a seeded generator. */
#ifndef PLAIT_TESTS_SUPPORT_H
#define PLAIT_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* splitmix64: a failure comes again */
static inline uint64_t random_u64(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t random_below(uint64_t *seed, uint64_t limit)
{
    return random_u64(seed) % limit;
}

/* A number of random length: small ones and extremes are as likely as any. */
static inline uint64_t random_number(uint64_t *seed, unsigned max_bits)
{
    const unsigned bits = (unsigned)random_below(seed, max_bits + 1);

    return bits == 0 ? 0 : random_u64(seed) >> (64 - bits);
}

#endif
