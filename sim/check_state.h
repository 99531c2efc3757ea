/* SPDX-License-Identifier: BSD-2-Clause */
/* What an endpoint knows, byte by byte: its sessions with their keys, paths, windows and queues.
 * Taken before and after a datagram that cannot be authentic, it must be the same but for counters.
 * (The simulator's only look behind the public interface.) */
#ifndef PLAIT_SIM_CHECK_STATE_H
#define PLAIT_SIM_CHECK_STATE_H

#include <stdbool.h>

#include "plait/plait.h"

struct check_state_copy;

/* Room for one endpoint's sessions; never NULL. */
struct check_state_copy *check_state_create(void);
void check_state_free(struct check_state_copy *copy);

/* Copies the sessions in use, without counters. */
void check_state_take(struct check_state_copy *copy, const struct plait_endpoint *ep);

/* NULL when both are alike; else what differs, for a message. */
const char *check_state_differs(const struct check_state_copy *a, const struct check_state_copy *b);

#endif
