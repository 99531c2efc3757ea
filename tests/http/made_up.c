/* SPDX-License-Identifier: BSD-2-Clause */
#include "made_up.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MEDIA_BPS     8.0e6
#define PACKET_BYTES  1316.0
#define LATENCY_NS    UINT64_C(1000000000)
#define CYCLE_S       150.0 /* the story repeats */
#define DEATH_LINK    1
#define DEATH_FROM_S  60.0
#define DEATH_TO_S    75.0
#define MOVE_LINK     2
#define MOVE_AT_S     100.0
#define OVERLOAD_AT_S 120.0
#define OVERLOAD_S    3.0

static const struct {
    const char *name, *device;
    double mean_bps, swing, period_s, rtt_ms, loss;
} character[MADE_UP_LINKS] = {
    {"Telia", "wwan0", 6.0e6, 0.35, 41, 48, 0.004},
    {"Tele2", "wwan1", 4.5e6, 0.55, 67, 62, 0.009},
    {"Tre", "wwan2", 3.2e6, 0.6, 29, 71, 0.021},
    {"Starlink", "eth1", 7.5e6, 0.2, 15, 39, 0.002},
    {"Telenor", "wwan3", 2.6e6, 0.4, 53, 83, 0.012},
    {"Wi-Fi", "wlan0", 5.0e6, 0.7, 37, 12, 0.03},
};

static double story_s(const struct made_up *world)
{
    return fmod((double)world->now_ns / 1e9, CYCLE_S);
}

static int dead(uint32_t link, double at_s)
{
    return link == DEATH_LINK && at_s >= DEATH_FROM_S && at_s < DEATH_TO_S;
}

static int overloaded(double at_s)
{
    return at_s >= OVERLOAD_AT_S && at_s < OVERLOAD_AT_S + OVERLOAD_S;
}

static void address_set(struct plait_addr *address, uint8_t a, uint8_t b, uint8_t c, uint8_t d,
                        uint16_t port)
{
    const uint8_t ip[4] = {a, b, c, d};
    memset(address, 0, sizeof(*address));
    address->family = 4;
    memcpy(address->ip, ip, sizeof(ip));
    address->port = port;
}

void made_up_init(struct made_up *world, uint32_t links, uint64_t unix_ms)
{
    struct http_snapshot *snapshot = &world->snapshot;

    memset(world, 0, sizeof(*world));
    world->started_unix_ms = unix_ms;
    world->links = links;
    snapshot->unix_ms = unix_ms;
    snapshot->links = links;
    snapshot->sessions = 2;
    for (uint32_t i = 0; i < links; i++) {
        struct http_link *link = &snapshot->link[i];
        link->link = i;
        snprintf(link->name, sizeof(link->name), "%s", character[i].name);
        snprintf(link->device, sizeof(link->device), "%s", character[i].device);
    }
    for (uint32_t s = 0; s < 2; s++) {
        struct http_session *session = &snapshot->session[s];
        session->role = s == 0 ? PLAIT_SENDER : PLAIT_RECEIVER;
        session->stats.version = PLAIT_STATS_VERSION;
        session->stats.up = 1;
        session->stats.paths = links;
        session->stats.stream.latency_ns = LATENCY_NS;
        memset(session->stats.peer_key, 0x5a, sizeof(session->stats.peer_key));
        for (uint32_t i = 0; i < links; i++) {
            session->stats.path[i].path = i;
            session->stats.path[i].link = i;
            session->stats.path[i].state = PLAIT_PATH_ACTIVE;
            address_set(&session->stats.path[i].local, 192, 168, (uint8_t)(8 + i), 100, 40000);
            address_set(&session->stats.path[i].remote, 203, 0, 113, 7, 7000);
        }
    }
}

/* One path of the sender: what it could carry, what it does carry. */
static double path_capacity(uint32_t i, double now_s)
{
    double wave = sin(now_s * 6.283 / character[i].period_s + (double)i);
    double ripple = 0.3 * sin(now_s * 2.1 + 2.0 * (double)i);
    return character[i].mean_bps * fmax(0.08, 1.0 + character[i].swing * (wave + ripple));
}

static void sender_path(struct made_up *world, uint32_t i, double total_bps, double seconds)
{
    struct plait_path_stats *path = &world->snapshot.session[0].stats.path[i];
    double now_s = (double)world->now_ns / 1e9, at_s = story_s(world);
    double capacity = path_capacity(i, now_s);
    double used = fmin(1.0, MEDIA_BPS * 1.04 / total_bps);
    double rate = dead(i, at_s) ? 0 : capacity * used;
    double loss = character[i].loss * (1.0 + 0.8 * sin(now_s / 7 + (double)i));
    double packets = rate * seconds / 8 / (PACKET_BYTES + 40);

    path->state = !dead(i, at_s)              ? PLAIT_PATH_ACTIVE
                  : at_s < DEATH_FROM_S + 3.0 ? PLAIT_PATH_SUSPECT
                                              : PLAIT_PATH_DOWN;
    path->rate_bps = (uint64_t)rate;
    path->capacity_bps = dead(i, at_s) ? 0 : (uint64_t)capacity;
    path->pacing_bps = (uint64_t)(capacity * 1.05);
    path->queue_ns = (uint64_t)(1e6 * (4 + 60 * used * used * (1.2 + sin(now_s / 3 + 2.0 * i))));
    path->min_rtt_ns = (uint64_t)(character[i].rtt_ms * 1e6);
    path->rtt_ns = path->min_rtt_ns + path->queue_ns + (uint64_t)(3e6 * (1 + sin(now_s * 1.7)));
    path->jitter_ns = 2500000;
    path->loss_ppm = (uint32_t)(fmax(0, loss) * 1e6);
    path->share_ppm = (uint32_t)(rate / (total_bps * used) * 1e6);
    path->bytes_in_flight = (uint32_t)(rate / 8 * (double)path->rtt_ns / 1e9);
    path->window_bytes = path->bytes_in_flight * 2 + 20000;
    path->packets_sent += (uint64_t)packets;
    path->bytes_sent += (uint64_t)(rate * seconds / 8);
    path->packets_lost += (uint64_t)(packets * loss + 0.5);
    path->packets_acked = path->packets_sent - path->packets_lost;
    path->packets_received += (uint64_t)(packets / 8);
    path->bytes_received += (uint64_t)(packets * 6);
    address_set(&path->local, 192, 168, (uint8_t)(8 + i),
                i == MOVE_LINK && at_s >= MOVE_AT_S ? 101 : 100, 40000);
}

static void receiver_path(struct made_up *world, uint32_t i)
{
    const struct plait_path_stats *from = &world->snapshot.session[0].stats.path[i];
    struct plait_path_stats *path = &world->snapshot.session[1].stats.path[i];

    path->state = from->state;
    path->rtt_ns = from->rtt_ns;
    path->min_rtt_ns = from->min_rtt_ns;
    path->jitter_ns = from->jitter_ns;
    path->loss_ppm = from->loss_ppm;
    path->share_ppm = from->share_ppm;
    path->packets_received = from->packets_acked;
    path->bytes_received = from->bytes_sent - from->packets_lost * 1356;
}

static void stream_step(struct made_up *world, double lost_packets, double total_bps,
                        double seconds)
{
    struct plait_stream_stats *tx = &world->snapshot.session[0].stats.stream;
    struct plait_stream_stats *rx = &world->snapshot.session[1].stats.stream;
    double now_s = (double)world->now_ns / 1e9;
    uint64_t packets = (uint64_t)(MEDIA_BPS * seconds / 8 / PACKET_BYTES);
    uint64_t missed = overloaded(story_s(world)) ? packets / 40 : 0;
    uint64_t by_fec = (uint64_t)(lost_packets * 0.3), by_arq = (uint64_t)(lost_packets * 0.7);

    tx->written += packets;
    tx->written_bytes += packets * (uint64_t)PACKET_BYTES;
    tx->sent_first += packets - missed;
    tx->dropped += missed;
    tx->dropped_low += missed;
    tx->acked = tx->written - tx->dropped;
    tx->resent += by_arq;
    tx->repair_sent += packets / 50;
    tx->backlog = (uint32_t)(3 + 3 * sin(now_s));
    tx->advice_bps = (uint64_t)(total_bps * 0.88);
    rx->expected += packets;
    rx->missing += missed;
    rx->skipped += missed;
    rx->delivered += packets - missed;
    rx->delivered_bytes = rx->delivered * (uint64_t)PACKET_BYTES;
    rx->datagrams = rx->delivered;
    rx->recovered_fec += by_fec;
    rx->recovered_arq += by_arq;
    rx->reorder_depth = (uint32_t)(700 + 40 * sin(now_s));
    rx->latency_measured_ns = LATENCY_NS + (uint64_t)(1e6 * (1.5 + sin(now_s)));
    rx->headroom_ns = (int64_t)(1e6 * (missed ? -12 : 610 + 120 * sin(now_s / 9)));
}

static int crossed(double before_s, double now_s, double at_s)
{
    return before_s < at_s && now_s >= at_s;
}

static size_t story(struct made_up *world, double before_s, struct http_event *events, size_t max)
{
    const struct {
        double at_s;
        enum plait_event_kind kind;
        uint32_t link;
        uint64_t value;
    } beats[] = {
        {0.5, PLAIT_EVENT_SESSION_UP, UINT32_MAX, LATENCY_NS},
        {DEATH_FROM_S, PLAIT_EVENT_PATH_SUSPECT, DEATH_LINK, 0},
        {DEATH_FROM_S + 3, PLAIT_EVENT_PATH_DOWN, DEATH_LINK, 0},
        {DEATH_TO_S, PLAIT_EVENT_PATH_UP, DEATH_LINK, 0},
        {MOVE_AT_S, PLAIT_EVENT_PATH_MOVED, MOVE_LINK, 0},
        {OVERLOAD_AT_S, PLAIT_EVENT_OVERLOAD, UINT32_MAX, 19},
    };
    double now_s = story_s(world);
    size_t count = 0;

    for (size_t i = 0; i < sizeof(beats) / sizeof(beats[0]) && count < max; i++) {
        int first = beats[i].kind != PLAIT_EVENT_SESSION_UP || world->now_ns < UINT64_C(5000000000);
        int exists = beats[i].link == UINT32_MAX || beats[i].link < world->links;
        if (!first || !exists || !crossed(before_s, now_s, beats[i].at_s)) {
            continue;
        }
        struct http_event *event = &events[count++];
        memset(event, 0, sizeof(*event));
        event->now_ns = world->now_ns;
        event->unix_ms = world->snapshot.unix_ms;
        event->link = beats[i].link;
        event->event.kind = beats[i].kind;
        event->event.path = beats[i].link;
        event->event.value = beats[i].value;
    }
    return count;
}

size_t made_up_step(struct made_up *world, uint64_t ns, struct http_event *events, size_t max)
{
    struct http_snapshot *snapshot = &world->snapshot;
    double before_s = story_s(world), seconds = (double)ns / 1e9, total_bps = 0, lost_packets = 0;

    world->now_ns += ns;
    snapshot->now_ns = world->now_ns;
    snapshot->unix_ms = world->started_unix_ms + world->now_ns / 1000000;
    for (uint32_t i = 0; i < world->links; i++) {
        total_bps += dead(i, story_s(world)) ? 0 : path_capacity(i, (double)world->now_ns / 1e9);
    }
    for (uint32_t i = 0; i < world->links; i++) {
        uint64_t lost = snapshot->session[0].stats.path[i].packets_lost;
        sender_path(world, i, total_bps, seconds);
        receiver_path(world, i);
        lost_packets += (double)(snapshot->session[0].stats.path[i].packets_lost - lost);
    }
    stream_step(world, lost_packets, total_bps, seconds);
    snapshot->session[0].stats.uptime_ns = world->now_ns;
    snapshot->session[1].stats.uptime_ns = world->now_ns;
    snapshot->door.received += (uint64_t)(800 * seconds);
    return story(world, before_s, events, max);
}
