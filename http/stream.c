/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 16384 /* bytes microhttpd asks for at a time */

/* One message, shared by the pages that are sending it. */
struct message {
    unsigned users;
    size_t len;
    char text[];
};

struct listener {
    struct stream_hub *hub;
    struct MHD_Connection *connection;
    struct listener *next, *prev;
    struct message *sending; /* NULL: waits for a newer one */
    size_t sent;
    uint64_t serial; /* of the message sent last */
    bool suspended;
};

struct stream_hub {
    struct listener *first;
    unsigned count;
    struct message *newest;
    uint64_t serial;
    bool ended;
};

struct stream_hub *stream_hub_create(void)
{
    return calloc(1, sizeof(struct stream_hub));
}

static void message_release(struct message *message)
{
    if (message != NULL && --message->users == 0) {
        free(message);
    }
}

void stream_hub_destroy(struct stream_hub *hub)
{
    if (hub != NULL) {
        message_release(hub->newest);
        free(hub);
    }
}

static ssize_t on_more_wanted(void *ctx, uint64_t position, char *out, size_t max)
{
    struct listener *listener = ctx;
    struct stream_hub *hub = listener->hub;

    (void)position;
    if (hub->ended) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (listener->sending == NULL && hub->newest != NULL && listener->serial < hub->serial) {
        listener->sending = hub->newest;
        listener->sending->users++;
        listener->serial = hub->serial;
        listener->sent = 0;
    }
    if (listener->sending == NULL) {
        listener->suspended = true;
        MHD_suspend_connection(listener->connection);
        return 0;
    }
    size_t left = listener->sending->len - listener->sent;
    size_t part = left < max ? left : max;
    memcpy(out, listener->sending->text + listener->sent, part);
    listener->sent += part;
    if (part == left) {
        message_release(listener->sending);
        listener->sending = NULL;
    }
    return (ssize_t)part;
}

static void on_left(void *ctx)
{
    struct listener *listener = ctx;
    struct stream_hub *hub = listener->hub;

    if (listener->prev != NULL) {
        listener->prev->next = listener->next;
    } else {
        hub->first = listener->next;
    }
    if (listener->next != NULL) {
        listener->next->prev = listener->prev;
    }
    message_release(listener->sending);
    free(listener);
    if (--hub->count == 0) { /* who comes next waits for news: from here on nobody makes any */
        message_release(hub->newest);
        hub->newest = NULL;
    }
}

struct MHD_Response *stream_response(struct stream_hub *hub, struct MHD_Connection *connection)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL) {
        return NULL;
    }
    listener->hub = hub;
    listener->connection = connection;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, BLOCK, on_more_wanted, listener, on_left);
    if (response == NULL) {
        free(listener);
        return NULL;
    }
    listener->next = hub->first;
    if (hub->first != NULL) {
        hub->first->prev = listener;
    }
    hub->first = listener;
    hub->count++;
    return response;
}

unsigned stream_listeners(const struct stream_hub *hub)
{
    return hub->count;
}

static void resume_all(struct stream_hub *hub)
{
    for (struct listener *listener = hub->first; listener != NULL; listener = listener->next) {
        if (listener->suspended) {
            listener->suspended = false;
            MHD_resume_connection(listener->connection);
        }
    }
}

void stream_send(struct stream_hub *hub, const char *json)
{
    static const char before[] = "data: ", after[] = "\n\n";
    size_t json_len = strlen(json);
    struct message *message = malloc(sizeof(*message) + sizeof(before) + json_len + sizeof(after));

    if (message == NULL) {
        return; /* the next one may have more luck; a page shows the age of what it has */
    }
    memcpy(message->text, before, sizeof(before) - 1);
    memcpy(message->text + sizeof(before) - 1, json, json_len);
    memcpy(message->text + sizeof(before) - 1 + json_len, after, sizeof(after) - 1);
    message->len = sizeof(before) - 1 + json_len + sizeof(after) - 1;
    message->users = 1;
    message_release(hub->newest);
    hub->newest = message;
    hub->serial++;
    resume_all(hub);
}

void stream_end(struct stream_hub *hub)
{
    hub->ended = true;
    resume_all(hub);
}
