/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of plait_run (include/plait/run.h), for what is built on the same loop: input, output
 * and statistics of the command line, the HTTP server, the watch for new links. */
#ifndef PLAIT_RUN_BOND_H
#define PLAIT_RUN_BOND_H

#include "run/link.h"
#include "run/linkwatch.h"
#include "run/lookup.h"
#include "run/node.h"

struct bond_names {
    char receiver[LINKSPEC_HOST]; /* HOST:PORT */
    struct lookup lookup;
    struct loop_timer again;
    uint64_t pause_ns;    /* until the next look-up but one */
    struct run_error why; /* the last that failed, "" none has */
    bool has_failed;      /* one of the last look-up */
    bool is_told;         /* that one cannot be looked up */
};

struct plait_run {
    enum plait_role role;
    struct loop loop;
    struct node node;
    struct rx_batch *rx;
    struct link links[PLAIT_MAX_PATHS]; /* a receiver has one, which listens */
    uint32_t link_count;
    struct linkspec wanted[PLAIT_MAX_PATHS]; /* --link; none: every usable interface */
    uint32_t wanted_count;
    bool is_local; /* the receiver is on this host: one link without a device */
    struct linkwatch watch;
    struct loop_timer trial; /* run/bond_trial.h */
    void *on_link_ctx; /* a link came or went; link UINT32_MAX: a name; NULL: nobody listens */
    void (*on_link)(void *ctx, uint64_t now, uint32_t link, const char *text);
    struct loop_idler idler;
    struct loop_watch wake; /* an eventfd */
    struct plait_run_hooks hooks;
    struct bond_names names;   /* a sender's */
    struct addr_pair receiver; /* its addresses; of[0].family 0: not known yet */
    uint64_t latency_ns;       /* as wished, then as agreed */
    uint64_t written_at;       /* the last plait_run_write() */
    /* Sender's session; started anew by the timer while the run is not closing. */
    uint8_t peer_key[PLAIT_KEY_BYTES];
    uint8_t psk[PLAIT_KEY_BYTES];
    bool has_psk;
    bool session_open;
    bool session_up; /* the receiver has answered */
    bool closing;
    bool hurry; /* bond_drain() ends at once */
    uint32_t session;
    struct loop_timer reopen;
};

/* For struct link_hooks, with the run as ctx. */
void bond_on_datagram(void *ctx, uint64_t now, uint32_t link, const struct plait_addr *local,
                      const struct plait_addr *remote, const uint8_t *data, size_t len);

/* As plait_run_write(), but sends only when the step ends: for inputs that bring many at once. */
int bond_write(struct plait_run *run, uint64_t now, const uint8_t *data, size_t len);

/* Sender: from now on with this receiver. A session with another one ends; the next begins within a
 * second. */
void bond_peer_set(struct plait_run *run, uint64_t now, const uint8_t key[PLAIT_KEY_BYTES]);

/* The two halves of plait_run_drain(): first what was written gets its latency, after which the
 * statistics are final; */
void bond_drain(struct plait_run *run);

/* then goodbye is said and the loop runs until it is said. */
void bond_goodbye(struct plait_run *run);

#endif
