/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections that have not asked anything yet: those that a browser keeps in case, or that
 * somebody opens to take all places. Of too many the one that has waited longest is closed, so that
 * they alone keep nobody out. One that has asked once leaves for good: those that do not take their
 * answer are the server's to limit, in time and number. Used by one thread. */
#ifndef HTTP_WAITING_H
#define HTTP_WAITING_H

#include <microhttpd.h>

struct waiter;

struct waiting {
    struct waiter *oldest, *newest;
    unsigned count, max;
};

/* For MHD_OPTION_NOTIFY_CONNECTION, with the struct waiting as ctx. */
void waiting_notified(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
                      enum MHD_ConnectionNotificationCode code);

/* It has asked, and is never again closed for others. */
void waiting_asked(struct waiting *waiting, struct MHD_Connection *connection);

#endif
