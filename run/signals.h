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

/* Holds them back until signals_open() takes them. Before a thread starts (libsrt has some): a
 * signal would find the one that does not hold it back, and end the program. */
int signals_block(void);

/* Until signals_open(): those that end the program do so at once, whatever it waits for, with
 * status 0, because no stream has begun; SIGHUP is held back. A routing table of a link's own that
 * is set by then stays, and is replaced at the next start (run/ownroute.h). */
void signals_end_at_once(void);

/* From then on they are held back to the end, so that one that comes late kills nothing. Fill in
 * the members from ctx on first. */
int signals_open(struct signals *signals, struct loop *loop);
void signals_close(struct signals *signals);

#endif
