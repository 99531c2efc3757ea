/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ready-made loop around one endpoint: sockets, links, clock, randomness. For programs that
 * have no event loop of their own, or give Plait a thread:
 *
 *     struct plait_run *run;
 *     char error[PLAIT_RUN_ERROR_TEXT];
 *     if (plait_run_create(&config, &run, error) != PLAIT_OK)
 *         die(error);
 *     while (!done)
 *         plait_run_step(run, 100000000);
 *     plait_run_drain(run);
 *     plait_run_destroy(run);
 *
 * One thread at a time uses a plait_run; only plait_run_wake() may be called from any other.
 */
#ifndef PLAIT_RUN_H
#define PLAIT_RUN_H

#include "plait/plait.h"
#include "plait/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLAIT_RUN_ERROR_TEXT 320 /* bytes that hold any error line and the final zero */

struct plait_run;

/* What the loop calls, from inside plait_run_create(), _allow(), _revoke(), _write(), _step() and
 * _drain(). None may destroy the run; _step() and _drain() do nothing when a hook calls them. What
 * a hook's other calls lead to (events, datagrams) is told when it has returned. Each may be NULL.
 */
struct plait_run_hooks {
    void *ctx;
    /* Receiver: one media datagram, exactly as it was written; `data` is valid during the call. */
    void (*on_datagram)(void *ctx, uint32_t session, const uint8_t *data, size_t len);
    void (*on_event)(void *ctx, uint32_t session, const struct plait_event *event);
    /* plait_run_wake() was called since the last step. */
    void (*on_wake)(void *ctx);
};

/* Strings and arrays are only read during plait_run_create(). */
struct plait_run_config {
    struct plait_config endpoint; /* `random` may be NULL: getrandom(2) */
    const char *address;          /* sender: the receiver's HOST:PORT; receiver: ADDR:PORT to
                                     listen on (":7000" and "[::]:7000" take both families) */
    /* Sender: each as the command line's --link ("dev=wwan0,max=8000000"); none: every usable
     * interface is a link. Each is one from when it appears. At most PLAIT_MAX_PATHS. */
    const char *const *links;
    uint32_t link_count;
    uint8_t peer_key[PLAIT_KEY_BYTES]; /* sender: the receiver's public key */
    const uint8_t *psk;                /* sender: PLAIT_KEY_BYTES bytes, or NULL */
    struct plait_run_hooks hooks;
};

/* Opens the sockets and, on a sender, starts the session (it is started anew whenever it ends).
 * Names are looked up, which may take two seconds for each name server; and again while a
 * sender's receiver does not answer, in a short-lived thread beside the loop. That no name server
 * answers yet is no error.
 * PLAIT_OK, or an error with one line in `error`: PLAIT_ERR_INVALID a mistake in the configuration
 * or in what the host offers (no such host, port in use), PLAIT_ERR_SYSTEM, PLAIT_ERR_NO_MEMORY,
 * PLAIT_ERR_CRYPTO. After an error nothing is left open. */
int plait_run_create(const struct plait_run_config *config, struct plait_run **run,
                     char error[PLAIT_RUN_ERROR_TEXT]);

/* Closes everything at once, without goodbye; NULL is allowed. */
void plait_run_destroy(struct plait_run *run);

/* Receiver: lets a peer in, or takes it out again (see plait_peer_allow, plait_peer_revoke). */
int plait_run_allow(struct plait_run *run, const uint8_t public_key[PLAIT_KEY_BYTES],
                    const uint8_t *psk);
int plait_run_revoke(struct plait_run *run, const uint8_t public_key[PLAIT_KEY_BYTES]);

/* Sender: plait_stream_write() now, and sends what may go at once. PLAIT_ERR_STATE also for the
 * moment between a session's end and its next start, which comes by itself: what is written then is
 * lost, and to go on writing is right. */
int plait_run_write(struct plait_run *run, const uint8_t *data, size_t len, enum plait_worth worth);

/* Waits at most `wait_ns` (PLAIT_NEVER: no limit) for something to do and does it. */
void plait_run_step(struct plait_run *run, uint64_t wait_ns);

/* Ends a plait_run_step() that waits, from any thread or signal handler. */
void plait_run_wake(struct plait_run *run);

/* Runs the loop until what was written has had its latency, then says goodbye. Takes at most the
 * latency (a receiver's: the longest of its sessions') and a quarter of a second. Nothing may be
 * written afterwards. */
void plait_run_drain(struct plait_run *run);

/* Statistics of a session (a sender's is the one it has now: pass 0); PLAIT_ERR_NOT_FOUND when it
 * is not there. */
int plait_run_stats(const struct plait_run *run, uint32_t session, struct plait_stats *out);

/* The clock all of this runs on: CLOCK_MONOTONIC, nanoseconds. */
uint64_t plait_run_now_ns(void);

#ifdef __cplusplus
}
#endif
#endif
