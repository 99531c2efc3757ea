/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of all options. The parser, --help, the configuration file, the man page and the
 * shell completions all come from it: an option is one row of options_table and one member of
 * struct options.
 */
#ifndef PLAIT_CLI_OPTIONS_H
#define PLAIT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/error.h"

#define OPTIONS_MAX_LIST 64   /* how often a repeatable option may come */
#define OPTIONS_MAX_ARGS 64   /* words that are no options */
#define OPTIONS_SECRET   1024 /* bytes of a pass phrase or token, as plait_pair_derive() takes */

enum option_kind {
    OPTION_FLAG,   /* no value; bool */
    OPTION_TEXT,   /* const char * */
    OPTION_SECRET, /* const char *; the command line's copy is overwritten */
    OPTION_LIST,   /* struct option_list; may be repeated */
    OPTION_NUMBER, /* uint64_t, min..max */
    OPTION_RATE,   /* uint64_t bit/s, with k, M, G */
    OPTION_CHOICE, /* int, index into choices */
};

/* Bits of the commands that take an option. */
enum option_command {
    FOR_SEND = 1,
    FOR_RECV = 2,
    FOR_LAB = 4,
    FOR_KEYGEN = 8,
    FOR_TOP = 16,
    FOR_CHECK = 32,
    FOR_BENCH = 64,
    FOR_REPORT = 128,
};

struct config_store;

struct option_list {
    const char *items[OPTIONS_MAX_LIST];
    uint32_t count;
};

/* Values as given; 0, NULL or false where they were not. Strings belong to the command line (or to
 * who called options_set) except secret_text. */
struct options {
    struct option_list links, allow, args;
    const char *listen, *to, *in, *out;
    const char *key, *peer, *secret, *secret_file;
    const char *http, *http_token, *stats, *trace, *keylog, *scenario, *adaptive;
    uint64_t latency_ms, seconds, rate_bps, seed, max_udp;
    int mode, scheduler, controller;
    bool no_fec, no_reinject, no_hints, no_sandbox, quiet, try_links, help;
    char secret_text[2 * (OPTIONS_SECRET + 2)]; /* a phrase and a token */
    const char *config;
    uint64_t given;                    /* bit i: options_table[i] came from the command line */
    struct config_store *config_store; /* cli/config.c; NULL: none */
};

struct option {
    const char *name;  /* without the dashes */
    const char *value; /* what --help calls its value, NULL for a flag */
    const char *help;
    enum option_kind kind;
    unsigned commands;          /* enum option_command */
    size_t offset;              /* in struct options */
    uint64_t min, max;          /* OPTION_NUMBER */
    const char *const *choices; /* OPTION_CHOICE: NULL-terminated */
};

extern const struct option options_table[];
extern const size_t options_count;

/* The row of this name if `command` takes it, else NULL. */
const struct option *options_find(const char *name, unsigned command);

/* True when the command line had it, whatever its value: what it gives, a file does not change. */
bool option_was_given(const struct options *options, const struct option *row);

/* Sets one option from text. PLAIT_ERR_INVALID with option, value and cure in error. */
int options_set(struct options *options, const struct option *row, const char *value,
                struct run_error *error);

/* Reads words ("--name VALUE", "--name=VALUE", others go to args). Zeroes *options first. */
int options_parse(struct options *options, unsigned command, int count, char **words,
                  struct run_error *error);

#endif
