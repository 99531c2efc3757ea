/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/generate.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"

/* ---- man pages: man(7) macros ---- */

/* Text for roff: backslash and hyphen escaped, no line begins with a control character. */
static void man_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void man_head(const char *name, const char *summary)
{
    char upper[64];
    size_t len = strlen(name);
    for (size_t i = 0; i <= len && i < sizeof upper; i++)
        upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
    printf(".\\\" SPDX-License-Identifier: BSD-2-Clause\n.\\\" Written by plait --generate; edit "
           "cli/options.c instead.\n.TH %s 1 \"\" \"plait %s\" \"Plait\"\n.SH NAME\n%s \\- ",
           upper, PLAIT_VERSION, name);
    man_text(summary);
    printf("\n");
}

static void man_options(const struct command *command)
{
    printf(".SH OPTIONS\n");
    for (size_t i = 0; i < options_count; i++) {
        const struct option *row = &options_table[i];
        if ((row->commands & command->bit) == 0)
            continue;
        printf(".TP\n.B \\-\\-");
        man_text(row->name);
        if (row->value)
            printf(" \\fI%s\\fR", row->value);
        printf("\n");
        man_text(row->help);
        printf("\n");
    }
}

static void man_end(const char *failed)
{
    printf(".SH EXIT STATUS\n0 when all went well; 1 when %s; 2 when the command line, the\n"
           "configuration or the host did not let it begin: one line on standard error names the "
           "option, the\nvalue and the cure.\n.SH SEE ALSO\n",
           failed);
    for (size_t i = 0; i < commands_count; i++)
        printf(".BR plait\\-%s (1)%s\n", commands_table[i].name, i + 1 < commands_count ? "," : "");
}

/* What SIGHUP changes without a break in the stream (cli/reload.c). */
static const char *man_reload(const struct command *command)
{
    if (command->bit == FOR_SEND)
        return ".B SIGHUP\nreads link, peer and latency anew, all or, on a mistake, nothing.\n";
    return command->bit == FOR_RECV
               ? ".B SIGHUP\nreads allow and latency anew, all or, on a mistake, nothing.\n"
               : "";
}

/* emu/scenario.h has the same, for who reads the source. */
static void man_scenario(void)
{
    static const char *const keys[][2] = {
        {"name=TEXT", "what the link is called"},
        {"trace=FILE", "its capacity as recorded: a line is the millisecond at which 1500 bytes "
                       "could leave (Mahimahi's format); relative to the scenario's folder"},
        {"rate=NUMBER", "or a fixed capacity: bit/s, or with k, M or G; below 1000 it is Mbit/s"},
        {"delay=MS jitter=MS", "one way, and how far it wanders to either side"},
        {"loss=P", "each datagram is lost with this probability, 0 to 1"},
        {"ge=P:R:H", "or in bursts (Gilbert-Elliott): from good to bad and back with P and R at "
                     "each, H lost while it is bad"},
        {"queue=MS", "what would wait longer is dropped; default 500"},
        {"dup=P corrupt=P reorder=P", "probability of a copy, of flipped bits, of being overtaken"},
        {"down=A-B+A-B", "cut from second A to second B"},
        {"detour=A-B:MS+A-B:MS", "so many ms longer from second A to second B"},
        {"rebind=S+S", "at these seconds a NAT gives the link another public port"},
    };
    printf(".SH SCENARIO FILE\nOne link a line, blank\\-separated\n.RI key = value ,\nand # begins "
           "a comment. Time starts at the first datagram; one counts its payload\nand 28 bytes. "
           "An r before a key, all but name and rebind, sets the way back, which is\notherwise 100 "
           "Mbit/s without loss, with the delay, jitter, outages and detours of the way there.\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        printf(".TP\n.B ");
        man_text(keys[i][0]);
        printf("\n");
        man_text(keys[i][1]);
        printf("\n");
    }
}

static void man_command(const struct command *command)
{
    char name[64];
    (void)snprintf(name, sizeof name, "plait-%s", command->name);
    man_head(name, command->summary);
    printf(".SH SYNOPSIS\n.B plait %s\n[options]", command->name);
    if (command->args[0] != '\0')
        printf(" \\fI%s\\fR", command->args);
    printf("\n");
    man_options(command);
    if (options_find("scenario", command->bit))
        man_scenario();
    if (options_find("config", command->bit))
        printf(
            ".SH CONFIGURATION FILE\nThe file of\n.B \\-\\-config\nhas the same options as "
            "lines\n.RI \" name \" = \" value\"\nunder\n.BR [%s] ,\nflags as\n.BR yes \" or \" no "
            ".\nA comment is a line of its own that begins with # or ;. The rest of a line is the "
            "value, whatever\nis in it. But for\n.BR link \" and \" allow ,\nof which there may be "
            "several, an option stands once in a section. What stands before the\nfirst section is "
            "for every command, whose own section wins; links and keys of both add up. The command "
            "line wins over\nall.\n%s",
            command->name, man_reload(command));
    if (options_find("secret", command->bit))
        printf(".SH ENVIRONMENT\n.TP\n.B PLAIT_SECRET\nthe pass phrase, when neither\n.B "
               "\\-\\-secret\nnor\n.B \\-\\-secret\\-file\nis given\n");
    man_end(command->bit == FOR_CHECK ? "there is something to mend"
                                      : "it began and could not go on");
}

static void man_program(void)
{
    man_head("plait", "one live stream over several weak links");
    printf(".SH SYNOPSIS\n.B plait\n.I COMMAND\n[options]\n.SH DESCRIPTION\nPlait bonds several "
           "weak, changing links into one strong line of fixed latency for live media.\nA sender "
           "spreads one stream over all its links; a receiver puts it together again, repairs\n"
           "what was lost, and delivers it in order.\n.SH COMMANDS\n");
    for (size_t i = 0; i < commands_count; i++) {
        printf(".TP\n.B %s \\fI%s\\fR\n", commands_table[i].name, commands_table[i].args);
        man_text(commands_table[i].summary);
        printf("\n");
    }
    man_end("it began and could not go on");
}

/* ---- completions ---- */

/* What a value is, as far as a shell can offer something. */
static const char *completion_kind(const struct option *row)
{
    if (row->kind == OPTION_CHOICE)
        return "choice";
    if (row->value && (strncmp(row->value, "FILE", 4) == 0))
        return "file";
    return row->kind == OPTION_FLAG ? "flag" : "text";
}

static void bash_words(unsigned command)
{
    for (size_t i = 0; i < options_count; i++) {
        if ((options_table[i].commands & command) != 0)
            printf("%s--%s", i > 0 ? " " : "", options_table[i].name);
    }
}

static void bash_values(void)
{
    for (size_t i = 0; i < options_count; i++) {
        const struct option *row = &options_table[i];
        const char *kind = completion_kind(row);
        if (strcmp(kind, "flag") == 0)
            continue;
        printf("    --%s)\n      ", row->name);
        if (strcmp(kind, "choice") == 0) {
            printf("COMPREPLY=($(compgen -W '");
            for (int k = 0; row->choices[k]; k++)
                printf("%s%s", k > 0 ? " " : "", row->choices[k]);
            printf("' -- \"$word\"))\n");
        } else if (strcmp(kind, "file") == 0) {
            printf("COMPREPLY=($(compgen -f -- \"$word\"))\n");
        } else {
            printf("COMPREPLY=()\n");
        }
        printf("      return\n      ;;\n");
    }
}

static void bash_write(void)
{
    printf("# SPDX-License-Identifier: BSD-2-Clause\n# Written by plait --generate bash.\n\n"
           "_plait() {\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W '");
    for (size_t i = 0; i < commands_count; i++)
        printf("%s ", commands_table[i].name);
    printf("--help --version' -- \"$word\"))\n    return\n  fi\n  case $before in\n");
    bash_values();
    printf("  esac\n  case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < commands_count; i++) {
        printf("    %s)\n      COMPREPLY=($(compgen -W '", commands_table[i].name);
        bash_words(commands_table[i].bit);
        printf("' -- \"$word\"))\n");
        if (commands_table[i].args[0] != '\0')
            printf("      [ \"${#COMPREPLY[@]}\" -gt 0 ] || COMPREPLY=($(compgen -f -- "
                   "\"$word\"))\n");
        printf("      ;;\n");
    }
    printf("  esac\n}\ncomplete -o filenames -F _plait plait\n");
}

/* For single quotes inside _arguments: quotes, colons and brackets have a meaning there. */
static void zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr(":[]\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_option(const struct option *row)
{
    const char *kind = completion_kind(row);
    printf("        '%s--%s[", row->kind == OPTION_LIST ? "*" : "", row->name);
    zsh_text(row->help);
    printf("]");
    if (row->value) {
        printf(":");
        zsh_text(row->value);
        printf(":");
    }
    if (strcmp(kind, "file") == 0)
        printf("_files");
    if (strcmp(kind, "choice") == 0) {
        printf("(");
        for (int k = 0; row->choices[k]; k++)
            printf("%s%s", k > 0 ? " " : "", row->choices[k]);
        printf(")");
    }
    printf("' \\\n");
}

static void zsh_write(void)
{
    printf("#compdef plait\n# SPDX-License-Identifier: BSD-2-Clause\n# Written by plait --generate "
           "zsh.\n\n_plait() {\n  local -a commands=(\n");
    for (size_t i = 0; i < commands_count; i++) {
        printf("    '%s:", commands_table[i].name);
        zsh_text(commands_table[i].summary);
        printf("'\n");
    }
    printf("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
           "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n");
    for (size_t i = 0; i < commands_count; i++) {
        printf("    %s)\n      _arguments -s \\\n", commands_table[i].name);
        for (size_t k = 0; k < options_count; k++) {
            if ((options_table[k].commands & commands_table[i].bit) != 0)
                zsh_option(&options_table[k]);
        }
        printf("        '*:%s:_files'\n      ;;\n",
               commands_table[i].args[0] != '\0' ? "argument" : " ");
    }
    printf("  esac\n}\n_plait \"$@\"\n");
}

int generate_write(const char *what)
{
    if (strcmp(what, "man") == 0) {
        man_program();
        return EXIT_GOOD;
    }
    if (strcmp(what, "bash") == 0) {
        bash_write();
        return EXIT_GOOD;
    }
    if (strcmp(what, "zsh") == 0) {
        zsh_write();
        return EXIT_GOOD;
    }
    for (size_t i = 0; i < commands_count && strncmp(what, "man-", 4) == 0; i++) {
        if (strcmp(commands_table[i].name, what + 4) == 0) {
            man_command(&commands_table[i]);
            return EXIT_GOOD;
        }
    }
    return command_refuse("", "--generate '%.40s' is not known; give man, man-COMMAND, bash or zsh",
                          what);
}
