/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/path.h"

#include <string.h>

#include "core/base/seq.h"

#define UNKNOWN_DELAY (60 * NS_PER_MS)
#define SILENT_NS     (40 * NS_PER_MS)
#define STALL_NS      (40 * NS_PER_MS) /* a longer pause is no rate, but.. */
#define STALL_APART   8000             /* ..where less came since the last, it is the link's */
#define FULL_SHARE    8                /* of a report's bytes: so much lost is no accident */
#define FULL_TIMES    4                /* .. beyond so many times what the radio loses */
#define RADIO_PERCENT 150              /* of what it loses usually is no more than that */
#define RADIO_CREDIT  (4 * CC_PACKET)  /* and so much at once */
#define RADIO_SHIFT   5                /* smoothed over about 32 reports */
#define FULL_KEEPS    7                /* tenths, after a loss: as CUBIC */
#define PEAK_FADES    256              /* a report: two to three seconds */
#define ROOM_GROWTH   128              /* a report */
#define STEADY_NS     (30 * NS_PER_MS) /* under pressure a steady link queues no longer */
#define QUEUED        (INT64_C(25) * 1000000) /* forecasts of more are held to what comes */
#define THIN_FOR      (500 * NS_PER_MS)       /* longer ago, and the link may be another by now */
#define PACE_LEAST    (10 * NS_PER_MS)        /* what takes a link longer is no wander */
#define PACE_PERCENT  150 /* of the gap it was sent in: no more, and the link kept pace */
#define REST_LEAST    (20 * NS_PER_MS) /* of a pause of the link's */
#define REST_EVEN     8                /* pauses */
#define REST_FADES    256              /* a report: two to three seconds */
#define LATE_FIRST    (35 * NS_PER_MS)
#define LATE_MIN      (20 * NS_PER_MS) /* no forecast is better for long, however it went so far */
#define LATE_MAX      (400 * NS_PER_MS)
#define LATE_SHIFT    7 /* smoothed over about 128 packets */
#define ROOM_MAX      (4000 * NS_PER_MS)
#define FULL_BYTES    1000

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
    path->room_ns = ROOM_MAX;
    path->late_ns = LATE_FIRST;
}

/* What of the pressure the link is given. */
static uint64_t pressed_ns(const struct path *path)
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
    return path->cc.window + rate_bytes_in(bps, pressed_ns(path) + path->unheard_ns);
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

void path_report_begin(struct path *path)
{
    path->report_bytes = path->busy_bytes = path->busy_ns = 0;
    path->report_queue_ns = NEVER;
    path->report_lone_ns = NEVER;
}

/* How long the link takes for so many bytes, by what is known of it; 0: nothing is. */
static uint64_t service_ns(const struct path *path, uint32_t bytes)
{
    const uint64_t bps = path->rate.estimate_bps;

    return bps == 0 ? 0 : rate_ns_for(bps, bytes);
}

/* How long the link took for what came after a pause. A stall tells little of the rate that follows
 * it, so not all of it counts; a thin link pauses before each packet, and there every pause does.
 */
static uint64_t took_ns(struct path *path, uint64_t pause_ns, uint32_t bytes)
{
    const bool is_stall =
        path->cc.rival.state == RIVAL_ALONE && path->since_stall_bytes > STALL_APART;

    path->since_stall_bytes += bytes;
    if (pause_ns <= STALL_NS)
        return pause_ns;
    path->since_stall_bytes = 0;
    return is_stall ? STALL_NS
                    : min_u64(pause_ns, max_u64(RATE_PAUSE_MAX, 2 * service_ns(path, bytes)));
}

/* When it would have come through an empty link without scatter, in the receiver's clock. */
static uint64_t soonest_ns(const struct path *path, const struct sent_packet *packet)
{
    return (uint64_t)((int64_t)packet->sent_ns + path->forward.base_ns);
}

/* Nothing of ours was left at the link when the packet came there: it was done with what went
 * before by the time this one's service had to begin for it to come as soon as it could. */
static bool found_empty(const struct path *path, const struct sent_packet *packet)
{
    return path->forward.valid &&
           path->top_received_ns + service_ns(path, packet->bytes) <= soonest_ns(path, packet);
}

/* It came as far behind the one before it as it was sent, nearly. */
static bool kept_gap(const struct path *path, const struct sent_packet *packet,
                     uint64_t received_ns)
{
    if (path->top_sent_ns == 0 || packet->sent_ns < path->top_sent_ns ||
        received_ns < path->top_received_ns)
        return false;
    return (received_ns - path->top_received_ns) / PACE_PERCENT <=
           (packet->sent_ns - path->top_sent_ns) / 100;
}

/* What kept its gap the link did not hold back: where nothing of ours was left to send and it is
 * late all the same, the way's delay wanders, as Wi-Fi's does. Beside somebody else the queue is
 * his, and the link may be as slow as that. */
static bool kept_pace(const struct path *path, const struct sent_packet *packet,
                      uint64_t received_ns)
{
    return path->cc.rival.state == RIVAL_ALONE && packet->app_limited &&
           service_ns(path, packet->bytes) < PACE_LEAST && kept_gap(path, packet, received_ns);
}

/* What came later than scatter explains had waited at the link. It was served since it should have
 * come, or since the link was done with what went before: before it should have come, too, where
 * that was after it could have, and the link takes too long for scatter to look like it. What found
 * the link empty tells nothing: it is late by the link's own doing, a small one by many times what
 * it takes. */
static void note_service(struct path *path, const struct sent_packet *packet, uint64_t received_ns)
{
    const uint64_t soonest = soonest_ns(path, packet);
    const uint64_t scatter_ns = owd_scatter(&path->forward);
    const uint64_t top_ns = path->top_received_ns;
    uint64_t from = max_u64(soonest + scatter_ns, top_ns);

    if (!path->forward.valid || received_ns < soonest + scatter_ns ||
        kept_pace(path, packet, received_ns))
        return;
    if (top_ns >= soonest && 2 * service_ns(path, packet->bytes) > scatter_ns)
        from = top_ns;
    path->busy_bytes += packet->bytes;
    path->busy_ns += took_ns(path, received_ns - min_u64(from, received_ns), packet->bytes);
}

/* How wrong forecasts are, by packets that were to wait in the link's queue. */
static void note_lateness(struct path *path, const struct sent_packet *packet, uint64_t received_ns)
{
    const int64_t foreseen = (int64_t)(packet->expected_ns - packet->sent_ns);
    uint64_t late;

    if (packet->kind != SENT_MEDIA || received_ns <= packet->expected_ns ||
        foreseen <= path->forward.base_ns + QUEUED)
        return;
    late = min_u64(received_ns - packet->expected_ns, LATE_MAX);
    path->late_ns += (late >> LATE_SHIFT) - (path->late_ns >> LATE_SHIFT);
    path->late_ns = max_u64(path->late_ns, LATE_MIN);
}

/* It kept its gap, which is longer than the link takes for it: nothing of ours was left there for
 * the link to do in between. */
static bool came_alone(const struct path *path, const struct sent_packet *packet,
                       uint64_t received_ns)
{
    return kept_gap(path, packet, received_ns) &&
           received_ns - path->top_received_ns >
               2 * service_ns(path, packet->bytes) + path->forward.jitter_ns;
}

/* Only what came in the order in which it was sent tells how close together. */
static void note_train(struct path *path, const struct sent_packet *packet, uint64_t received_ns)
{
    if (packet->number == path->sent.largest_acked + 1 && path->top_sent_ns != 0 &&
        received_ns >= path->top_received_ns)
        train_on_packet(&path->train, packet->sent_ns - path->top_sent_ns,
                        received_ns - path->top_received_ns, service_ns(path, packet->bytes));
}

/* A link that serves in bursts makes everything wait for the next one, and that is no queue. */
static void note_rest(struct path *path, const struct sent_packet *packet, uint64_t received_ns)
{
    const uint64_t from = max_u64(path->top_received_ns, soonest_ns(path, packet));

    if (!path->forward.valid || received_ns < from + REST_LEAST)
        return;
    path->rests_ns += min_u64(received_ns - from, RATE_PAUSE_MAX) / REST_EVEN;
    path->rests_ns -= path->rests_ns / REST_EVEN;
}

void path_on_acked(struct path *path, struct sent_packet *packet, uint64_t now,
                   uint64_t received_ns)
{
    const int64_t delay_ns = (int64_t)(received_ns - packet->sent_ns);
    const bool empty = found_empty(path, packet);
    const bool lone = came_alone(path, packet, received_ns);

    if (packet->state == SENT_LOST) {
        loss_on_spurious(&path->loss,
                         packet->overtaken_ns != 0 && received_ns > packet->overtaken_ns
                             ? received_ns - packet->overtaken_ns
                             : 0);
    } else {
        loss_on_acked(&path->loss);
    }
    note_rest(path, packet, received_ns);
    note_train(path, packet, received_ns);
    if (!empty)
        note_service(path, packet, received_ns);
    note_lateness(path, packet, received_ns);
    owd_on_sample(&path->forward, now, delay_ns);
    if (packet->bytes >= FULL_BYTES)
        owd_on_sample(&path->full, now, delay_ns);
    if (empty)
        owd_on_empty(&path->forward, delay_ns);
    if (lone)
        path->report_lone_ns = min_u64(path->report_lone_ns, owd_above_base(&path->forward));
    path->report_queue_ns = min_u64(path->report_queue_ns, owd_above_base(&path->forward));
    shallow_on_acked(&path->shallow, packet->sent_ns, packet->bytes);
    path->report_bytes += packet->bytes;
    rate_on_acked(&path->rate, packet, received_ns);
    path->last_reported = *packet;
    if (!path->sent.any_acked || packet->number >= path->sent.largest_acked) {
        path->sent.any_acked = true;
        path->sent.largest_acked = packet->number;
        path->top_received_ns = max_u64(path->top_received_ns, received_ns);
        path->top_sent_ns = packet->sent_ns;
    }
    if (packet->number == path->held)
        path->loses_held = false;
    path->last_acked_ns = now;
    sentmap_settle(&path->sent, packet);
}

/* How much of what was lost is what the radio loses anyway. */
static uint64_t radio_bytes(struct path *path)
{
    const uint64_t usual = path->report_bytes * path->radio_ppm / 1000000 * RADIO_PERCENT / 100;
    uint64_t bytes;

    path->radio_credit = min_u64(path->radio_credit + usual, RADIO_CREDIT);
    bytes = min_u64(path->lost_bytes_untold, path->radio_credit);
    path->radio_credit -= bytes;
    return bytes;
}

static void note_radio(struct path *path)
{
    const uint64_t lost = path->lost_bytes_unreported;
    const uint64_t ppm = lost * 1000000 / (lost + path->report_bytes);

    path->radio_ppm += (ppm >> RADIO_SHIFT) - (path->radio_ppm >> RADIO_SHIFT);
}

/* Losses while the queue stands as high as it ever did lately are those of a queue that is full; a
 * radio's come at any height. Then the whole, what the window has in flight and what it lets
 * queue, gives way as TCP's does, or a TCP beside it would starve. */
static void note_room(struct path *path)
{
    const bool high = path->queue_ns >= path->peak_ns - path->peak_ns / 8;
    const uint64_t usual = path->report_bytes * path->radio_ppm / 1000000;

    path->peak_ns = max_u64(path->peak_ns - path->peak_ns / PEAK_FADES, path->queue_ns);
    if (!high)
        note_radio(path);
    if (!path->backlogged)
        return;
    if (high &&
        path->lost_bytes_unreported > path->report_bytes / FULL_SHARE + usual * FULL_TIMES) {
        const uint64_t kept = (path->base_rtt_ns + path->queue_ns) / 10 * FULL_KEEPS;
        const uint64_t without = path->base_rtt_ns + path->cc.target_ns;

        path->room_ns = min_u64(path->room_ns, kept > without ? kept - without : 0);
    } else {
        path->room_ns =
            min_u64(path->room_ns + path->room_ns / ROOM_GROWTH + NS_PER_MS / 8, ROOM_MAX);
    }
}

static uint64_t least_but_none(uint64_t a, uint64_t b)
{
    return a == 0 || b == 0 ? max_u64(a, b) : min_u64(a, b);
}

uint64_t path_limit_bps(const struct path *path)
{
    return least_but_none(path->max_bps, shallow_limit_bps(&path->shallow));
}

/* A hold bounds the window too, or it would grow on while only the pace is in the way; and the
 * estimate, which only a queue would let fall. */
static void hold(struct path *path)
{
    const uint64_t bps = shallow_limit_bps(&path->shallow);
    const uint64_t may_ns = path->base_rtt_ns + path->forward.jitter_ns + path->cc.target_ns;

    path->pacer.rate_bps = least_but_none(path->cc.pacing_bps, path_limit_bps(path));
    if (bps == 0)
        return;
    path->cc.window = max_u64(min_u64(path->cc.window, rate_bytes_in(bps, may_ns)), CC_WINDOW_MIN);
    if (path->rate.estimate_bps > bps)
        rate_set(&path->rate, bps);
}

void path_report_end(struct path *path, uint64_t now, int64_t backward_ns)
{
    const int64_t round = path->forward.base_ns + backward_ns;
    const uint64_t base_rtt = (uint64_t)max_i64(round, (int64_t)NS_PER_MS) + ACK_DELAY;
    struct cc_report report;
    uint64_t longer_ns;

    if (path->report_bytes == 0)
        return;
    path->base_rtt_ns = base_rtt;
    path->queue_ns = path->report_queue_ns;
    path->backlogged = path->busy_bytes * 2 > path->report_bytes;
    if (path->backlogged) {
        path->backlogged_ns = now;
        rate_on_busy(&path->rate, &path->last_reported, path->busy_bytes, path->busy_ns);
        swing_on_rate(&path->swing, path->rate.estimate_bps);
    } else {
        rate_on_idle(&path->rate, &path->last_reported);
    }
    path->rests_ns -= path->rests_ns / REST_FADES;
    loss_on_report(&path->loss, &path->sent, path->top_received_ns);
    note_room(path);
    report = (struct cc_report){
        .now = now,
        .acked_bytes = path->report_bytes,
        .lost_bytes = path->lost_bytes_untold,
        .lost_sent_ns = path->lost_sent_ns,
        .bytes_in_flight = path->sent.bytes_in_flight,
        .rate_bps = path->rate.estimate_bps,
        .rate_is_links = path->backlogged || !path->last_reported.app_limited,
        .queue_ns = path->queue_ns,
        .base_rtt_ns = base_rtt,
        .jitter_ns = path->forward.jitter_ns,
        .near_ns = owd_near(&path->forward),
        .lone_ns = path->report_lone_ns == NEVER ? 0 : path->report_lone_ns,
        .rests_ns = path->rests_ns + path->rests_ns / 2,
        .pressure_ns = pressed_ns(path),
    };
    shallow_on_report(&path->shallow, now, path->queue_ns, base_rtt + path->queue_ns);
    path->lost_bytes_unreported = 0;
    if (path->cc.rival.state == RIVAL_ALONE)
        drain_on_report(&path->drain, now, path->forward.near_ns, base_rtt + path->queue_ns);
    if (drain_is_on(&path->drain))
        rate_on_app_limited(&path->rate, path->sent.bytes_in_flight);
    if (!drain_is_over(&path->drain, now, base_rtt)) {
        path->cc.limited = false;
        return;
    }
    report.radio_bytes = radio_bytes(path);
    report.longer_ns = train_on_report(&path->train, now, path->queue_ns, base_rtt + path->queue_ns,
                                       report.near_ns);
    longer_ns = path->cc.ops->on_report(&path->cc, &report);
    owd_on_longer(&path->forward, longer_ns);
    owd_on_longer(&path->full, longer_ns);
    path->lost_bytes_untold = path->lost_sent_ns = 0;
    hold(path);
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

void path_on_lost(struct path *path, const struct sent_packet *packet)
{
    if (packet->number == path->held)
        path_on_held_lost(path);
    shallow_on_lost(&path->shallow, packet->sent_ns, packet->bytes);
    path->lost_bytes_unreported += packet->bytes;
    path->lost_bytes_untold += packet->bytes;
    path->lost_sent_ns = max_u64(path->lost_sent_ns, packet->sent_ns);
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
    if (path->sent.bytes_in_flight == 0)
        return unloaded;
    return max_u64(unloaded, path_served_ns(path, path->sent.bytes_in_flight + bytes, report_ns));
}
