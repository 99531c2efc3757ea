/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/top_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <stdlib.h>

#define METER 22

/* Columns from which on a column is shown. */
#define WIDE_METER    106
#define WIDE_CAPACITY 82
#define WIDE_QUEUE    70

static json_int_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const char *word(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool is_sender(const json_t *session)
{
    return strcmp(word(session, "role"), "sender") == 0;
}

__attribute__((format(printf, 3, 4))) static void say(const struct top_output *out,
                                                      enum top_tone tone, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out->text(out->ctx, tone, text);
}

/* Columns a text takes in the terminal; a name may be any UTF-8. */
static int columns(const char *text)
{
    wchar_t wide[256];
    size_t len = mbstowcs(wide, text, sizeof wide / sizeof wide[0]);
    if (len == (size_t)-1 || len >= sizeof wide / sizeof wide[0])
        return (int)strlen(text);
    int width = wcswidth(wide, len);
    return width >= 0 ? width : (int)len;
}

static void say_padded(const struct top_output *out, enum top_tone tone, const char *text,
                       int width)
{
    int gap = width - columns(text);
    say(out, tone, "%s%*s ", text, gap > 0 ? gap : 0, "");
}

static const char *rate(char out[24], double bps)
{
    if (bps >= 9.95e6)
        (void)snprintf(out, 24, "%.1f Mbit/s", bps / 1e6);
    else if (bps >= 0.995e6)
        (void)snprintf(out, 24, "%.2f Mbit/s", bps / 1e6);
    else
        (void)snprintf(out, 24, "%.0f kbit/s", bps / 1e3);
    return out;
}

/* ---- the last minute ---- */

static void counts_of(const json_t *session, struct top_counts *out)
{
    const json_t *stream = json_object_get(session, "stream");
    bool sender = is_sender(session);
    out->sender = sender;
    out->session = number(session, "session");
    out->ok = number(stream, sender ? "acked" : "delivered");
    out->bad =
        sender ? number(stream, "expired") + number(stream, "dropped") : number(stream, "missing");
    out->fec = number(stream, sender ? "repair_sent" : "recovered_fec");
    out->arq = sender ? number(stream, "resent") + number(stream, "reinjected")
                      : number(stream, "recovered_arq");
}

static void history_take(struct top_history *history, const json_t *snapshot)
{
    json_int_t now = number(snapshot, "now_ns");
    json_int_t last = history->now_ns[(history->next + TOP_MINUTE - 1) % TOP_MINUTE];
    /* A program that began anew has a smaller time. */
    if (history->count > 0 && now >= last && now < last + 900000000)
        return;
    const json_t *sessions = json_object_get(snapshot, "sessions");
    uint32_t count = 0;
    for (; count < json_array_size(sessions) && count < TOP_SESSIONS; count++)
        counts_of(json_array_get(sessions, count), &history->at[history->next][count]);
    history->sessions[history->next] = count;
    history->now_ns[history->next] = now;
    history->next = (history->next + 1) % TOP_MINUTE;
    history->count += history->count < TOP_MINUTE;
}

struct minute {
    json_int_t ok, bad, fec, arq;
    bool is_all; /* one look: since the session began */
};

/* The counters of the same session `ago` looks before the newest; NULL: it was not there. */
static const struct top_counts *history_find(const struct top_history *history,
                                             const struct top_counts *session, uint32_t ago)
{
    uint32_t then = (history->next + TOP_MINUTE - 1 - ago) % TOP_MINUTE;
    for (uint32_t i = 0; ago < history->count && i < history->sessions[then]; i++) {
        const struct top_counts *one = &history->at[then][i];
        if (one->sender == session->sender && one->session == session->session)
            return one;
    }
    return NULL;
}

static struct minute history_minute(const struct top_history *history, const json_t *session)
{
    static const struct top_counts none;
    struct top_counts wanted;
    counts_of(session, &wanted);
    const struct top_counts *last = history_find(history, &wanted, 0);
    const struct top_counts *first = &none, *then = last;
    for (uint32_t ago = 1; then; ago++) {
        then = history_find(history, &wanted, ago);
        if (then && (then->ok > last->ok || then->bad > last->bad))
            then = NULL; /* of another session that had its number */
        if (then)
            first = then;
    }
    if (!last)
        last = &none;
    return (struct minute){last->ok - first->ok, last->bad - first->bad, last->fec - first->fec,
                           last->arq - first->arq, first == &none};
}

/* ---- rows ---- */

static void draw_title(const struct top_output *out, const json_t *snapshot, const char *trouble)
{
    const json_t *first = json_array_get(json_object_get(snapshot, "sessions"), 0);
    long up = (long)(number(first, "uptime_ns") / 1000000000);
    say(out, TOP_STRONG, "%s", word(snapshot, "title"));
    if (first)
        say(out, TOP_SOFT, "   up %ld:%02ld:%02ld", up / 3600, up / 60 % 60, up % 60);
    if (trouble)
        say(out, TOP_BAD, "   %s", trouble);
    out->row_end(out->ctx);
    out->row_end(out->ctx);
}

static void draw_stream(const struct top_output *out, const json_t *session,
                        const struct minute *minute)
{
    const json_t *stream = json_object_get(session, "stream");
    bool sender = is_sender(session);
    char text[24];
    json_int_t all = minute->ok + minute->bad;

    say(out, TOP_STRONG, "%-9s", word(session, "role"));
    if (!json_is_true(json_object_get(session, "up"))) {
        say(out, TOP_WARN, "waiting for the other side");
        out->row_end(out->ctx);
        return;
    }
    say(out, TOP_PLAIN, "%s", rate(text, (double)number(session, "media_bps")));
    if (all == 0)
        say(out, TOP_PLAIN, "   on time -");
    else
        say(out, minute->bad > 0 ? TOP_BAD : TOP_GOOD, "   on time %.*f %%",
            minute->bad > 0 ? 2 : 0, (double)(minute->ok * 10000 / all) / 100.0);
    say(out, TOP_SOFT, minute->is_all ? " (since it began)" : " (last minute)");
    if (json_is_true(json_object_get(session, "discarded")))
        say(out, TOP_WARN, "   not on the output: another sender has it");
    out->row_end(out->ctx);
    if (sender) {
        double advice = (double)number(stream, "advice_bps");
        bool tight = advice > 0 && (double)number(session, "media_bps") > advice;
        say(out, TOP_PLAIN, "  resent %lld   FEC %lld", (long long)minute->arq,
            (long long)minute->fec);
        if (advice > 0)
            say(out, tight ? TOP_WARN : TOP_PLAIN, "   %s %s",
                tight ? "lower the encoder to" : "encoder may send", rate(text, advice));
    } else {
        say(out, TOP_PLAIN, "  repaired %lld by resend, %lld by FEC", (long long)minute->arq,
            (long long)minute->fec);
        if (out->width < WIDE_CAPACITY)
            out->row_end(out->ctx);
        say(out, TOP_PLAIN, "  latency %.0f of %.0f ms, %.0f to spare",
            (double)number(stream, "latency_measured_ns") / 1e6,
            (double)number(stream, "latency_ns") / 1e6,
            (double)number(stream, "headroom_ns") / 1e6);
    }
    out->row_end(out->ctx);
}

static enum top_tone state_tone(const char *state)
{
    if (strcmp(state, "active") == 0)
        return TOP_GOOD;
    return strcmp(state, "down") == 0 ? TOP_BAD : TOP_WARN;
}

static void draw_meter(const struct top_output *out, double share)
{
    char bar[METER + 1];
    int full = share >= 1 ? METER : (int)(share * METER + 0.5);
    memset(bar, ' ', METER);
    memset(bar, '|', (size_t)(full > 0 ? full : 0));
    bar[METER] = '\0';
    say(out, TOP_SOFT, "[");
    say(out, share > 0.92 ? TOP_WARN : TOP_GOOD, "%s", bar);
    say(out, TOP_SOFT, "] ");
}

static int name_width(const struct top_output *out)
{
    return out->width >= WIDE_QUEUE ? 14 : 8;
}

static void draw_path(const struct top_output *out, const json_t *path, bool sender, double all)
{
    const char *state = word(path, "state");
    double carried = (double)number(path, sender ? "sent_bps" : "received_bps");
    double capacity = (double)number(path, "capacity_bps");
    double loss = (double)number(path, "loss_ppm") / 1e4;
    double queue = (double)number(path, "queue_ns") / 1e6;
    char text[24];

    say(out, TOP_PLAIN, "  ");
    say_padded(out, TOP_STRONG, word(path, "name"), name_width(out));
    say(out, state_tone(state), "%-10s ", state);
    say(out, TOP_PLAIN, "%11s ", rate(text, carried));
    if (sender) {
        if (out->width >= WIDE_CAPACITY)
            say(out, TOP_SOFT, "%11s ", capacity > 0 ? rate(text, capacity) : "?");
        if (out->width >= WIDE_METER)
            draw_meter(out, capacity > 0 ? carried / capacity : 0);
    }
    if (number(path, "rtt_ns") > 0)
        say(out, TOP_PLAIN, "%7.0f ", (double)number(path, "rtt_ns") / 1e6);
    else /* not measured yet */
        say(out, TOP_SOFT, "%7s ", "-");
    if (sender && out->width >= WIDE_QUEUE)
        say(out, queue >= 200 ? TOP_WARN : TOP_PLAIN, "%7.0f ", queue);
    say(out, loss >= 5 ? TOP_BAD : loss >= 2 ? TOP_WARN : TOP_PLAIN, "%6.1f ", loss);
    say(out, TOP_PLAIN, "%6.0f", all > 0 ? 100 * carried / all : 0);
    out->row_end(out->ctx);
}

static void draw_paths(const struct top_output *out, const json_t *session)
{
    const json_t *paths = json_object_get(session, "paths");
    bool sender = is_sender(session);
    if (json_array_size(paths) == 0)
        return;
    say(out, TOP_SOFT, "  %-*s %-10s %11s ", name_width(out), "link", "state", "rate");
    if (sender) {
        if (out->width >= WIDE_CAPACITY)
            say(out, TOP_SOFT, "%11s ", "capacity");
        if (out->width >= WIDE_METER)
            say(out, TOP_SOFT, "%*s ", METER + 2, "");
    }
    say(out, TOP_SOFT, "%7s ", "rtt ms");
    if (sender && out->width >= WIDE_QUEUE)
        say(out, TOP_SOFT, "%7s ", "queue");
    say(out, TOP_SOFT, "%6s %6s", "loss%", "share%");
    out->row_end(out->ctx);
    double all = 0;
    for (size_t i = 0; i < json_array_size(paths); i++)
        all += (double)number(json_array_get(paths, i), sender ? "sent_bps" : "received_bps");
    for (size_t i = 0; i < json_array_size(paths); i++)
        draw_path(out, json_array_get(paths, i), sender, all);
}

static void draw_events(const struct top_output *out, const json_t *snapshot, int rows_left)
{
    const json_t *events = json_object_get(snapshot, "events");
    for (size_t i = json_array_size(events); i > 0 && rows_left > 0; i--, rows_left--) {
        const json_t *event = json_array_get(events, i - 1);
        time_t at = (time_t)(number(event, "unix_ms") / 1000);
        struct tm local;
        char text[16];
        (void)localtime_r(&at, &local);
        (void)strftime(text, sizeof text, "%H:%M:%S", &local);
        say(out, TOP_SOFT, "%s  ", text);
        say(out, TOP_PLAIN, "%s", word(event, "text"));
        out->row_end(out->ctx);
    }
}

void top_view_draw(const struct top_output *out, struct top_history *history,
                   const json_t *snapshot, const char *trouble, int rows_left)
{
    const json_t *sessions = json_object_get(snapshot, "sessions");
    history_take(history, snapshot);
    draw_title(out, snapshot, trouble);
    rows_left -= 2;
    if (json_array_size(sessions) == 0) {
        say(out, TOP_WARN, "no session yet: waiting for a sender");
        out->row_end(out->ctx);
    }
    for (size_t i = 0; i < json_array_size(sessions); i++) {
        const json_t *session = json_array_get(sessions, i);
        struct minute minute = history_minute(history, session);
        draw_stream(out, session, &minute);
        draw_paths(out, session);
        out->row_end(out->ctx);
        rows_left -= (out->width >= WIDE_CAPACITY ? 4 : 5) +
                     (int)json_array_size(json_object_get(session, "paths"));
    }
    draw_events(out, snapshot, rows_left);
}
