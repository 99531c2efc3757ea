/* SPDX-License-Identifier: BSD-2-Clause */
/* One endpoint with its memory, driven: after each mutation it is polled until it has no more to
 * say, and what it says is handed on. Knows no socket: the links or the lab's emulator take it. */
#ifndef PLAIT_RUN_NODE_H
#define PLAIT_RUN_NODE_H

#include "run/error.h"
#include "run/loop.h"

/* For plait_config.store_packets: the peer's wish or SIGHUP may ask for a longer latency than is
 * known when the memory is cut, so it is cut for the longest: 10 s of 69 Mbit/s. What is not used
 * is not touched, but for 24 to 48 bytes a packet of bookkeeping. */
#define NODE_STORE_PACKETS 65536

struct node_hooks {
    void *ctx;
    void (*on_transmit)(void *ctx, uint64_t now, const struct plait_poll *poll);
    void (*on_deliver)(void *ctx, uint64_t now, const struct plait_poll *poll);
    void (*on_event)(void *ctx, uint64_t now, const struct plait_poll *poll);
};

struct node {
    struct plait_endpoint *endpoint;
    void *memory; /* of secret_alloc() */
    size_t bytes;
    struct loop *loop;
    struct loop_timer timer; /* what the endpoint asked for */
    struct node_hooks hooks;
    bool draining;
};

/* `random` of the configuration may be NULL: getrandom(2). */
int node_init(struct node *node, struct loop *loop, const struct plait_config *config,
              const struct node_hooks *hooks, struct run_error *error);

/* Safe on a zeroed node. */
void node_close(struct node *node);

/* Call after every mutation of node->endpoint; a hook's call returns at once, and what it changed
 * is told when the hook is done. */
void node_drain(struct node *node, uint64_t now);

/* Fills out with unpredictable bytes; the form plait_config wants. */
void node_random(void *ctx, uint8_t *out, size_t n);

#endif
