/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The duel: plait and its peers as real processes over loopback, one after another, each through
 * the same emulated links (same scenario, seed, rate and latency), judged from outside.
 *
 *   probe (load) -> sender -> relay: one UDP port a link -> receiver -> probe (output)
 */
#ifndef PLAIT_BENCH_DUEL_H
#define PLAIT_BENCH_DUEL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "emu/emu.h"

#define DUEL_MS      UINT64_C(1000000)
#define DUEL_S       UINT64_C(1000000000)
#define DUEL_PAYLOAD 1316
#define DUEL_WORDS   64 /* of a command line */

/* Ports on 127.0.0.1, from a base. */
#define DUEL_PORT_RECEIVER 0
#define DUEL_PORT_LOAD     1
#define DUEL_PORT_OUTPUT   2
#define DUEL_PORT_LINK     11 /* + link */

struct duel {
    const char *plait; /* the program */
    const char *only;  /* contenders whose name holds this; NULL: all */
    const char *scenario_path;
    struct emu_scenario scenario;
    double rate_mbps;
    uint64_t latency_ms, seconds, seed;
    unsigned port;
    bool json;
};

uint64_t duel_now(void);
struct sockaddr_in duel_address(const struct duel *duel, unsigned port);
/* A non-blocking UDP socket with large buffers, bound unless port is UINT_MAX. Exits on failure. */
int duel_socket(const struct duel *duel, unsigned port);

/* -- relay.c: the links -- */
struct relay {
    const struct duel *duel;
    struct emu_net *net;
    uint64_t started_ns;
    unsigned links;
    int listen[EMU_LINKS_MAX];   /* the sender's side */
    int upstream[EMU_LINKS_MAX]; /* the receiver's side; its port changes when a NAT rebinds */
    unsigned epoch[EMU_LINKS_MAX];
    struct sockaddr_in sender[EMU_LINKS_MAX]; /* who was last heard on the link */
};

void relay_open(struct relay *relay, const struct duel *duel);
void relay_start(struct relay *relay, uint64_t now);
void relay_close(struct relay *relay);
/* Moves what has arrived at sockets into the links and out of them again. */
void relay_work(struct relay *relay, uint64_t now);
/* Payload bytes handed to the links in one direction so far. */
uint64_t relay_bytes(const struct relay *relay, enum emu_dir dir);
/* Datagrams that the links had no memory for. */
uint64_t relay_unheld(const struct relay *relay);

/* -- probe.c: the load and what comes of it -- */
struct probe {
    const struct duel *duel;
    int load, output;
    uint64_t first_ns; /* when number 0 is written */
    uint64_t count, next;
    uint64_t *written_ns, *took_ns; /* took_ns: UINT64_MAX while not delivered */
    uint64_t last_ns, gap_ns;
    uint64_t foreign, twice, disorder, highest;
};

struct probe_result {
    double on_time; /* share by write + latency + slack */
    double arrived; /* share, whenever */
    double p50_ms, p99_ms, p999_ms, max_ms, gap_ms;
};

#define PROBE_SLACK_NS (10 * DUEL_MS)
void probe_open(struct probe *probe, const struct duel *duel);
void probe_start(struct probe *probe, uint64_t first_ns);
void probe_close(struct probe *probe);
void probe_work(struct probe *probe, uint64_t now);
/* When the next datagram is to be written, UINT64_MAX after the last. */
uint64_t probe_next(const struct probe *probe);
void probe_finish(struct probe *probe, struct probe_result *result);

/* -- contender.c: the programs -- */
struct contender {
    const char *name;
    void (*receiver)(const struct duel *duel, char **words);
    void (*sender)(const struct duel *duel, char **words);
};

extern const struct contender contenders[];
extern const unsigned contenders_count;

pid_t contender_run(const struct duel *duel, void (*make)(const struct duel *, char **));
/* Not since it ended by itself. */
bool contender_runs(pid_t pid);
/* Ends it with SIGTERM, after three seconds with SIGKILL; its processor time in seconds. */
double contender_end(pid_t pid);

#endif
