/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/cubic.h"

#include <math.h>
#include <string.h>

#include "plait/plait.h"

#define C              0.4 /* RFC 9438, 5 */
#define BETA           0.7
#define ALPHA          (3 * (1 - BETA) / (1 + BETA)) /* RFC 9438, 4.3 */
#define INITIAL_WINDOW 10
#define THRESHOLD      3
#define RTO_FIRST_NS   UINT64_C(1000000000)
#define RTO_MIN_NS     UINT64_C(200000000)
#define RTO_MAX_NS     UINT64_C(60000000000)

static struct cubic_segment *at(struct cubic *cubic, uint64_t segment)
{
    return &cubic->segment[segment & (CUBIC_SEGMENTS - 1)];
}

void cubic_init(struct cubic *cubic)
{
    memset(cubic, 0, sizeof *cubic);
    cubic->cwnd = INITIAL_WINDOW;
    cubic->ssthresh = 1e9;
    cubic->rto_ns = RTO_FIRST_NS;
    cubic->timeout_ns = PLAIT_NEVER;
}

bool cubic_take(struct cubic *cubic, uint64_t now, uint64_t *segment)
{
    struct cubic_segment *taken;
    if (cubic->flying + 1 > cubic->cwnd ||
        (!cubic->lost && cubic->next - cubic->first >= CUBIC_SEGMENTS)) {
        return false;
    }
    *segment = cubic->next;
    if (cubic->lost) {
        *segment = cubic->first;
        while (at(cubic, *segment)->state != CUBIC_LOST) {
            (*segment)++;
        }
        cubic->lost--;
    } else {
        cubic->next++;
        at(cubic, *segment)->again = false;
        at(cubic, *segment)->state = CUBIC_UNSENT;
    }
    taken = at(cubic, *segment);
    taken->again = taken->state == CUBIC_LOST;
    taken->state = CUBIC_FLYING;
    taken->sent_ns = now;
    cubic->flying++;
    if (cubic->timeout_ns == PLAIT_NEVER || (taken->again && *segment == cubic->first)) {
        cubic->timeout_ns = now + cubic->rto_ns;
    }
    return true;
}

/* RFC 6298, 2. */
static void round_trip(struct cubic *cubic, uint64_t sample_ns)
{
    if (!cubic->srtt_ns) {
        cubic->srtt_ns = sample_ns;
        cubic->var_ns = sample_ns / 2;
    } else {
        uint64_t off =
            sample_ns > cubic->srtt_ns ? sample_ns - cubic->srtt_ns : cubic->srtt_ns - sample_ns;
        cubic->var_ns = (3 * cubic->var_ns + off) / 4;
        cubic->srtt_ns = (7 * cubic->srtt_ns + sample_ns) / 8;
    }
    cubic->rto_ns = cubic->srtt_ns + 4 * cubic->var_ns;
    cubic->rto_ns = cubic->rto_ns > RTO_MIN_NS ? cubic->rto_ns : RTO_MIN_NS;
}

/* RFC 9438, 4.6 and 4.7. */
static void reduce(struct cubic *cubic)
{
    cubic->max = cubic->cwnd < cubic->max ? cubic->cwnd * (1 + BETA) / 2 : cubic->cwnd;
    cubic->origin_cwnd = cubic->cwnd;
    cubic->ssthresh = cubic->cwnd * BETA > 2 ? cubic->cwnd * BETA : 2;
    cubic->cwnd = cubic->ssthresh;
    cubic->epoch_ns = 0;
    cubic->recover = cubic->next;
    cubic->reductions++;
}

/* RFC 9438, 4.2 to 4.5: for one acknowledged segment. */
static void grow(struct cubic *cubic, uint64_t now)
{
    if (cubic->cwnd < cubic->ssthresh) {
        cubic->cwnd += 1;
        return;
    }
    if (!cubic->epoch_ns) {
        cubic->epoch_ns = now;
        cubic->max = cubic->max > cubic->cwnd ? cubic->max : cubic->cwnd;
        cubic->k_s = cbrt((cubic->max - cubic->cwnd) / C);
        cubic->reno = cubic->cwnd;
    }
    double t = (double)(now - cubic->epoch_ns) / 1e9;
    double later = t + (double)cubic->srtt_ns / 1e9 - cubic->k_s;
    double target = C * later * later * later + cubic->max;
    cubic->reno += (cubic->reno < cubic->origin_cwnd ? ALPHA : 1) / cubic->cwnd;
    if (C * (t - cubic->k_s) * (t - cubic->k_s) * (t - cubic->k_s) + cubic->max < cubic->reno) {
        cubic->cwnd = cubic->reno > cubic->cwnd ? cubic->reno : cubic->cwnd;
        return;
    }
    target = target < 1.5 * cubic->cwnd ? target : 1.5 * cubic->cwnd;
    if (target > cubic->cwnd) {
        cubic->cwnd += (target - cubic->cwnd) / cubic->cwnd;
    }
}

/* What so many later segments have overtaken is lost; a segment sent again, when something sent
 * after it arrived. */
static void find_lost(struct cubic *cubic, uint64_t arrived_sent_ns)
{
    bool found = false;
    for (uint64_t n = cubic->first; n + THRESHOLD < cubic->high; n++) {
        struct cubic_segment *segment = at(cubic, n);
        if (segment->state == CUBIC_FLYING &&
            (!segment->again || segment->sent_ns < arrived_sent_ns)) {
            segment->state = CUBIC_LOST;
            cubic->flying--;
            cubic->lost++;
            found = true;
        }
    }
    if (found && cubic->first >= cubic->recover) {
        reduce(cubic);
    }
}

static void settle(struct cubic *cubic, uint64_t now, uint64_t n)
{
    struct cubic_segment *segment = at(cubic, n);
    if (segment->state == CUBIC_ARRIVED) {
        return;
    }
    cubic->flying -= segment->state == CUBIC_FLYING;
    cubic->lost -= segment->state == CUBIC_LOST;
    segment->state = CUBIC_ARRIVED;
    if (cubic->first >= cubic->recover) {
        grow(cubic, now);
    }
}

void cubic_on_ack(struct cubic *cubic, uint64_t now, uint64_t segment, uint64_t cumulative)
{
    if (segment >= cubic->next || cumulative > cubic->next) {
        return;
    }
    uint64_t before = cubic->first;
    uint64_t sent_ns = 0;
    if (segment >= cubic->first) {
        sent_ns = at(cubic, segment)->sent_ns;
        if (!at(cubic, segment)->again) {
            round_trip(cubic, now - sent_ns);
        }
        settle(cubic, now, segment);
        cubic->high = segment + 1 > cubic->high ? segment + 1 : cubic->high;
    }
    for (; cubic->first < cumulative; cubic->first++) {
        settle(cubic, now, cubic->first);
    }
    find_lost(cubic, sent_ns);
    if (cubic->first > before) {
        cubic->timeout_ns = now + cubic->rto_ns;
    }
    if (!cubic->flying && !cubic->lost) {
        cubic->timeout_ns = PLAIT_NEVER;
    }
}

void cubic_on_timeout(struct cubic *cubic, uint64_t now)
{
    for (uint64_t n = cubic->first; n < cubic->next; n++) {
        struct cubic_segment *segment = at(cubic, n);
        if (segment->state == CUBIC_FLYING) {
            segment->state = CUBIC_LOST;
            cubic->lost++;
        }
    }
    cubic->flying = 0;
    reduce(cubic);
    cubic->cwnd = 1;
    cubic->recover = cubic->first; /* slow start grows at once */
    cubic->timeouts++;
    cubic->rto_ns = 2 * cubic->rto_ns < RTO_MAX_NS ? 2 * cubic->rto_ns : RTO_MAX_NS;
    cubic->timeout_ns = now + cubic->rto_ns;
}

uint64_t cubic_receive(struct cubic_receiver *receiver, uint64_t segment)
{
    if (segment >= receiver->next && segment - receiver->next < CUBIC_SEGMENTS) {
        receiver->has[segment & (CUBIC_SEGMENTS - 1)] = 1;
    }
    while (receiver->has[receiver->next & (CUBIC_SEGMENTS - 1)]) {
        receiver->has[receiver->next & (CUBIC_SEGMENTS - 1)] = 0;
        receiver->next++;
    }
    return receiver->next;
}
