/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread beside the loop's. The host's signals stay blocked in it: they belong to the loop. For
 * run/ and http/, which know nothing else of each other. */
#ifndef PLAIT_RUN_THREAD_H
#define PLAIT_RUN_THREAD_H

#include <pthread.h>
#include <signal.h>

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

#endif
