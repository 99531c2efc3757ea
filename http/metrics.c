/* SPDX-License-Identifier: BSD-2-Clause */
#define _POSIX_C_SOURCE 200809L
#include "http/metrics.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "http/fields.h"
#include "http/model.h"
#include "http/words.h"

static void head(FILE *out, const char *name, const char *help, int counter)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, counter ? "counter" : "gauge");
}

/* A label's value: backslash and quote escaped, control characters left out. What is no UTF-8 is
 * "?", because it would be the end of the whole scrape. */
static void label(FILE *out, const char *name, const char *value)
{
    json_t *text = json_string(value);
    value = text != NULL ? value : "?";
    json_decref(text);
    fprintf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"') {
            fprintf(out, "\\%c", *value);
        } else if ((unsigned char)*value >= 0x20 && (unsigned char)*value != 0x7f) {
            fputc(*value, out);
        }
    }
    fputc('"', out);
}

static void session_labels(FILE *out, const struct http_session *session)
{
    fprintf(out, "{role=\"%s\",session=\"%u\"", words_role(session->role), session->stats.session);
    if (session->name[0] != '\0') {
        fputc(',', out);
        label(out, "peer", session->name);
    }
}

static void path_labels(FILE *out, const struct http_snapshot *snapshot,
                        const struct http_session *session, const struct plait_path_stats *path)
{
    char spare[HTTP_NAME];
    session_labels(out, session);
    fprintf(out, ",path=\"%u\",", path->path);
    label(out, "link", model_link_name(snapshot, path->link, spare, sizeof(spare)));
}

static void value(FILE *out, const struct field *field, const void *base)
{
    if (field->counter) {
        fprintf(out, "} %" PRId64 "\n", field_value(field, base));
    } else {
        fprintf(out, "} %.9g\n", (double)field_value(field, base) * field->scale);
    }
}

static int applies(const struct field *field, const struct http_session *session)
{
    return field->side == 0 || field->side == (int)session->role;
}

static void stream_metrics(FILE *out, const struct http_snapshot *snapshot,
                           const struct field *field)
{
    head(out, field->metric, field->help, field->counter);
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        if (applies(field, &snapshot->session[i])) {
            fputs(field->metric, out);
            session_labels(out, &snapshot->session[i]);
            value(out, field, &snapshot->session[i].stats.stream);
        }
    }
}

static void path_metrics(FILE *out, const struct http_snapshot *snapshot, const struct field *field)
{
    head(out, field->metric, field->help, field->counter);
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        const struct http_session *session = &snapshot->session[i];
        for (uint32_t k = 0; applies(field, session) && k < session->stats.paths; k++) {
            fputs(field->metric, out);
            path_labels(out, snapshot, session, &session->stats.path[k]);
            value(out, field, &session->stats.path[k]);
        }
    }
}

static void session_metrics(FILE *out, const struct http_snapshot *snapshot)
{
    head(out, "plait_session_up", "1 while keys are agreed with the peer.", 0);
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        fputs("plait_session_up", out);
        session_labels(out, &snapshot->session[i]);
        fprintf(out, "} %d\n", snapshot->session[i].stats.up != 0);
    }
    head(out, "plait_session_uptime_seconds", "Age of the session.", 0);
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        fputs("plait_session_uptime_seconds", out);
        session_labels(out, &snapshot->session[i]);
        fprintf(out, "} %.3f\n", (double)snapshot->session[i].stats.uptime_ns / 1e9);
    }
}

static void state_metrics(FILE *out, const struct http_snapshot *snapshot)
{
    head(out, "plait_path_state", "1 for the state the path is in.", 0);
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        const struct http_session *session = &snapshot->session[i];
        for (uint32_t k = 0; k < session->stats.paths; k++) {
            for (int s = PLAIT_PATH_VALIDATING; s <= PLAIT_PATH_DOWN; s++) {
                enum plait_path_state state = (enum plait_path_state)s;
                fputs("plait_path_state", out);
                path_labels(out, snapshot, session, &session->stats.path[k]);
                fprintf(out, ",state=\"%s\"} %d\n", words_path_state(state),
                        session->stats.path[k].state == state);
            }
        }
    }
}

static void door_metrics(FILE *out, const struct plait_door_stats *door)
{
    head(out, "plait_door_dropped_datagrams_total", "Datagrams that reached no session.", 1);
    for (size_t i = 0; i < field_door_count; i++) {
        if (field_door[i].metric == NULL) {
            fprintf(out, "plait_door_dropped_datagrams_total{reason=\"%s\"} %" PRId64 "\n",
                    field_door[i].name, field_value(&field_door[i], door));
        }
    }
    for (size_t i = 0; i < field_door_count; i++) {
        if (field_door[i].metric != NULL) {
            head(out, field_door[i].metric, field_door[i].help, 1);
            fprintf(out, "%s %" PRId64 "\n", field_door[i].metric,
                    field_value(&field_door[i], door));
        }
    }
}

char *metrics_text(const struct http_snapshot *snapshot)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        return NULL;
    }
    session_metrics(out, snapshot);
    for (size_t i = 0; i < field_stream_count; i++) {
        stream_metrics(out, snapshot, &field_stream[i]);
    }
    state_metrics(out, snapshot);
    for (size_t i = 0; i < field_path_count; i++) {
        path_metrics(out, snapshot, &field_path[i]);
    }
    door_metrics(out, &snapshot->door);
    return fclose(out) == 0 ? text : NULL;
}
