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

#define CONFIG_STORE     16384         /* bytes of all values together */
#define CONFIG_FILE      (1024 * 1024) /* bytes with all comments: a device need not end */
#define CONFIG_SEMICOLON '\x01' /* stands for one that inih would take for a comment's begin */

/* Their zero-terminated values, one after the other. */
struct config_store {
    struct run_error warning;
    size_t used;
    char text[CONFIG_STORE];
};

/* What inih reads through. */
struct config_lines {
    FILE *file;
    int line;
    size_t bytes;
};

struct config_reader {
    struct config_lines lines;
    struct options *options;
    unsigned command;
    const char *command_name;
    const char *file;
    mode_t mode;
    const char *exposed; /* a secret that others may read */
    char buffer[BUFSIZ];
    struct run_error *error;
    uint64_t seen[2]; /* bit i: options_table[i], before the first section and in this command's */
    int failed, failed_line;
    struct run_error first; /* the first mistake's text */
};

/* inih takes an indented line for more of the value above, and " ;" inside a value for a comment:
 * half a pass phrase would be read. Here each line stands alone and a value is the whole rest. */
static void config_line_mend(char *line, bool is_first)
{
    size_t skip = is_first && strncmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    skip += strspn(line + skip, " \t\r\v\f");
    memmove(line, line + skip, strlen(line + skip) + 1);
    for (char *at = line + strcspn(line, "=:"); *at != '\0'; at++) {
        if (*at == ';' && at > line && (at[-1] == ' ' || at[-1] == '\t'))
            *at = CONFIG_SEMICOLON;
    }
}

/* An ini_reader. Of a line that is too long inih would read the rest as another one. */
static char *config_line(char *out, int size, void *stream)
{
    struct config_lines *lines = stream;
    size_t skipped = 0;
    if (lines->bytes >= CONFIG_FILE || !fgets(out, size, lines->file))
        return NULL;
    lines->line++;
    for (int c = '\0'; !strchr(out, '\n') && c != '\n' && c != EOF && skipped < CONFIG_FILE;
         skipped += c != EOF)
        c = fgetc(lines->file);
    lines->bytes += strlen(out) + 1 + skipped;
    config_line_mend(out, lines->line == 1);
    bool is_nameless = out[0] == '[' && out[1 + strspn(out + 1, " \t")] == ']';
    if (is_nameless || (skipped > 1 && out[0] != '#' && out[0] != ';'))
        memcpy(out, "?", 2); /* no NAME = VALUE: inih tells the line's number */
    return out;
}

static int config_parse_stream(FILE *file, struct config_lines *lines, ini_handler handler,
                               void *ctx)
{
    lines->file = file;
    lines->line = 0;
    lines->bytes = 0;
    return ini_parse_stream(config_line, lines, handler, ctx);
}

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
    for (char *at = kept; (at = strchr(at, CONFIG_SEMICOLON)) != NULL;)
        *at = ';';
    store->used += len;
    return kept;
}

/* Which of two values would hold is nobody's to guess; a list's are all meant. */
static bool config_is_second(struct config_reader *reader, const struct option *row,
                             bool in_section)
{
    uint64_t bit = UINT64_C(1) << (row - options_table);
    bool was_seen = (reader->seen[in_section] & bit) != 0;
    reader->seen[in_section] |= bit;
    return was_seen && row->kind != OPTION_LIST;
}

static int config_set(struct config_reader *reader, bool in_section, const char *name,
                      const char *value)
{
    struct run_error why;
    const struct option *row = options_find(name, reader->command);
    if (!row && options_find(name, ~0U)) /* of another command, before the first section */
        return PLAIT_OK;
    if (!row || strcmp(name, "help") == 0 || strcmp(name, "config") == 0)
        return run_fail(reader->error, PLAIT_ERR_INVALID, "'%.40s' is no option; see: plait %s %s",
                        name, reader->command_name, "--help");
    if (config_is_second(reader, row, in_section))
        return run_fail(reader->error, PLAIT_ERR_INVALID, "'%s' is there a second time; keep one",
                        row->name);
    if (option_was_given(reader->options, row))
        return PLAIT_OK;
    if (row->kind == OPTION_FLAG)
        return config_flag(name, value, (bool *)((char *)reader->options + row->offset),
                           reader->error);
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
        err = config_set(reader, section[0] != '\0', name, value);
    if (err != PLAIT_OK && reader->failed == PLAIT_OK) {
        reader->failed = err;
        reader->failed_line = reader->lines.line;
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
    int line = config_parse_stream(file, &reader->lines, config_on_value, reader);
    int failed = reader->lines.bytes >= CONFIG_FILE ? EFBIG : 0;
    if (ferror(file))
        failed = S_ISDIR(reader->mode) ? EISDIR : EIO;
    (void)fclose(file);
    secret_wipe_stack(); /* inih leaves lines there, which the frame of what runs next may keep */
    errno = failed;
    return failed != 0 ? -1 : line;
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
    else if (line != 0 && line == reader->failed_line)
        err = run_fail(error, reader->failed, "--config %.100s, line %d: %.180s", file, line,
                       reader->first.text);
    else if (line != 0)
        err = run_fail(error, PLAIT_ERR_INVALID,
                       "--config %.200s, line %d: write NAME = VALUE, at most 180 characters", file,
                       line);
    /* No refusal: the same file may hold much that others are to read, and runs already. */
    if (err == PLAIT_OK && reader->exposed)
        run_fail(&options->config_store->warning, err,
                 "--config %.110s: %s may be read by others (mode %04o); run: chmod 600 %.110s",
                 file, reader->exposed, (unsigned)(reader->mode & 07777), file);
    secret_free(reader, sizeof *reader);
    return err;
}

const char *config_warning(const struct options *options)
{
    return options->config_store ? options->config_store->warning.text : "";
}

void config_free(struct options *options)
{
    secret_free(options->config_store, sizeof *options->config_store);
    options->config_store = NULL;
}

struct config_search {
    struct config_lines lines;
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
    struct config_search search = {.name = name};
    FILE *stream = fopen(file, "re");
    if (!stream)
        return false;
    (void)config_parse_stream(stream, &search.lines, config_on_search, &search);
    (void)fclose(stream);
    return search.found;
}
