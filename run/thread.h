/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread beside the loop's. The host's signals stay blocked in it: they belong to the loop. For
 * run/ and http/, which know nothing else of each other. */
#ifndef PLAIT_RUN_THREAD_H
#define PLAIT_RUN_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* 0, or -1 when there is none to be had. */
static inline int thread_start(pthread_t *thread, void *(*body)(void *), void *ctx)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, NULL, body, ctx);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 ? 0 : -1;
}

/* Waits for its end. False: it had not come by `until` (nanoseconds, CLOCK_MONOTONIC). A thread
 * that a disk holds up cannot be ended: it is left alone, with all that it uses. */
static inline bool thread_has_ended(pthread_t thread, uint64_t until)
{
    const struct timespec end = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
    bool has_ended = pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &end) == 0;
    if (!has_ended)
        (void)pthread_detach(thread);
    return has_ended;
}

#endif
