/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --trace FILE: a recording of a session as qlog (draft-ietf-quic-qlog-main-schema, JSON-SEQ of
 * RFC 7464). Events of the schema "plait":
 *
 *   plait:session_updated  data: a session as /stats has it, with all its paths
 *   plait:links_updated    data: {links: [..]}, when the list changed
 *   plait:<event>          data: as in /stats: {session, link, kind, value, text}
 *
 * `time` is in milliseconds of the program's monotonic clock; reference_time tells the wall clock
 * at its zero. The file is written by a thread of its own: a slow card never holds up the stream;
 * when it falls behind, snapshots between are left out, events are not.
 */
#ifndef HTTP_TRACE_H
#define HTTP_TRACE_H

#include "http/http.h"

struct trace;

/* Creates FILE (0600), or overwrites it. 0, or negative with one line in `why`. */
int trace_open(const char *file, const char *title, struct trace **out, char *why, size_t why_len);

/* As http_server_publish() and http_server_event(). */
void trace_publish(struct trace *trace, const struct http_snapshot *snapshot);
void trace_event(struct trace *trace, const struct http_event *event);

/* Writes what is left and closes the file. NULL is allowed. Returns 0, or -1 when a write failed at
 * any time (a full disk); the file then ends there. */
int trace_close(struct trace *trace);

#endif
