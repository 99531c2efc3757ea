/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operator's window: dashboard, statistics, metrics and health over HTTP.
 *
 *   /              the dashboard (one page, needs no other host)
 *   /stats         the newest snapshot as JSON (http/json.h has the shape)
 *   /events        the same as a stream of server-sent events, one a publish
 *   /history       up to ten minutes, a sample a second, as JSON (http/json.h)
 *   /metrics       Prometheus text
 *   /healthz       200 "ok", or "waiting" while no other side answers; 503 without snapshots
 *   /stats/legacy  publishers.<name>.{bitrate,rtt,dropped_pkts}, as SLS has it and NOALBS reads it
 *
 * The loop thread publishes; one thread of the server's own does everything else. They share a
 * triple buffer and an event ring without locks, so the stream never waits for a page: a publish
 * costs one copy of the snapshot and one write to an eventfd, with no page open as with ten.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plait/stats.h"

#define HTTP_MAX_SESSIONS 64  /* of a snapshot; plait_config.max_sessions is at most this */
#define HTTP_MAX_LINKS    16  /* links a snapshot holds */
#define HTTP_NAME         32  /* bytes of a link's or session's name with the final zero */
#define HTTP_TEXT         320 /* bytes of a note with the final zero: a cure may be two commands */

/* What the user calls a link. Paths point here by their `link` number; a link without a path
 * (just plugged in, unusable) is shown with its note. */
struct http_link {
    uint32_t link;
    uint32_t cost, priority;
    uint64_t max_bps;       /* 0: no limit set */
    char name[HTTP_NAME];   /* "wwan0", "Telia" */
    char device[HTTP_NAME]; /* interface, "" when unknown */
    char note[HTTP_TEXT];   /* what a person should know about it, "" when nothing */
};

/* One session of one side. The lab publishes two: its sender and its receiver. */
struct http_session {
    enum plait_role role;
    char name[HTTP_NAME]; /* the peer's name, "" when it has none */
    bool discarded;       /* a receiver's: its media goes nowhere, the output is another's */
    struct plait_stats stats;
};

struct http_snapshot {
    uint64_t now_ns;  /* monotonic, the clock of the events too */
    uint64_t unix_ms; /* wall clock, for the time axis and the logs */
    uint32_t links, sessions;
    struct http_link link[HTTP_MAX_LINKS];
    struct http_session session[HTTP_MAX_SESSIONS];
    struct plait_door_stats door;
};

/* Something that happened, for the time line. kind 0: not from the core but from the link watch or
 * the program itself; then `text` says all of it. With another kind the text may be "". */
struct http_event {
    uint64_t now_ns;
    uint64_t unix_ms;
    uint32_t session; /* UINT32_MAX: none */
    uint32_t link;    /* UINT32_MAX: none */
    struct plait_event event;
    char text[HTTP_TEXT];
};

struct http_config {
    const char *listen; /* "127.0.0.1:8080", "[::1]:8080", ":8080" is loopback; port 0: any free */
    const char *token;  /* NULL or "": none. Needed for every address that is not loopback */
    const char *title;  /* shown on the page and in metrics: "plait send"; NULL: "plait" */
};

struct http_server;

/* Listens; who asks waits until http_server_start. The strings are copied. 0, or a negative value
 * with one line in `why` that names the address and the cure (port in use, address not of this
 * host, token missing). */
int http_server_open(const struct http_config *config, struct http_server **out, char *why,
                     size_t why_len);

/* Serves, in a thread of its own: once, and after the process has given up its rights (Landlock
 * holds only threads that begin later). 0, or -1 when there is no thread to be had. */
int http_server_start(struct http_server *server);

/* "127.0.0.1:8080" as bound, without the token; lives as long as the server. */
const char *http_server_address(const struct http_server *server);

/* Hands over the newest snapshot; meant for one to four times a second. Loop thread only. Never
 * blocks, never allocates. */
void http_server_publish(struct http_server *server, const struct http_snapshot *snapshot);

/* Adds an event to the time line. Loop thread only. Never blocks; with more than 256 between two
 * looks of the server the newest are dropped and counted. */
void http_server_event(struct http_server *server, const struct http_event *event);

/* Ends all pages' streams and frees the server. NULL is allowed. */
void http_server_stop(struct http_server *server);

#endif
