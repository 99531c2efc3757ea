/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --trace FILE: a recording of a session as qlog (draft-ietf-quic-qlog-main-schema, JSON-SEQ of
 * RFC 7464). Events of the schema "plait":
 *
 *   session_updated   a session as /stats has it, with all its paths
 *   links_updated     {links: [..]}, when the list changed
 *   <event>           as in /stats: {session, link, kind, value, text}
 *
 * and what the core decided (plait/trace.h), named and shaped after qlog's own events, with role,
 * session and path_id:
 *
 *   packet_sent       {trigger: fresh | resend | reinject | repair | probe, header, raw, seq,
 *                     slack_ms, candidates: [{path_id, state, arrival_ms, burden_ms}..]}: among the
 *                     candidates that were ready the one with the least burden was taken
 *   packet_lost, packet_overdue    {header, seq, age_ms, trigger}
 *   source_dropped, source_expired {seq, worth, waited_ms}
 *   nack_sent, nack_received, source_missing    {base, end, missing, ranges}
 *   metrics_updated   what changed of smoothed_rtt, congestion_window, capacity, ..
 *   path_state_updated             {old, new}
 *   decisions_lost    {count}: the writer fell behind; decisions_ended: {bytes}, the limit
 *
 * `time` is in milliseconds of the program's monotonic clock; reference_time tells the wall clock
 * at its zero. The file is written by a thread of its own: a slow card never holds up the stream;
 * when it falls behind, snapshots between are left out and decisions too many for the ring are
 * counted. Decisions end after TRACE_DECISIONS_BYTES; all else goes on.
 */
#ifndef HTTP_TRACE_H
#define HTTP_TRACE_H

#include "http/http.h"
#include "plait/trace.h"

#define TRACE_DECISIONS_BYTES (UINT64_C(1) << 31)

struct trace;

/* Creates FILE (0600), or opens it as it is. 0, or negative with one line in `why`. */
int trace_open(const char *file, const char *title, struct trace **out, char *why, size_t why_len);

/* What was in the file is gone: when nothing can be refused any more. */
void trace_begin(struct trace *trace);

/* Writes from now on, as http_server_start() serves. 0, or -1 when there is no thread to be had. */
int trace_start(struct trace *trace);

/* As http_server_publish() and http_server_event(). */
void trace_publish(struct trace *trace, const struct http_snapshot *snapshot);
void trace_event(struct trace *trace, const struct http_event *event);

/* Takes what the core decided; loop thread only, never blocks. */
void trace_decision(struct trace *trace, const struct plait_trace *record);

/* Of any thread: errno of the write that failed, after which nothing is written; 0: none has. */
int trace_failed(const struct trace *trace);

/* Writes what is left, when it was started, and closes the file. NULL is allowed. Returns 0, or -1
 * when a write failed at any time (a full disk), or the file had not taken all by `until` (now_ns
 * of the loop's clock): it ends there. */
int trace_close(struct trace *trace, uint64_t until);

#endif
