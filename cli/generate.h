/* SPDX-License-Identifier: BSD-2-Clause */
/* Man pages and shell completions, written from the tables of commands and options. */
#ifndef PLAIT_CLI_GENERATE_H
#define PLAIT_CLI_GENERATE_H

/* what: "man" (plait.1), "man-COMMAND" (plait-COMMAND.1), "bash" or "zsh". Writes to standard
 * output; returns an exit code. */
int generate_write(const char *what);

#endif
