/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/autopsy.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/seq.h"
#include "core/endpoint/endpoint.h"
#include "emu/draw.h"
#include "emu/service.h"
#include "sim/world.h"

#define SLACK_NS   (1 * SIM_MS)  /* as sim/measure.c: on time is by write + latency + 1 ms */
#define LOOK_AHEAD (4 * SIM_S)   /* a link that needs longer than this is of no use */
#define NORMAL_NS  (20 * SIM_MS) /* nothing is overdue before */
#define LONG_NS    (50 * SIM_MS) /* media that has waited so long would use any link's chance */

struct autopsy_link {
    uint64_t idle_bytes[AUTOPSY_DOORS];
    uint64_t used_to_ns;    /* its chances before were used, or are counted as idle */
    bool waits;             /* media had waited for long .. */
    enum autopsy_door door; /* .. and what forbade its use, when last looked at */
};

struct autopsy {
    struct autopsy_link link[PLAIT_MAX_PATHS];
    uint64_t count, capacity;
    struct autopsy_packet *packets;    /* by ledger index */
    uint64_t settled;                  /* those before it are past their deadline */
    uint64_t numbers[PLAIT_MAX_PATHS]; /* each path's next packet number when last looked at */
    uint32_t wait_ms, other_ms;
    enum autopsy_door other_door; /* these three: before the datagram of this moment was sent */
};

struct autopsy *autopsy_create(void)
{
    struct autopsy *autopsy = calloc(1, sizeof *autopsy);
    if (!autopsy) {
        abort();
    }
    return autopsy;
}

void autopsy_free(struct autopsy *autopsy)
{
    if (autopsy) {
        free(autopsy->packets);
        free(autopsy);
    }
}

static struct session *session_of(const struct world *world)
{
    const struct host *host = &world->host[SIM_SENDER];
    return host->ep && host->has_session && world->epoch == 1
               ? endpoint_session(host->ep, host->session)
               : NULL;
}

void autopsy_on_written(struct autopsy *autopsy, const struct world *world)
{
    struct session *session = session_of(world);
    uint64_t index = world->ledger.count - 1;
    if (index >= autopsy->capacity) {
        autopsy->capacity = autopsy->capacity ? 2 * autopsy->capacity : 4096;
        autopsy->packets = realloc(autopsy->packets, autopsy->capacity * sizeof *autopsy->packets);
        if (!autopsy->packets) {
            abort();
        }
    }
    autopsy->count = index + 1;
    memset(&autopsy->packets[index], 0, sizeof *autopsy->packets);
    autopsy->packets[index].seq =
        session && !world->ledger.entries[index].refused ? session->store.next - 1 : SEQ_NONE;
}

static struct autopsy_packet *find(struct autopsy *autopsy, uint64_t seq)
{
    for (uint64_t i = autopsy->count; i-- > 0;) {
        if (autopsy->packets[i].seq == seq) {
            return &autopsy->packets[i];
        }
        if (autopsy->packets[i].seq != SEQ_NONE && autopsy->packets[i].seq < seq) {
            break;
        }
    }
    return NULL;
}

/* When what leaves a link at leave_ns arrives. */
static uint64_t arrival(const struct world *world, uint32_t link, uint64_t leave_ns)
{
    const struct emu_dir_spec *spec = &world->config.scenario->link[link].dir[EMU_FORWARD];
    uint64_t key = emu_draw_key(world_net_seed(world->config.seed), link, EMU_FORWARD);
    return emu_service_arrival_ns(spec, key, leave_ns);
}

/* How long until one packet more would arrive; LOOK_AHEAD: too long. */
static uint64_t would_take(const struct world *world, uint32_t link)
{
    const struct emu_link *emu = emu_net_link(world->net, link, EMU_FORWARD);
    uint64_t from = world->now + emu_link_queue_ns(emu, world->now);
    uint64_t low = 0;
    uint64_t high = LOOK_AHEAD;
    if (emu_link_is_down(emu, world->now) ||
        emu_link_capacity_bytes(emu, from, from + high) < AUTOPSY_PACKET_BYTES) {
        return LOOK_AHEAD;
    }
    while (high - low > SIM_MS / 4) {
        uint64_t middle = low + (high - low) / 2;
        if (emu_link_capacity_bytes(emu, from, from + middle) >= AUTOPSY_PACKET_BYTES) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return arrival(world, link, from + high) - world->now;
}

static enum autopsy_door door_of(const struct world *world, uint32_t link)
{
    struct session *session = session_of(world);
    uint32_t slot = world->host[SIM_SENDER].path_of_link[link];
    uint64_t local = sim_clock_local(&world->host[SIM_SENDER].clock, world->now);
    if (!session || slot >= PLAIT_MAX_PATHS || session->paths[slot].state != PATH_ACTIVE) {
        return AUTOPSY_DOUBT;
    }
    const struct path *path = &session->paths[slot];
    if (path->sent.bytes_in_flight + AUTOPSY_PACKET_BYTES > path_window(path)) {
        return AUTOPSY_WINDOW;
    }
    return pacer_ready_at(&path->pacer, local) > local ? AUTOPSY_PACING : AUTOPSY_OPEN;
}

static bool media_waits(const struct world *world, struct session *session)
{
    const struct source *oldest = rtx_store_next_fresh(&session->store);
    uint64_t local = sim_clock_local(&world->host[SIM_SENDER].clock, world->now);
    return session->store.aside_count > 0 || (oldest && local - oldest->written_ns > LONG_NS);
}

/* The chances since the link was last looked at were idle but for what is queued. */
static void look_at_link(struct autopsy *autopsy, const struct world *world, uint32_t link)
{
    const struct emu_link *emu = emu_net_link(world->net, link, EMU_FORWARD);
    struct autopsy_link *of = &autopsy->link[link];
    struct session *session = session_of(world);
    if (of->waits && of->used_to_ns < world->now) {
        of->idle_bytes[of->door] += emu_link_capacity_bytes(emu, of->used_to_ns, world->now);
    }
    of->used_to_ns = world->now + emu_link_queue_ns(emu, world->now);
    of->waits = session && media_waits(world, session);
    of->door = door_of(world, link);
}

/* From an arrival until the sender hears of it. */
static uint64_t return_ns(const struct world *world)
{
    const struct emu_scenario *scenario = world->config.scenario;
    uint64_t back = LOOK_AHEAD;
    for (uint32_t i = 0; i < scenario->link_count; i++) {
        back = min_u64(back, scenario->link[i].dir[EMU_REVERSE].delay_ns);
    }
    return back + ACK_DELAY;
}

void autopsy_before_sent(struct autopsy *autopsy, const struct world *world, uint32_t link)
{
    const struct emu_link *emu = emu_net_link(world->net, link, EMU_FORWARD);
    uint64_t best = LOOK_AHEAD;
    autopsy->wait_ms = (uint32_t)(emu_link_queue_ns(emu, world->now) / SIM_MS);
    autopsy->other_door = AUTOPSY_DOUBT;
    for (uint32_t i = 0; i < world->config.scenario->link_count; i++) {
        uint64_t takes = i == link ? LOOK_AHEAD : would_take(world, i);
        if (takes < best) {
            best = takes;
            autopsy->other_door = door_of(world, i);
        }
    }
    autopsy->other_ms = (uint32_t)(best / SIM_MS);
}

void autopsy_on_sent(struct autopsy *autopsy, const struct world *world, uint32_t link,
                     enum emu_fate fate)
{
    struct session *session = session_of(world);
    uint32_t slot = world->host[SIM_SENDER].path_of_link[link];
    look_at_link(autopsy, world, link);
    if (!session || slot >= PLAIT_MAX_PATHS) {
        return;
    }
    struct path *path = &session->paths[slot];
    uint64_t number = path->sent.next - 1;
    const struct sent_packet *sent = sentmap_find(&path->sent, number);
    bool is_new = autopsy->numbers[slot] != path->sent.next;
    autopsy->numbers[slot] = path->sent.next;
    if (!is_new || !sent || sent->seq == SEQ_NONE) {
        return; /* a handshake, control, or a repair symbol */
    }
    struct autopsy_packet *packet = find(autopsy, sent->seq);
    if (!packet) {
        return;
    }
    if (packet->sendings < AUTOPSY_SENDINGS) {
        const struct emu_link *emu = emu_net_link(world->net, link, EMU_FORWARD);
        uint64_t expected = sim_clock_world(&world->host[SIM_RECEIVER].clock, sent->expected_ns);
        uint64_t leave = world->now + emu_link_queue_ns(emu, world->now);
        packet->sending[packet->sendings] = (struct autopsy_sending){
            .at_ns = world->now,
            .expected_ns = expected,
            .overdue_ns = expected + NORMAL_NS + return_ns(world),
            .arrives_ns = fate == EMU_ACCEPTED ? arrival(world, link, leave) : PLAIT_NEVER,
            .unloaded_ns = arrival(world, link, world->now) - world->now,
            .wait_ms = autopsy->wait_ms,
            .other_ms = autopsy->other_ms,
            .other_door = (uint8_t)autopsy->other_door,
            .link = (uint8_t)link,
            .fate = (uint8_t)fate,
        };
    }
    packet->sendings++;
}

void autopsy_on_sampled(struct autopsy *autopsy, const struct world *world)
{
    struct session *session = session_of(world);
    for (uint32_t i = 0; i < world->config.scenario->link_count; i++) {
        look_at_link(autopsy, world, i);
    }
    if (!session) {
        return;
    }
    while (autopsy->settled < autopsy->count &&
           world->ledger.entries[autopsy->settled].written_ns + world->latency_max_ns <
               world->now) {
        autopsy->settled++;
    }
    for (uint64_t i = autopsy->settled; i < autopsy->count; i++) {
        struct autopsy_packet *packet = &autopsy->packets[i];
        const struct source *source =
            packet->seq == SEQ_NONE ? NULL : rtx_store_find(&session->store, packet->seq);
        if (!source) {
            continue;
        }
        if (source->state == SOURCE_DROPPED && !packet->dropped_ns) {
            packet->dropped_ns = world->now;
        }
        if (!packet->noticed_ns && bitmap_test(&session->store.wanted, packet->seq)) {
            packet->noticed_ns = world->now;
        }
    }
}

const struct autopsy_packet *autopsy_packet(const struct autopsy *autopsy, uint64_t index)
{
    return index < autopsy->count ? &autopsy->packets[index] : NULL;
}

uint64_t autopsy_idle_bytes(const struct autopsy *autopsy, uint32_t link, enum autopsy_door door)
{
    return autopsy->link[link].idle_bytes[door];
}

static enum autopsy_class classify_again(const struct autopsy_packet *packet, uint64_t due)
{
    const struct autopsy_sending *first = &packet->sending[0];
    if (packet->sendings == 1) {
        uint64_t known =
            packet->noticed_ns ? min_u64(packet->noticed_ns, first->overdue_ns) : first->overdue_ns;
        return known + first->unloaded_ns <= due ? AUTOPSY_UNSENT : AUTOPSY_UNNOTICED;
    }
    for (uint32_t i = 1; i < packet->sendings && i < AUTOPSY_SENDINGS; i++) {
        if (packet->sending[i].at_ns + packet->sending[i].unloaded_ns <= due) {
            return AUTOPSY_RESENT_FADED;
        }
    }
    return AUTOPSY_RESENT_LATE;
}

enum autopsy_class autopsy_classify(const struct autopsy *autopsy, const struct world *world,
                                    uint64_t index)
{
    const struct ledger_entry *entry = &world->ledger.entries[index];
    const struct autopsy_packet *packet = autopsy_packet(autopsy, index);
    uint64_t due = entry->written_ns + entry->latency_max_ns + SLACK_NS;
    if (entry->delivered_ns <= due) {
        return AUTOPSY_ON_TIME;
    }
    if (!packet || packet->sendings == 0) {
        return !packet || packet->dropped_ns || entry->refused ? AUTOPSY_DROPPED : AUTOPSY_WAITED;
    }
    for (uint32_t i = 0; i < packet->sendings && i < AUTOPSY_SENDINGS; i++) {
        if (packet->sending[i].arrives_ns <= due - SLACK_NS) {
            return AUTOPSY_HELD;
        }
    }
    if (packet->sending[0].at_ns - entry->written_ns > entry->latency_max_ns / 2) {
        return AUTOPSY_WAITED;
    }
    return classify_again(packet, due);
}
