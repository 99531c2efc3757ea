/* SPDX-License-Identifier: BSD-2-Clause */
/* One line for the user: what was wrong (the value) and what cures it. The caller puts the option's
 * name before it. */
#ifndef PLAIT_RUN_ERROR_H
#define PLAIT_RUN_ERROR_H

#include "plait/run.h"

struct run_error {
    char text[PLAIT_RUN_ERROR_TEXT];
};

/* Writes the text and returns `code`, so that a caller can `return run_fail(...)`. */
__attribute__((format(printf, 3, 4))) int run_fail(struct run_error *error, int code,
                                                   const char *format, ...);

#endif
