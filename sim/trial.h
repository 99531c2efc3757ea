/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials: runs in which something happens to a link at a known moment, and the time the bond needs
 * to notice is what counts. */
#ifndef PLAIT_SIM_TRIAL_H
#define PLAIT_SIM_TRIAL_H

#include <stdbool.h>

#include "sim/experiment.h"
#include "sim/world.h"

#define TRIAL_FIGURES 256 /* bytes of a trial's text with the final zero */

/* Runs a trial over the experiment's seeds and with its endpoint options; true: reached. `figures`
 * receives what was measured. */
typedef bool trial_fn(const struct experiment *experiment, char figures[TRIAL_FIGURES]);

/* The experiment's endpoint in a world that is measured, sampled each 10 ms. */
void trial_configure(const struct experiment *experiment, const struct emu_scenario *scenario,
                     uint64_t seed, struct sim_config *config);

/* Runs and measures a world; `error` (SIM_ERROR_MAX bytes) keeps the first failed check of many. */
void trial_execute(const struct sim_config *config, struct measure_result *result, char *error);

/* Reads a scenario that is known to be sound. */
void trial_read_text(struct emu_scenario *scenario, const char *text);

/* A link goes from 2 to 10 to 2 Mbit/s, under a load of 9: followed within 3 s upward and 500 ms
 * downward, own queue at most 60 ms at the 95th percentile. */
trial_fn trial_step;

/* One of three links of 5 Mbit/s is cut at a random moment under a load of half of the survivors',
 * latency 500 ms: nothing is late, and the link carries again within 500 ms of its return. */
trial_fn trial_cut;

/* The load follows the advice over the experiment's scenario at its latency: at least 85 % of the
 * highest rate that the bound allows an encoder that holds its rate for 5 s, 99.9 % of it on time.
 */
trial_fn trial_adapt;

/* The same at 500 ms on one steady link of 6 Mbit/s: once settled the rate stays within 15 % of its
 * mean, which is at least three quarters of the link. */
trial_fn trial_steady;

/* A TCP flow beside the bond on its first link, in one of several settings (NULL: there is no such
 * number): the flow has between half and one and a half times its fair share of the link. */
const char *trial_tcp_name(unsigned number);
bool trial_tcp(const struct experiment *experiment, unsigned number, char figures[TRIAL_FIGURES]);

#endif
