// SPDX-License-Identifier: BSD-2-Clause
// A test harness of one page that prints TAP: it needs libc only, so it also runs cross-compiled.
#ifndef PLAIT_TESTS_FEC_TAP_H
#define PLAIT_TESTS_FEC_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct tap {
    int count, failed;
};

// One test point; returns the condition.
__attribute__((format(printf, 3, 4))) static inline bool tap_ok(struct tap *tap, bool condition,
                                                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tap->count++;
    if (!condition)
        tap->failed++;
    printf("%sok %d - ", condition ? "" : "not ", tap->count);
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    va_end(args);
    return condition;
}

// Prints the plan; the value for main() to return.
static inline int tap_done(const struct tap *tap)
{
    printf("1..%d\n", tap->count);
    return tap->failed ? 1 : 0;
}

#endif
