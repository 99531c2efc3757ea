/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/error.h"

#include <stdarg.h>
#include <stdio.h>

int run_fail(struct run_error *error, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return code;
}
