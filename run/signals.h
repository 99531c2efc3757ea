/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGINT, SIGTERM and SIGHUP as events of the loop (signalfd(2)). */
#ifndef PLAIT_RUN_SIGNALS_H
#define PLAIT_RUN_SIGNALS_H

#include "run/loop.h"

struct signals {
    struct loop *loop;
    struct loop_watch watch;
    void *ctx;
    void (*on_quit)(void *ctx, uint64_t now, int signal_number); /* SIGINT, SIGTERM */
    void (*on_reload)(void *ctx, uint64_t now);                  /* SIGHUP; NULL: nothing */
};

/* Holds them back until signals_open() takes them. Before any thread starts (libsrt and the HTTP
 * server have some): a signal would find the one that does not hold it back, and end the program.
 * They stay held back until the end, so that one that comes late kills nothing. */
int signals_block(void);

/* Fill in the members from ctx on first. */
int signals_open(struct signals *signals, struct loop *loop);
void signals_close(struct signals *signals);

#endif
