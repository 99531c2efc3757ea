/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/session/pair.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "plait/keys.h"

uint64_t pair_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void fill_random(void *ctx, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)pair_random(ctx);
}

struct plait_addr pair_addr(uint8_t net, uint8_t host, uint16_t port)
{
    return (struct plait_addr){.family = 4, .ip = {10, 0, net, host}, .port = port};
}

static struct plait_addr receiver_addr(void)
{
    return pair_addr(255, 1, 5000);
}

void pair_init(struct pair *pair)
{
    memset(pair, 0, sizeof *pair);
    if (sodium_init() < 0)
        abort();
    pair->now = SECOND_NS;
    pair->flight = calloc(PAIR_FLIGHT, sizeof *pair->flight);
    pair->sender.seed = 1;
    pair->receiver.seed = 2;
    pair->receiver.clock_ns = 77777 * MS;
    pair->sender.config = (struct plait_config){.role = PLAIT_SENDER};
    pair->receiver.config = (struct plait_config){.role = PLAIT_RECEIVER};
    pair->sender.config.latency_ns = pair->receiver.config.latency_ns = 200 * MS;
    pair->sender.config.store_packets = pair->receiver.config.store_packets = 1024;
    for (uint32_t i = 0; i < PAIR_LINKS; i++) {
        pair->link[i] = (struct pair_link){
            .delay_ns = (10 + 5 * i) * MS,
            .back_ns = (10 + 5 * i) * MS,
            .outside = pair_addr((uint8_t)i, 2, (uint16_t)(1000 + i)),
        };
    }
    for (int i = 0; i < 2; i++) {
        struct pair_side *side = i == 0 ? &pair->sender : &pair->receiver;

        fill_random(&side->seed, side->secret, sizeof side->secret);
        plait_key_public(side->secret, side->public_key);
        memcpy(side->config.secret_key, side->secret, sizeof side->secret);
        side->config.random = fill_random;
        side->config.random_ctx = &side->seed;
    }
}

void pair_free(struct pair *pair)
{
    free(pair->sender.memory);
    free(pair->receiver.memory);
    free(pair->flight);
}

static uint64_t clock_of(const struct pair *pair, const struct pair_side *side)
{
    return pair->now + side->clock_ns;
}

void pair_build(struct pair *pair, struct pair_side *side)
{
    const size_t bytes = plait_endpoint_bytes(&side->config);

    free(side->memory);
    side->memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    if (bytes == 0 || plait_endpoint_init(side->memory, bytes, &side->config, clock_of(pair, side),
                                          &side->ep) != PLAIT_OK)
        abort();
    side->next_ns = PLAIT_NEVER;
}

int pair_path_add(struct pair *pair, uint32_t link, uint32_t *path)
{
    const struct plait_path_config config = {.link = link, .remote = receiver_addr()};
    uint32_t id;
    const int err = plait_path_add(pair->sender.ep, clock_of(pair, &pair->sender), pair->session,
                                   &config, path == NULL ? &id : path);

    pair_drain(pair, &pair->sender);
    return err;
}

void pair_start(struct pair *pair, uint32_t links, const uint8_t *psk)
{
    pair_build(pair, &pair->receiver);
    pair_build(pair, &pair->sender);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, psk);
    if (plait_session_open(pair->sender.ep, clock_of(pair, &pair->sender),
                           pair->receiver.public_key, psk, &pair->session) != PLAIT_OK)
        abort();
    for (uint32_t i = 0; i < links; i++)
        pair_path_add(pair, i, NULL);
    pair_drain(pair, &pair->receiver);
}

/* Which link an address of the sender's stands for; PAIR_LINKS: none. */
static uint32_t link_of(const struct pair *pair, const struct plait_addr *addr)
{
    uint32_t i = 0;

    while (i < PAIR_LINKS && memcmp(&pair->link[i].outside, addr, sizeof *addr) != 0)
        i++;
    return i;
}

void pair_post(struct pair *pair, const struct datagram *datagram)
{
    if (pair->flying == PAIR_FLIGHT)
        abort(); /* a test would hold for the loss */
    pair->flight[pair->flying++] = *datagram;
}

static void transmit(struct pair *pair, const struct pair_side *side, const struct plait_poll *poll)
{
    struct datagram datagram = {0}, *d = &datagram;
    const struct pair_link *link;

    d->to_receiver = side == &pair->sender;
    d->to = poll->remote;
    d->len = poll->len;
    memcpy(d->bytes, poll->data, poll->len);
    d->link = d->to_receiver ? poll->link : link_of(pair, &poll->remote);
    if (d->link >= PAIR_LINKS) {
        pair->to_stranger_bytes += d->len;
        if (pair->tap != NULL)
            pair->tap(pair, d);
        return;
    }
    link = &pair->link[d->link];
    d->from = d->to_receiver ? link->outside : receiver_addr();
    d->at_ns = pair->now + (d->to_receiver ? link->delay_ns : link->back_ns);
    if (pair->tap != NULL && !pair->tap(pair, d))
        return;
    if (!link->down)
        pair_post(pair, d);
}

static void deliver(struct pair *pair, const struct plait_poll *poll)
{
    const uint64_t number = poll->len >= 8 ? get_u64(poll->data) : pair->next_expected;
    bool sound = number >= pair->next_expected;

    for (size_t i = 8; i < poll->len; i++)
        sound = sound && poll->data[i] == (uint8_t)(number + i);
    pair->wrong += !sound;
    pair->next_expected = number + 1;
    pair->delivered++;
    pair->delivered_bytes += poll->len;
    pair->last_delivered_ns = pair->now;
}

void pair_drain(struct pair *pair, struct pair_side *side)
{
    const int index = side == &pair->receiver;
    struct plait_poll poll;

    for (uint32_t polls = 0;; polls++) {
        if (polls > PAIR_POLLS)
            abort(); /* an endpoint that never comes to its TIMEOUT */
        switch (plait_endpoint_poll(side->ep, clock_of(pair, side), &poll)) {
        case PLAIT_POLL_TRANSMIT:
            transmit(pair, side, &poll);
            break;
        case PLAIT_POLL_DELIVER:
            deliver(pair, &poll);
            break;
        case PLAIT_POLL_EVENT:
            if (pair->events[index] == PAIR_EVENTS)
                abort();
            pair->event[index][pair->events[index]++] = poll.event;
            break;
        default:
            side->next_ns =
                poll.timeout == PLAIT_NEVER ? PLAIT_NEVER : poll.timeout - side->clock_ns;
            return;
        }
    }
}

int pair_inject(struct pair *pair, const struct datagram *datagram)
{
    struct pair_side *side = datagram->to_receiver ? &pair->receiver : &pair->sender;
    const int verdict =
        plait_endpoint_recv(side->ep, clock_of(pair, side), datagram->link, &datagram->to,
                            &datagram->from, datagram->bytes, datagram->len);

    pair_drain(pair, side);
    return verdict;
}

int pair_speak(struct pair *pair, bool to_receiver, const struct plait_addr *from, uint8_t path,
               uint64_t number, const uint8_t *frames, size_t len)
{
    const struct session *speaker = to_receiver ? pair_sending(pair) : pair_receiving(pair);
    struct datagram d = {.to_receiver = to_receiver, .link = path % PAIR_LINKS, .from = *from};
    struct keyring ring = speaker->keys.ring;

    d.to = to_receiver ? receiver_addr() : pair->link[d.link].outside;
    packet_encode_sealed(d.bytes, keyring_phase(&ring), speaker->keys.remote_cid, path, number);
    d.len = PACKET_SEALED_HEADER + (size_t)keyring_seal(&ring, path, number, d.bytes,
                                                        PACKET_SEALED_HEADER, frames, len,
                                                        d.bytes + PACKET_SEALED_HEADER);
    return pair_inject(pair, &d);
}

void pair_run(struct pair *pair, uint64_t until_ns)
{
    for (;;) {
        uint64_t next = pair->sender.next_ns;
        uint32_t first = PAIR_FLIGHT;
        struct datagram datagram;

        if (pair->receiver.next_ns < next)
            next = pair->receiver.next_ns;
        for (uint32_t i = 0; i < pair->flying; i++) {
            if (pair->flight[i].at_ns <= next &&
                (first == PAIR_FLIGHT || pair->flight[i].at_ns < pair->flight[first].at_ns))
                first = i;
        }
        if (first != PAIR_FLIGHT)
            next = pair->flight[first].at_ns;
        if (next > until_ns) {
            pair->now = until_ns;
            return;
        }
        if (next > pair->now)
            pair->now = next;
        if (first == PAIR_FLIGHT) {
            if (pair->sender.next_ns <= pair->now)
                pair_drain(pair, &pair->sender);
            if (pair->receiver.next_ns <= pair->now)
                pair_drain(pair, &pair->receiver);
            continue;
        }
        datagram = pair->flight[first];
        memmove(&pair->flight[first], &pair->flight[first + 1],
                (--pair->flying - first) * sizeof datagram);
        pair_inject(pair, &datagram);
    }
}

int pair_write(struct pair *pair, size_t len)
{
    uint8_t bytes[PLAIT_MAX_DATAGRAM + 1];
    int err;

    if (len >= 8)
        put_u64(bytes, pair->next_written);
    for (size_t i = len >= 8 ? 8 : 0; i < len; i++)
        bytes[i] = (uint8_t)(pair->next_written + i);
    err = plait_stream_write(pair->sender.ep, clock_of(pair, &pair->sender), pair->session, bytes,
                             len, PLAIT_WORTH_DELTA);
    pair->next_written++;
    pair_drain(pair, &pair->sender);
    return err;
}

void pair_stream(struct pair *pair, uint32_t ms, size_t len)
{
    for (uint32_t i = 0; i < ms; i++) {
        pair_write(pair, len);
        pair_run(pair, pair->now + MS);
    }
}

bool pair_no_reports(struct pair *pair, struct datagram *datagram)
{
    (void)pair;
    return datagram->to_receiver || datagram->bytes[0] < PACKET_SEALED;
}

void pair_new_keys(struct pair *pair)
{
    const uint64_t until = pair->now + 20 * SECOND_NS;
    const uint32_t told = pair_told(pair, 1, PLAIT_EVENT_REKEYED);

    pair->tap = pair_no_reports;
    while (pair_told(pair, 1, PLAIT_EVENT_REKEYED) == told && pair->now < until)
        pair_run(pair, pair->now + MS);
    pair->tap = NULL;
}

uint32_t pair_told(const struct pair *pair, int side, enum plait_event_kind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < pair->events[side]; i++)
        count += pair->event[side][i].kind == kind;
    return count;
}

struct session *pair_receiving(const struct pair *pair)
{
    for (uint32_t i = 0; i < pair->receiver.ep->config.max_sessions; i++) {
        struct session *session = endpoint_session(pair->receiver.ep, i);

        if (session != NULL && session->state == SESSION_UP)
            return session;
    }
    return NULL;
}

struct session *pair_sending(const struct pair *pair)
{
    return endpoint_session(pair->sender.ep, pair->session);
}

struct plait_stats pair_stats(const struct pair *pair, const struct pair_side *side)
{
    const struct session *receiving = pair_receiving(pair);
    struct plait_stats stats = {0};

    plait_stats_get(side->ep, clock_of(pair, side),
                    side == &pair->sender ? pair->session
                    : receiving == NULL   ? 0
                                          : receiving->index,
                    &stats);
    return stats;
}

int pair_setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);

    pair_init(pair);
    *state = pair;
    return 0;
}

int pair_teardown(void **state)
{
    pair_free(*state);
    free(*state);
    return 0;
}
