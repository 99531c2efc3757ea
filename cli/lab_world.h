/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sender, emulated links and a receiver on one loop, in real time: the two endpoints exchange
 * their datagrams through emu/ instead of sockets. Link i of the scenario is link i of the sender.
 * The sender behind link i has the address 10.(i+1).0.2; its port changes with each NAT rebinding,
 * and what the receiver sends to the old one is lost.
 */
#ifndef PLAIT_CLI_LAB_WORLD_H
#define PLAIT_CLI_LAB_WORLD_H

#include <stdbool.h>

#include "emu/emu.h"
#include "run/node.h"

struct lab_hooks {
    void *ctx;
    void (*on_datagram)(void *ctx, uint64_t now, const uint8_t *data, size_t len,
                        uint64_t latency_ns);
    void (*on_event)(void *ctx, uint64_t now, enum plait_role role, uint32_t session,
                     const struct plait_event *event);
};

struct lab {
    struct loop *loop;
    struct emu_net *net;
    struct node sender, receiver;
    struct loop_timer arrivals;
    struct lab_hooks hooks;
    uint32_t session; /* the sender's */
    uint32_t links;
    bool is_up;
    uint64_t latency_ns;
};

/* `config` is the sender's; the receiver gets the same latency; keys are made here. The scenario
 * must outlive the lab. Fills *lab, which must stay where it is. */
int lab_open(struct lab *lab, struct loop *loop, const struct emu_scenario *scenario, uint64_t seed,
             const struct plait_config *config, const struct lab_hooks *hooks,
             struct run_error *error);

/* Safe on a zeroed lab. */
void lab_close(struct lab *lab);

/* As plait_stream_write() on the sender. */
int lab_write(struct lab *lab, uint64_t now, const uint8_t *data, size_t len);

#endif
