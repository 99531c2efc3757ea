/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAIT_SESSION_ADDR_H
#define PLAIT_SESSION_ADDR_H

#include <stdbool.h>
#include <string.h>

#include "plait/plait.h"

/* run/addr.c has its own: it does not see core/. */
static inline bool addr_equal(const struct plait_addr *a, const struct plait_addr *b)
{
    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

#endif
