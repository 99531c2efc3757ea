/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Server-sent events (WHATWG HTML, 9.2): one message a publish, shared by all pages. A page that is
 * slower than the messages skips some and always gets the newest next; nothing queues up.
 */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include <microhttpd.h>

struct stream_hub;

struct stream_hub *stream_hub_create(void);
/* After the daemon has stopped. */
void stream_hub_destroy(struct stream_hub *hub);

/* A response that goes on until the page leaves or the hub ends; NULL without memory. */
struct MHD_Response *stream_response(struct stream_hub *hub, struct MHD_Connection *connection);

/* Number of pages listening. */
unsigned stream_listeners(const struct stream_hub *hub);

/* Hands the message to all; `json` is one line. Copied. */
void stream_send(struct stream_hub *hub, const char *json);

/* Lets every stream end; needed before MHD_stop_daemon(), which waits for no suspended one. */
void stream_end(struct stream_hub *hub);

#endif
