/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's trace records (plait/trace.h) on their way into a recording: a ring between the loop
 * thread, which puts, and the thread that writes, which takes. Neither waits; what does not fit is
 * counted. And what a record is called and looks like in qlog.
 */
#ifndef HTTP_DECISIONS_H
#define HTTP_DECISIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "plait/trace.h"

#define DECISIONS_KEPT 4096 /* a power of two: more than a second of a busy sender */

struct decisions;

/* NULL without memory. */
struct decisions *decisions_create(void);
void decisions_destroy(struct decisions *decisions); /* NULL is allowed */

void decisions_put(struct decisions *decisions, const struct plait_trace *record);

/* NULL: nothing there. Valid until the next call. */
const struct plait_trace *decisions_take(struct decisions *decisions);

/* Records that did not fit since the last call. */
uint64_t decisions_lost(struct decisions *decisions);

/* "packet_sent", "packet_lost", .. */
const char *decisions_name(const struct plait_trace *record);

/* The event's data, or NULL when it says nothing new (estimates as before). One thread's. */
json_t *decisions_json(struct decisions *decisions, const struct plait_trace *record);

#endif
