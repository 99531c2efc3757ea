/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "run/clock.h"
#include "run/secret.h"

/* The endpoint's next wish is served at most this much late, so that close ones share a wake-up
 * (and a system call). Small against any link's round trip. */
#define NODE_SLACK_NS (200 * UINT64_C(1000))

void node_random(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    for (size_t got = 0; got < n;) {
        ssize_t len = getrandom(out + got, n - got, 0);
        if (len < 0 && errno != EINTR)
            abort(); /* no kernel Plait runs on lacks it; keys from anything else are worthless */
        if (len > 0)
            got += (size_t)len;
    }
}

static void node_on_due(void *ctx, uint64_t now)
{
    node_drain(ctx, now);
}

int node_init(struct node *node, struct loop *loop, const struct plait_config *config,
              const struct node_hooks *hooks, struct run_error *error)
{
    struct plait_config own = *config;
    memset(node, 0, sizeof *node);
    if (!own.random)
        own.random = node_random;
    const char *fault = plait_config_fault(&own);
    if (fault)
        return run_fail(error, PLAIT_ERR_INVALID, "endpoint.%s", fault);
    size_t bytes = plait_endpoint_bytes(&own);
    node->memory = secret_alloc(bytes);
    node->bytes = bytes;
    if (!node->memory)
        return run_fail(error, PLAIT_ERR_NO_MEMORY,
                        "%zu MB of memory are not to be had; raise: MemoryMax, ulimit -v",
                        bytes / 1000000);
    int err = plait_endpoint_init(node->memory, bytes, &own, clock_now_ns(), &node->endpoint);
    if (err != PLAIT_OK) {
        secret_free_wiped(node->memory, bytes);
        memset(node, 0, sizeof *node);
        return run_fail(error, err, "the endpoint does not start: %s", plait_strerror(err));
    }
    node->loop = loop;
    node->hooks = *hooks;
    node->timer.at = PLAIT_NEVER;
    node->timer.on_due = node_on_due;
    node->timer.ctx = node;
    err = loop_timer_add(loop, &node->timer);
    if (err != PLAIT_OK)
        node_close(node);
    return err;
}

void node_close(struct node *node)
{
    if (!node->memory)
        return;
    loop_timer_remove(node->loop, &node->timer);
    plait_endpoint_wipe(node->endpoint);
    secret_free_wiped(node->memory, node->bytes);
    memset(node, 0, sizeof *node);
}

void node_drain(struct node *node, uint64_t now)
{
    struct plait_poll poll;
    if (node->draining) /* a hook came here: who called it polls on */
        return;
    node->draining = true;
    for (;;) {
        int kind = plait_endpoint_poll(node->endpoint, now, &poll);
        if (kind == PLAIT_POLL_TIMEOUT)
            break;
        if (kind == PLAIT_POLL_TRANSMIT)
            node->hooks.on_transmit(node->hooks.ctx, now, &poll);
        else if (kind == PLAIT_POLL_DELIVER)
            node->hooks.on_deliver(node->hooks.ctx, now, &poll);
        else
            node->hooks.on_event(node->hooks.ctx, now, &poll);
    }
    node->draining = false;
    uint64_t soonest = now + NODE_SLACK_NS;
    node->timer.at = poll.timeout < soonest ? soonest : poll.timeout;
}
