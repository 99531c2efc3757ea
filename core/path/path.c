/* SPDX-License-Identifier: BSD-2-Clause */
/* A path's states, what may be sent over it, and what is expected of its link; report.c works in
 * what became of what was sent. */
#include "core/path/path.h"

#include <string.h>

#include "core/base/seq.h"

#define UNKNOWN_DELAY (60 * NS_PER_MS)
#define SILENT_NS     (40 * NS_PER_MS)
#define STEADY_NS     (30 * NS_PER_MS)  /* under pressure a steady link queues no longer */
#define THIN_FOR      (500 * NS_PER_MS) /* longer ago, and the link may be another by now */
#define LATE_FIRST    (35 * NS_PER_MS)  /* until packets were late */

enum path_state path_step(enum path_state state, enum path_fact fact)
{
    static const enum path_state table[5][6] = {
        /*                 ADDED            VALIDATED    OVERDUE       ARRIVED      SILENT     */
        [PATH_NONE] = {PATH_VALIDATING, PATH_NONE, PATH_NONE, PATH_NONE, PATH_NONE, PATH_NONE},
        [PATH_VALIDATING] = {PATH_VALIDATING, PATH_ACTIVE, PATH_VALIDATING, PATH_VALIDATING,
                             PATH_VALIDATING, PATH_NONE},
        [PATH_ACTIVE] = {PATH_ACTIVE, PATH_ACTIVE, PATH_SUSPECT, PATH_ACTIVE, PATH_SUSPECT,
                         PATH_NONE},
        [PATH_SUSPECT] = {PATH_SUSPECT, PATH_ACTIVE, PATH_SUSPECT, PATH_ACTIVE, PATH_DOWN,
                          PATH_NONE},
        [PATH_DOWN] = {PATH_DOWN, PATH_ACTIVE, PATH_DOWN, PATH_ACTIVE, PATH_DOWN, PATH_NONE},
    };

    return table[state][fact];
}

void path_start(struct path *path, uint64_t now, const struct cc_ops *ops, uint64_t target_ns,
                bool is_sender)
{
    struct sent_packet *ring = path->sent.ring;
    const uint64_t next = path->sent.next;

    memset(path, 0, sizeof *path);
    if (is_sender)
        memset(ring, 0, SENTMAP_PACKETS * sizeof *ring);
    sentmap_init(&path->sent, ring, next);
    cc_init(&path->cc, ops, target_ns);
    path->state = path_step(PATH_NONE, PATH_FACT_ADDED);
    path->validation.next_ns = now;
    path->validation.interval_ns = CHALLENGE_EVERY;
    path->ping_due_ns = NEVER;
    path->held = NEVER;
    path->room_ns = PATH_ROOM_MAX;
    path->late_ns = LATE_FIRST;
}

uint64_t path_pressed_ns(const struct path *path)
{
    const uint64_t may_ns = STEADY_NS + path->pressure_ns / 1000 * swing_permille(&path->swing);

    if (path->cc.rival.state != RIVAL_ALONE)
        return 0;
    return min_u64(min_u64(path->pressure_ns, may_ns), path->room_ns);
}

uint64_t path_window(const struct path *path)
{
    const uint64_t bps = path->rate.estimate_bps;

    if (drain_is_on(&path->drain))
        return max_u64(rate_bytes_in(bps, path->base_rtt_ns) / 16 * 15, 2 * CC_PACKET);
    if (path->cc.rival.state != RIVAL_ALONE)
        return path->cc.window;
    return path->cc.window + rate_bytes_in(bps, path_pressed_ns(path) + path->unheard_ns);
}

bool path_can_send(const struct path *path, uint64_t now, uint32_t bytes)
{
    return sentmap_has_room(&path->sent) &&
           path->sent.bytes_in_flight + bytes <= path_window(path) &&
           pacer_ready_at(&path->pacer, now) <= now;
}

struct sent_packet *path_on_sent(struct path *path, uint64_t now, uint32_t bytes,
                                 uint64_t expected_ns)
{
    const uint64_t before = path->sent.bytes_in_flight;
    struct sent_packet *packet = sentmap_record(&path->sent, now, bytes);

    packet->expected_ns = expected_ns;
    rate_on_sent(&path->rate, packet, before, now);
    path->last_sent_ns = now;
    if (path->pacer.rate_bps != 0)
        pacer_on_sent(&path->pacer, now, bytes);
    return packet;
}

uint64_t path_limit_bps(const struct path *path)
{
    return pacer_least(path->max_bps, shallow_limit_bps(&path->shallow));
}

void path_on_suspect(struct path *path, uint64_t now)
{
    path->suspect_since_ns = now;
    /* One whose fate is not known stays: it tells of both silences. */
    if (path->held == NEVER || path->held < path->sent.flying)
        path->held = path->sent.newest;
}

void path_on_held_lost(struct path *path)
{
    path->loses_held = true;
    blinks_on_outage(&path->blinks, path->suspect_since_ns);
}

uint64_t path_slack(const struct path *path)
{
    return max_u64(30 * NS_PER_MS, 3 * path->forward.jitter_ns);
}

/* The least window is a floor, no finding: on a link that had a queue just now, and where it
 * promises more than twice the estimate, it is the estimate that was measured. */
static bool is_thin(const struct path *path, uint64_t safe_bps)
{
    return path->cc.window <= CC_WINDOW_MIN && path->backlogged_ns != 0 &&
           path->last_acked_ns - path->backlogged_ns < THIN_FOR && path->rate.estimate_bps != 0 &&
           path->rate.estimate_bps < safe_bps / 2;
}

/* The controller's window is what is believed safe: a link that was idle, and so has a low
 * estimate, is not held to be slow. Beside somebody else so is the share, used up or not: the queue
 * never empties there, and what the application sends would be taken for what the link can. */
uint64_t path_serves_bps(const struct path *path)
{
    const struct rival *rival = &path->cc.rival;
    const bool alone = rival->state == RIVAL_ALONE;
    const uint64_t window = alone ? path->cc.window : rival->share;
    const uint64_t queue_ns = alone ? path->cc.target_ns : path->queue_ns;
    const uint64_t safe_bps =
        path->base_rtt_ns == 0 ? 0 : window * 8 * 1000000 / ((path->base_rtt_ns + queue_ns) / 1000);

    if (alone && is_thin(path, safe_bps))
        return path->rate.estimate_bps;
    return max_u64(path->rate.estimate_bps, safe_bps);
}

uint64_t path_silent_ns(struct path *path, uint64_t report_ns)
{
    const struct sent_packet *oldest = sentmap_oldest_in_flight(&path->sent);
    const int64_t usual = path->forward.base_ns + (int64_t)path->forward.jitter_ns;
    uint64_t from;

    if (oldest == NULL || !path->forward.valid)
        return 0;
    from = max_u64(path->top_received_ns, (uint64_t)((int64_t)oldest->sent_ns + usual));
    return report_ns > from ? report_ns - from : 0;
}

bool path_is_silent(struct path *path, uint64_t report_ns)
{
    return path_silent_ns(path, report_ns) > max_u64(SILENT_NS, path_slack(path));
}

uint64_t path_served_ns(struct path *path, uint64_t bytes, uint64_t report_ns)
{
    const uint64_t silent_ns = path_silent_ns(path, report_ns);
    /* Beside somebody else what is in flight goes at the rate that it has, not the share's. */
    const uint64_t serves_bps =
        path->cc.rival.state == RIVAL_ALONE ? path_serves_bps(path) : path->rate.estimate_bps;
    const uint64_t bps = serves_bps / 1000 * rate_kept_permille(&path->rate, silent_ns);

    return bps == 0 ? 0 : path->top_received_ns + silent_ns + rate_ns_for(bps, bytes);
}

/* Beside somebody else, with little in flight of what may be: the rate seen is that of what little
 * went, a ping a second perhaps, and tells nothing of the queue, which is not ours. */
static bool is_little_used(const struct path *path)
{
    const struct rival *rival = &path->cc.rival;

    return rival->state != RIVAL_ALONE &&
           2 * path->sent.bytes_in_flight < rival_window(rival, path->cc.window);
}

void path_forget_delays(struct path *path)
{
    path->forward = path->full = path->backward = (struct owd){0};
    path->top_received_ns = path->top_sent_ns = 0;
    path->rate.delivered_ns = 0;
}

int64_t path_way(const struct path *path, int64_t offset_ns)
{
    return path->forward.valid ? path->forward.base_ns - offset_ns : (int64_t)UNKNOWN_DELAY;
}

int64_t path_way_of_two(const struct path *path, int64_t offset_ns)
{
    const int64_t own_ns = path->full.valid ? path->full.base_ns - path->forward.base_ns : 0;

    return path_way(path, offset_ns) + 2 * max_i64(0, own_ns);
}

uint64_t path_arrival(struct path *path, uint64_t now, uint32_t bytes, uint64_t report_ns,
                      int64_t offset_ns)
{
    const int64_t base = offset_ns + path_way(path, offset_ns);
    const uint64_t unloaded = now + (uint64_t)(base + (int64_t)path->forward.jitter_ns);

    if (is_little_used(path))
        return unloaded + owd_above_base(&path->forward) + path_silent_ns(path, report_ns);
    return max_u64(unloaded, path_served_ns(path, path->sent.bytes_in_flight + bytes, report_ns));
}
