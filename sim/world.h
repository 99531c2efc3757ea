/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world: a sender, emulated links, a receiver, a load and faults, under virtual time. Everything
 * in it follows from its configuration and one seed. World time starts at 0 when the sender's host
 * starts; the scenario's time starts with it.
 */
#ifndef PLAIT_SIM_WORLD_H
#define PLAIT_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/emu.h"
#include "plait/plait.h"
#include "plait/stats.h"
#include "sim/autopsy.h"
#include "sim/check.h"
#include "sim/hold.h"
#include "sim/host.h"
#include "sim/ledger.h"
#include "sim/load.h"
#include "sim/measure.h"
#include "sim/oracle.h"
#include "sim/tcp.h"

/* A sender that hardly knows the receiver's clock leans this far to the early side (CLOCK_LEAN_NS
 * and RELEASE_LEAD of the core). */
#define SIM_LEAN_NS (10 * SIM_MS)

#define SIM_MS UINT64_C(1000000)
#define SIM_S  UINT64_C(1000000000)

#if defined(__GNUC__)
#define SIM_PRINTF(text, args) __attribute__((format(printf, text, args)))
#else
#define SIM_PRINTF(text, args)
#endif

#define SIM_FAULTS_MAX 64
#define SIM_REPLAY_MAX 512 /* bytes of the line that runs a world again, with the final zero */
#define SIM_ERROR_MAX  512

enum sim_fault_kind {
    SIM_FAULT_PATH_ADD,         /* link */
    SIM_FAULT_PATH_REMOVE,      /* link */
    SIM_FAULT_SENDER_RESTART,   /* the host loses all state */
    SIM_FAULT_RECEIVER_RESTART, /* the host loses all state */
    SIM_FAULT_LATENCY,          /* value: the sender's new wish, ns */
    SIM_FAULT_SENDER_CLOCK,     /* value: its clock is set by so much, ns, a signed number */
    SIM_FAULT_RECEIVER_CLOCK,   /* the same */
    SIM_FAULT_SENDER_HOLD,   /* value: its program is held up for so long, ns; later faults wait */
    SIM_FAULT_RECEIVER_HOLD, /* the same */
};

struct sim_fault {
    uint64_t at_ns; /* world time */
    enum sim_fault_kind kind;
    uint32_t link;
    uint64_t value;
};

struct adversary_config {
    bool on;
    uint64_t from_ns, to_ns; /* world time in which it acts */
};

struct sim_config {
    uint64_t seed;
    char replay[SIM_REPLAY_MAX];
    const struct emu_scenario *scenario; /* borrowed; with its outages and rebindings */
    uint64_t links_off;                  /* bit i: link i has no path at the start */
    struct plait_config endpoint;        /* both sides' template: latency, scheduler, .. */
    uint64_t receiver_latency_ns;        /* the receiver's wish; 0: the least there is */
    struct sim_clock clock[SIM_SIDES];
    struct load_config load;
    uint64_t follow_min_bps, follow_max_bps; /* the load follows the advice; 0: it does not */
    uint64_t end_ns; /* world time; leave latency + 1 s after the load's end to settle */
    uint32_t faults; /* rising by time */
    struct sim_fault fault[SIM_FAULTS_MAX];
    struct adversary_config adversary;
    struct tcp_config tcp;           /* a flow beside the bond */
    uint64_t max_bps[EMU_LINKS_MAX]; /* plait_path_config.max_bps; 0: none */

    /* What the checkers may ask. */
    uint64_t early_ns, late_ns; /* a delivery's distance from write + latency, at most */
    uint64_t calm_from_ns;      /* from here on the stream must flow; PLAIT_NEVER: no demand */
    uint32_t calm_share_ppm;    /* of what is written in the calm: on time, at least */
    uint64_t sample_ns;         /* how often the counters are checked */
    bool keep_going;            /* a failed check is noted, but the run goes on: to measure */
    bool series;                /* print a line a second */
    bool autopsy;               /* note why packets are not on time */
    enum oracle_kind oracle;    /* the sender is told the truth about its links */
    void (*observe)(void *ctx, const struct world *world); /* after each sample; may be NULL */
    void *observe_ctx;
};

struct sim_line {
    uint64_t forward_packets, forward_bytes; /* UDP payload handed to the link by the sender */
    uint64_t reverse_bytes;
    uint64_t nat_lost; /* sent to a public address that is no more */
};

/* The clocks of a new session meet over a link whose queue of the session before still stands, that
 * is down just now and holds what it is given, or whose first datagram is held to be overtaken; or
 * one of the programs is held up and reads late: half of that is beyond anybody's knowledge until
 * the link has been seen without. */
struct meeting {
    uint64_t until_ns; /* for what is written up to then */
    uint64_t late_ns;  /* so much more may be late */
    uint64_t early_ns; /* or early: the answer may come again on the slowest way, with the time of
                          the fastest */
};

/* A clock that was set: nobody is told, whatever the session. */
struct clock_set {
    uint64_t until_ns; /* what is written up to then */
    uint64_t wrong_ns; /* may be early or late by so much more */
};

struct world {
    struct sim_config config;
    uint64_t now;
    struct emu_net *net;
    struct host host[SIM_SIDES];
    struct hold hold[SIM_SIDES];
    struct load load;
    struct ledger ledger;
    struct measure measure;
    struct oracle oracle;
    struct autopsy *autopsy; /* NULL: not wanted */
    struct check_state check;
    struct adversary *adversary; /* NULL: none */
    struct tcp *tcp;             /* NULL: none */
    struct sim_line line[EMU_LINKS_MAX];
    uint32_t next_fault;
    uint64_t next_sample_ns;
    uint16_t epoch;                          /* counts the sender's sessions */
    struct meeting meeting;                  /* of the clocks, in this epoch */
    struct clock_set clock_set;              /* by all that they were set so far */
    uint64_t latency_min_ns, latency_max_ns; /* of what is written now */
    uint64_t latency_settles_ns, latency_ns; /* when a change is over, and what then holds */
    uint64_t hash;                           /* of everything sent, arrived and delivered */
    uint64_t events;                         /* datagrams, deliveries and events so far */
    uint8_t *scratch;                        /* PLAIT_MAX_DATAGRAM bytes */
    bool stopped;
    char error[SIM_ERROR_MAX]; /* "checker: what is wrong"; empty while all is well */
};

/* A receiver address, and a link's public address in a NAT epoch. */
struct plait_addr world_receiver_address(void);
struct plait_addr world_public_address(uint32_t link, uint32_t epoch);
struct plait_addr world_private_address(uint32_t link);

/* The seed of a world's links, for emu_net_create() and emu_bound_init(). */
uint64_t world_net_seed(uint64_t seed);

/* A configuration that can run: no faults, 1316-byte datagrams, clocks apart. */
void world_defaults(struct sim_config *config, const struct emu_scenario *scenario, uint64_t seed);

/* Builds and runs a world to its end or first failed check; false: failed, see `error`. The world
 * stays readable until world_free(). */
bool world_run(struct world *world, const struct sim_config *config);
void world_free(struct world *world);

/* Records the first failure of a check; later ones are ignored. The run stops, unless it is to keep
 * going. */
void world_fail(struct world *world, const char *checker, const char *format, ...) SIM_PRINTF(3, 4);

/* For hosts: what poll returned. */
void world_on_transmit(struct world *world, struct host *from, const struct plait_poll *poll);
void world_on_delivered(struct world *world, const struct plait_poll *poll);
void world_on_event(struct world *world, struct host *at, const struct plait_poll *poll);

/* Hands a datagram to a host as if it had arrived now, and drains the host. Returns what
 * plait_endpoint_recv() did. */
int world_arrive(struct world *world, enum sim_side to, uint32_t link,
                 const struct plait_addr *source, const uint8_t *data, size_t len);

#endif
