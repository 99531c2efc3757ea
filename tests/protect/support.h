/* SPDX-License-Identifier: BSD-2-Clause */
/* What both tests need before they include anything of their own. */
#ifndef PLAIT_TESTS_PROTECT_SUPPORT_H
#define PLAIT_TESTS_PROTECT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
