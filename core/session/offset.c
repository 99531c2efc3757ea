/* SPDX-License-Identifier: BSD-2-Clause */
/* The sender learns what time it is at the receiver, from all its paths: which one is believed. */
#include "core/session/session.h"

#include "core/base/seq.h"

/* What clocks may have drifted apart since a path's smallest delay was seen, half a minute ago. */
#define BOUND_DRIFT ((int64_t)(OWD_SLOTS * OWD_SLOT_NS) / (1000000 / CLOCK_DRIFT_PPM))
/* Beyond this a middle that is earlier tells of a longer way back, not of jitter. */
#define DOUBT_MAX   (12 * (int64_t)NS_PER_MS)
#define DOUBT_SHARE 12 /* of the latency: early costs that much of it */

/* What the offset cannot be below and above, by any delay: no packet came before it was sent. */
static void find_bounds(const struct session *session, int64_t *least, int64_t *most)
{
    *least = INT64_MIN / 2;
    *most = INT64_MAX / 2;
    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];

        if (path->state != PATH_NONE && path->forward.valid)
            *most = min_i64(*most, path->forward.base_ns);
        if (path->state != PATH_NONE && path->backward.valid)
            *least = max_i64(*least, -path->backward.base_ns);
    }
}

static bool tells_time(const struct path *path)
{
    return path->state != PATH_NONE && owd_is_settled(&path->forward) &&
           owd_is_settled(&path->backward);
}

static int64_t round_of(const struct path *path)
{
    return path->forward.base_ns + path->backward.base_ns;
}

/* Works in every path's delays. Returns the shortest round trip, the handshake's included. */
static int64_t take_middles(struct session *session, uint64_t now)
{
    int64_t shortest = media_clock_round(&session->clock, now);

    for (uint32_t i = 0; i < session->paths_used; i++) {
        struct path *path = &session->paths[i];

        if (!tells_time(path)) {
            path->middle = (struct middle){0};
            continue;
        }
        middle_on_delays(&path->middle, path->forward.base_ns, path->backward.base_ns,
                         owd_near(&path->forward));
        shortest = min_i64(shortest, round_of(path));
    }
    return shortest;
}

/* The earliest middle of the paths whose round trip is about the shortest: a longer one leaves more
 * open. NULL: no path tells the time. */
static const struct path *nearest(const struct session *session, int64_t shortest)
{
    const struct path *found = NULL;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];

        if (tells_time(path) && round_of(path) <= shortest + shortest / 2 &&
            (!found || path->middle.at_ns < found->middle.at_ns))
            found = path;
    }
    return found;
}

/* A link that jitters and keeps the order shows its least delay to few of the packets that follow
 * each other closely, so that the media's way seems longer than the reports', by as much as what
 * scatters there: so far an earlier middle of any path is believed. One path's way back may be the
 * longer one, but hardly those of two: what two others say is believed further. */
static const struct path *believed(const struct session *session, const struct path *near)
{
    const int64_t most = min_i64(DOUBT_MAX, (int64_t)session->latency_ns / DOUBT_SHARE);
    const int64_t scatter = min_i64(most, (int64_t)owd_scatter(&near->forward));
    const struct path *found = near, *first = near, *second = near;

    for (uint32_t i = 0; i < session->paths_used; i++) {
        const struct path *path = &session->paths[i];

        if (!tells_time(path) || path->middle.at_ns < near->middle.at_ns - most)
            continue;
        if (path->middle.at_ns < found->middle.at_ns &&
            path->middle.at_ns >= near->middle.at_ns - scatter)
            found = path;
        if (path->middle.at_ns < first->middle.at_ns) {
            second = first;
            first = path;
        } else if (path->middle.at_ns < second->middle.at_ns) {
            second = path;
        }
    }
    return second->middle.at_ns < found->middle.at_ns ? second : found;
}

void session_forget_delays(struct session *session)
{
    for (uint32_t i = 0; i < MAX_PATHS; i++)
        path_forget_delays(&session->paths[i]);
    session->report_ns = 0;
    session->way_back.valid = false;
}

/* That a packet came before it was sent is nothing that drift explains: a clock was set, or stood
 * still as a machine was suspended. */
static void set_clock(struct session *session, uint64_t now)
{
    struct media_clock_facts facts = {0};
    const struct path *path;
    int64_t least, most;

    find_bounds(session, &least, &most);
    if (least > most + BOUND_DRIFT) {
        session_forget_delays(session);
        media_clock_on_jump(&session->clock, now);
        return;
    }
    path = nearest(session, take_middles(session, now));
    if (!path) {
        media_clock_on_bounds(&session->clock, least, most);
        return;
    }
    path = believed(session, path); /* its scatter is what is left in doubt */
    facts.scatter_ns = owd_jitter(&path->forward);
    facts.is_clear = path->last_reported.app_limited;
    facts.least_ns = least - BOUND_DRIFT;
    facts.middle_ns = min_i64(most + BOUND_DRIFT, max_i64(facts.least_ns, path->middle.at_ns));
    media_clock_on_middle(&session->clock, now, &facts);
}

void session_on_time(struct session *session, uint64_t now, uint32_t slot, uint64_t time_ns)
{
    owd_on_sample(&session->paths[slot].backward, now, (int64_t)(now - time_ns));
    if (!session->is_sender)
        return;
    if (time_ns > session->report_ns)
        way_back_on_report(&session->way_back, now, (int64_t)(now - time_ns));
    session->report_ns = max_u64(session->report_ns, time_ns);
    set_clock(session, now);
}
