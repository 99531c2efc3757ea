/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread, one loop: waits with ppoll(2) (nanosecond timeout) for descriptors and timers, reads
 * the clock once and hands that `now` to everybody it calls. Watches and timers belong to their
 * owners and must be removed before they are freed; both may be removed while they are called.
 */
#ifndef PLAIT_RUN_LOOP_H
#define PLAIT_RUN_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "plait/plait.h"

#define LOOP_MAX_WATCHES 64
#define LOOP_MAX_TIMERS  64
#define LOOP_MAX_IDLERS  32

struct loop_watch {
    int fd;
    short events; /* POLLIN, POLLOUT; may be changed at any time */
    void (*on_ready)(void *ctx, uint64_t now, short revents);
    void *ctx;
};

struct loop_timer {
    uint64_t at; /* ns; PLAIT_NEVER: not armed. Set it to PLAIT_NEVER or a later time when called */
    void (*on_due)(void *ctx, uint64_t now);
    void *ctx;
};

/* Called before each wait: what a step has gathered is sent in one go. */
struct loop_idler {
    void (*on_idle)(void *ctx, uint64_t now);
    void *ctx;
};

struct loop {
    uint64_t now; /* of the running step */
    struct loop_watch *watches[LOOP_MAX_WATCHES];
    struct loop_timer *timers[LOOP_MAX_TIMERS];
    struct loop_idler *idlers[LOOP_MAX_IDLERS];
    uint32_t watch_count;
    uint32_t timer_count;
    uint32_t idler_count;
    bool in_step;
};

void loop_init(struct loop *loop);

/* PLAIT_ERR_LIMIT when the maximum above is there already. */
int loop_watch_add(struct loop *loop, struct loop_watch *watch);
int loop_timer_add(struct loop *loop, struct loop_timer *timer);
int loop_idler_add(struct loop *loop, struct loop_idler *idler);

/* Nothing happens when it was not added. */
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);
void loop_timer_remove(struct loop *loop, struct loop_timer *timer);
void loop_idler_remove(struct loop *loop, struct loop_idler *idler);

/* Calls the idlers, waits until a descriptor is ready, a timer is due or `wait_ns` has passed
 * (PLAIT_NEVER: no limit), then calls the owners. A signal ends the wait early. Not from what it
 * calls. */
void loop_step(struct loop *loop, uint64_t wait_ns);

#endif
