/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "http/trace.h"
#include "run/clock.h"

#define SESSIONS_LOOKED_AT 64 /* plait_config.max_sessions is at most this */
/* A disk that is busy gets this at the end, and the statistics' as much before. With a latency and
 * an output's disk, 10 s each, and a moment for the final line and the goodbye, that is 25 s at
 * most: a service that is stopped has 30 (TimeoutStopSec). */
#define OPERATOR_DISK_NS (2 * CLOCK_S)

struct operator_peer {
    uint8_t key[PLAIT_KEY_BYTES];
    char name[HTTP_NAME];
};

struct operator_view {
    struct http_server *server; /* NULL without --http */
    struct trace *trace;        /* NULL without --trace */
    const char *trace_file;
    uint32_t output_of; /* session; UINT32_MAX: nobody's */
    uint32_t peers;
    struct operator_peer peer[OPTIONS_MAX_LIST + 1];
    struct http_snapshot snapshot; /* as published last */
};

static int operator_listen(struct operator_view *view, const struct options *options,
                           const char *title, struct run_error *error)
{
    struct http_config config = {options->http, options->http_token, title};
    char why[256];

    if (options->http == NULL)
        return PLAIT_OK;
    if (http_server_open(&config, &view->server, why, sizeof why) != 0)
        return run_fail(error, PLAIT_ERR_INVALID, "--http %s", why);
    if (!options->quiet)
        fprintf(stderr, "event=http_listening url=http://%s/\n", http_server_address(view->server));
    return PLAIT_OK;
}

int operator_open(const struct options *options, const char *command, struct operator_view **out,
                  struct run_error *error)
{
    char title[32], why[256];

    *out = NULL;
    if (options->http == NULL && options->http_token != NULL)
        fprintf(stderr, "plait %s: --http-token is there without --http: no page is served\n",
                command);
    if (options->http == NULL && options->trace == NULL)
        return PLAIT_OK;
    struct operator_view *view = calloc(1, sizeof *view);
    if (view == NULL)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "--http: out of memory");
    view->output_of = UINT32_MAX;
    snprintf(title, sizeof title, "plait %s", command);
    int err = operator_listen(view, options, title, error);
    if (err == PLAIT_OK && options->trace != NULL) {
        view->trace_file = options->trace;
        if (trace_open(options->trace, title, &view->trace, why, sizeof why) != 0)
            err = run_fail(error, PLAIT_ERR_INVALID, "--trace %s", why);
    }
    if (err != PLAIT_OK) {
        operator_close(view);
        return err;
    }
    *out = view;
    return PLAIT_OK;
}

void operator_begin(struct operator_view *view)
{
    if (view != NULL && view->trace != NULL)
        trace_begin(view->trace);
}

int operator_serve(struct operator_view *view, struct run_error *error)
{
    if (view != NULL && view->server != NULL && http_server_start(view->server) != 0)
        return run_fail(error, PLAIT_ERR_SYSTEM, "--http: no thread to be had; raise TasksMax");
    if (view != NULL && view->trace != NULL && trace_start(view->trace) != 0)
        return run_fail(error, PLAIT_ERR_SYSTEM, "--trace: no thread to be had; raise TasksMax");
    return PLAIT_OK;
}

int operator_trace_failed(const struct operator_view *view)
{
    return view != NULL && view->trace != NULL ? trace_failed(view->trace) : 0;
}

void operator_close(struct operator_view *view)
{
    if (view == NULL)
        return;
    http_server_stop(view->server);
    if (trace_close(view->trace, clock_now_ns() + OPERATOR_DISK_NS) != 0)
        fprintf(stderr,
                "event=trace_incomplete file=\"%s\" reason=\"not all could be written; is the "
                "disk full, or stopped?\"\n",
                view->trace_file);
    free(view);
}

/* A receiver has one socket for all paths. Its paths are told apart by the sender's links where
 * those are known (in the lab), else by the path's own number. */
static void operator_tell_paths_apart(const struct http_snapshot *snapshot,
                                      struct plait_stats *receiver)
{
    for (uint32_t i = 0; i < receiver->paths; i++) {
        receiver->path[i].link = receiver->path[i].path;
        for (uint32_t s = 0; s < snapshot->sessions && snapshot->links > 0; s++) {
            const struct plait_stats *sender = &snapshot->session[s].stats;
            for (uint32_t k = 0; k < sender->paths; k++) {
                if (sender->path[k].path == receiver->path[i].path)
                    receiver->path[i].link = sender->path[k].link;
            }
        }
    }
}

static struct operator_peer *operator_peer_find(struct operator_view *view, const uint8_t *key)
{
    for (uint32_t i = 0; i < view->peers; i++) {
        if (memcmp(view->peer[i].key, key, PLAIT_KEY_BYTES) == 0)
            return &view->peer[i];
    }
    return NULL;
}

/* A name that is too long ends with a whole character. */
static void operator_copy_name(char out[HTTP_NAME], const char *name)
{
    size_t len = strnlen(name, HTTP_NAME - 1);
    while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
        len--;
    memcpy(out, name, len);
    out[len] = '\0';
}

void operator_name_peer(struct operator_view *view, const uint8_t key[PLAIT_KEY_BYTES],
                        const char *name)
{
    struct operator_peer *peer = operator_peer_find(view, key);
    if (peer == NULL && view->peers < sizeof view->peer / sizeof view->peer[0])
        peer = &view->peer[view->peers++];
    if (peer == NULL)
        return;
    memcpy(peer->key, key, PLAIT_KEY_BYTES);
    operator_copy_name(peer->name, name);
}

void operator_output_of(struct operator_view *view, uint32_t session)
{
    if (view != NULL)
        view->output_of = session;
}

static void operator_add_side(struct operator_view *view, uint64_t now,
                              const struct operator_side *side)
{
    struct http_snapshot *snapshot = &view->snapshot;
    for (uint32_t i = 0; i < SESSIONS_LOOKED_AT && snapshot->sessions < HTTP_MAX_SESSIONS; i++) {
        struct http_session *session = &snapshot->session[snapshot->sessions];
        if (plait_stats_get(side->endpoint, now, i, &session->stats) != PLAIT_OK)
            continue;
        session->role = side->role;
        const struct operator_peer *peer = operator_peer_find(view, session->stats.peer_key);
        snprintf(session->name, sizeof session->name, "%s", peer ? peer->name : "");
        session->discarded = view->output_of != UINT32_MAX && view->output_of != i;
        if (side->role == PLAIT_RECEIVER)
            operator_tell_paths_apart(snapshot, &session->stats);
        snapshot->sessions++;
    }
}

static void operator_add_door(struct plait_door_stats *sum, const struct operator_side *side)
{
    struct plait_door_stats door;
    plait_door_stats_get(side->endpoint, &door);
    sum->received += door.received;
    sum->malformed += door.malformed;
    sum->unauthentic += door.unauthentic;
    sum->replayed += door.replayed;
    sum->refused += door.refused;
    sum->unknown_session += door.unknown_session;
    sum->rate_limited += door.rate_limited;
    sum->no_room += door.no_room;
    sum->cookies_sent += door.cookies_sent;
}

static void operator_copy_link(struct http_link *to, uint32_t number,
                               const struct operator_link *from)
{
    memset(to, 0, sizeof *to);
    to->link = number;
    to->cost = from->cost;
    to->priority = from->priority;
    to->max_bps = from->max_bps;
    operator_copy_name(to->name, from->name ? from->name : "");
    snprintf(to->device, sizeof to->device, "%s", from->device ? from->device : "");
    snprintf(to->note, sizeof to->note, "%s", from->note ? from->note : "");
}

void operator_publish(struct operator_view *view, uint64_t now, const struct operator_side *sides,
                      uint32_t side_count, const struct operator_link *links, uint32_t link_count)
{
    struct http_snapshot *snapshot = &view->snapshot;

    snapshot->now_ns = now;
    snapshot->unix_ms = clock_unix_ms();
    snapshot->sessions = 0;
    snapshot->links = 0;
    memset(&snapshot->door, 0, sizeof snapshot->door);
    for (uint32_t i = 0; i < link_count && i < HTTP_MAX_LINKS; i++) {
        if (links[i].name && links[i].name[0] != '\0') /* else nobody's place */
            operator_copy_link(&snapshot->link[snapshot->links++], i, &links[i]);
    }
    for (uint32_t i = 0; i < side_count; i++) {
        operator_add_side(view, now, &sides[i]);
        operator_add_door(&snapshot->door, &sides[i]);
    }
    if (view->server != NULL)
        http_server_publish(view->server, snapshot);
    if (view->trace != NULL)
        trace_publish(view->trace, snapshot);
}

/* The link a path of a session belongs to, as published last; a path that was just added is not
 * there yet, and then has the number of its link on every sender that never lost one. */
static uint32_t operator_link_of(const struct http_snapshot *snapshot, uint32_t session,
                                 uint32_t path)
{
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        const struct plait_stats *stats = &snapshot->session[i].stats;
        for (uint32_t k = 0; stats->session == session && k < stats->paths; k++) {
            if (stats->path[k].path == path)
                return stats->path[k].link;
        }
    }
    return path;
}

static void operator_tell(struct operator_view *view, const struct http_event *event)
{
    if (view->server != NULL)
        http_server_event(view->server, event);
    if (view->trace != NULL)
        trace_event(view->trace, event);
}

void operator_note(struct operator_view *view, uint64_t now, uint32_t link, const char *text)
{
    struct http_event out = {
        .now_ns = now,
        .unix_ms = clock_unix_ms(),
        .session = UINT32_MAX,
        .link = link,
        .event = {.path = UINT32_MAX},
    };

    snprintf(out.text, sizeof out.text, "%s", text);
    operator_tell(view, &out);
}

void operator_event(struct operator_view *view, uint64_t now, uint32_t session,
                    const struct plait_event *event)
{
    struct http_event out = {
        .now_ns = now,
        .unix_ms = clock_unix_ms(),
        .session = session,
        .link = event->path == UINT32_MAX ? UINT32_MAX
                                          : operator_link_of(&view->snapshot, session, event->path),
        .event = *event,
    };

    operator_tell(view, &out);
}

void operator_decision(struct operator_view *view, const struct plait_trace *record)
{
    if (view->trace != NULL)
        trace_decision(view->trace, record);
}
