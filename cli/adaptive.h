/* SPDX-License-Identifier: BSD-2-Clause */
/* --adaptive MIN-MAX: the range in which the lab's own input follows the advice. */
#ifndef PLAIT_CLI_ADAPTIVE_H
#define PLAIT_CLI_ADAPTIVE_H

#include "cli/options.h"

/* Bit/s; both stay as they are without the option. `error` names it, its value and the cure. */
int adaptive_parse(const struct options *options, uint64_t *least_bps, uint64_t *most_bps,
                   struct run_error *error);

#endif
