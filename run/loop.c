/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/loop.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "run/clock.h"

void loop_init(struct loop *loop)
{
    memset(loop, 0, sizeof *loop);
    loop->now = clock_now_ns();
}

int loop_watch_add(struct loop *loop, struct loop_watch *watch)
{
    if (loop->watch_count == LOOP_MAX_WATCHES)
        return PLAIT_ERR_LIMIT;
    loop->watches[loop->watch_count++] = watch;
    return PLAIT_OK;
}

int loop_timer_add(struct loop *loop, struct loop_timer *timer)
{
    if (loop->timer_count == LOOP_MAX_TIMERS)
        return PLAIT_ERR_LIMIT;
    loop->timers[loop->timer_count++] = timer;
    return PLAIT_OK;
}

int loop_idler_add(struct loop *loop, struct loop_idler *idler)
{
    if (loop->idler_count == LOOP_MAX_IDLERS)
        return PLAIT_ERR_LIMIT;
    loop->idlers[loop->idler_count++] = idler;
    return PLAIT_OK;
}

/* Slots are emptied, not moved, so that a removal inside a call does not disturb the walk. */
void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    for (uint32_t i = 0; i < loop->watch_count; i++) {
        if (loop->watches[i] == watch)
            loop->watches[i] = NULL;
    }
}

void loop_timer_remove(struct loop *loop, struct loop_timer *timer)
{
    for (uint32_t i = 0; i < loop->timer_count; i++) {
        if (loop->timers[i] == timer)
            loop->timers[i] = NULL;
    }
}

void loop_idler_remove(struct loop *loop, struct loop_idler *idler)
{
    for (uint32_t i = 0; i < loop->idler_count; i++) {
        if (loop->idlers[i] == idler)
            loop->idlers[i] = NULL;
    }
}

static void loop_compact(struct loop *loop)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < loop->watch_count; i++) {
        if (loop->watches[i])
            loop->watches[kept++] = loop->watches[i];
    }
    loop->watch_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < loop->timer_count; i++) {
        if (loop->timers[i])
            loop->timers[kept++] = loop->timers[i];
    }
    loop->timer_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < loop->idler_count; i++) {
        if (loop->idlers[i])
            loop->idlers[kept++] = loop->idlers[i];
    }
    loop->idler_count = kept;
}

static uint64_t loop_next_due(const struct loop *loop)
{
    uint64_t due = PLAIT_NEVER;
    for (uint32_t i = 0; i < loop->timer_count; i++) {
        if (loop->timers[i]->at < due)
            due = loop->timers[i]->at;
    }
    return due;
}

static int loop_wait(struct loop *loop, struct pollfd *fds, uint64_t wait_ns)
{
    uint64_t due = loop_next_due(loop);
    if (due != PLAIT_NEVER) {
        uint64_t now = clock_now_ns();
        uint64_t until = due > now ? due - now : 0;
        if (until < wait_ns)
            wait_ns = until;
    }
    struct timespec limit = {(time_t)(wait_ns / CLOCK_S), (long)(wait_ns % CLOCK_S)};
    for (uint32_t i = 0; i < loop->watch_count; i++) {
        fds[i].fd = loop->watches[i]->fd;
        fds[i].events = loop->watches[i]->events;
        fds[i].revents = 0;
    }
    return ppoll(fds, loop->watch_count, wait_ns == PLAIT_NEVER ? NULL : &limit, NULL);
}

void loop_step(struct loop *loop, uint64_t wait_ns)
{
    struct pollfd fds[LOOP_MAX_WATCHES];
    loop->in_step = true;
    for (uint32_t i = 0; i < loop->idler_count; i++) {
        if (loop->idlers[i])
            loop->idlers[i]->on_idle(loop->idlers[i]->ctx, loop->now);
    }
    loop_compact(loop);
    uint32_t watches = loop->watch_count;
    int ready = loop_wait(loop, fds, wait_ns);
    uint64_t now = clock_now_ns();
    loop->now = now;
    for (uint32_t i = 0; ready > 0 && i < watches; i++) {
        struct loop_watch *watch = loop->watches[i];
        /* A removed slot is empty; a slot is never refilled before the next step. */
        if (watch && fds[i].revents != 0)
            watch->on_ready(watch->ctx, now, fds[i].revents);
    }
    for (uint32_t i = 0; i < loop->timer_count; i++) {
        struct loop_timer *timer = loop->timers[i];
        if (timer && timer->at <= now)
            timer->on_due(timer->ctx, now);
    }
    loop->in_step = false;
}
