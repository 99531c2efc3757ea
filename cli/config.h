/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --config FILE: the same options in a file, by the same names, read by inih:
 *
 *     [send]
 *     to = studio.example:7000
 *     link = dev=wwan0
 *     link = dev=wwan1,max=8M
 *     no-fec = yes
 *
 * What stands before the first section is for every command that has the option; a section is for
 * the command of its name, and wins. But for a list (link, allow) an option stands once in each.
 * The command line wins over the file; a list it gives replaces the file's. A comment is a line of
 * its own that begins with '#' or ';': a value is the whole rest of its line, and an indented line
 * is one like any other.
 */
#ifndef PLAIT_CLI_CONFIG_H
#define PLAIT_CLI_CONFIG_H

#include "cli/options.h"

/* Fills in from the file what `options` has not set. The strings are kept in options->config_store
 * until config_free(). `error` names file, line, option, value and cure. */
int config_read(struct options *options, unsigned command, const char *command_name,
                const char *file, struct run_error *error);

/* What config_read() found that is no mistake, one line as of an error; "": nothing. */
const char *config_warning(const struct options *options);

/* Wipes and frees what config_read() keeps. */
void config_free(struct options *options);

/* True when the file has a section of this name. */
bool config_has_section(const char *file, const char *name);

#endif
