/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand-over between the loop thread (one writer) and a thread that shows or records (one
 * reader): the newest snapshot by a triple buffer, events by a ring. Neither side ever waits: of
 * snapshots the reader gets the newest, of events all that fit.
 */
#ifndef HTTP_MAILBOX_H
#define HTTP_MAILBOX_H

#include <stdbool.h>

#include "http/http.h"

#define MAILBOX_EVENTS 256 /* a power of two */

struct http_mailbox;

/* NULL when there is no memory or no eventfd. */
struct http_mailbox *mailbox_create(void);
void mailbox_destroy(struct http_mailbox *box);

/* Readable after a put until mailbox_woken(). */
int mailbox_fd(const struct http_mailbox *box);

/* Writer's side. */
void mailbox_put(struct http_mailbox *box, const struct http_snapshot *snapshot);
void mailbox_put_event(struct http_mailbox *box, const struct http_event *event);
void mailbox_wake(struct http_mailbox *box);

/* Reader's side. The snapshot is valid until the next mailbox_take(); NULL: nothing newer. */
void mailbox_woken(struct http_mailbox *box);
const struct http_snapshot *mailbox_take(struct http_mailbox *box);
bool mailbox_take_event(struct http_mailbox *box, struct http_event *out);

/* Events that did not fit, so far. */
uint64_t mailbox_events_dropped(const struct http_mailbox *box);

#endif
