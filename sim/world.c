/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/seq.h"
#include "core/media/clock.h"
#include "core/session/addr.h"
#include "emu/limits.h"
#include "emu/service.h"
#include "sim/adversary.h"
#include "sim/series.h"

#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

#define RECEIVER_PORT    7000
#define PUBLIC_PORT      20000
#define PRIVATE_PORT     40000
#define LATENCY_AGREE_NS (3 * SIM_S) /* granted for a changed latency to hold everywhere */

static void hash_word(struct world *world, uint64_t word)
{
    world->hash = (world->hash ^ word) * HASH_PRIME;
    world->hash ^= world->hash >> 29;
}

static void hash_bytes(struct world *world, const uint8_t *data, size_t len)
{
    uint64_t word;
    for (; len >= sizeof word; data += sizeof word, len -= sizeof word) {
        memcpy(&word, data, sizeof word);
        hash_word(world, word);
    }
    word = len;
    memcpy(&word, data, len);
    hash_word(world, word);
}

/* Kinds keep a sending, an arrival and a delivery of the same bytes apart. */
static void trace(struct world *world, uint64_t kind, const uint8_t *data, size_t len)
{
    hash_word(world, world->now ^ kind << 56);
    hash_word(world, len);
    hash_bytes(world, data, len);
    world->events++;
}

static struct plait_addr address(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint32_t port)
{
    struct plait_addr addr = {.family = 4, .ip = {a, b, c, d}, .port = (uint16_t)port};
    return addr;
}

struct plait_addr world_receiver_address(void)
{
    return address(203, 0, 113, 1, RECEIVER_PORT);
}

struct plait_addr world_public_address(uint32_t link, uint32_t epoch)
{
    return address(198, 51, 100, (uint8_t)(link + 1), PUBLIC_PORT + link * 1000 + epoch);
}

struct plait_addr world_private_address(uint32_t link)
{
    return address(10, 0, (uint8_t)link, 2, PRIVATE_PORT + link);
}

uint64_t world_net_seed(uint64_t seed)
{
    return sim_mix(seed, 0x6e6574);
}

void world_fail(struct world *world, const char *checker, const char *format, ...)
{
    world->stopped = world->stopped || !world->config.keep_going;
    if (world->error[0]) {
        return;
    }
    int used = snprintf(world->error, sizeof world->error, "%s at %.6f s: ", checker,
                        (double)world->now / 1e9);
    va_list args;
    va_start(args, format);
    vsnprintf(world->error + used, sizeof world->error - (size_t)used, format, args);
    va_end(args);
}

void world_defaults(struct sim_config *config, const struct emu_scenario *scenario, uint64_t seed)
{
    memset(config, 0, sizeof *config);
    config->seed = seed;
    config->scenario = scenario;
    config->clock[SIM_SENDER].offset_ns = 5 * SIM_S;
    config->clock[SIM_RECEIVER].offset_ns = 86400 * SIM_S;
    config->load.start_ns = SIM_S;
    config->load.size_min = config->load.size_max = 1316;
    config->early_ns = 1 * SIM_MS + SIM_LEAN_NS;
    config->late_ns = 1 * SIM_MS;
    config->calm_from_ns = PLAIT_NEVER;
    config->sample_ns = 50 * SIM_MS;
}

/* ---- What hosts hand out ---- */

static bool sender_link(const struct world *world, const struct plait_addr *to, uint32_t *link)
{
    if (to->family != 4 || to->ip[0] != 198) {
        return false;
    }
    *link = (uint32_t)to->ip[3] - 1;
    return *link < world->config.scenario->link_count;
}

static void transmit_forward(struct world *world, const struct plait_poll *poll)
{
    struct plait_addr receiver = world_receiver_address();
    if (poll->link >= world->config.scenario->link_count || !addr_equal(&poll->remote, &receiver)) {
        world_fail(world, "world",
                   "the sender transmits on link %u, which is not there, or to "
                   "another address",
                   poll->link);
        return;
    }
    struct sim_line *line = &world->line[poll->link];
    line->forward_packets++;
    line->forward_bytes += poll->len;
    const struct emu_link *emu = emu_net_link(world->net, poll->link, EMU_FORWARD);
    measure_on_sent(&world->measure, poll->link, emu_link_queue_ns(emu, world->now));
    if (world->autopsy) {
        autopsy_before_sent(world->autopsy, world, poll->link);
    }
    enum emu_fate fate =
        emu_net_send(world->net, poll->link, EMU_FORWARD, world->now, poll->data, poll->len);
    if (world->autopsy) {
        autopsy_on_sent(world->autopsy, world, poll->link, fate);
    }
}

static void transmit_reverse(struct world *world, const struct plait_poll *poll)
{
    uint32_t link;
    if (!sender_link(world, &poll->remote, &link)) {
        if (!world->adversary) {
            world_fail(world, "world", "the receiver transmits to an address that never sent");
        }
        return;
    }
    struct sim_line *line = &world->line[link];
    struct plait_addr open =
        world_public_address(link, emu_net_epoch(world->net, link, world->now));
    if (!addr_equal(&poll->remote, &open)) {
        line->nat_lost++;
        return;
    }
    line->reverse_bytes += poll->len;
    emu_net_send(world->net, link, EMU_REVERSE, world->now, poll->data, poll->len);
}

void world_on_transmit(struct world *world, struct host *from, const struct plait_poll *poll)
{
    if (poll->len == 0 || poll->len > PLAIT_MAX_UDP) {
        world_fail(world, "world", "side %d transmits %zu bytes", (int)from->side, poll->len);
        return;
    }
    trace(world, 1 + (uint64_t)from->side, poll->data, poll->len);
    check_on_sent(world, from, poll);
    if (from->side == SIM_SENDER) {
        transmit_forward(world, poll);
    } else {
        transmit_reverse(world, poll);
    }
}

void world_on_delivered(struct world *world, const struct plait_poll *poll)
{
    trace(world, 3, poll->data, poll->len);
    uint64_t index = ledger_find(&world->ledger, world->now, poll->data, poll->len);
    check_on_delivered(world, index, poll);
    if (index != UINT64_MAX && !world->stopped) {
        world->ledger.entries[index].delivered_ns = world->now;
        measure_on_delivered(&world->measure, world->now);
    }
}

void world_on_event(struct world *world, struct host *at, const struct plait_poll *poll)
{
    world->events++;
    if (at->side == SIM_RECEIVER && poll->event.kind == PLAIT_EVENT_SESSION_UP) {
        at->session = poll->session;
        at->has_session = true;
    } else if (poll->event.kind == PLAIT_EVENT_SESSION_CLOSED && poll->session == at->session) {
        at->has_session = false;
    }
}

/* ---- What happens to hosts ---- */

int world_arrive(struct world *world, enum sim_side to, uint32_t link,
                 const struct plait_addr *source, const uint8_t *data, size_t len)
{
    struct host *host = &world->host[to];
    if (!host->ep) {
        return PLAIT_ERR_STATE;
    }
    trace(world, 5 + (uint64_t)to, data, len);
    struct plait_addr local =
        to == SIM_SENDER ? world_private_address(link) : world_receiver_address();
    if (to == SIM_SENDER) {
        oracle_before_recv(world);
    }
    int result = plait_endpoint_recv(host->ep, sim_clock_local(&host->clock, world->now),
                                     to == SIM_SENDER ? link : 0, &local, source, data, len);
    host_drain(world, host, world->now);
    return result;
}

static void arrivals(struct world *world)
{
    struct emu_arrival arrival;
    while (!world->stopped && emu_net_recv(world->net, world->now, &arrival)) {
        if (world->tcp && tcp_on_arrived(world->tcp, world->net, world->now, &arrival)) {
            continue;
        }
        bool forward = arrival.dir == EMU_FORWARD;
        uint32_t epoch = emu_net_epoch(world->net, arrival.link, arrival.sent_ns);
        struct plait_addr source =
            forward ? world_public_address(arrival.link, epoch) : world_receiver_address();
        enum sim_side to = forward ? SIM_RECEIVER : SIM_SENDER;
        if (hold_is_on(&world->hold[to], world->now)) {
            hold_keep(&world->hold[to], arrival.link, &source, arrival.data, arrival.len);
        } else if (world->adversary) {
            adversary_on_passing(world->adversary, world, to, arrival.link, &source, arrival.data,
                                 arrival.len, arrival.corrupted);
        } else {
            world_arrive(world, to, arrival.link, &source, arrival.data, arrival.len);
        }
    }
}

/* How long an outage of the link will last. */
static uint64_t outage_ns(const struct emu_link *emu, uint64_t now)
{
    uint64_t at = now;
    while (at < now + CLOCK_SETTLE_NS && emu_link_is_down(emu, at)) {
        at += SIM_MS;
    }
    return at - now;
}

/* Half of what the ways there and back of all links differ by at most. */
static uint64_t half_of_ways(const struct emu_scenario *scenario)
{
    uint64_t shortest = UINT64_MAX, longest = 0;
    for (uint32_t i = 0; i < scenario->link_count; i++) {
        const struct emu_dir_spec *dir = scenario->link[i].dir;
        const uint64_t scatter = dir[EMU_FORWARD].jitter_ns + dir[EMU_REVERSE].jitter_ns;
        const uint64_t round = dir[EMU_FORWARD].delay_ns + dir[EMU_REVERSE].delay_ns;
        longest = max_u64(longest, emu_service_longest_ns(&dir[EMU_FORWARD]) +
                                       emu_service_longest_ns(&dir[EMU_REVERSE]));
        shortest = min_u64(shortest, round - min_u64(round, scatter));
    }
    return (longest - shortest) / 2;
}

static void meet(struct world *world)
{
    const struct emu_scenario *scenario = world->config.scenario;
    world->meeting = (struct meeting){
        .until_ns = world->now + CLOCK_SETTLE_NS,
        .early_ns = half_of_ways(scenario),
        .late_ns = hold_left(&world->hold[SIM_RECEIVER], world->now) / 2,
    };
    for (uint32_t i = 0; i < scenario->link_count; i++) {
        const struct emu_link *emu = emu_net_link(world->net, i, EMU_FORWARD);
        const bool held = scenario->link[i].dir[EMU_FORWARD].reorder > 0;
        const uint64_t doubt = emu_link_queue_ns(emu, world->now) + outage_ns(emu, world->now) +
                               (held ? EMU_HOLD_MAX_NS : 0);
        world->meeting.late_ns = max_u64(world->meeting.late_ns, doubt / 2);
    }
}

static void start_epoch(struct world *world)
{
    world->epoch++;
    meet(world);
    if (world->epoch >= CHECK_EPOCHS) {
        world_fail(world, "world", "the sender needed %u sessions", (unsigned)world->epoch);
    }
}

static void write_load(struct world *world)
{
    struct host *host = &world->host[SIM_SENDER];
    while (!world->stopped && load_next(&world->load) <= world->now &&
           !hold_is_on(&world->hold[SIM_SENDER], world->now)) {
        uint32_t len;
        enum plait_worth worth;
        load_take(&world->load, &len, &worth);
        uint64_t index = world->ledger.count;
        struct ledger_entry *entry = ledger_add(&world->ledger, world->now, len, (uint8_t)worth);
        entry->epoch = world->epoch;
        entry->latency_min_ns = world->latency_min_ns;
        entry->latency_max_ns = world->latency_max_ns;
        int err = PLAIT_ERR_STATE;
        if (host->has_session) {
            ledger_payload(&world->ledger, index, world->scratch, len);
            err = plait_stream_write(host->ep, sim_clock_local(&host->clock, world->now),
                                     host->session, world->scratch, len, worth);
        }
        entry->refused = err != PLAIT_OK;
        world->check.written_bytes += err == PLAIT_OK || err == PLAIT_ERR_FULL ? len : 0;
        if (world->autopsy) {
            autopsy_on_written(world->autopsy, world);
        }
        if (err != PLAIT_OK && err != PLAIT_ERR_FULL && host->has_session) {
            world_fail(world, "world", "plait_stream_write: %s", plait_strerror(err));
        }
        host_drain(world, host, world->now);
    }
}

/* The larger wish of both sides is agreed. */
static uint64_t agreed_latency(const struct sim_config *config)
{
    uint64_t wish =
        config->endpoint.latency_ns ? config->endpoint.latency_ns : PLAIT_LATENCY_DEFAULT_NS;
    return config->receiver_latency_ns > wish ? config->receiver_latency_ns : wish;
}

/* An encoder that does what it is advised, each time it looks. */
static void follow_advice(struct world *world)
{
    const struct sim_config *config = &world->config;
    const struct host *host = &world->host[SIM_SENDER];
    if (config->follow_max_bps && host->has_session) {
        uint64_t rate = plait_stream_advice(host->ep, host->session);
        rate = rate > config->follow_min_bps ? rate : config->follow_min_bps;
        rate = rate < config->follow_max_bps ? rate : config->follow_max_bps;
        load_set_rate(&world->load, world->now, rate);
    }
}

static void set_latency(struct world *world, uint64_t wish_ns)
{
    struct host *host = &world->host[SIM_SENDER];
    world->config.endpoint.latency_ns = wish_ns;
    uint64_t latency_ns = agreed_latency(&world->config);
    uint64_t low = latency_ns < world->latency_min_ns ? latency_ns : world->latency_min_ns;
    uint64_t high = latency_ns > world->latency_max_ns ? latency_ns : world->latency_max_ns;
    world->latency_min_ns = low;
    world->latency_max_ns = high;
    world->latency_ns = latency_ns;
    world->latency_settles_ns = world->now + LATENCY_AGREE_NS;
    for (uint64_t i = world->ledger.count; i-- > 0;) {
        struct ledger_entry *entry = &world->ledger.entries[i];
        if (entry->written_ns + high + world->config.late_ns < world->now) {
            break;
        }
        entry->latency_min_ns = low < entry->latency_min_ns ? low : entry->latency_min_ns;
        entry->latency_max_ns = high > entry->latency_max_ns ? high : entry->latency_max_ns;
    }
    if (host->has_session) {
        int err = plait_session_latency_set(host->ep, sim_clock_local(&host->clock, world->now),
                                            host->session, wish_ns);
        if (err) {
            world_fail(world, "world", "plait_session_latency_set: %s", plait_strerror(err));
        }
        host_drain(world, host, world->now);
    }
}

static void set_clock(struct world *world, struct host *host, int64_t by_ns)
{
    by_ns = max_i64(by_ns, -(int64_t)sim_clock_local(&host->clock, world->now));
    host->clock.offset_ns += (uint64_t)by_ns;
    host->wake_ns = world->now;
    world->check.last.have[host->side] = false; /* whether a session is new its age does not tell */
    world->clock_set.until_ns = world->now + CLOCK_SETTLE_NS;
    world->clock_set.wrong_ns += (uint64_t)(by_ns < 0 ? -by_ns : by_ns);
}

static void apply(struct world *world, const struct sim_fault *fault)
{
    struct host *sender = &world->host[SIM_SENDER];
    struct host *receiver = &world->host[SIM_RECEIVER];
    switch (fault->kind) {
    case SIM_FAULT_PATH_ADD:
        host_path_add(world, sender, world->now, fault->link);
        world->config.links_off &= ~(UINT64_C(1) << fault->link);
        break;
    case SIM_FAULT_PATH_REMOVE:
        host_path_remove(world, sender, world->now, fault->link);
        world->config.links_off |= UINT64_C(1) << fault->link;
        break;
    case SIM_FAULT_SENDER_RESTART:
        host_stop(sender);
        start_epoch(world);
        host_start(world, sender, world->now);
        break;
    case SIM_FAULT_RECEIVER_RESTART:
        host_stop(receiver);
        host_start(world, receiver, world->now);
        break;
    case SIM_FAULT_LATENCY:
        set_latency(world, fault->value);
        break;
    case SIM_FAULT_SENDER_CLOCK:
        set_clock(world, sender, (int64_t)fault->value);
        break;
    case SIM_FAULT_RECEIVER_CLOCK:
        set_clock(world, receiver, (int64_t)fault->value);
        break;
    case SIM_FAULT_SENDER_HOLD:
        world->hold[SIM_SENDER].until_ns = world->now + fault->value;
        world->meeting.early_ns += fault->value / 2;
        break;
    case SIM_FAULT_RECEIVER_HOLD:
        world->hold[SIM_RECEIVER].until_ns = world->now + fault->value;
        world->meeting.late_ns += fault->value / 2;
        break;
    }
}

/* ---- Time ---- */

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_fault_time(const struct world *world)
{
    uint64_t now = world->now;
    if (world->next_fault == world->config.faults) {
        return PLAIT_NEVER;
    }
    uint64_t due = world->config.fault[world->next_fault].at_ns;
    due = hold_next(&world->hold[SIM_SENDER], now, due);
    return hold_next(&world->hold[SIM_RECEIVER], now, due);
}

static uint64_t next_time(const struct world *world)
{
    const struct hold *sender = &world->hold[SIM_SENDER];
    const struct hold *receiver = &world->hold[SIM_RECEIVER];
    uint64_t next = emu_net_next_ns(world->net);
    uint64_t writes = earliest(load_next(&world->load), world->host[SIM_SENDER].wake_ns);
    next = earliest(next, hold_next(sender, world->now, writes));
    next = earliest(next, hold_next(receiver, world->now, world->host[SIM_RECEIVER].wake_ns));
    next = earliest(next, world->next_sample_ns);
    next = earliest(next, next_fault_time(world));
    if (world->adversary) {
        next = earliest(next, adversary_next(world->adversary));
    }
    if (world->tcp) {
        next = earliest(next, tcp_next(world->tcp, world->now));
    }
    return next > world->now ? next : world->now;
}

static void step(struct world *world)
{
    for (int side = 0; side < SIM_SIDES; side++) {
        hold_release(world, (enum sim_side)side);
    }
    while (next_fault_time(world) <= world->now) {
        apply(world, &world->config.fault[world->next_fault++]);
    }
    if (world->latency_settles_ns <= world->now) {
        world->latency_min_ns = world->latency_max_ns = world->latency_ns;
        world->latency_settles_ns = PLAIT_NEVER;
    }
    arrivals(world);
    if (world->adversary) {
        adversary_act(world->adversary, world);
    }
    if (world->tcp) {
        tcp_poll(world->tcp, world->net, world->now);
    }
    write_load(world);
    for (int side = 0; side < SIM_SIDES; side++) {
        if (!hold_is_on(&world->hold[side], world->now)) {
            host_wake(world, &world->host[side], world->now);
        }
    }
    struct host *sender = &world->host[SIM_SENDER];
    if (!sender->has_session && !world->stopped) {
        host_stop(sender); /* its session was closed from afar: a user would start it again */
        start_epoch(world);
        host_start(world, sender, world->now);
    }
}

static bool build(struct world *world, const struct sim_config *config)
{
    memset(world, 0, sizeof *world);
    world->config = *config;
    world->hash = HASH_START;
    world->latency_ns = agreed_latency(config);
    world->latency_min_ns = world->latency_max_ns = world->latency_ns;
    world->latency_settles_ns = PLAIT_NEVER;
    world->scratch = malloc(PLAIT_MAX_DATAGRAM);
    world->net = emu_net_create(config->scenario, world_net_seed(config->seed));
    if (!world->scratch || !world->net) {
        world_fail(world, "world", "no memory");
        return false;
    }
    emu_net_start(world->net, 0);
    world->oracle.kind = config->oracle;
    world->tcp = config->tcp.on ? tcp_create(&config->tcp) : NULL;
    world->autopsy = config->autopsy ? autopsy_create() : NULL;
    if (config->adversary.on) {
        world->adversary = adversary_create(&config->adversary, config->seed);
    }
    ledger_init(&world->ledger, config->seed, config->load.ts);
    load_init(&world->load, &config->load, config->seed);
    host_init(&world->host[SIM_SENDER], SIM_SENDER, &config->clock[0], config->seed);
    host_init(&world->host[SIM_RECEIVER], SIM_RECEIVER, &config->clock[1], config->seed);
    world->epoch = 1;
    meet(world);
    host_start(world, &world->host[SIM_RECEIVER], 0);
    host_start(world, &world->host[SIM_SENDER], 0);
    return !world->error[0];
}

bool world_run(struct world *world, const struct sim_config *config)
{
    if (!build(world, config)) {
        return false;
    }
    struct series *series = config->series ? series_create(world) : NULL;
    uint64_t next_second = SIM_S;
    while (!world->stopped) {
        world->now = next_time(world);
        if (world->now > config->end_ns) {
            break;
        }
        step(world);
        if (world->now >= world->next_sample_ns) {
            check_on_sampled(world);
            if (world->autopsy) {
                autopsy_on_sampled(world->autopsy, world);
            }
            follow_advice(world);
            if (config->observe) {
                config->observe(config->observe_ctx, world);
            }
            world->next_sample_ns += config->sample_ns;
            if (series && world->now >= next_second) {
                series_on_second(series, world);
                next_second += SIM_S;
            }
        }
    }
    series_free(series);
    return !world->error[0];
}

void world_free(struct world *world)
{
    for (int side = 0; side < SIM_SIDES; side++) {
        host_stop(&world->host[side]);
        hold_free(&world->hold[side]);
    }
    if (world->net) {
        emu_net_destroy(world->net);
    }
    adversary_free(world->adversary);
    ledger_free(&world->ledger);
    free(world->scratch);
    world->net = NULL;
    tcp_free(world->tcp);
    world->tcp = NULL;
    autopsy_free(world->autopsy);
    world->autopsy = NULL;
    world->adversary = NULL;
    world->scratch = NULL;
}
