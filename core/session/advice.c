/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written and has not arrived is on its way, or it is in excess: it waits here, in a link's
 * queue, or on a link that has fallen silent. At the rate C that the links serve, the excess is
 * worked off in a time D. The advice is the rate at which D becomes AIM within WITHIN:
 *
 *     C * (1 + (AIM - D) / WITHIN) - what resends and repair take
 *
 * What of D is SLACK beyond AIM counts BRAKE times: that is no scatter, a link is falling, and each
 * millisecond of writing on is another of media that may be late.
 *
 * A little excess is aimed at, since a link shows what it can serve only while it has something to
 * serve: below that the advice is above what is known of the links, an encoder that follows finds
 * out, and C grows. C and D are facts of this moment, so a fall is told at once and no rise has to
 * be waited for; it is only evened out, since D scatters as arrivals do.
 */
#include "core/session/advice.h"

#include "core/base/seq.h"
#include "core/session/session.h"

#define AIM_PERCENT    10 /* of the latency: keeps the links busy, little to lose in a fade */
#define WITHIN_PERCENT 50 /* of the latency: should it fail, there is time for one more try */
#define SLACK_NS       (20 * NS_PER_MS)  /* beyond AIM is scatter, on a link that jitters; .. */
#define BRAKE          4                 /* .. beyond that is a link that falls: times as fast */
#define EVEN_NS        (100 * NS_PER_MS) /* a rise is evened out over: as C is, see path/rate.c */
#define OFFER_PERCENT  20                /* a second, while the links have room .. */
#define STEP_PERCENT   60 /* .. up to this above what is written: encoders' steps are no larger */
#define BUSY_FOR       (50 * NS_PER_MS) /* after a queue: one report without is no idle link */
#define SMOOTH_NS      NS_PER_S
#define TELL_PERCENT   5
#define UPDATE_MAX_NS  (200 * NS_PER_MS) /* a longer pause counts as one so long */
#define LEAST_BPS      UINT64_C(1000)    /* 0 would say that nothing is known */

static uint64_t smooth(uint64_t old, uint64_t sample, uint64_t dt_ns, uint64_t tau_ns)
{
    const int64_t weight = (int64_t)(min_u64(dt_ns, tau_ns) * 1024 / tau_ns);

    return (uint64_t)((int64_t)old + ((int64_t)sample - (int64_t)old) * weight / 1024);
}

static uint64_t rate_of(uint64_t bytes, uint64_t ns)
{
    return bytes * 8 * 1000000 / (ns / 1000 + 1);
}

static uint64_t aim_ns(const struct advice_facts *facts)
{
    return facts->latency_ns / 100 * AIM_PERCENT;
}

/* How long what is in excess takes to be worked off. */
static uint64_t excess_ns(const struct advice_facts *facts)
{
    const uint64_t excess = facts->pending_bytes > facts->transit_bytes
                                ? facts->pending_bytes - facts->transit_bytes
                                : 0;

    return min_u64(rate_ns_for(facts->serves_bps, excess), facts->latency_ns);
}

static uint64_t lawful_bps(const struct advice *advice, const struct advice_facts *facts)
{
    const int64_t payload_bps = (int64_t)(facts->serves_bps / 1000 * facts->payload_ppm / 1000);
    const int64_t within_us = (int64_t)(facts->latency_ns / 100 * WITHIN_PERCENT / NS_PER_US);
    const int64_t more_us = ((int64_t)aim_ns(facts) - (int64_t)excess_ns(facts)) / 1000;
    const int64_t far_us = max_i64(-more_us - (int64_t)(SLACK_NS / NS_PER_US), 0);
    const int64_t change_us = more_us - (BRAKE - 1) * far_us;
    const int64_t bps = payload_bps / 1000 * (within_us + change_us) / (within_us / 1000 + 1);

    return (uint64_t)max_i64(bps - (int64_t)advice->again_bps, (int64_t)LEAST_BPS);
}

/* An encoder that writes less than it is told, as one with steps does, leaves what the links can
 * unknown: it is offered more, by and by. */
static uint64_t offered_bps(const struct advice *advice, const struct advice_facts *facts,
                            uint64_t dt_ns)
{
    const uint64_t more = advice->bps * OFFER_PERCENT / 100 * (dt_ns / NS_PER_MS) / 1000;

    if (excess_ns(facts) >= aim_ns(facts) / 2)
        return 0;
    return min_u64(advice->bps + more, advice->written_bps / 100 * (100 + STEP_PERCENT));
}

void advice_update(struct advice *advice, const struct advice_facts *facts)
{
    const uint64_t passed = facts->now - advice->updated_ns;
    const uint64_t dt = min_u64(passed, UPDATE_MAX_NS);
    uint64_t lawful;

    advice->again_bps =
        smooth(advice->again_bps, rate_of(facts->again_bytes - advice->again_bytes, passed), dt,
               SMOOTH_NS);
    advice->written_bps =
        smooth(advice->written_bps, rate_of(facts->written_bytes - advice->written_bytes, passed),
               dt, SMOOTH_NS);
    advice->again_bytes = facts->again_bytes;
    advice->written_bytes = facts->written_bytes;
    advice->updated_ns = facts->now;
    advice->serves_bps = facts->serves_bps;
    if (facts->serves_bps == 0 && advice->bps == 0)
        return;
    lawful = lawful_bps(advice, facts);
    if (advice->bps != 0 && lawful > advice->bps)
        lawful = smooth(advice->bps, lawful, dt, EVEN_NS);
    advice->bps = max_u64(lawful, offered_bps(advice, facts, dt));
}

/* -- What the session knows -- */

/* What is fresh, or sent and not known to have arrived. */
static void gather_pending(struct session *session, struct advice_facts *facts)
{
    struct rtx_store *store = &session->store;
    const uint64_t payload_max = store->payload_max;
    const uint64_t overhead = session->config->max_udp + IP_UDP_OVERHEAD - payload_max;
    const struct source *source;
    uint64_t payload = 0, from = store->first;

    while ((source = rtx_store_next_pending(store, from, store->next)) != NULL) {
        payload += source->len;
        facts->pending_bytes += source->len + overhead;
        from = source->seq + 1;
    }
    facts->payload_ppm = payload > 0 ? payload * 1000000 / facts->pending_bytes
                                     : payload_max * 1000000 / (payload_max + overhead);
}

/* What a path was seen to serve is what it has on the way, and all it can where a queue of ours
 * stands or stood just now; without one its window may promise more. Nor does it show what it can
 * while the queue is somebody else's: there the window is a share, and what is less than that is
 * left to the other. What waits for a drain to end is there by our own doing, and no excess; nor is
 * what was served and not told of yet. A path in doubt is sent nothing: what it has of ours is in
 * excess. */
static void gather_paths(struct session *session, struct advice_facts *facts)
{
    const uint64_t unheard_ns = session_unheard_ns(session, facts->now);

    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];
        const uint64_t promised_bps = path_serves_bps(path);
        const uint64_t silent_ns = path_silent_ns(path, session->report_ns);
        const bool alone = path->cc.rival.state == RIVAL_ALONE;
        const bool busy = path->backlogged_ns != 0 && facts->now - path->backlogged_ns < BUSY_FOR;
        /* A queue that is somebody else's is part of the way. */
        const uint64_t way_ns = path->base_rtt_ns + (alone ? unheard_ns : path->queue_ns);
        uint64_t kept, seen_bps, can_bps, owed_ns;

        if (path->state != PATH_ACTIVE || path_is_silent(path, session->report_ns) ||
            session_is_reserve(session, i, 1U << PATH_ACTIVE))
            continue;
        kept = rate_kept_permille(&path->rate, silent_ns);
        seen_bps = path->rate.estimate_bps != 0 ? path->rate.estimate_bps : promised_bps;
        can_bps = alone && busy ? seen_bps : promised_bps;
        if (path_limit_bps(path) != 0)
            can_bps = min_u64(can_bps, path_limit_bps(path));
        facts->serves_bps += can_bps / 1000 * kept;
        owed_ns = drain_owes_ns(&path->drain, facts->now, path->base_rtt_ns);
        facts->transit_bytes += seen_bps / 8000 * kept / 1000 * ((way_ns + owed_ns) / 1000) / 1000;
    }
}

static void gather(struct session *session, struct advice_facts *facts)
{
    const struct plait_stream_stats *s = &session->stream;

    facts->latency_ns = session->latency_ns;
    facts->again_bytes =
        (session->copies + s->resent + s->reinjected + s->repair_sent) * session->store.payload_max;
    facts->written_bytes = s->written_bytes;
    gather_pending(session, facts);
    gather_paths(session, facts);
}

void session_advise(struct session *session, uint64_t now)
{
    struct advice *advice = &session->advice;
    struct advice_facts facts = {.now = now};
    uint64_t change;

    if (now - advice->updated_ns < ADVICE_EVERY_NS)
        return;
    gather(session, &facts);
    advice_update(advice, &facts);
    session->stream.advice_bps = advice->bps;
    change = advice->bps > advice->told_bps ? advice->bps - advice->told_bps
                                            : advice->told_bps - advice->bps;
    if (change <= advice->told_bps / 100 * TELL_PERCENT)
        return;
    advice->told_bps = advice->bps;
    session_tell(session, PLAIT_EVENT_ADVICE, UINT32_MAX, advice->bps);
}
