/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/trace.h"

#include "emu/limits.h"
#include "emu/value.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t line_length(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);

    return end == NULL ? len : (size_t)(end - text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A line without its blanks at both ends; empty for a comment. */
static void trim(const char **line, size_t *len)
{
    while (*len > 0 && is_blank((*line)[*len - 1])) {
        (*len)--;
    }
    while (*len > 0 && is_blank(**line)) {
        (*line)++;
        (*len)--;
    }
    if (*len > 0 && **line == '#') {
        *len = 0;
    }
}

static bool read_time(const char *line, size_t len, uint32_t *at_ms)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        if (line[i] < '0' || line[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(line[i] - '0');
        if (value > EMU_TRACE_MAX_MS) {
            return false;
        }
    }
    *at_ms = (uint32_t)value;
    return true;
}

static int give_up(struct emu_trace *trace, char *error)
{
    emu_trace_free(trace);
    return emu_error_close(error);
}

static size_t count_lines(const char *text, size_t len)
{
    size_t lines = 0;

    for (size_t at = 0; at < len; at += line_length(text + at, len - at) + 1) {
        lines++;
    }
    return lines;
}

int emu_trace_parse(struct emu_trace *trace, const char *text, size_t len, char *error)
{
    size_t lines = count_lines(text, len);
    size_t line_number = 0;

    memset(trace, 0, sizeof *trace);
    if (lines == 0 || lines > EMU_TRACE_LINES_MAX) {
        snprintf(error, EMU_ERROR_MAX, "%zu lines: must be 1..%u, one millisecond each", lines,
                 EMU_TRACE_LINES_MAX);
        return give_up(trace, error);
    }
    trace->at_ms = malloc(lines * sizeof *trace->at_ms);
    if (trace->at_ms == NULL) {
        snprintf(error, EMU_ERROR_MAX, "no memory for %zu lines", lines);
        return give_up(trace, error);
    }
    for (size_t at = 0; at < len;) {
        size_t line_len = line_length(text + at, len - at);
        const char *line = text + at;
        uint32_t at_ms;

        at += line_len + 1;
        line_number++;
        trim(&line, &line_len);
        if (line_len == 0) {
            continue;
        }
        if (!read_time(line, line_len, &at_ms)) {
            snprintf(error, EMU_ERROR_MAX, "line %zu: '%.*s' is not a millisecond, 0..%u",
                     line_number, line_len > 20 ? 20 : (int)line_len, line, EMU_TRACE_MAX_MS);
            return give_up(trace, error);
        }
        if (trace->count > 0 && at_ms < trace->at_ms[trace->count - 1]) {
            snprintf(error, EMU_ERROR_MAX, "line %zu: %u is before the line above; sort the trace",
                     line_number, at_ms);
            return give_up(trace, error);
        }
        trace->at_ms[trace->count++] = at_ms;
    }
    if (trace->count == 0 || trace->at_ms[trace->count - 1] == 0) {
        snprintf(error, EMU_ERROR_MAX,
                 "no millisecond above 0: the last one is the trace's length");
        return give_up(trace, error);
    }
    trace->period_ns = trace->at_ms[trace->count - 1] * EMU_NS_PER_MS;
    return 0;
}

void emu_trace_free(struct emu_trace *trace)
{
    free(trace->at_ms);
    memset(trace, 0, sizeof *trace);
}

uint64_t emu_trace_time_ns(const struct emu_trace *trace, uint64_t chance)
{
    return chance / trace->count * trace->period_ns +
           trace->at_ms[chance % trace->count] * EMU_NS_PER_MS;
}

uint64_t emu_trace_find(const struct emu_trace *trace, uint64_t at_ns)
{
    uint64_t turn = at_ns / trace->period_ns;
    uint64_t low = 0;
    uint64_t high = trace->count;

    /* A turn's last chance falls on the next turn's beginning and comes before its chances at 0. */
    if (turn > 0 && at_ns % trace->period_ns == 0) {
        turn--;
    }
    at_ns -= turn * trace->period_ns;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (trace->at_ms[middle] * EMU_NS_PER_MS < at_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return turn * trace->count + low;
}
