/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "run/secret.h"

#define CONFIG_STORE 16384 /* bytes of all values together */

/* Their zero-terminated values, one after the other. */
struct config_store {
    size_t used;
    char text[CONFIG_STORE];
};

struct config_reader {
    struct options *options;
    unsigned command;
    const char *command_name;
    const char *file;
    mode_t mode;
    const char *exposed; /* a secret that others may read */
    char buffer[BUFSIZ];
    struct run_error *error;
    int failed;
    struct run_error first; /* the first mistake's text */
};

static bool config_is_command(const char *section)
{
    for (size_t i = 0; i < commands_count; i++) {
        if (strcmp(commands_table[i].name, section) == 0)
            return true;
    }
    return false;
}

static int config_flag(const char *name, const char *value, bool *on, struct run_error *error)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        *on = strcmp(value, yes[i]) == 0;
        if (*on || strcmp(value, no[i]) == 0)
            return PLAIT_OK;
    }
    return run_fail(error, PLAIT_ERR_INVALID, "%s = '%.60s' is neither yes nor no", name, value);
}

static const char *config_keep(struct options *options, const char *value)
{
    struct config_store *store = options->config_store;
    size_t len = strlen(value) + 1;
    if (len > sizeof store->text - store->used)
        return NULL;
    char *kept = store->text + store->used;
    memcpy(kept, value, len);
    store->used += len;
    return kept;
}

static int config_set(struct config_reader *reader, const char *name, const char *value)
{
    struct run_error why;
    bool on = true;
    const struct option *row = options_find(name, reader->command);
    if (!row && options_find(name, ~0U)) /* of another command, before the first section */
        return PLAIT_OK;
    if (!row || strcmp(name, "help") == 0 || strcmp(name, "config") == 0)
        return run_fail(reader->error, PLAIT_ERR_INVALID, "'%.40s' is no option; see: plait %s %s",
                        name, reader->command_name, "--help");
    if (option_was_given(reader->options, row))
        return PLAIT_OK;
    if (row->kind == OPTION_FLAG && config_flag(name, value, &on, reader->error) != PLAIT_OK)
        return PLAIT_ERR_INVALID;
    if (!on)
        return PLAIT_OK;
    if (row->kind == OPTION_SECRET && (reader->mode & 077) != 0)
        reader->exposed = row->name;
    const char *kept = config_keep(reader->options, value);
    if (!kept)
        return run_fail(reader->error, PLAIT_ERR_LIMIT, "the file is too large; at most %d bytes",
                        CONFIG_STORE);
    int err = options_set(reader->options, row, kept, &why);
    if (err != PLAIT_OK)
        return run_fail(reader->error, err, "%.300s", why.text);
    return PLAIT_OK;
}

static int config_on_value(void *ctx, const char *section, const char *name, const char *value)
{
    struct config_reader *reader = ctx;
    struct run_error error = {{0}};
    bool is_mine = section[0] == '\0' || strcmp(section, reader->command_name) == 0;
    reader->error = &error;
    int err = PLAIT_OK;
    if (section[0] != '\0' && !config_is_command(section))
        err = run_fail(&error, PLAIT_ERR_INVALID, "[%.40s] is no command; write [send] or [recv]",
                       section);
    else if (is_mine && section[0] != '\0' && !options_find(name, reader->command))
        err = run_fail(&error, PLAIT_ERR_INVALID,
                       "'%.40s' is no option of plait %s; see its --help", name, section);
    else if (is_mine)
        err = config_set(reader, name, value);
    if (err != PLAIT_OK && reader->failed == PLAIT_OK) {
        reader->failed = err;
        reader->first = error;
    }
    return err == PLAIT_OK; /* 0: inih notes the line */
}

/* As ini_parse(), but what is read through lies in the reader's own memory. */
static int config_parse(struct config_reader *reader)
{
    struct stat info;
    FILE *file = fopen(reader->file, "re");
    if (!file)
        return -1;
    (void)setvbuf(file, reader->buffer, _IOFBF, sizeof reader->buffer);
    reader->mode = fstat(fileno(file), &info) == 0 ? info.st_mode : 0777;
    int line = ini_parse_file(file, config_on_value, reader);
    (void)fclose(file);
    secret_wipe_stack(); /* inih leaves lines there, which the frame of what runs next may keep */
    return line;
}

int config_read(struct options *options, unsigned command, const char *command_name,
                const char *file, struct run_error *error)
{
    struct config_reader *reader = secret_alloc(sizeof *reader);
    if (!options->config_store)
        options->config_store = secret_alloc(sizeof *options->config_store);
    if (!reader || !options->config_store) {
        secret_free(reader, sizeof *reader);
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "--config '%.200s': no memory", file);
    }
    reader->options = options;
    reader->file = file;
    reader->command = command;
    reader->command_name = command_name;
    int line = config_parse(reader);
    int err = PLAIT_OK;
    if (line == -1)
        err = run_fail(error, PLAIT_ERR_SYSTEM,
                       "--config '%.200s': %s; give a file that this user may read", file,
                       strerror(errno));
    else if (line != 0 && reader->failed != PLAIT_OK)
        err = run_fail(error, reader->failed, "--config %.100s, line %d: %.180s", file, line,
                       reader->first.text);
    else if (line != 0)
        err = run_fail(error, PLAIT_ERR_INVALID,
                       "--config %.200s, line %d: write NAME = VALUE, at most 180 characters", file,
                       line);
    /* No refusal: the same file may hold much that others are to read, and runs already. */
    if (err == PLAIT_OK && reader->exposed)
        fprintf(stderr,
                "plait %s: --config %s: %s may be read by others (mode %04o); run: chmod 600 %s\n",
                command_name, file, reader->exposed, (unsigned)(reader->mode & 07777), file);
    secret_free(reader, sizeof *reader);
    return err;
}

void config_free(struct options *options)
{
    secret_free(options->config_store, sizeof *options->config_store);
    options->config_store = NULL;
}

struct config_search {
    const char *name;
    bool found;
};

static int config_on_search(void *ctx, const char *section, const char *name, const char *value)
{
    struct config_search *search = ctx;
    (void)name;
    (void)value;
    search->found |= strcmp(section, search->name) == 0;
    return 1;
}

bool config_has_section(const char *file, const char *name)
{
    struct config_search search = {name, false};
    (void)ini_parse(file, config_on_search, &search);
    return search.found;
}
