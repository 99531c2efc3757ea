/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials: runs in which something happens to a link at a known moment, and the time the bond needs
 * to notice is what counts. */
#ifndef PLAIT_SIM_TRIAL_H
#define PLAIT_SIM_TRIAL_H

#include <stdbool.h>

#include "sim/experiment.h"

#define TRIAL_FIGURES 256 /* bytes of a trial's text with the final zero */

/* Runs a trial over the experiment's seeds and with its endpoint options; true: reached. `figures`
 * receives what was measured. */
typedef bool trial_fn(const struct experiment *experiment, char figures[TRIAL_FIGURES]);

/* A link goes from 2 to 10 to 2 Mbit/s, under a load of 9: followed within 3 s upward and 500 ms
 * downward, own queue at most 60 ms at the 95th percentile. */
trial_fn trial_step;

/* One of three links of 5 Mbit/s is cut at a random moment under a load of half of the survivors',
 * latency 500 ms: nothing is late, and the link carries again within 500 ms of its return. */
trial_fn trial_cut;

#endif
