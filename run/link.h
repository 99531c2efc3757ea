/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link: the socket over which a sender uses one access network, or on which a receiver listens.
 * Errors are not fatal: a full queue or a missing route drops what was to be sent; a device or
 * address that is gone closes the socket, and it is opened anew with a growing pause.
 *
 * A listening link has two sockets on its port: handshakes of strangers come to one of its own,
 * which is read last and not much at a time, so that a flood of them takes nothing from sessions.
 */
#ifndef PLAIT_RUN_LINK_H
#define PLAIT_RUN_LINK_H

#include "run/linkspec.h"
#include "run/loop.h"
#include "run/ownroute.h"
#include "run/rx_batch.h"
#include "run/socket.h"
#include "run/tx_batch.h"

struct link_hooks {
    void *ctx;
    void (*on_datagram)(void *ctx, uint64_t now, uint32_t link, const struct plait_addr *local,
                        const struct plait_addr *remote, const uint8_t *data, size_t len);
};

/* What has been said of a link that is not open: the later, the nearer it is to that. */
enum link_told {
    LINK_TOLD_NONE = 0,
    LINK_TOLD_ABSENT,  /* there is no such device */
    LINK_TOLD_LACKING, /* it has no carrier or no address */
    LINK_TOLD_FAILED,  /* its socket cannot be opened */
};

/* Of a link whose receiver has an IPv4 and an IPv6 address; kept while it comes and goes. */
struct link_trial {
    uint8_t family; /* the one to take where both are as good; 0: the better one */
    uint32_t turns; /* to the other one, since it was answered last or its device has come */
    uint64_t since; /* when it was answered last, opened, or the other one looked for */
};

struct link {
    struct linkspec spec;
    struct plait_addr remote; /* family 0 for a listening link */
    uint32_t index;
    enum link_told told;
    struct link_trial trial;
    char note[320];   /* what the user should know about it, "" nothing */
    uint32_t ifindex; /* of its device when it was opened, 0 without */
    bool by_source;   /* not bound to its device: its source address leads it there */
    struct own_route own;
    uint32_t path; /* the endpoint's number for it, UINT32_MAX when it has none */
    int fd;        /* -1 while closed */
    uint64_t errors, reopened;
    uint64_t pause_ns;
    struct plait_addr local;
    struct socket_config config;
    struct loop *loop;
    struct rx_batch *rx;
    struct loop_watch watch;
    struct loop_watch door; /* a listening link's second socket, for handshakes; fd -1: none */
    struct loop_timer retry;
    struct link_hooks hooks;
    struct tx_batch tx;
};

/* A sender's link to remote. The link, loop and rx are kept; rx may be shared. */
int link_open(struct link *link, struct loop *loop, struct rx_batch *rx,
              const struct link_hooks *hooks, struct run_error *error);

/* Fills in a listening link's socket configuration before link_open(). */
void link_listen(struct link *link, const struct plait_addr *address);

/* Safe on a link that was never opened. */
void link_close(struct link *link);

/* Queues a datagram until link_flush(); silently dropped while the link is closed. */
void link_send(struct link *link, const struct plait_addr *local, const struct plait_addr *remote,
               const uint8_t *data, size_t len);
void link_flush(struct link *link, uint64_t now);

#endif
