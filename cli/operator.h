/* SPDX-License-Identifier: BSD-2-Clause */
/* --http and --trace: what the loop knows, handed to the HTTP server (http/http.h) and to the
 * recording (http/trace.h). */
#ifndef PLAIT_CLI_OPERATOR_H
#define PLAIT_CLI_OPERATOR_H

#include "cli/options.h"
#include "plait/stats.h"
#include "plait/trace.h"

struct operator_view;

#define OPERATOR_PUBLISH_NS UINT64_C(500000000) /* how often to publish */

/* One endpoint: send and recv show one, the lab two. */
struct operator_side {
    const struct plait_endpoint *endpoint;
    enum plait_role role;
};

struct operator_link {
    const char *name, *device, *note;
    uint64_t max_bps;
    uint32_t cost, priority;
};

/* *out is NULL when neither --http nor --trace was given. `error` names the option. */
int operator_open(const struct options *options, const char *command, struct operator_view **out,
                  struct run_error *error);
/* Empties the recording's file, which until then is as it was: before the sandbox, and when only
 * a missing thread (operator_serve()) can still refuse the start. NULL is allowed. */
void operator_begin(struct operator_view *view);
/* The pages answer and the recording is written from now on: after the sandbox, because it holds
 * only later threads. */
int operator_serve(struct operator_view *view, struct run_error *error);
/* errno of the recording's write that failed, 0: none has, or there is no recording. */
int operator_trace_failed(const struct operator_view *view); /* NULL is allowed */
void operator_close(struct operator_view *view);             /* NULL is allowed */

/* What the pages call the peer with this key; again for the same key: replaced. */
void operator_name_peer(struct operator_view *view, const uint8_t key[PLAIT_KEY_BYTES],
                        const char *name);

/* A receiver's output gets the media of this session only; UINT32_MAX: nobody has it yet. NULL is
 * allowed. */
void operator_output_of(struct operator_view *view, uint32_t session);

/* links[i] is link number i. */
void operator_publish(struct operator_view *view, uint64_t now, const struct operator_side *sides,
                      uint32_t side_count, const struct operator_link *links, uint32_t link_count);
/* Something the core does not know of: a link was plugged in. */
void operator_note(struct operator_view *view, uint64_t now, uint32_t link, const char *text);
void operator_event(struct operator_view *view, uint64_t now, uint32_t session,
                    const struct plait_event *event);
/* For plait_config.trace; only with --trace. */
void operator_decision(struct operator_view *view, const struct plait_trace *record);

#endif
