/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/generate.h"
#include "run/secret.h"

#define VERSION_TEXT "plait " PLAIT_VERSION

const struct command commands_table[] = {
    {"send", FOR_SEND, "", 0, 0, "take a stream and send it over all links", command_send},
    {"recv", FOR_RECV, "", 0, 0, "receive a stream and hand it on", command_recv},
    {"lab", FOR_LAB, "", 0, 0, "sender, emulated links and receiver in one process", command_lab},
    {"keygen", FOR_KEYGEN, "FILE", 1, 1, "make a key: FILE and FILE.pub, with its name in it",
     command_keygen},
    {"top", FOR_TOP, "ADDR:PORT", 1, 1, "the dashboard of a running plait, in the terminal",
     command_top},
    {"report", FOR_REPORT, "TRACE", 1, 1, "make a recording into one HTML file", command_report},
    {"check", FOR_CHECK, "[CONFIG]", 0, 1, "look at this host and say what to mend", command_check},
    {"bench", FOR_BENCH, "", 0, 0, "where the measurements live", command_bench},
};
const size_t commands_count = sizeof commands_table / sizeof commands_table[0];

int command_refuse(const char *command, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "plait%s%s: %s\n", command[0] != '\0' ? " " : "", command, text);
    return EXIT_BAD_INPUT;
}

static int command_run(const struct command *command, int count, char **words)
{
    struct options *options = secret_alloc(sizeof *options);
    struct run_error error;
    int code = EXIT_BAD_INPUT;
    if (!options)
        return command_refuse(command->name, "no memory");
    if (options_parse(options, command->bit, count, words, &error) != PLAIT_OK) {
        command_refuse(command->name, "%s", error.text);
    } else if (options->help) {
        help_print(command);
        code = EXIT_GOOD;
    } else if (options->config && config_read(options, command->bit, command->name, options->config,
                                              &error) != PLAIT_OK) {
        command_refuse(command->name, "%s", error.text);
    } else if (options->args.count > command->args_max) {
        command_refuse(command->name, "'%.60s' is one word too many; see --help",
                       options->args.items[command->args_max]);
    } else if (options->args.count < command->args_min) {
        command_refuse(command->name, "%s is missing; write: plait %s %s", command->args,
                       command->name, command->args);
    } else {
        code = command->run(options);
    }
    config_free(options);
    secret_free(options, sizeof *options);
    return code;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2)
        return command_refuse("", "a command is missing; see: plait --help");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_print(NULL);
        return EXIT_GOOD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(VERSION_TEXT);
        return EXIT_GOOD;
    }
    if (argc == 3 && strcmp(argv[1], "--generate") == 0) /* for the build, so not in --help */
        return generate_write(argv[2]);
    for (size_t i = 0; i < commands_count; i++) {
        if (strcmp(commands_table[i].name, argv[1]) == 0)
            return command_run(&commands_table[i], argc - 2, argv + 2);
    }
    return command_refuse("", "'%.60s' is no command; see: plait --help", argv[1]);
}
