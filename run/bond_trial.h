/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A receiver with an IPv4 and an IPv6 address: where nothing answers over a link for seconds, its
 * other family is tried there, and so in turn until one answers, which then stays. A route says
 * nothing about whether what is sent by it arrives (the reason of RFC 8305).
 */
#ifndef PLAIT_RUN_BOND_TRIAL_H
#define PLAIT_RUN_BOND_TRIAL_H

#include "run/bond.h"

int bond_trial_open(struct plait_run *run, struct run_error *error);

/* Looks at the links from now on if one of them leads to two addresses. */
void bond_trial_arm(struct plait_run *run, uint64_t now);

void bond_trial_close(struct plait_run *run);

#endif
