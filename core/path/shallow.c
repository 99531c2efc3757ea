/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/path/shallow.h"

#include <string.h>

#include "core/base/limits.h"
#include "core/base/seq.h"

#define PPM          UINT64_C(1000000)
#define EVEN_SHIFT   5                 /* over about 32 reports */
#define QUEUE_MAX    (25 * NS_PER_MS)  /* a longer one tells of itself */
#define QUEUE_COUNTS (100 * NS_PER_MS) /* of one report's: an outage is no queue */
#define SPAN_NS      (200 * NS_PER_MS)
#define FULL_PPM     50000  /* a span that loses more than the radio and this was full .. */
#define FULL_BYTES   4200   /* .. unless it is only one packet or two of few */
#define MUCH_PPM     200000 /* more loss than this is tried out */
#define TRIED_FOR    (300 * NS_PER_MS) /* and a round trip */
#define FALLS_TO     3                 /* one in so many of the loss, or it was not our doing */
#define HELD_FOR     NS_PER_S          /* at least, before it is tried again */
#define ALONE_MIN    (10 * NS_PER_S)   /* after the first trial in vain, then twice as long .. */
#define ALONE_MAX    (80 * NS_PER_S)   /* .. up to this */
#define MORE_AFTER   5   /* clean spans, then more is sent until a span is full again: .. */
#define MORE_PERCENT 115 /* .. so much of what the link carries */
#define FREE_AFTER   10  /* clean spans, and the hold is not needed */

static uint64_t share_ppm(const struct shallow_count *count)
{
    return count->lost_bytes * PPM / (count->lost_bytes + count->acked_bytes + 1);
}

void shallow_on_acked(struct shallow *shallow, uint64_t sent_ns, uint32_t bytes)
{
    shallow->report.acked_bytes += bytes;
    shallow->span.acked_bytes += bytes;
    if (sent_ns >= shallow->since_ns)
        shallow->trial.acked_bytes += bytes;
}

void shallow_on_lost(struct shallow *shallow, uint64_t sent_ns, uint32_t bytes)
{
    shallow->report.lost_bytes += bytes;
    shallow->span.lost_bytes += bytes;
    if (sent_ns >= shallow->since_ns)
        shallow->trial.lost_bytes += bytes;
}

static uint64_t most(const uint64_t *spans_bps)
{
    uint64_t bps = 0;

    for (int i = 0; i < SHALLOW_SPANS; i++)
        bps = max_u64(bps, spans_bps[i]);
    return bps;
}

static void on_full(struct shallow *shallow, uint64_t bps)
{
    memmove(shallow->spans_bps + 1, shallow->spans_bps,
            sizeof shallow->spans_bps - sizeof shallow->spans_bps[0]);
    shallow->spans_bps[0] = bps;
    shallow->carries_bps = most(shallow->spans_bps);
    shallow->full_spans++;
    shallow->clean_spans = 0;
}

static void on_clean(struct shallow *shallow, uint64_t bps)
{
    shallow->full_spans = 0;
    shallow->clean_spans++;
    if (bps > shallow->carries_bps) {
        shallow->carries_bps = bps;
        shallow->clean_spans = min_u64(shallow->clean_spans, MORE_AFTER);
    }
}

/* What comes through while a link loses for being full is what it carries; without loss it is the
 * least that it does. Nothing is learnt in a trial, whose rate is to stand, nor by a span that an
 * outage stretched. */
static void end_span(struct shallow *shallow, uint64_t now)
{
    const uint64_t took_ns = now - shallow->span_ns;
    const uint64_t bps = shallow->span.acked_bytes * 8 * 1000000 / (took_ns / 1000);
    const bool is_full = shallow->span.lost_bytes >= FULL_BYTES &&
                         share_ppm(&shallow->span) > shallow->radio_ppm + FULL_PPM;

    shallow->span = (struct shallow_count){0};
    shallow->span_ns = now;
    if (shallow->state == SHALLOW_TRIED)
        return;
    if (is_full && took_ns < 2 * SPAN_NS)
        on_full(shallow, bps);
    else
        on_clean(shallow, bps);
}

static uint64_t even(uint64_t old, uint64_t sample)
{
    return old + (sample >> EVEN_SHIFT) - (old >> EVEN_SHIFT);
}

static void enter(struct shallow *shallow, enum shallow_state state, uint64_t now)
{
    shallow->state = state;
    shallow->since_ns = now;
    shallow->trial = (struct shallow_count){0};
}

static void try_out(struct shallow *shallow, uint64_t now)
{
    shallow->before_ppm = shallow->loss_ppm;
    shallow->carries_bps = max_u64(shallow->spans_bps[0], shallow->spans_bps[1]);
    shallow->radio_ppm = 0;
    enter(shallow, SHALLOW_TRIED, now);
}

static void judge(struct shallow *shallow, uint64_t now)
{
    shallow->loss_ppm = share_ppm(&shallow->trial);
    memset(shallow->spans_bps, 0, sizeof shallow->spans_bps);
    if (shallow->loss_ppm < shallow->before_ppm / FALLS_TO) {
        shallow->spans_bps[0] = shallow->carries_bps;
        shallow->radio_ppm = shallow->loss_ppm;
        shallow->alone_ns = 0;
        enter(shallow, SHALLOW_HELD, now);
        return;
    }
    shallow->alone_ns = min_u64(max_u64(2 * shallow->alone_ns, ALONE_MIN), ALONE_MAX);
    shallow->alone_until_ns = now + shallow->alone_ns;
    enter(shallow, SHALLOW_FREE, now);
}

static void decide(struct shallow *shallow, uint64_t now, uint64_t round_ns)
{
    const uint64_t age_ns = now - shallow->since_ns;
    const bool much =
        shallow->full_spans >= SHALLOW_SPANS && shallow->loss_ppm > MUCH_PPM + shallow->radio_ppm;

    switch (shallow->state) {
    case SHALLOW_FREE:
        if (much && now >= shallow->alone_until_ns && shallow->queue_ns <= QUEUE_MAX)
            try_out(shallow, now);
        break;
    case SHALLOW_TRIED:
        if (age_ns > round_ns + TRIED_FOR)
            judge(shallow, now);
        break;
    case SHALLOW_HELD:
        if (shallow->clean_spans > FREE_AFTER || shallow->queue_ns > QUEUE_MAX)
            enter(shallow, SHALLOW_FREE, now);
        else if (much && age_ns > HELD_FOR)
            try_out(shallow, now);
        break;
    }
}

void shallow_on_report(struct shallow *shallow, uint64_t now, uint64_t queue_ns, uint64_t round_ns)
{
    shallow->loss_ppm = even(shallow->loss_ppm, share_ppm(&shallow->report));
    shallow->queue_ns = even(shallow->queue_ns, min_u64(queue_ns, QUEUE_COUNTS));
    shallow->report = (struct shallow_count){0};
    if (shallow->span_ns == 0)
        shallow->span_ns = now;
    if (now - shallow->span_ns >= SPAN_NS)
        end_span(shallow, now);
    decide(shallow, now, round_ns);
}

/* What the radio takes comes out of what the link has carried already. */
uint64_t shallow_limit_bps(const struct shallow *shallow)
{
    const bool more = shallow->state == SHALLOW_HELD && shallow->clean_spans >= MORE_AFTER;
    const uint64_t bps = shallow->carries_bps * 1000 / ((PPM - shallow->radio_ppm) / 1000);

    if (shallow->state == SHALLOW_FREE)
        return 0;
    return bps / 100 * (more ? MORE_PERCENT : 100);
}
