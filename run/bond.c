/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/bond.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "run/bond_links.h"
#include "run/bond_names.h"
#include "run/clock.h"
#include "run/secret.h"
#include "run/socket.h"

#define BOND_REOPEN_NS  (500 * CLOCK_MS)
#define BOND_GOODBYE_NS (250 * CLOCK_MS)
#define BOND_SESSIONS   64 /* the most an endpoint can have (plait_config.max_sessions) */

uint64_t plait_run_now_ns(void)
{
    return clock_now_ns();
}

void bond_on_datagram(void *ctx, uint64_t now, uint32_t link, const struct plait_addr *local,
                      const struct plait_addr *remote, const uint8_t *data, size_t len)
{
    struct plait_run *run = ctx;
    /* What it refuses it has counted (plait_door_stats). */
    (void)plait_endpoint_recv(run->node.endpoint, now, link, local, remote, data, len);
    node_drain(&run->node, now);
}

static void bond_on_transmit(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct plait_run *run = ctx;
    (void)now;
    if (poll->link < run->link_count)
        link_send(&run->links[poll->link], &poll->local, &poll->remote, poll->data, poll->len);
}

static void bond_on_deliver(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct plait_run *run = ctx;
    (void)now;
    if (run->hooks.on_datagram)
        run->hooks.on_datagram(run->hooks.ctx, poll->session, poll->data, poll->len);
}

static void bond_on_event(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct plait_run *run = ctx;
    const struct plait_event *event = &poll->event;
    if (event->kind == PLAIT_EVENT_SESSION_UP || event->kind == PLAIT_EVENT_REKEYED)
        secret_wipe_stack(); /* after a handshake, or keys of the next generation */
    if (event->kind == PLAIT_EVENT_SESSION_UP || event->kind == PLAIT_EVENT_LATENCY)
        run->latency_ns = event->value;
    if (event->kind == PLAIT_EVENT_SESSION_CLOSED && run->role == PLAIT_SENDER &&
        poll->session == run->session) {
        const bool was_up = run->session_up;
        run->session_open = run->session_up = false;
        run->reopen.at = run->closing ? PLAIT_NEVER : now + BOND_REOPEN_NS;
        if (was_up)
            bond_names_look(run);
    }
    run->session_up |= event->kind == PLAIT_EVENT_SESSION_UP;
    if (run->hooks.on_event)
        run->hooks.on_event(run->hooks.ctx, poll->session, event);
}

static void bond_on_idle(void *ctx, uint64_t now)
{
    struct plait_run *run = ctx;
    for (uint32_t i = 0; i < run->link_count; i++)
        link_flush(&run->links[i], now);
}

static void bond_on_wake(void *ctx, uint64_t now, short revents)
{
    struct plait_run *run = ctx;
    eventfd_t count;
    (void)now;
    (void)revents;
    (void)eventfd_read(run->wake.fd, &count);
    if (run->hooks.on_wake)
        run->hooks.on_wake(run->hooks.ctx);
}

static int bond_session_start(struct plait_run *run, uint64_t now)
{
    struct plait_endpoint *endpoint = run->node.endpoint;
    int err = plait_session_open(endpoint, now, run->peer_key, run->has_psk ? run->psk : NULL,
                                 &run->session);
    if (err != PLAIT_OK)
        return err;
    run->session_open = true;
    err = bond_links_join(run, now);
    if (err != PLAIT_OK)
        return err;
    node_drain(&run->node, now);
    return PLAIT_OK;
}

static void bond_on_reopen(void *ctx, uint64_t now)
{
    struct plait_run *run = ctx;
    run->reopen.at = PLAIT_NEVER;
    if (bond_session_start(run, now) != PLAIT_OK)
        run->reopen.at = now + BOND_REOPEN_NS;
}

static int bond_listen(struct plait_run *run, const char *text, struct run_error *error)
{
    struct link_hooks hooks = {run, bond_on_datagram};
    struct plait_addr address;
    int err = socket_listen_parse(text, &address, error);
    if (err != PLAIT_OK)
        return err;
    link_listen(&run->links[0], &address);
    memcpy(run->links[0].spec.name, "listen", 7);
    err = link_open(&run->links[0], &run->loop, run->rx, &hooks, error);
    if (err == PLAIT_OK)
        run->link_count = 1;
    return err;
}

static int bond_wake_open(struct plait_run *run, struct run_error *error)
{
    run->wake.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (run->wake.fd < 0)
        return run_fail(error, PLAIT_ERR_SYSTEM, "no eventfd (%s)", strerror(errno));
    run->wake.events = POLLIN;
    run->wake.on_ready = bond_on_wake;
    run->wake.ctx = run;
    return loop_watch_add(&run->loop, &run->wake);
}

/* What a program forgot to fill in. */
static int bond_check(const struct plait_run_config *config, struct run_error *error)
{
    bool sender = config->endpoint.role == PLAIT_SENDER;
    if (!config->address)
        return run_fail(error, PLAIT_ERR_INVALID, "address is NULL; give %s",
                        sender ? "the receiver's HOST:PORT" : "the ADDR:PORT to listen on");
    for (uint32_t i = 0; sender && i < config->link_count; i++) {
        if (!config->links || !config->links[i])
            return run_fail(error, PLAIT_ERR_INVALID,
                            "link_count is %u, but %s is NULL; give that many links, or 0 for all",
                            config->link_count, config->links ? "one of links" : "links");
    }
    return PLAIT_OK;
}

static int bond_start(struct plait_run *run, const struct plait_run_config *config,
                      struct run_error *error)
{
    static const struct node_hooks template = {
        .on_transmit = bond_on_transmit, .on_deliver = bond_on_deliver, .on_event = bond_on_event};
    struct node_hooks hooks = template;
    hooks.ctx = run;
    bool sender = run->role == PLAIT_SENDER;
    int err = bond_wake_open(run, error);
    if (err == PLAIT_OK)
        err = node_init(&run->node, &run->loop, &config->endpoint, &hooks, error);
    if (err == PLAIT_OK)
        err = sender ? bond_names_open(run, config->address, error)
                     : bond_listen(run, config->address, error);
    if (err != PLAIT_OK || !sender)
        return err;
    err = bond_links_open(run, config->links, config->link_count, error);
    if (err != PLAIT_OK)
        return err;
    err = bond_session_start(run, clock_now_ns());
    if (err == PLAIT_ERR_CRYPTO)
        return run_fail(error, err, "peer_key is no public key; give the receiver's");
    if (err != PLAIT_OK)
        return run_fail(error, err, "the session does not start: %s", plait_strerror(err));
    return PLAIT_OK;
}

static void bond_config(struct plait_run *run, const struct plait_run_config *config)
{
    loop_init(&run->loop);
    run->role = config->endpoint.role;
    run->hooks = config->hooks;
    run->latency_ns =
        config->endpoint.latency_ns != 0 ? config->endpoint.latency_ns : PLAIT_LATENCY_DEFAULT_NS;
    memcpy(run->peer_key, config->peer_key, PLAIT_KEY_BYTES);
    run->has_psk = config->psk != NULL;
    if (config->psk)
        memcpy(run->psk, config->psk, PLAIT_KEY_BYTES);
    run->reopen.at = PLAIT_NEVER;
    run->reopen.on_due = bond_on_reopen;
    run->reopen.ctx = run;
    run->idler.on_idle = bond_on_idle;
    run->idler.ctx = run;
    (void)loop_timer_add(&run->loop, &run->reopen);
    (void)loop_idler_add(&run->loop, &run->idler);
}

int plait_run_create(const struct plait_run_config *config, struct plait_run **run,
                     char error[PLAIT_RUN_ERROR_TEXT])
{
    struct run_error reason = {{0}};
    struct plait_run *made = secret_alloc(sizeof *made);
    *run = NULL;
    if (made) {
        made->wake.fd = -1;
        made->rx = rx_batch_create();
    }
    int err = PLAIT_ERR_NO_MEMORY;
    if (made && made->rx) {
        bond_config(made, config);
        err = bond_check(config, &reason);
        if (err == PLAIT_OK)
            err = bond_start(made, config, &reason);
    }
    memcpy(error, reason.text, sizeof reason.text);
    if (err != PLAIT_OK) {
        plait_run_destroy(made);
        return err;
    }
    *run = made;
    return PLAIT_OK;
}

void plait_run_destroy(struct plait_run *run)
{
    if (!run)
        return;
    bond_names_close(run);
    bond_links_close(run);
    for (uint32_t i = 0; i < PLAIT_MAX_PATHS; i++)
        link_close(&run->links[i]);
    node_close(&run->node);
    if (run->wake.fd >= 0)
        close(run->wake.fd);
    rx_batch_destroy(run->rx);
    secret_free(run, sizeof *run);
}

int plait_run_allow(struct plait_run *run, const uint8_t public_key[PLAIT_KEY_BYTES],
                    const uint8_t *psk)
{
    int err = plait_peer_allow(run->node.endpoint, public_key, psk);
    node_drain(&run->node, clock_now_ns());
    return err;
}

int plait_run_revoke(struct plait_run *run, const uint8_t public_key[PLAIT_KEY_BYTES])
{
    uint64_t now = clock_now_ns();
    int err = plait_peer_revoke(run->node.endpoint, now, public_key);
    node_drain(&run->node, now);
    return err;
}

void bond_peer_set(struct plait_run *run, uint64_t now, const uint8_t key[PLAIT_KEY_BYTES])
{
    if (memcmp(run->peer_key, key, PLAIT_KEY_BYTES) == 0)
        return;
    memcpy(run->peer_key, key, PLAIT_KEY_BYTES);
    if (run->session_open)
        (void)plait_session_close(run->node.endpoint, now, run->session);
    node_drain(&run->node, now);
}

int bond_write(struct plait_run *run, uint64_t now, const uint8_t *data, size_t len)
{
    if (!run->session_open || run->closing)
        return PLAIT_ERR_STATE;
    int err =
        plait_stream_write(run->node.endpoint, now, run->session, data, len, PLAIT_WORTH_AUTO);
    node_drain(&run->node, now);
    run->written_at = now;
    return err;
}

int plait_run_write(struct plait_run *run, const uint8_t *data, size_t len, enum plait_worth worth)
{
    uint64_t now = clock_now_ns();
    if (!run->session_open || run->closing)
        return PLAIT_ERR_STATE;
    int err = plait_stream_write(run->node.endpoint, now, run->session, data, len, worth);
    node_drain(&run->node, now);
    bond_on_idle(run, now);
    run->written_at = now;
    return err;
}

void plait_run_step(struct plait_run *run, uint64_t wait_ns)
{
    if (run->loop.in_step)
        return;
    loop_step(&run->loop, wait_ns);
}

void plait_run_wake(struct plait_run *run)
{
    int kept = errno; /* it may be called in a signal handler */
    (void)eventfd_write(run->wake.fd, 1);
    errno = kept;
}

/* The next session that is there, from *session on, which moves behind it. */
static bool bond_next_session(const struct plait_run *run, uint64_t now, uint32_t *session,
                              struct plait_stats *stats)
{
    while (*session < BOND_SESSIONS) {
        if (plait_stats_get(run->node.endpoint, now, (*session)++, stats) == PLAIT_OK)
            return true;
    }
    return false;
}

static bool bond_has_sessions(const struct plait_run *run, uint64_t now)
{
    struct plait_stats stats;
    return bond_next_session(run, now, &(uint32_t){0}, &stats);
}

static bool bond_has_waiting(const struct plait_run *run, uint64_t now)
{
    struct plait_stats stats;
    for (uint32_t at = 0; bond_next_session(run, now, &at, &stats);) {
        if (stats.stream.reorder_depth > 0)
            return true;
    }
    return false;
}

/* Each of a receiver's sessions has agreed on its own: what waits longest is waited for. */
static uint64_t bond_longest_latency_ns(const struct plait_run *run, uint64_t now)
{
    struct plait_stats stats;
    uint64_t longest = 0;
    for (uint32_t at = 0; bond_next_session(run, now, &at, &stats);) {
        if (stats.stream.latency_ns > longest)
            longest = stats.stream.latency_ns;
    }
    return longest;
}

void bond_drain(struct plait_run *run)
{
    uint64_t now = clock_now_ns();
    uint64_t until = run->role == PLAIT_SENDER ? run->written_at + run->latency_ns
                                               : now + bond_longest_latency_ns(run, now);
    run->closing = true;
    run->reopen.at = PLAIT_NEVER;
    /* A sender stays the whole latency although all may be acknowledged: the receiver holds what it
     * has until then, and may still ask. */
    while (now < until && !run->hurry &&
           (run->role == PLAIT_SENDER ? run->session_open : bond_has_waiting(run, now))) {
        loop_step(&run->loop, until - now);
        now = clock_now_ns();
    }
}

void bond_goodbye(struct plait_run *run)
{
    uint64_t now = clock_now_ns();
    uint64_t until = now + BOND_GOODBYE_NS;
    run->closing = true;
    run->reopen.at = PLAIT_NEVER;
    for (uint32_t session = 0; session < BOND_SESSIONS; session++)
        (void)plait_session_close(run->node.endpoint, now, session);
    node_drain(&run->node, now);
    bond_on_idle(run, now);
    for (; now < until && bond_has_sessions(run, now); now = clock_now_ns())
        loop_step(&run->loop, until - now);
    bond_on_idle(run, now);
}

void plait_run_drain(struct plait_run *run)
{
    if (run->loop.in_step)
        return;
    bond_drain(run);
    bond_goodbye(run);
}

int plait_run_stats(const struct plait_run *run, uint32_t session, struct plait_stats *out)
{
    if (run->role == PLAIT_SENDER)
        session = run->session;
    return plait_stats_get(run->node.endpoint, clock_now_ns(), session, out);
}
