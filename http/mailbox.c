/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/mailbox.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FRESH 4u /* set in `middle` while its slot was not read yet */
#define SLOT  3u

struct http_mailbox {
    int fd;
    unsigned writing; /* the writer's slot */
    unsigned reading; /* the reader's slot */
    atomic_uint middle;
    atomic_uint head; /* next event to write */
    atomic_uint tail; /* next event to read */
    atomic_ullong dropped;
    struct http_event event[MAILBOX_EVENTS];
    struct http_snapshot slot[3];
};

struct http_mailbox *mailbox_create(void)
{
    struct http_mailbox *box = calloc(1, sizeof(*box));
    if (box == NULL) {
        return NULL;
    }
    box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (box->fd < 0) {
        free(box);
        return NULL;
    }
    box->writing = 0;
    atomic_init(&box->middle, 1);
    box->reading = 2;
    return box;
}

void mailbox_destroy(struct http_mailbox *box)
{
    if (box != NULL) {
        close(box->fd);
        free(box);
    }
}

int mailbox_fd(const struct http_mailbox *box)
{
    return box->fd;
}

/* A receiver has room for many sessions and mostly one: only what is used is copied. */
static void copy_snapshot(struct http_snapshot *to, const struct http_snapshot *from)
{
    to->now_ns = from->now_ns;
    to->unix_ms = from->unix_ms;
    to->links = from->links < HTTP_MAX_LINKS ? from->links : HTTP_MAX_LINKS;
    to->sessions = from->sessions < HTTP_MAX_SESSIONS ? from->sessions : HTTP_MAX_SESSIONS;
    memcpy(to->link, from->link, to->links * sizeof(to->link[0]));
    memcpy(to->session, from->session, to->sessions * sizeof(to->session[0]));
    to->door = from->door;
}

void mailbox_put(struct http_mailbox *box, const struct http_snapshot *snapshot)
{
    copy_snapshot(&box->slot[box->writing], snapshot);
    box->writing =
        atomic_exchange_explicit(&box->middle, box->writing | FRESH, memory_order_acq_rel) & SLOT;
    mailbox_wake(box);
}

void mailbox_put_event(struct http_mailbox *box, const struct http_event *event)
{
    unsigned head = atomic_load_explicit(&box->head, memory_order_relaxed);
    unsigned tail = atomic_load_explicit(&box->tail, memory_order_acquire);
    if (head - tail == MAILBOX_EVENTS) {
        atomic_fetch_add_explicit(&box->dropped, 1, memory_order_relaxed);
        return;
    }
    box->event[head % MAILBOX_EVENTS] = *event;
    atomic_store_explicit(&box->head, head + 1, memory_order_release);
}

void mailbox_wake(struct http_mailbox *box)
{
    uint64_t one = 1;
    ssize_t written = write(box->fd, &one, sizeof(one));
    (void)written; /* a full counter is as good a wake-up as any */
}

void mailbox_woken(struct http_mailbox *box)
{
    uint64_t count;
    ssize_t got = read(box->fd, &count, sizeof(count));
    (void)got; /* nothing to read: woken already */
}

const struct http_snapshot *mailbox_take(struct http_mailbox *box)
{
    if ((atomic_load_explicit(&box->middle, memory_order_relaxed) & FRESH) == 0) {
        return NULL;
    }
    box->reading =
        atomic_exchange_explicit(&box->middle, box->reading, memory_order_acq_rel) & SLOT;
    return &box->slot[box->reading];
}

bool mailbox_take_event(struct http_mailbox *box, struct http_event *out)
{
    unsigned tail = atomic_load_explicit(&box->tail, memory_order_relaxed);
    unsigned head = atomic_load_explicit(&box->head, memory_order_acquire);
    if (head == tail) {
        return false;
    }
    *out = box->event[tail % MAILBOX_EVENTS];
    atomic_store_explicit(&box->tail, tail + 1, memory_order_release);
    return true;
}

uint64_t mailbox_events_dropped(const struct http_mailbox *box)
{
    return atomic_load_explicit(&box->dropped, memory_order_relaxed);
}
