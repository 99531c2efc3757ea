/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/oracle.h"

#include "core/base/seq.h"
#include "core/endpoint/endpoint.h"
#include "sim/world.h"

#define WINDOW_NS  (100 * SIM_MS) /* the rate is a mean over so long */
#define FORESIGHT  (200 * SIM_MS)
#define LEAST_BPS  UINT64_C(1000) /* 0 would mean "unknown" */
#define LEAST_SEND UINT64_C(1500) /* bytes: a window that lets one packet pass */

/* From a datagram's leaving the link until the sender could have heard of it. */
static uint64_t return_ns(const struct world *world, uint32_t link)
{
    const struct emu_scenario *scenario = world->config.scenario;
    uint64_t back = PLAIT_NEVER;
    for (uint32_t i = 0; i < scenario->link_count; i++) {
        back = min_u64(back, scenario->link[i].dir[EMU_REVERSE].delay_ns);
    }
    return scenario->link[link].dir[EMU_FORWARD].delay_ns + back + ACK_DELAY;
}

uint64_t oracle_rate_bps(const struct world *world, enum oracle_kind kind, uint32_t link)
{
    const struct emu_link *emu = emu_net_link(world->net, link, EMU_FORWARD);
    uint64_t delay = kind == ORACLE_DELAYED ? return_ns(world, link) : 0;
    uint64_t to = world->now > delay ? world->now - delay : 0;
    uint64_t from = to > WINDOW_NS ? to - WINDOW_NS : 0;
    if (kind == ORACLE_FUTURE) {
        from = world->now;
        to = world->now + FORESIGHT;
    }
    /* At the very start nothing is past: what the link will carry first stands for it. */
    if (to - from < WINDOW_NS) {
        to = from + WINDOW_NS;
    }
    return max_u64(LEAST_BPS, emu_link_capacity_bytes(emu, from, to) * 8 * SIM_S / (to - from));
}

static uint64_t carry_ns(uint64_t bytes, uint64_t bps)
{
    return (uint64_t)((double)bytes * 8e9 / (double)bps);
}

static void tell_rate(const struct world *world, struct path *path)
{
    const uint64_t bps = oracle_rate_bps(world, world->oracle.kind, path->link);
    const uint64_t round = path->base_rtt_ns
                               ? path->base_rtt_ns
                               : 2 * world->config.scenario->link[path->link].dir[0].delay_ns;
    rate_set(&path->rate, bps);
    path->cc.window = (uint64_t)((double)bps / 8e9 * (double)(round + path->cc.target_ns));
    path->cc.window = max_u64(path->cc.window, LEAST_SEND);
    path->cc.pacing_bps = path->cc.window * 24 * SIM_S / (round + 1);
    path->pacer.rate_bps = path->cc.pacing_bps;
    if (path->max_bps) {
        path->pacer.rate_bps = min_u64(path->pacer.rate_bps, path->max_bps);
    }
}

/* path_arrival() reckons from top_received_ns that all in flight is still to be served. The truth
 * is what stands in the queue: top_received_ns is moved to where it comes to that. */
static void tell_queue(struct world *world, struct path *path, uint32_t slot, uint64_t local)
{
    const struct emu_link *emu = emu_net_link(world->net, path->link, EMU_FORWARD);
    uint64_t wait = emu_link_queue_ns(emu, world->now);
    if (!path->forward.valid) {
        return;
    }
    if (world->oracle.kind == ORACLE_PRESENT) {
        wait = carry_ns(emu_link_capacity_bytes(emu, world->now, world->now + wait),
                        path->rate.estimate_bps);
    } else if (path->rate.estimate_bps == LEAST_BPS) {
        wait = max_u64(wait, FORESIGHT);
    }
    world->oracle.displaced_ns[slot] = path->top_received_ns;
    path->top_received_ns = local + (uint64_t)path->forward.base_ns + wait -
                            carry_ns(path->sent.bytes_in_flight, path_serves_bps(path));
}

static struct session *session_of(const struct world *world)
{
    const struct host *host = &world->host[SIM_SENDER];
    if (world->oracle.kind == ORACLE_OFF || !host->ep || !host->has_session) {
        return NULL;
    }
    return endpoint_session(host->ep, host->session);
}

static void tell(struct world *world, bool queues)
{
    struct session *session = session_of(world);
    const uint64_t local = sim_clock_local(&world->host[SIM_SENDER].clock, world->now);
    for (uint32_t i = 0; session && i < session->paths_used; i++) {
        struct path *path = &session->paths[i];
        world->oracle.displaced_ns[i] = 0;
        if (path->state != PATH_ACTIVE && path->state != PATH_SUSPECT) {
            continue;
        }
        tell_rate(world, path);
        if (queues && world->oracle.kind != ORACLE_DELAYED) {
            tell_queue(world, path, i, local);
        }
    }
}

void oracle_before_recv(struct world *world)
{
    tell(world, false);
}

void oracle_before_poll(struct world *world)
{
    tell(world, true);
}

void oracle_after_poll(struct world *world)
{
    struct session *session = session_of(world);
    for (uint32_t i = 0; session && i < session->paths_used; i++) {
        if (world->oracle.displaced_ns[i]) {
            session->paths[i].top_received_ns = world->oracle.displaced_ns[i];
        }
    }
}
