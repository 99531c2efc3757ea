/* SPDX-License-Identifier: BSD-2-Clause */
/* The swarm: random worlds out of a seed, run with all checkers. */
#ifndef PLAIT_SIM_SWARM_H
#define PLAIT_SIM_SWARM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/world.h"

#define SWARM_TEXT      4096 /* bytes of a world's scenario text with the final zero */
#define SWARM_ERROR_MAX (SIM_ERROR_MAX + SIM_REPLAY_MAX + 32)

struct options;

/* What a seed makes: the scenario (also as text, to look at) and the configuration. */
struct swarm_world {
    char text[SWARM_TEXT];
    struct emu_scenario scenario;
    struct sim_config config;
};

/* Fills the world; with an adversary on the path when asked. */
void swarm_make(struct swarm_world *made, uint64_t seed, bool adversary);
void swarm_free(struct swarm_world *made);

/* Runs one seed. On failure `error` (SWARM_ERROR_MAX bytes) says what and how to
 * replay it. */
bool swarm_run_seed(uint64_t seed, bool adversary, char *error, uint64_t *hash);

/* Runs the seeds of the options and prints each failure with its replay line. Exit code. */
int swarm_run(const struct options *options);

#endif
