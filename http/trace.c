/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "http/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http/decisions.h"
#include "http/json.h"
#include "http/mailbox.h"
#include "run/thread.h"

#define RECORD_SEPARATOR 0x1e
#define BUFFER_BYTES     65536
#define TITLE_MAX        64
#define SCHEMA           "urn:plait:qlog:events:plait-1"

/* Putting a decision wakes nobody: that would be a system call a packet. */
#define DECISIONS_EVERY_MS 100

struct trace {
    int fd;
    size_t buffered;
    char *buffer;
    char title[TITLE_MAX];
    struct http_mailbox *box;
    struct model *model;
    struct decisions *decisions;
    uint64_t bytes, decision_bytes; /* so far, of all and of the decisions */
    pthread_t thread;
    bool records; /* the thread runs */
    atomic_bool ending;
    bool began;
    atomic_int failed; /* errno of the first write that did, 0: none */
    bool lacks;        /* a record that could not be made text */
    uint32_t links;
    struct http_link link[HTTP_MAX_LINKS]; /* as written last */
};

/* Not by stdio: at the end of the program that would write what a stopped disk has not taken. */
static void flush(struct trace *trace)
{
    for (size_t at = 0; at < trace->buffered && !trace->failed;) {
        ssize_t done = write(trace->fd, trace->buffer + at, trace->buffered - at);
        trace->failed = done < 0 && errno != EINTR ? errno : 0;
        at += done > 0 ? (size_t)done : 0;
    }
    trace->buffered = 0;
}

static int put(const char *text, size_t len, void *ctx)
{
    struct trace *trace = ctx;
    trace->bytes += len;
    while (len > 0) {
        size_t room = BUFFER_BYTES - trace->buffered, part = len < room ? len : room;
        memcpy(trace->buffer + trace->buffered, text, part);
        trace->buffered += part;
        text += part;
        len -= part;
        if (trace->buffered == BUFFER_BYTES) {
            flush(trace);
        }
    }
    return 0;
}

/* Takes `record` over. Returns how many bytes it has. */
static uint64_t record_write(struct trace *trace, json_t *record)
{
    const char separator = RECORD_SEPARATOR;
    uint64_t before = trace->bytes;
    (void)put(&separator, 1, trace);
    if (json_dump_callback(record, put, trace, JSON_COMPACT | JSON_REAL_PRECISION(13)) != 0) {
        trace->lacks = true;
    }
    (void)put("\n", 1, trace);
    json_decref(record);
    return trace->bytes - before;
}

static json_t *schema_list(void)
{
    json_t *list = json_array();
    json_array_append_new(list, json_string(SCHEMA));
    return list;
}

static void begin(struct trace *trace, uint64_t now_ns, uint64_t unix_ms)
{
    char zero[64];
    time_t seconds = (time_t)((unix_ms - now_ns / 1000000) / 1000);
    struct tm utc;

    gmtime_r(&seconds, &utc);
    strftime(zero, sizeof(zero), "%Y-%m-%dT%H:%M:%SZ", &utc);
    record_write(trace, json_pack("{s:s, s:s, s:s, s:o, s:{s:{s:s, s:{s:s, s:s, s:s}}, s:{s:s}}}",
                                  "file_schema", "urn:ietf:params:qlog:file:sequential",
                                  "serialization_format", "application/qlog+json-seq", "title",
                                  trace->title, "event_schemas", schema_list(), "trace",
                                  "common_fields", "time_format", "relative_to_epoch",
                                  "reference_time", "clock_type", "monotonic", "epoch", "unknown",
                                  "wall_clock_time", zero, "vantage_point", "type", "unknown"));
    trace->began = true;
}

/* Takes `data` over. */
static void event_write(struct trace *trace, uint64_t now_ns, uint64_t unix_ms, const char *name,
                        json_t *data)
{
    char full[64];

    if (!trace->began) {
        begin(trace, now_ns, unix_ms);
    }
    snprintf(full, sizeof(full), "plait:%s", name);
    json_object_set_new(data, "unix_ms", json_integer((json_int_t)unix_ms));
    record_write(trace, json_pack("{s:f, s:s, s:o}", "time", (double)now_ns / 1e6, "name", full,
                                  "data", data));
}

static void links_write(struct trace *trace, const struct http_snapshot *snapshot)
{
    size_t bytes = snapshot->links * sizeof(snapshot->link[0]);
    if (trace->began && trace->links == snapshot->links &&
        memcmp(trace->link, snapshot->link, bytes) == 0) {
        return;
    }
    trace->links = snapshot->links;
    memcpy(trace->link, snapshot->link, bytes);
    event_write(trace, snapshot->now_ns, snapshot->unix_ms, "links_updated",
                json_pack("{s:o}", "links", json_links(snapshot)));
}

static void snapshot_write(struct trace *trace)
{
    const struct http_snapshot *snapshot = model_snapshot(trace->model);

    links_write(trace, snapshot);
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        event_write(trace, snapshot->now_ns, snapshot->unix_ms, "session_updated",
                    json_session(snapshot, &snapshot->session[i], model_rates(trace->model, i)));
    }
}

static void decision_write(struct trace *trace, uint64_t now_ns, const char *name, json_t *data)
{
    char full[64];
    snprintf(full, sizeof(full), "plait:%s", name);
    trace->decision_bytes +=
        record_write(trace, json_pack("{s:f, s:s, s:o}", "time", (double)now_ns / 1e6, "name", full,
                                      "data", data));
}

/* The first snapshot begins the file: until then they wait in their ring. */
static void take_decisions(struct trace *trace)
{
    const struct plait_trace *record;
    uint64_t now_ns = 0;

    while (trace->began && (record = decisions_take(trace->decisions)) != NULL) {
        bool was_open = trace->decision_bytes < TRACE_DECISIONS_BYTES;
        json_t *data = was_open ? decisions_json(trace->decisions, record) : NULL;
        now_ns = record->now;
        if (data != NULL) {
            decision_write(trace, record->now, decisions_name(record), data);
        }
        if (was_open && trace->decision_bytes >= TRACE_DECISIONS_BYTES) {
            decision_write(trace, record->now, "decisions_ended",
                           json_pack("{s:I}", "bytes", (json_int_t)trace->decision_bytes));
        }
    }
    uint64_t lost = now_ns != 0 ? decisions_lost(trace->decisions) : 0;
    if (lost > 0) {
        decision_write(trace, now_ns, "decisions_lost",
                       json_pack("{s:I}", "count", (json_int_t)lost));
    }
}

static void take_news(struct trace *trace)
{
    struct http_event event;

    mailbox_woken(trace->box);
    take_decisions(trace);
    const struct http_snapshot *snapshot = mailbox_take(trace->box);
    if (snapshot != NULL) {
        model_snapshot_taken(trace->model, snapshot);
        snapshot_write(trace);
    }
    while (mailbox_take_event(trace->box, &event)) {
        model_event_taken(trace->model, &event);
        const struct model_event *newest =
            model_event(trace->model, model_events(trace->model) - 1);
        json_t *data = json_event(newest);
        char kind[32];
        snprintf(kind, sizeof(kind), "%s", json_string_value(json_object_get(data, "kind")));
        event_write(trace, event.now_ns, event.unix_ms, kind, data);
    }
    flush(trace);
}

static void *record(void *ctx)
{
    struct trace *trace = ctx;
    struct pollfd wait = {.fd = mailbox_fd(trace->box), .events = POLLIN};

    while (!atomic_load(&trace->ending)) {
        int woken = poll(&wait, 1, DECISIONS_EVERY_MS);
        if (woken > 0) {
            take_news(trace);
        } else if (woken == 0) {
            take_decisions(trace);
        }
    }
    take_news(trace);
    return NULL;
}

static void trace_free(struct trace *trace)
{
    model_destroy(trace->model);
    decisions_destroy(trace->decisions);
    mailbox_destroy(trace->box);
    if (trace->fd >= 0) {
        close(trace->fd);
    }
    free(trace->buffer);
    free(trace);
}

int trace_open(const char *file, const char *title, struct trace **out, char *why, size_t why_len)
{
    struct trace *trace = calloc(1, sizeof(*trace));

    snprintf(why, why_len, "\"%.200s\": out of memory or descriptors", file);
    if (trace == NULL) {
        return -1;
    }
    snprintf(trace->title, sizeof(trace->title), "%s", title);
    trace->buffer = malloc(BUFFER_BYTES);
    trace->box = mailbox_create();
    trace->model = model_create();
    trace->decisions = decisions_create();
    /* What is there stays until trace_begin(). */
    trace->fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (trace->fd < 0) {
        snprintf(why, why_len, "\"%.200s\": %s; give a file that can be written", file,
                 strerror(errno));
        trace_free(trace);
        return -1;
    }
    if (trace->buffer == NULL || trace->box == NULL || trace->model == NULL ||
        trace->decisions == NULL) {
        trace_free(trace);
        return -1;
    }
    why[0] = '\0';
    *out = trace;
    return 0;
}

void trace_begin(struct trace *trace)
{
    struct stat info;
    if (fstat(trace->fd, &info) == 0 && S_ISREG(info.st_mode) && ftruncate(trace->fd, 0) != 0)
        trace->failed = errno;
}

int trace_start(struct trace *trace)
{
    trace->records = thread_start(&trace->thread, record, trace) == 0;
    return trace->records ? 0 : -1;
}

void trace_publish(struct trace *trace, const struct http_snapshot *snapshot)
{
    mailbox_put(trace->box, snapshot);
}

void trace_event(struct trace *trace, const struct http_event *event)
{
    mailbox_put_event(trace->box, event);
}

void trace_decision(struct trace *trace, const struct plait_trace *record)
{
    decisions_put(trace->decisions, record);
}

int trace_failed(const struct trace *trace)
{
    return atomic_load(&trace->failed);
}

int trace_close(struct trace *trace, uint64_t until)
{
    if (trace == NULL) {
        return 0;
    }
    if (trace->records) {
        atomic_store(&trace->ending, true);
        mailbox_wake(trace->box);
        if (!thread_has_ended(trace->thread, until)) {
            return -1;
        }
    }
    int result = trace->failed || trace->lacks ? -1 : 0;
    trace_free(trace);
    return result;
}
