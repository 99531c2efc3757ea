/* SPDX-License-Identifier: BSD-2-Clause */
/* What a report tells of a path: of each packet that came, what it waited for, and at the end of
 * the report what that says of the link's rate, its queue and what it loses. */
#include "core/path/path.h"

#include "core/base/seq.h"

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
#define QUEUED        (INT64_C(25) * 1000000) /* forecasts of more are held to what comes */
#define PACE_LEAST    (10 * NS_PER_MS)        /* what takes a link longer is no wander */
#define PACE_PERCENT  150 /* of the gap it was sent in: no more, and the link kept pace */
#define REST_LEAST    (20 * NS_PER_MS) /* of a pause of the link's */
#define REST_EVEN     8                /* pauses */
#define REST_FADES    256              /* a report: two to three seconds */
#define LATE_MIN      (20 * NS_PER_MS) /* no forecast is better for long, however it went so far */
#define LATE_MAX      (400 * NS_PER_MS)
#define LATE_SHIFT    7 /* smoothed over about 128 packets */
#define FULL_BYTES    1000

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
            min_u64(path->room_ns + path->room_ns / ROOM_GROWTH + NS_PER_MS / 8, PATH_ROOM_MAX);
    }
}

/* A hold bounds the window too, or it would grow on while only the pace is in the way; and the
 * estimate, which only a queue would let fall. */
static void hold(struct path *path)
{
    const uint64_t bps = shallow_limit_bps(&path->shallow);
    const uint64_t may_ns = path->base_rtt_ns + path->forward.jitter_ns + path->cc.target_ns;

    path->pacer.rate_bps = pacer_least(path->cc.pacing_bps, path_limit_bps(path));
    if (bps == 0)
        return;
    path->cc.window = max_u64(min_u64(path->cc.window, rate_bytes_in(bps, may_ns)), CC_WINDOW_MIN);
    if (path->rate.estimate_bps > bps)
        rate_set(&path->rate, bps);
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
        .pressure_ns = path_pressed_ns(path),
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
