/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios from files: the one part of the emulator that opens any. */
#include "emu/scenario.h"

#include "emu/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(char *error, const char *path, const char *why)
{
    snprintf(error, EMU_ERROR_MAX, "%.120s: %.120s", path, why);
    return emu_error_close(error);
}

static int fail_to_open(char *error, const char *path, const char *cure)
{
    char why[EMU_ERROR_MAX];

    snprintf(why, sizeof why, "%s; %s", strerror(errno), cure);
    return fail(error, path, why);
}

/* Reads a whole file of at most `max` bytes; *text is the caller's to free. `cure` is told when it
 * cannot be opened. */
static int read_file(const char *path, size_t max, const char *cure, char **text, size_t *len,
                     char *error)
{
    FILE *file = fopen(path, "rb");
    size_t room = 4096;

    if (file == NULL) {
        return fail_to_open(error, path, cure);
    }
    *text = NULL;
    *len = 0;
    do {
        char *grown;

        room *= 2;
        grown = *len > max ? NULL : realloc(*text, room);
        if (grown == NULL) {
            fclose(file);
            free(*text);
            return fail(error, path, "too large");
        }
        *text = grown;
        *len += fread(*text + *len, 1, room - *len, file);
    } while (*len == room || *len > max);
    if (ferror(file)) {
        fclose(file);
        free(*text);
        return fail(error, path, "cannot be read; is it a file?");
    }
    fclose(file);
    if (*len >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        *len -= 3;
        memmove(*text, *text + 3, *len);
    }
    return 0;
}

/* Where a trace named in the scenario at `path` lies; false when that is too long. */
static bool place_trace(const char *path, const char *trace_path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    int folder = trace_path[0] == '/' || slash == NULL ? 0 : (int)(slash - path + 1);
    int len = snprintf(out, size, "%.*s%s", folder, path, trace_path);

    return len >= 0 && (size_t)len < size;
}

static int fail_trace(char *error, const char *path, const char *trace_path, const char *why)
{
    snprintf(error, EMU_ERROR_MAX, "%.50s: trace=%.40s: %.140s", path, trace_path, why);
    return emu_error_close(error);
}

static int attach_all(struct emu_scenario *scenario, const char *path, char *error)
{
    const char *trace_path;

    while ((trace_path = emu_scenario_missing(scenario)) != NULL) {
        char why[EMU_ERROR_MAX];
        char place[4096];
        char *text;
        size_t len;
        int result;

        if (!place_trace(path, trace_path, place, sizeof place)) {
            return fail(error, path, "the path of a trace is too long");
        }
        if (read_file(place, EMU_TRACE_FILE_BYTES, "trace= is relative to the scenario's folder",
                      &text, &len, why) != 0) {
            return fail_trace(error, path, trace_path, why);
        }
        result = emu_scenario_attach(scenario, trace_path, text, len, why);
        free(text);
        if (result != 0) {
            return fail_trace(error, path, trace_path, why);
        }
    }
    return 0;
}

int emu_scenario_load(struct emu_scenario *scenario, const char *path, char *error)
{
    char why[EMU_ERROR_MAX];
    char *text;
    size_t len;
    int result;

    emu_scenario_free(scenario);
    if (read_file(path, EMU_TEXT_MAX, "give a scenario file, as scenarios/city-4.txt is one", &text,
                  &len, error) != 0) {
        return -1;
    }
    result = emu_scenario_parse(scenario, text, len, why);
    free(text);
    if (result != 0) {
        snprintf(error, EMU_ERROR_MAX, "%.80s: %.170s", path, why);
        return emu_error_close(error);
    }
    if (attach_all(scenario, path, error) != 0) {
        emu_scenario_free(scenario);
        return -1;
    }
    return 0;
}
