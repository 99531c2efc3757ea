/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/generate.h"
#include "cli/places.h"
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
    } else if (places_check(options, &error) != PLAIT_OK) {
        command_refuse(command->name, "%s", error.text);
    } else {
        if (config_warning(options)[0] != '\0')
            fprintf(stderr, "plait %s: %s\n", command->name, config_warning(options));
        code = command->run(options);
    }
    config_free(options);
    secret_free(options, sizeof *options);
    return code;
}

static const struct command *main_find(const char *name)
{
    for (size_t i = 0; i < commands_count; i++) {
        if (strcmp(commands_table[i].name, name) == 0)
            return &commands_table[i];
    }
    return NULL;
}

static int main_no_command(const char *word)
{
    return command_refuse("", "'%.60s' is no command; see: plait --help", word);
}

static int main_help(int count, char **words)
{
    const struct command *command = count > 0 ? main_find(words[0]) : NULL;
    if (count > 1)
        return command_refuse("help", "'%.60s' is one word too many; see: plait --help", words[1]);
    if (count > 0 && !command)
        return main_no_command(words[0]);
    help_print(command);
    return EXIT_GOOD;
}

static bool main_is(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static int main_run(int argc, char **argv)
{
    if (argc < 2)
        return command_refuse("", "a command is missing; see: plait --help");
    if (main_is(argv[1], "help", "--help", "-h"))
        return main_help(argc - 2, argv + 2);
    if (main_is(argv[1], "version", "--version", "-V")) {
        puts(VERSION_TEXT);
        return EXIT_GOOD;
    }
    if (argc == 3 && strcmp(argv[1], "--generate") == 0) /* for the build, so not in --help */
        return generate_write(argv[2]);
    const struct command *command = main_find(argv[1]);
    return command ? command_run(command, argc - 2, argv + 2) : main_no_command(argv[1]);
}

/* A standard descriptor that came closed would be the next thing that is opened, and get what goes
 * to standard output. The wrong way round: who uses one is told. */
static void main_fill_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

int main(int argc, char **argv)
{
    /* What cannot be written is told instead: a reader that is gone, a limit (ulimit -f). */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    main_fill_descriptors();
    int code = main_run(argc, argv);
    /* A reader that has gone had enough. */
    if (code != EXIT_GOOD || (fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE)
        return code;
    command_refuse("", "standard output: %s; is the disk full?", strerror(errno));
    return EXIT_FAILED;
}
