/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands: a command is one row of commands_table (cli/main.c) and one file. */
#ifndef PLAIT_CLI_COMMAND_H
#define PLAIT_CLI_COMMAND_H

#include "cli/options.h"

#define EXIT_GOOD      0
#define EXIT_FAILED    1 /* began, and then could not go on */
#define EXIT_BAD_INPUT 2 /* did not begin; one line on standard error says why */

struct command {
    const char *name;
    enum option_command bit;
    const char *args; /* words after the options, for --help; "" none */
    uint32_t args_min, args_max;
    const char *summary;
    int (*run)(const struct options *options); /* returns the exit code */
};

extern const struct command commands_table[];
extern const size_t commands_count;

int command_keygen(const struct options *options);
int command_send(const struct options *options);
int command_recv(const struct options *options);
int command_lab(const struct options *options);
int command_top(const struct options *options);
int command_report(const struct options *options);
int command_check(const struct options *options);
int command_bench(const struct options *options);

/* Prints "plait COMMAND: TEXT" to standard error and returns EXIT_BAD_INPUT. */
__attribute__((format(printf, 2, 3))) int command_refuse(const char *command, const char *format,
                                                         ...);

/* --help: of one command, or of the program when NULL. */
void help_print(const struct command *command);

#endif
