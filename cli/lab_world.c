/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/lab_world.h"

#include <string.h>

#include "plait/keys.h"
#include "run/clock.h"

#define LAB_RECEIVER_PORT 7000
#define LAB_SENDER_PORT   40000 /* plus how often the NAT has rebound */

static const struct plait_addr lab_receiver = {4, {10, 0, 0, 1}, LAB_RECEIVER_PORT, 0};

static struct plait_addr lab_public_address(const struct lab *lab, uint32_t link, uint64_t at)
{
    struct plait_addr address = {4, {10, 0, 0, 2}, 0, 0};
    address.ip[1] = (uint8_t)(link + 1);
    address.port = (uint16_t)(LAB_SENDER_PORT + emu_net_epoch(lab->net, link, at));
    return address;
}

static void lab_schedule(struct lab *lab)
{
    lab->arrivals.at = emu_net_next_ns(lab->net);
}

static void lab_sender_transmit(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct lab *lab = ctx;
    (void)emu_net_send(lab->net, poll->link, EMU_FORWARD, now, poll->data, poll->len);
    lab_schedule(lab);
}

static void lab_receiver_transmit(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct lab *lab = ctx;
    uint32_t link = (uint32_t)poll->remote.ip[1] - 1;
    if (link >= lab->links)
        return;
    struct plait_addr current = lab_public_address(lab, link, now);
    if (current.port != poll->remote.port)
        return; /* the NAT has forgotten that port */
    (void)emu_net_send(lab->net, link, EMU_REVERSE, now, poll->data, poll->len);
    lab_schedule(lab);
}

static void lab_sender_deliver(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    (void)ctx;
    (void)now;
    (void)poll;
}

static void lab_receiver_deliver(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct lab *lab = ctx;
    lab->hooks.on_datagram(lab->hooks.ctx, now, poll->data, poll->len, poll->latency_ns);
}

static void lab_sender_event(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct lab *lab = ctx;
    const struct plait_event *event = &poll->event;
    if (event->kind == PLAIT_EVENT_SESSION_UP || event->kind == PLAIT_EVENT_LATENCY)
        lab->latency_ns = event->value;
    if (event->kind == PLAIT_EVENT_SESSION_UP)
        lab->is_up = true;
    if (event->kind == PLAIT_EVENT_SESSION_CLOSED)
        lab->is_up = false;
    lab->hooks.on_event(lab->hooks.ctx, now, PLAIT_SENDER, poll->session, event);
}

static void lab_receiver_event(void *ctx, uint64_t now, const struct plait_poll *poll)
{
    struct lab *lab = ctx;
    lab->hooks.on_event(lab->hooks.ctx, now, PLAIT_RECEIVER, poll->session, &poll->event);
}

static void lab_on_arrivals(void *ctx, uint64_t now)
{
    struct lab *lab = ctx;
    struct emu_arrival arrival;
    while (emu_net_recv(lab->net, now, &arrival)) {
        if (arrival.dir == EMU_FORWARD) {
            struct plait_addr from = lab_public_address(lab, arrival.link, arrival.sent_ns);
            (void)plait_endpoint_recv(lab->receiver.endpoint, now, 0, &lab_receiver, &from,
                                      arrival.data, arrival.len);
            node_drain(&lab->receiver, now);
        } else {
            struct plait_addr local = {4, {10, 0, 0, 2}, LAB_SENDER_PORT, 0};
            local.ip[1] = (uint8_t)(arrival.link + 1);
            (void)plait_endpoint_recv(lab->sender.endpoint, now, arrival.link, &local,
                                      &lab_receiver, arrival.data, arrival.len);
            node_drain(&lab->sender, now);
        }
    }
    lab_schedule(lab);
}

static int lab_nodes(struct lab *lab, const struct plait_config *config, struct run_error *error)
{
    const struct node_hooks sender = {lab, lab_sender_transmit, lab_sender_deliver,
                                      lab_sender_event};
    const struct node_hooks receiver = {lab, lab_receiver_transmit, lab_receiver_deliver,
                                        lab_receiver_event};
    struct plait_config own = *config;
    uint8_t random[PLAIT_KEY_BYTES];
    uint8_t public_keys[2][PLAIT_KEY_BYTES];
    own.role = PLAIT_RECEIVER;
    node_random(NULL, random, sizeof random);
    int err = plait_key_generate(random, own.secret_key, public_keys[1]);
    if (err == PLAIT_OK)
        err = node_init(&lab->receiver, lab->loop, &own, &receiver, error);
    own.role = PLAIT_SENDER;
    node_random(NULL, random, sizeof random);
    if (err == PLAIT_OK)
        err = plait_key_generate(random, own.secret_key, public_keys[0]);
    if (err == PLAIT_OK)
        err = node_init(&lab->sender, lab->loop, &own, &sender, error);
    if (err == PLAIT_OK)
        err = plait_peer_allow(lab->receiver.endpoint, public_keys[0], NULL);
    if (err == PLAIT_OK)
        err = plait_session_open(lab->sender.endpoint, clock_now_ns(), public_keys[1], NULL,
                                 &lab->session);
    explicit_bzero(&own, sizeof own);
    return err;
}

static int lab_paths(struct lab *lab)
{
    uint64_t now = clock_now_ns();
    for (uint32_t i = 0; i < lab->links; i++) {
        struct plait_path_config path = {0};
        uint32_t id = 0;
        path.link = i;
        path.remote = lab_receiver;
        path.priority = i;
        int err = plait_path_add(lab->sender.endpoint, now, lab->session, &path, &id);
        if (err != PLAIT_OK)
            return err;
    }
    node_drain(&lab->sender, now);
    return PLAIT_OK;
}

int lab_open(struct lab *lab, struct loop *loop, const struct emu_scenario *scenario, uint64_t seed,
             const struct plait_config *config, const struct lab_hooks *hooks,
             struct run_error *error)
{
    memset(lab, 0, sizeof *lab);
    lab->loop = loop;
    lab->hooks = *hooks;
    lab->latency_ns = config->latency_ns != 0 ? config->latency_ns : PLAIT_LATENCY_DEFAULT_NS;
    lab->arrivals.at = PLAIT_NEVER;
    lab->arrivals.on_due = lab_on_arrivals;
    lab->arrivals.ctx = lab;
    lab->net = emu_net_create(scenario, seed);
    if (!lab->net)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "no memory for the emulated links");
    lab->links = emu_net_link_count(lab->net);
    (void)run_fail(error, PLAIT_OK, "the lab does not start");
    int err = loop_timer_add(loop, &lab->arrivals);
    if (err == PLAIT_OK)
        err = lab_nodes(lab, config, error);
    if (err == PLAIT_OK)
        err = lab_paths(lab);
    if (err != PLAIT_OK)
        lab_close(lab);
    return err;
}

void lab_close(struct lab *lab)
{
    if (!lab->loop)
        return;
    loop_timer_remove(lab->loop, &lab->arrivals);
    node_close(&lab->sender);
    node_close(&lab->receiver);
    emu_net_destroy(lab->net);
    memset(lab, 0, sizeof *lab);
}

int lab_write(struct lab *lab, uint64_t now, const uint8_t *data, size_t len)
{
    int err =
        plait_stream_write(lab->sender.endpoint, now, lab->session, data, len, PLAIT_WORTH_AUTO);
    node_drain(&lab->sender, now);
    return err;
}
