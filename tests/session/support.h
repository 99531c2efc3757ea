/* SPDX-License-Identifier: BSD-2-Clause */
/* What cmocka.h needs before it. */
#ifndef PLAIT_TESTS_SESSION_SUPPORT_H
#define PLAIT_TESTS_SESSION_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/session/pair.h"

#endif
