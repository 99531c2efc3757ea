/* SPDX-License-Identifier: BSD-2-Clause */
/* Many independent runs on several processors: each in a process of its own, so that a crash of one
 * is one failed run. */
#ifndef PLAIT_SIM_JOBS_H
#define PLAIT_SIM_JOBS_H

#include <stdbool.h>
#include <stddef.h>

/* Carries out run `index`, filling `result`. */
typedef void jobs_run_fn(void *ctx, size_t index, void *result);

/* Is told each result, in order of index; NULL: the run crashed. False: stop. */
typedef bool jobs_done_fn(void *ctx, size_t index, const void *result);

/* Runs 0..count-1, `processes` at a time; 0: in this process. A run that takes more than cpu_s
 * seconds of processor time counts as crashed (not in this process). False when stopped. */
bool jobs_run(size_t count, unsigned processes, unsigned cpu_s, size_t result_bytes,
              jobs_run_fn *run, jobs_done_fn *done, void *ctx);

#endif
