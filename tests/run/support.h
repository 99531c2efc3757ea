/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_RUN_SUPPORT_H
#define TESTS_RUN_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Every refusal must tell the value and the cure; the cure is what follows the last ';' or says
 * what to write. */
#define assert_tells(error, value)                                                                 \
    do {                                                                                           \
        if (!strstr((error).text, value))                                                          \
            fail_msg("'%s' does not name '%s'", (error).text, value);                              \
        assert_null(strchr((error).text, '\n'));                                                   \
    } while (0)

#endif
