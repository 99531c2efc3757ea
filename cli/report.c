/* SPDX-License-Identifier: BSD-2-Clause */
/* plait report: a recording (--trace) made into one HTML file that needs nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "cli/command.h"
#include "cli/report_decisions.h"
#include "http/assets.h"
#include "http/json.h"

#define RECORD_SEPARATOR 0x1e
#define POINTS_MAX       3600 /* samples on the page; a longer recording is thinned */
#define EVENTS_MAX       20000
#define SESSIONS_MAX     64 /* numbers of sessions are below */
#define PREFIX           "plait:"

struct report {
    json_t *title;
    json_t *samples;  /* {t, s: [..]}, one a time */
    json_t *sessions; /* the newest of each, as /stats has them */
    json_t *events;
    struct report_decisions decisions;
    json_int_t zero_unix_ms; /* the wall clock at zero of the records' times, as it was last */
    size_t records, damaged;
};

/* ---- reading ---- */

/* A session's place in the list of the newest ones: by role and number. */
static size_t report_session_find(const struct report *report, const json_t *session)
{
    size_t at;
    json_t *known;
    json_array_foreach(report->sessions, at, known)
    {
        if (json_equal(json_object_get(known, "role"), json_object_get(session, "role")) &&
            json_equal(json_object_get(known, "session"), json_object_get(session, "session")))
            return at;
    }
    return json_array_size(report->sessions);
}

/* A number is used again once its session has ended: another peer's gets one of its own. */
static size_t report_session_place(const struct report *report, json_t *session)
{
    for (;;) {
        size_t at = report_session_find(report, session);
        const json_t *known = json_array_get(report->sessions, at);
        json_t *number = json_object_get(session, "session");
        if (!known || !json_is_integer(number) ||
            json_equal(json_object_get(known, "peer"), json_object_get(session, "peer")))
            return at;
        (void)json_integer_set(number, json_integer_value(number) + SESSIONS_MAX);
    }
}

/* A link that was unplugged, or a session whose sender has started anew, leaves no path at the end:
 * what it carried before is in the samples, which the page shows of the paths it is told of. The
 * newest come first. */
static void report_keep_paths(const json_t *known, json_t *session)
{
    json_t *paths = json_object_get(session, "paths"), *before, *now;
    size_t at, k, live = json_array_size(paths);
    json_array_foreach(json_object_get(known, "paths"), at, before)
    {
        bool is_there = false;
        for (k = 0; k < live && !is_there; k++) {
            now = json_array_get(paths, k);
            is_there = json_equal(json_object_get(now, "link"), json_object_get(before, "link"));
        }
        if (!is_there && json_array_size(paths) < PLAIT_MAX_PATHS)
            (void)json_array_append(paths, before);
    }
}

static void report_session_taken(struct report *report, json_t *session, json_t *time)
{
    json_t *last = json_array_get(report->samples, json_array_size(report->samples) - 1);
    size_t at = report_session_place(report, session);
    json_t *sample = json_sample_of_session(session);
    report_keep_paths(json_array_get(report->sessions, at), session);
    if (at < json_array_size(report->sessions))
        (void)json_array_set(report->sessions, at, session);
    else
        (void)json_array_append(report->sessions, session);
    if (!last || !json_equal(json_object_get(last, "t"), time)) {
        last = json_pack("{s:O, s:[]}", "t", time, "s");
        (void)json_array_append_new(report->samples, last);
    }
    json_t *so_far = report_decisions_so_far(&report->decisions, session);
    if (so_far)
        (void)json_object_set_new(sample, "d", so_far);
    (void)json_array_append_new(json_object_get(last, "s"), sample);
}

static void report_record_taken(struct report *report, json_t *record)
{
    const char *name = json_string_value(json_object_get(record, "name"));
    json_t *data = json_object_get(record, "data");
    report->records++;
    if (!name) {
        json_t *title = json_object_get(record, "title");
        if (json_is_string(title) && !report->title)
            report->title = json_incref(title);
        return;
    }
    if (!json_is_object(data) || strncmp(name, PREFIX, sizeof PREFIX - 1) != 0)
        return;
    json_t *unix_ms = json_object_get(data, "unix_ms");
    json_int_t time_ms = (json_int_t)json_number_value(json_object_get(record, "time"));
    if (json_is_integer(unix_ms)) {
        report->zero_unix_ms = json_integer_value(unix_ms) - time_ms;
        (void)json_integer_set(unix_ms, time_ms); /* until the end: that clock may be set */
    }
    if (strcmp(name, PREFIX "session_updated") == 0 && json_is_integer(unix_ms))
        report_session_taken(report, data, unix_ms);
    else if (report_decision_taken(&report->decisions, name + sizeof PREFIX - 1, data))
        return;
    else if (json_is_string(json_object_get(data, "text")) &&
             json_array_size(report->events) < EVENTS_MAX)
        (void)json_array_append(report->events, data);
}

/* A device need not, and a line of /dev/zero has no end either. */
static bool report_may_end(FILE *file)
{
    struct stat info;
    return fstat(fileno(file), &info) == 0 && (S_ISREG(info.st_mode) || S_ISFIFO(info.st_mode));
}

static int report_read(struct report *report, const char *path, struct run_error *error)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    FILE *file = fopen(path, "re");
    if (!file)
        return run_fail(error, PLAIT_ERR_SYSTEM, "'%.200s': %s; give a file written by --trace",
                        path, strerror(errno));
    if (!report_may_end(file)) {
        (void)fclose(file);
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.200s' is no file; give one written by --trace", path);
    }
    while ((len = getline(&line, &size, file)) > 0) {
        const char *text = line[0] == RECORD_SEPARATOR ? line + 1 : line;
        json_t *record = json_loads(text, 0, NULL);
        if (json_is_object(record))
            report_record_taken(report, record);
        else
            report->damaged++; /* the last record of a run that was cut off */
        json_decref(record);
    }
    free(line);
    (void)fclose(file);
    if (json_array_size(report->samples) < 2)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.200s' holds no session; give a file written by --trace", path);
    return PLAIT_OK;
}

/* The records' own times, which nobody sets, told by the wall clock as it was last. */
static void report_tell_time(const struct report *report, const json_t *list, const char *name)
{
    size_t at;
    json_t *one;
    json_array_foreach(list, at, one)
    {
        json_t *time = json_object_get(one, name);
        (void)json_integer_set(time, json_integer_value(time) + report->zero_unix_ms);
    }
}

/* Keeps every n-th sample, and the last. */
static void report_thin(struct report *report)
{
    size_t count = json_array_size(report->samples);
    size_t step = (count + POINTS_MAX - 1) / POINTS_MAX;
    if (step <= 1)
        return;
    json_t *kept = json_array();
    for (size_t i = 0; i < count; i += step)
        (void)json_array_append(kept, json_array_get(report->samples, i));
    (void)json_array_append(kept, json_array_get(report->samples, count - 1));
    json_decref(report->samples);
    report->samples = kept;
}

/* ---- writing ---- */

/* Inside <script> the text may not end it: '<' is written as an escape, which JSON allows. */
static void report_write_data(const struct report *report, FILE *out)
{
    json_t *all = json_pack("{s:O, s:O, s:O, s:O, s:o}", "title", report->title, "samples",
                            report->samples, "sessions", report->sessions, "events", report->events,
                            "decisions", report_decisions_json(&report->decisions));
    char *text = json_dumps(all, JSON_COMPACT);
    for (const char *at = text; at && *at != '\0'; at++) {
        if (*at == '<')
            (void)fputs("\\u003c", out);
        else
            (void)fputc(*at, out);
    }
    free(text);
    json_decref(all);
}

static void report_write_part(const struct report *report, const char *name, FILE *out)
{
    char path[64];
    if (strcmp(name, "data") == 0) {
        report_write_data(report, out);
        return;
    }
    (void)snprintf(path, sizeof path, "/%s", name);
    const struct http_asset *asset = http_asset_find(path);
    if (!asset)
        asset = http_asset_find(name);
    if (asset)
        (void)fwrite(asset->data, 1, asset->len, out);
}

/* The page with each @name@ replaced by the file of that name. */
static int report_write(const struct report *report, FILE *out)
{
    const struct http_asset *page = http_asset_find("report.html");
    const char *at = (const char *)page->data, *end = at + page->len;
    while (at < end) {
        const char *mark = memchr(at, '@', (size_t)(end - at));
        const char *close = mark ? memchr(mark + 1, '@', (size_t)(end - mark - 1)) : NULL;
        char name[32];
        if (!close || (size_t)(close - mark) > sizeof name) {
            (void)fwrite(at, 1, (size_t)(end - at), out);
            break;
        }
        (void)fwrite(at, 1, (size_t)(mark - at), out);
        (void)snprintf(name, sizeof name, "%.*s", (int)(close - mark - 1), mark + 1);
        report_write_part(report, name, out);
        at = close + 1;
    }
    return fflush(out) == 0 && !ferror(out) ? 0 : -1;
}

static int report_out(const struct report *report, const char *path)
{
    FILE *out = path ? fopen(path, "we") : stdout;
    if (!out)
        return command_refuse("report", "--out '%.200s': %s; give a file that can be written", path,
                              strerror(errno));
    int failed = report_write(report, out);
    if (path && fclose(out) != 0)
        failed = -1;
    if (failed != 0 && errno == EPIPE) /* a reader that has gone had enough */
        return EXIT_GOOD;
    if (failed != 0) {
        fprintf(stderr, "plait report: --out '%.200s': %s; is the disk full?\n",
                path ? path : "standard output", strerror(errno));
        return EXIT_FAILED;
    }
    if (path)
        fprintf(stderr, "plait report: %s: %zu samples, %zu events, %llu decisions%s\n", path,
                json_array_size(report->samples), json_array_size(report->events),
                (unsigned long long)report->decisions.records,
                report->damaged > 0 ? "; its end is missing (the recording was cut off)" : "");
    return EXIT_GOOD;
}

static bool report_is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

int command_report(const struct options *options)
{
    const char *trace = options->args.items[0];
    if (options->out && report_is_same_file(trace, options->out))
        return command_refuse("report", "--out '%.200s' is the recording itself; give another name",
                              options->out);
    struct report report = {
        .samples = json_array(), .sessions = json_array(), .events = json_array()};
    struct run_error error;
    int code;
    if (report_read(&report, trace, &error) == PLAIT_OK) {
        if (!report.title)
            report.title = json_string("plait");
        report_tell_time(&report, report.samples, "t");
        report_tell_time(&report, report.events, "unix_ms");
        report_thin(&report);
        code = report_out(&report, options->out);
    } else {
        code = command_refuse("report", "%s", error.text);
    }
    json_decref(report.title);
    json_decref(report.samples);
    json_decref(report.sessions);
    json_decref(report.events);
    return code;
}
