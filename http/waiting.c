/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/waiting.h"

#include <stdlib.h>
#include <sys/socket.h>

struct waiter {
    struct MHD_Connection *connection;
    struct waiter *newer, *older;
    int waits; /* it is in the list */
};

static void leave(struct waiting *waiting, struct waiter *waiter)
{
    if (waiter == NULL || !waiter->waits) {
        return;
    }
    *(waiter->older != NULL ? &waiter->older->newer : &waiting->oldest) = waiter->newer;
    *(waiter->newer != NULL ? &waiter->newer->older : &waiting->newest) = waiter->older;
    waiter->waits = 0;
    waiting->count--;
}

/* The server notices the end of what it reads, and closes it itself. */
static void close_oldest(struct waiting *waiting)
{
    struct waiter *oldest = waiting->oldest;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(oldest->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    leave(waiting, oldest);
    if (info != NULL) {
        (void)shutdown(info->connect_fd, SHUT_RDWR);
    }
}

static void *enter(struct waiting *waiting, struct MHD_Connection *connection)
{
    struct waiter *waiter = calloc(1, sizeof(*waiter));
    if (waiter == NULL) {
        return NULL; /* the server's own time limit is left */
    }
    waiter->connection = connection;
    waiter->older = waiting->newest;
    *(waiting->newest != NULL ? &waiting->newest->newer : &waiting->oldest) = waiter;
    waiting->newest = waiter;
    waiter->waits = 1;
    if (++waiting->count > waiting->max) {
        close_oldest(waiting);
    }
    return waiter;
}

void waiting_notified(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
                      enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_ctx = enter(ctx, connection);
        return;
    }
    leave(ctx, *socket_ctx);
    free(*socket_ctx);
    *socket_ctx = NULL;
}

void waiting_asked(struct waiting *waiting, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info != NULL) {
        leave(waiting, info->socket_context);
    }
}
