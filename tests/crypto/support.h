/* SPDX-License-Identifier: BSD-2-Clause */
/* What the crypto tests share. Include first: it opens POSIX (fork) and what cmocka.h needs. */
#ifndef PLAIT_TESTS_CRYPTO_SUPPORT_H
#define PLAIT_TESTS_CRYPTO_SUPPORT_H

#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "tests/support.h"

#define SECONDS UINT64_C(1000000000)

static inline void random_fill(uint64_t *seed, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)random_u64(seed);
}

static inline void flip_bit(uint8_t *bytes, size_t bit)
{
    bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
}

static inline int sodium_setup(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

/* True when the call ends the process by a failed assertion. */
static inline bool dies(void (*call)(void))
{
    int status = 0;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        call();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
