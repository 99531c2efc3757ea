/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives up, after the start, what the running program never needs. seccomp(2) leaves an allow-list
 * of system calls to all threads; others answer ENOSYS: no new program or process, no namespace, no
 * file opened for writing, no socket but IP's and netlink, no signal to another process, no input
 * put into the terminal.
 * landlock(7) leaves the calling thread and those it starts the named directories to read, and
 * what libc looks names up in: enter before the first thread begins.
 *
 * Fail-safe: what this kernel lacks is left out, nothing is ever the reason not to run. Builds with
 * the address sanitizer leave all of it out, because its leak check needs ptrace(2).
 */
#ifndef PLAIT_RUN_SANDBOX_H
#define PLAIT_RUN_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

struct sandbox_result {
    bool has_seccomp, has_landlock; /* in force from now on, for all threads */
};

/* readable: directories the files below which may still be opened for reading, but not listed; one
 * that is not there is left out. */
struct sandbox_result sandbox_enter(const char *const *readable, uint32_t count);

#endif
