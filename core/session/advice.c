/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate = .9 * what the paths serve - what resends and repair take - what waits / 200 ms: down at
 * once, up after it was stable: slowly near the rate from which it fell lately, faster far from it.
 * What an application that is itself the limit sends is no measure of the links: while they show
 * room the advice may exceed it by a step, so that an encoder that follows finds out. It is the
 * encoder's queue that a step too far fills, for one latency at most, and the links' own rate is
 * known from then on.
 */
#include "core/session/advice.h"

#include "core/base/seq.h"
#include "core/session/session.h"

#define SHARE_NUM     9 /* of the capacity */
#define SHARE_DEN     10
#define DRAIN_NS      (200 * NS_PER_MS) /* what waits is to be gone within */
#define STABLE_NS     (300 * NS_PER_MS) /* after a fall, before it rises */
#define PASSING_NS    (20 * NS_PER_MS)  /* what waits no longer is no backlog */
#define NEAR_PERCENT  90                /* of that place: from here on with care */
#define RISE_PERCENT  20                /* a second, near that place */
#define CLIMB_PERCENT 100               /* a second, far from it: links come back at once */
#define STEP_PERCENT  60                /* above what is written, while there is room */
#define SMOOTH_NS     NS_PER_S
#define WRITTEN_NS    (300 * NS_PER_MS)
#define TELL_PERCENT  5
#define UPDATE_MAX_NS (200 * NS_PER_MS) /* a longer pause counts as one so long */

static uint64_t smooth(uint64_t old, uint64_t sample, uint64_t dt_ns, uint64_t tau_ns)
{
    const int64_t weight = (int64_t)(min_u64(dt_ns, tau_ns) * 1024 / tau_ns);

    return (uint64_t)((int64_t)old + ((int64_t)sample - (int64_t)old) * weight / 1024);
}

static uint64_t rate_of(uint64_t bytes, uint64_t ns)
{
    return bytes * 8 * 1000000 / (ns / 1000 + 1);
}

/* What the facts allow, however fast it may be approached. */
static uint64_t target_of(const struct advice *advice, const struct advice_facts *facts)
{
    const uint64_t whole = advice->capacity_bps / 1000 * facts->payload_ppm / 1000;
    const uint64_t passing = advice->capacity_bps / 8000 * (PASSING_NS / 1000) / 1000;
    const uint64_t waits = facts->backlog_bytes > passing ? facts->backlog_bytes - passing : 0;
    const uint64_t taken = advice->again_bps + rate_of(waits, DRAIN_NS);
    const uint64_t share = whole / SHARE_DEN * SHARE_NUM;
    const uint64_t target = share > taken ? share - taken : 0;

    if (!facts->has_room)
        return target;
    return max_u64(target, advice->written_bps / 100 * (100 + STEP_PERCENT));
}

void advice_update(struct advice *advice, const struct advice_facts *facts)
{
    const uint64_t passed = facts->now - advice->updated_ns;
    const uint64_t dt = min_u64(passed, UPDATE_MAX_NS);
    uint64_t target;

    if (facts->serves_bps > 0 && advice->capacity_bps == 0)
        advice->capacity_bps = facts->serves_bps;
    advice->capacity_bps =
        smooth(advice->capacity_bps, facts->serves_bps, dt, facts->latency_ns / 2);
    advice->again_bps =
        smooth(advice->again_bps, rate_of(facts->again_bytes - advice->again_bytes, passed), dt,
               SMOOTH_NS);
    advice->written_bps =
        smooth(advice->written_bps, rate_of(facts->written_bytes - advice->written_bytes, passed),
               dt, WRITTEN_NS);
    advice->again_bytes = facts->again_bytes;
    advice->written_bytes = facts->written_bytes;
    advice->updated_ns = facts->now;
    target = target_of(advice, facts);
    if (advice->bps == 0) {
        advice->bps = target;
        advice->fell_ns = facts->now;
    } else if (target < advice->bps) {
        if (facts->now - advice->fell_ns >= STABLE_NS)
            advice->ceiling_bps = advice->bps;
        advice->bps = target;
        advice->fell_ns = facts->now;
    } else if (facts->now - advice->fell_ns >= STABLE_NS) {
        const bool near = advice->bps > advice->ceiling_bps / 100 * NEAR_PERCENT &&
                          advice->bps < advice->ceiling_bps / NEAR_PERCENT * 100;
        const uint64_t percent = near ? RISE_PERCENT : CLIMB_PERCENT;

        advice->bps =
            min_u64(target, advice->bps + advice->bps * percent / 100 * (dt / NS_PER_MS) / 1000);
    }
}

/* -- What the session knows -- */

static void gather(const struct session *session, struct advice_facts *facts)
{
    const uint64_t payload = session->store.payload_max;
    const struct plait_stream_stats *s = &session->stream;

    facts->latency_ns = session->latency_ns;
    facts->payload_ppm = payload * 1000000 / (session->config->max_udp + IP_UDP_OVERHEAD);
    facts->backlog_bytes = session->store.fresh_count * payload;
    facts->again_bytes = (s->resent + s->reinjected + s->repair_sent) * payload;
    facts->written_bytes = s->written_bytes;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];

        if (path->state != PATH_ACTIVE)
            continue;
        facts->serves_bps += path_serves_bps(path);
        facts->has_room = facts->has_room || (!path->backlogged && session->store.fresh_count == 0);
    }
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
