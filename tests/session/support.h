/* SPDX-License-Identifier: BSD-2-Clause */
/* What cmocka.h needs before it. */
#ifndef PLAIT_TESTS_SESSION_SUPPORT_H
#define PLAIT_TESTS_SESSION_SUPPORT_H

#include "tests/session/pair.h"
#include "tests/support.h"

#endif
