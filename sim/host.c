/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "plait/keys.h"
#include "sim/world.h"

#define POLLS_MAX 1000000 /* a drain that never ends is a defect, not a load */

static void draw(void *ctx, uint8_t *out, size_t n)
{
    struct sim_rng *rng = ctx;
    while (n) {
        uint64_t word = sim_rng_next(rng);
        size_t part = n < sizeof word ? n : sizeof word;
        memcpy(out, &word, part);
        out += part;
        n -= part;
    }
}

void host_init(struct host *host, enum sim_side side, const struct sim_clock *clock, uint64_t seed)
{
    memset(host, 0, sizeof *host);
    host->side = side;
    host->clock = *clock;
    host->rng.state = sim_mix(seed, 0x686f7374 + (uint64_t)side);
    host->wake_ns = PLAIT_NEVER;
    uint8_t random[PLAIT_KEY_BYTES];
    draw(&host->rng, random, sizeof random);
    int err = plait_key_generate(random, host->secret, host->public_key);
    assert(err == PLAIT_OK);
    (void)err;
}

static void open_session(struct world *world, struct host *host, uint64_t now)
{
    const struct host *peer = &world->host[SIM_RECEIVER];
    uint64_t local = sim_clock_local(&host->clock, now);
    int err = plait_session_open(host->ep, local, peer->public_key, NULL, &host->session);
    if (err) {
        world_fail(world, "host", "plait_session_open: %s", plait_strerror(err));
        return;
    }
    host->has_session = true;
    host_drain(world, host, now);
    for (uint32_t link = 0; link < world->config.scenario->link_count; link++) {
        host->path_of_link[link] = UINT32_MAX;
        if (!(world->config.links_off >> link & 1)) {
            host_path_add(world, host, now, link);
        }
    }
}

void host_start(struct world *world, struct host *host, uint64_t now)
{
    struct plait_config config = world->config.endpoint;
    bool sender = host->side == SIM_SENDER;
    config.role = sender ? PLAIT_SENDER : PLAIT_RECEIVER;
    if (!sender) {
        uint64_t wish = world->config.receiver_latency_ns;
        config.latency_ns = wish ? wish : PLAIT_LATENCY_MIN_NS;
    }
    memcpy(config.secret_key, host->secret, PLAIT_KEY_BYTES);
    config.random = draw;
    config.random_ctx = &host->rng;
    size_t bytes = plait_endpoint_bytes(&config);
    if (bytes == 0 || !guard_create(&host->memory, bytes)) {
        world_fail(world, "host", "no memory for an endpoint of %zu bytes", bytes);
        return;
    }
    uint64_t local = sim_clock_local(&host->clock, now);
    int err = plait_endpoint_init(host->memory.block, bytes, &config, local, &host->ep);
    if (err) {
        world_fail(world, "host", "plait_endpoint_init: %s", plait_strerror(err));
        return;
    }
    if (sender) {
        open_session(world, host, now);
    } else {
        err = plait_peer_allow(host->ep, world->host[SIM_SENDER].public_key, NULL);
        if (err) {
            world_fail(world, "host", "plait_peer_allow: %s", plait_strerror(err));
        }
    }
    host_drain(world, host, now);
}

void host_stop(struct host *host)
{
    if (host->ep) {
        plait_endpoint_wipe(host->ep);
    }
    guard_free(&host->memory);
    host->ep = NULL;
    host->has_session = false;
    host->wake_ns = PLAIT_NEVER;
}

static void drain(struct world *world, struct host *host, uint64_t now)
{
    uint64_t local = sim_clock_local(&host->clock, now);
    for (uint32_t i = 0; host->ep && !world->stopped; i++) {
        struct plait_poll poll;
        int kind = plait_endpoint_poll(host->ep, local, &poll);
        if (kind != (int)poll.kind || kind < PLAIT_POLL_TIMEOUT || kind > PLAIT_POLL_EVENT) {
            world_fail(world, "host", "poll returned %d, said %d", kind, (int)poll.kind);
            return;
        }
        if (kind == PLAIT_POLL_TIMEOUT) {
            host->wake_ns = sim_clock_world(&host->clock, poll.timeout);
            if (poll.timeout <= local) {
                world_fail(world, "host", "poll of side %d asks for a time that is past (by %llu)",
                           (int)host->side, (unsigned long long)(local - poll.timeout));
            }
            return;
        }
        host->outputs++;
        if (kind == PLAIT_POLL_TRANSMIT) {
            world_on_transmit(world, host, &poll);
        } else if (kind == PLAIT_POLL_DELIVER) {
            world_on_delivered(world, &poll);
        } else {
            world_on_event(world, host, &poll);
        }
        if (i == POLLS_MAX) {
            world_fail(world, "host", "poll of side %d does not come to an end", (int)host->side);
            world->stopped = true;
        }
    }
}

void host_drain(struct world *world, struct host *host, uint64_t now)
{
    if (host->side == SIM_SENDER) {
        oracle_before_poll(world);
    }
    drain(world, host, now);
    if (host->side == SIM_SENDER) {
        oracle_after_poll(world);
    }
}

void host_wake(struct world *world, struct host *host, uint64_t now)
{
    if (host->wake_ns > now) {
        return;
    }
    uint64_t before = host->outputs;
    host_drain(world, host, now);
    if (host->outputs == before) {
        check_on_idle_wake(world, (int)host->side);
    }
}

void host_path_add(struct world *world, struct host *host, uint64_t now, uint32_t link)
{
    if (!host->has_session || host->path_of_link[link] != UINT32_MAX) {
        return;
    }
    struct plait_path_config config = {
        .link = link,
        .local = world_private_address(link),
        .remote = world_receiver_address(),
        .max_bps = world->config.max_bps[link],
        .priority = link,
    };
    int err = plait_path_add(host->ep, sim_clock_local(&host->clock, now), host->session, &config,
                             &host->path_of_link[link]);
    if (err) {
        host->path_of_link[link] = UINT32_MAX;
        world_fail(world, "host", "plait_path_add of link %u: %s", link, plait_strerror(err));
        return;
    }
    host_drain(world, host, now);
}

void host_path_remove(struct world *world, struct host *host, uint64_t now, uint32_t link)
{
    uint32_t path = host->path_of_link[link];
    if (!host->has_session || path == UINT32_MAX) {
        return;
    }
    host->path_of_link[link] = UINT32_MAX;
    int err = plait_path_remove(host->ep, sim_clock_local(&host->clock, now), host->session, path);
    if (err) {
        world_fail(world, "host", "plait_path_remove of path %u: %s", path, plait_strerror(err));
        return;
    }
    host_drain(world, host, now);
}
