/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 26
#define HELP_WIDTH  79

/* Breaks at spaces; every line but the first is indented. */
static void help_wrap(const char *text)
{
    int column = HELP_COLUMN;
    while (*text != '\0') {
        int len = (int)strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + len > HELP_WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            printf(" ");
            column++;
        }
        printf("%.*s", len, text);
        column += len;
        text += len + (text[len] == ' ');
    }
    printf("\n");
}

static void help_command(const struct command *command)
{
    printf("plait %s - %s\n\nusage: plait %s [options]%s%s\n\n", command->name, command->summary,
           command->name, command->args[0] != '\0' ? " " : "", command->args);
    for (size_t i = 0; i < options_count; i++) {
        const struct option *row = &options_table[i];
        char left[64];
        if ((row->commands & command->bit) == 0)
            continue;
        (void)snprintf(left, sizeof left, "  --%s %s", row->name, row->value ? row->value : "");
        printf("%-*s", HELP_COLUMN, left);
        help_wrap(row->help);
    }
}

void help_print(const struct command *command)
{
    if (command) {
        help_command(command);
        return;
    }
    printf("plait - one live stream over several weak links\n\nusage: plait COMMAND [options]\n\n");
    for (size_t i = 0; i < commands_count; i++)
        printf("  %-8s %-10s %s\n", commands_table[i].name, commands_table[i].args,
               commands_table[i].summary);
    printf("\nplait COMMAND --help tells the options of one, plait --version the version.\n\n"
           "a sender:\n"
           "  plait send --to studio.example:7000 --in udp://127.0.0.1:5000 --secret PASS\n"
           "its receiver:\n"
           "  plait recv --listen [::]:7000 --out udp://127.0.0.1:5001 --secret PASS\n");
}
