/* SPDX-License-Identifier: BSD-2-Clause */
/* --keylog FILE: the session's keys for Wireshark (packaging/wireshark/plait.lua), a line a
 * direction and key:
 *
 *     plait-keylog-1 RECEIVER_CID PHASE SUITE KEY     (hex, decimal, decimal, hex)
 */
#ifndef PLAIT_CLI_KEYLOG_H
#define PLAIT_CLI_KEYLOG_H

#include "run/error.h"

/* Creates or continues the file (0600); path NULL: *fd is -1. `error` names the option. */
int keylog_open(const char *path, int *fd, struct run_error *error);

/* Writes the keys the session has now. fd -1: nothing. */
void keylog_write(int fd, const struct plait_endpoint *endpoint, uint32_t session);

#endif
