/* SPDX-License-Identifier: BSD-2-Clause */
/* A sender and a receiver wired back to back in virtual time. Link i leads from address i of the
 * sender (which a NAT may change) to the receiver's one address, with a fixed delay each way. Every
 * datagram passes a tap, which may look, change, drop or keep it. */
#ifndef PLAIT_TESTS_SESSION_PAIR_H
#define PLAIT_TESTS_SESSION_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/endpoint/endpoint.h"
#include "plait/plait.h"
#include "plait/stats.h"

#define PAIR_LINKS  4
#define PAIR_FLIGHT 8192
#define PAIR_EVENTS 65536
#define PAIR_POLLS  100000 /* to TIMEOUT, at most */
#define MS          UINT64_C(1000000)
#define SECOND_NS   (1000 * MS)

struct datagram {
    uint64_t at_ns; /* arrival */
    uint32_t link;
    bool to_receiver;
    struct plait_addr from, to;
    size_t len;
    uint8_t bytes[PLAIT_MAX_UDP];
};

struct pair_link {
    uint64_t delay_ns, back_ns;
    bool down;
    struct plait_addr outside; /* the sender's address as the receiver sees it */
};

struct pair_side {
    struct plait_config config;
    struct plait_endpoint *ep;
    void *memory;
    uint64_t next_ns;  /* of the last TIMEOUT */
    uint64_t clock_ns; /* added to the world's time */
    uint64_t seed;
    uint8_t secret[PLAIT_KEY_BYTES], public_key[PLAIT_KEY_BYTES];
};

struct pair {
    struct pair_side sender, receiver;
    struct pair_link link[PAIR_LINKS];
    uint32_t session; /* the sender's */
    uint64_t now;
    struct datagram *flight; /* unordered */
    uint32_t flying;
    /* true: let it pass */
    bool (*tap)(struct pair *pair, struct datagram *datagram);
    void *tap_ctx;
    struct plait_event event[2][PAIR_EVENTS]; /* 0 sender, 1 receiver */
    uint32_t events[2];
    uint64_t delivered, delivered_bytes, wrong; /* wrong: not the next in order, or spoilt */
    uint64_t next_written, next_expected;
    uint64_t last_delivered_ns;
    uint64_t to_stranger_bytes; /* sent by the receiver to addresses that are no link's */
};

/* For cmocka: *state is a pair. */
int pair_setup(void **state);
int pair_teardown(void **state);
void pair_init(struct pair *pair);
void pair_free(struct pair *pair);
/* (Re)builds one side from its config; a receiver allows the sender again. */
void pair_build(struct pair *pair, struct pair_side *side);
/* Both sides, session opened, `links` paths added. */
void pair_start(struct pair *pair, uint32_t links, const uint8_t *psk);
int pair_path_add(struct pair *pair, uint32_t link, uint32_t *path);
/* Lets the world run until `until_ns`. */
void pair_run(struct pair *pair, uint64_t until_ns);
/* Writes a datagram a millisecond of `len` bytes for `ms` milliseconds while running. */
void pair_stream(struct pair *pair, uint32_t ms, size_t len);
/* Writes one datagram now. */
int pair_write(struct pair *pair, size_t len);
/* Polls a side until it has nothing more to do now. */
void pair_drain(struct pair *pair, struct pair_side *side);
/* Hands a datagram to a side as it is, and drains. Returns the verdict. */
int pair_inject(struct pair *pair, const struct datagram *datagram);
/* Hands a side what the other one's keys seal: frames in packet `number` of a path, from where
 * `from` says. The keys are a copy: the real ring does not move. */
int pair_speak(struct pair *pair, bool to_receiver, const struct plait_addr *from, uint8_t path,
               uint64_t number, const uint8_t *frames, size_t len);
/* Puts a datagram on its way, to arrive at its at_ns. */
void pair_post(struct pair *pair, const struct datagram *datagram);
/* A tap: the sender hears nothing but handshakes. */
bool pair_no_reports(struct pair *pair, struct datagram *datagram);
/* Until new keys are made in the session: the sender hears nothing but handshakes. */
void pair_new_keys(struct pair *pair);
/* How often a side told this event. */
uint32_t pair_told(const struct pair *pair, int side, enum plait_event_kind kind);
/* The receiver's session with the sender; NULL when there is none. */
struct session *pair_receiving(const struct pair *pair);
struct session *pair_sending(const struct pair *pair);
struct plait_stats pair_stats(const struct pair *pair, const struct pair_side *side);
struct plait_addr pair_addr(uint8_t net, uint8_t host, uint16_t port);
uint64_t pair_random(uint64_t *seed);

#endif
