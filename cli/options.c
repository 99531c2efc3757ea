/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/linkspec.h"

#define OPTION_SEED_DEFAULT 1
#define BOTH                (FOR_SEND | FOR_RECV)
#define RUNS                (FOR_SEND | FOR_RECV | FOR_LAB)
#define TRIES               (FOR_SEND | FOR_CHECK)
#define AT(member)          offsetof(struct options, member)

/* In the order of enum plait_mode, plait_scheduler and plait_controller. */
static const char *const modes[] = {"aggregate", "backup", "broadcast", NULL};
static const char *const schedulers[] = {"on-time", "earliest", "dwrr", NULL};
static const char *const controllers[] = {"delay", "aimd", NULL};

/* clang-format off */
const struct option options_table[] = {
    {"to", "HOST:PORT", "where the receiver listens",
     OPTION_TEXT, TRIES, AT(to), 0, 0, NULL},
    {"listen", "ADDR:PORT", "where to listen; :PORT and [::]:PORT take IPv4 and IPv6",
     OPTION_TEXT, FOR_RECV, AT(listen), 0, 0, NULL},
    {"in", "URL", "input: udp://HOST:PORT, rtp://HOST:PORT, srt://HOST:PORT, file:PATH or -",
     OPTION_TEXT, FOR_SEND | FOR_LAB, AT(in), 0, 0, NULL},
    {"out", "URL", "output: udp://HOST:PORT, rtp://HOST:PORT, srt://HOST:PORT, file:PATH or -",
     OPTION_TEXT, FOR_RECV | FOR_LAB, AT(out), 0, 0, NULL},
    {"out", "FILE", "the HTML file; default: standard output",
     OPTION_TEXT, FOR_REPORT, AT(out), 0, 0, NULL},
    {"link", "SPEC", "a link, as dev=wwan0,name=N,src=IP,to=HOST:PORT, with max=8M, cost=0, "
     "priority=0 as wished; repeat it; dev=wwan* takes each that comes; without it every usable "
     "interface is one",
     OPTION_LIST, TRIES, AT(links), 0, 0, NULL},
    {"secret", "PASS", "pass phrase, the same on both sides; - reads it from standard input; the "
     "environment's PLAIT_SECRET does as well",
     OPTION_SECRET, BOTH | FOR_CHECK, AT(secret), 0, 0, NULL},
    {"secret-file", "FILE", "file (mode 0600) whose first line is the pass phrase",
     OPTION_TEXT, BOTH | FOR_CHECK, AT(secret_file), 0, 0, NULL},
    {"key", "FILE", "own secret key, made by plait keygen",
     OPTION_TEXT, BOTH | FOR_CHECK, AT(key), 0, 0, NULL},
    {"peer", "FILE.pub", "the receiver's public key",
     OPTION_TEXT, TRIES, AT(peer), 0, 0, NULL},
    {"allow", "FILE.pub", "public key of a sender that may come; repeat it",
     OPTION_LIST, FOR_RECV, AT(allow), 0, 0, NULL},
    {"latency", "MS", "from write to delivery, 20 to 10000; the larger wish of both sides holds; a "
     "sender without one wishes 1000",
     OPTION_NUMBER, RUNS, AT(latency_ms), 20, 10000, NULL},
    {"mode", "MODE", "aggregate (all links together), backup, or broadcast (all of it on each)",
     OPTION_CHOICE, FOR_SEND | FOR_LAB, AT(mode), 0, 0, modes},
    {"scenario", "FILE", "the emulated links (man plait-lab tells the keys); default: three "
     "changing links",
     OPTION_TEXT, FOR_LAB, AT(scenario), 0, 0, NULL},
    {"seconds", "N", "end after this time; default: with the input",
     OPTION_NUMBER, FOR_LAB, AT(seconds), 1, 1000000, NULL},
    {"rate", "BITS", "speed of the lab's own input, and of files that are not MPEG-TS: bit/s, "
     "or with k, M or G as 500k; default 5M",
     OPTION_RATE, FOR_SEND | FOR_LAB, AT(rate_bps), 0, 0, NULL},
    {"adaptive", "MIN-MAX", "the lab's own input follows the advice to encoders, as 500k-20M",
     OPTION_TEXT, FOR_LAB, AT(adaptive), 0, 0, NULL},
    {"seed", "N", "of the emulated links' chance; default 1",
     OPTION_NUMBER, FOR_LAB, AT(seed), 0, UINT64_MAX, NULL},
    {"http", "ADDR:PORT", "serve dashboard, statistics and metrics here; loopback without a token",
     OPTION_TEXT, RUNS, AT(http), 0, 0, NULL},
    {"http-token", "TEXT", "token that the pages ask for; needed beyond loopback",
     OPTION_SECRET, RUNS | FOR_TOP, AT(http_token), 0, 0, NULL},
    {"stats", "FILE", "statistics: one JSON object a line, each second and at the end",
     OPTION_TEXT, RUNS, AT(stats), 0, 0, NULL},
    {"trace", "FILE", "a recording (qlog) for plait report",
     OPTION_TEXT, RUNS, AT(trace), 0, 0, NULL},
    {"keylog", "FILE", "the session's keys, for Wireshark; who has them can read what was recorded",
     OPTION_TEXT, BOTH, AT(keylog), 0, 0, NULL},
    {"config", "FILE", "more options, as NAME = VALUE lines under [send], [recv] or [lab]",
     OPTION_TEXT, RUNS, AT(config), 0, 0, NULL},
    {"try", NULL, "connect to the receiver over each link; a session that runs with the same key "
     "ends",
     OPTION_FLAG, FOR_CHECK, AT(try_links), 0, 0, NULL},
    {"scheduler", "NAME", "which link carries what: on-time, earliest or dwrr",
     OPTION_CHOICE, FOR_SEND | FOR_LAB, AT(scheduler), 0, 0, schedulers},
    {"controller", "NAME", "how fast a link is used: delay or aimd",
     OPTION_CHOICE, FOR_SEND | FOR_LAB, AT(controller), 0, 0, controllers},
    {"no-fec", NULL, "send no repair symbols",
     OPTION_FLAG, FOR_SEND | FOR_LAB, AT(no_fec), 0, 0, NULL},
    {"no-reinject", NULL, "send no second copy before a loss is known",
     OPTION_FLAG, FOR_SEND | FOR_LAB, AT(no_reinject), 0, 0, NULL},
    {"no-hints", NULL, "do not look into MPEG-TS for what matters most",
     OPTION_FLAG, FOR_SEND | FOR_LAB, AT(no_hints), 0, 0, NULL},
    {"max-udp", "BYTES", "largest UDP payload, 600 to 1472; default 1372",
     OPTION_NUMBER, BOTH, AT(max_udp), 600, 1472, NULL},
    {"no-sandbox", NULL, "do not give up system calls and files after the start",
     OPTION_FLAG, BOTH, AT(no_sandbox), 0, 0, NULL},
    {"quiet", NULL, "print nothing but errors",
     OPTION_FLAG, RUNS, AT(quiet), 0, 0, NULL},
    {"help", NULL, "this text",
     OPTION_FLAG, ~0U, AT(help), 0, 0, NULL},
};
/* clang-format on */
const size_t options_count = sizeof options_table / sizeof options_table[0];
_Static_assert(sizeof options_table / sizeof options_table[0] <= 64, "struct options: given");

const struct option *options_find(const char *name, unsigned command)
{
    for (size_t i = 0; i < options_count; i++) {
        const struct option *row = &options_table[i];
        if (strcmp(row->name, name) == 0 && (row->commands & command) != 0)
            return row;
    }
    return NULL;
}

bool option_was_given(const struct options *options, const struct option *row)
{
    return (options->given >> (row - options_table) & 1) != 0;
}

static int option_set_number(uint64_t *out, const struct option *row, const char *value,
                             struct run_error *error)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    bool is_number = value[0] >= '0' && value[0] <= '9' && *end == '\0';
    const char *fault = strcmp(row->value, "MS") == 0 ? "no number of milliseconds" : "no number";
    if (is_number)
        fault = "out of range";
    if (!is_number || errno != 0 || number < row->min || number > row->max)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--%s '%.60s' is %s; give a whole number, %llu to %llu", row->name, value,
                        fault, (unsigned long long)row->min, (unsigned long long)row->max);
    *out = number;
    return PLAIT_OK;
}

static int option_set_choice(int *out, const struct option *row, const char *value,
                             struct run_error *error)
{
    char names[128] = "";
    size_t used = 0;
    for (int i = 0; row->choices[i]; i++) {
        if (strcmp(row->choices[i], value) == 0) {
            *out = i;
            return PLAIT_OK;
        }
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                 row->choices[i]);
    }
    return run_fail(error, PLAIT_ERR_INVALID, "--%s '%.60s' is not known; give one of: %s",
                    row->name, value, names);
}

static int option_set_list(struct option_list *list, const struct option *row, const char *value,
                           struct run_error *error)
{
    if (list->count == OPTIONS_MAX_LIST)
        return run_fail(error, PLAIT_ERR_INVALID, "--%s '%.60s' comes too often; at most %d times",
                        row->name, value, OPTIONS_MAX_LIST);
    list->items[list->count++] = value;
    return PLAIT_OK;
}

int options_set(struct options *options, const struct option *row, const char *value,
                struct run_error *error)
{
    void *member = (char *)options + row->offset;
    uint64_t *number = member;
    const char **text = member;
    bool *flag = member;
    if (row->kind != OPTION_FLAG && value[0] == '\0')
        return run_fail(error, PLAIT_ERR_INVALID, "--%s '' is empty; give %s", row->name,
                        row->value);
    switch (row->kind) {
    case OPTION_FLAG:
        *flag = true;
        return PLAIT_OK;
    case OPTION_TEXT:
    case OPTION_SECRET:
        *text = value;
        return PLAIT_OK;
    case OPTION_LIST:
        return option_set_list(member, row, value, error);
    case OPTION_NUMBER:
        return option_set_number(number, row, value, error);
    case OPTION_RATE:
        if (linkspec_rate_parse(value, number))
            return PLAIT_OK;
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--%s '%.60s' is no rate; give bit/s like 5000000 or 5M, at least 1k",
                        row->name, value);
    case OPTION_CHOICE:
        return option_set_choice(member, row, value, error);
    }
    return PLAIT_ERR_INVALID;
}

/* Others on this host can read a command line, so a secret leaves it at once. */
static int option_hide(struct options *options, const struct option *row, char *value,
                       struct run_error *error)
{
    size_t len = strlen(value);
    size_t used = 0;
    while (used < sizeof options->secret_text && options->secret_text[used] != '\0')
        used += strlen(options->secret_text + used) + 1;
    if (len > OPTIONS_SECRET || used + len + 1 >= sizeof options->secret_text)
        return run_fail(error, PLAIT_ERR_INVALID, "--%s is too long; at most %d bytes", row->name,
                        OPTIONS_SECRET);
    char *copy = options->secret_text + used;
    memcpy(copy, value, len + 1);
    memset(value, 'x', len);
    return options_set(options, row, copy, error);
}

static int option_read(struct options *options, unsigned command, char **words, int left, int *used,
                       struct run_error *error)
{
    char name[64];
    const char *word = words[0] + 2;
    size_t len = strcspn(word, "=");
    *used = 1;
    (void)snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), word);
    const struct option *row = options_find(name, command);
    if (!row)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--%s is no option of this command; see --help for those it has", name);
    if (row->kind == OPTION_FLAG && word[len] == '=')
        return run_fail(error, PLAIT_ERR_INVALID, "--%s takes no value, not '%.60s'; write --%s",
                        name, word + len + 1, name);
    options->given |= UINT64_C(1) << (row - options_table);
    if (row->kind == OPTION_FLAG)
        return options_set(options, row, "", error);
    char *value = words[0] + 2 + len + 1;
    if (word[len] != '=') {
        if (left < 2)
            return run_fail(error, PLAIT_ERR_INVALID, "--%s has no value; give %s", name,
                            row->value);
        value = words[1];
        *used = 2;
    }
    if (row->kind == OPTION_SECRET && value[0] != '\0')
        return option_hide(options, row, value, error);
    return options_set(options, row, value, error);
}

int options_parse(struct options *options, unsigned command, int count, char **words,
                  struct run_error *error)
{
    memset(options, 0, sizeof *options);
    options->seed = OPTION_SEED_DEFAULT; /* 0 is a seed, too */
    for (int i = 0; i < count;) {
        int used = 1;
        int err = PLAIT_OK;
        if (strcmp(words[i], "-h") == 0)
            options->help = true;
        else if (strncmp(words[i], "--", 2) == 0 && words[i][2] != '\0')
            err = option_read(options, command, words + i, count - i, &used, error);
        else if (words[i][0] == '-' && words[i][1] != '\0')
            err =
                run_fail(error, PLAIT_ERR_INVALID,
                         "%.60s is no option; options begin with two dashes, see --help", words[i]);
        else if (options->args.count == OPTIONS_MAX_ARGS)
            err = run_fail(error, PLAIT_ERR_INVALID, "'%.60s': too many words", words[i]);
        else
            options->args.items[options->args.count++] = words[i];
        if (err != PLAIT_OK)
            return err;
        i += used;
    }
    return PLAIT_OK;
}
