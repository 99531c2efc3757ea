/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths and addresses, learnt from packets that opened. The receiver believes an address only when
 * it has answered a challenge; until then it is sent no more than came from it. */
#include "core/session/session.h"

#include "core/session/addr.h"

static void challenge_anew(struct path *path, uint64_t now)
{
    path->validation.token = 0;
    path->validation.next_ns = now;
    path->validation.interval_ns = CHALLENGE_EVERY;
}

void session_learn_path(struct session *session, uint64_t now, uint32_t slot, uint32_t link,
                        const struct plait_addr *local, const struct plait_addr *remote,
                        uint64_t number, bool is_newest)
{
    struct path *path = &session->paths[slot];
    struct path_addr *addr = &session->addrs[slot];

    if (path->state == PATH_NONE) {
        const struct plait_path_config config = {.link = link, .local = *local, .remote = *remote};

        if (number < addr->gone_below)
            return;
        addr->unvalidated_bytes = 0;
        session_path_add(session, now, slot, &config);
    } else if (!is_newest) {
        return;
    } else if (addr_equal(&addr->remote, remote)) {
        /* The receiver's own address may have changed, or the way in: answers go out by it. */
        addr->local = *local;
        path->link = link;
        if (!addr->moving)
            return;
        addr->moving = false; /* back where it was: the candidate was a stray */
        addr->unvalidated_bytes = 0;
        challenge_anew(path, now);
        if (path->state != PATH_VALIDATING)
            path->validation.next_ns = now + CHALLENGE_AGAIN;
    } else if (!addr->moving || !addr_equal(&addr->candidate, remote)) {
        addr->candidate = *remote;
        addr->candidate_local = *local;
        addr->candidate_link = link;
        addr->moving = true;
        addr->unvalidated_bytes = 0;
        challenge_anew(path, now);
    } else {
        addr->candidate_local = *local;
        addr->candidate_link = link;
    }
}

void session_credit_address(struct session *session, uint32_t slot, const struct plait_addr *remote,
                            size_t len)
{
    struct path_addr *addr = &session->addrs[slot];

    if (addr_equal(remote, addr->moving ? &addr->candidate : &addr->remote))
        addr->unvalidated_bytes += len;
}

bool session_path_is_mute(const struct session *session, uint64_t now, uint32_t slot,
                          uint64_t silence_ns)
{
    const uint64_t heard_ns = session->paths[slot].last_received_ns;

    return now > heard_ns + silence_ns && session->last_authentic_ns > heard_ns + PATH_DOWN_AFTER;
}

void session_on_response(struct session *session, uint64_t now, uint32_t slot,
                         const struct plait_addr *from, uint64_t token)
{
    struct path *path = &session->paths[slot];
    struct path_addr *addr = &session->addrs[slot];

    if (path->validation.token == 0 || token != path->validation.token)
        return;
    /* At the receiver the answer must come from the address that was asked. */
    if (!session->is_sender && !addr_equal(from, addr->moving ? &addr->candidate : &addr->remote))
        return;
    path->validation.token = 0;
    path->validation.next_ns = NEVER;
    if (!session->is_sender) {
        /* Nothing it sends is acknowledged: only this tells the receiver a round trip. */
        if (!path->validation.repeated)
            rtt_on_sample(&path->rtt, now - path->validation.sent_ns);
        path->validation.next_ns = now + CHALLENGE_AGAIN;
        path->validation.interval_ns = CHALLENGE_MAX_EVERY;
    }
    if (addr->moving) {
        addr->moving = false;
        addr->remote = addr->candidate;
        addr->local = addr->candidate_local;
        path->link = addr->candidate_link;
        session_tell(session, PLAIT_EVENT_PATH_MOVED, slot, 0);
    }
    session_path_step(session, slot, now, PATH_FACT_VALIDATED);
}

void session_on_path_gone(struct session *session, uint64_t now, const struct frame_path_gone *gone)
{
    if (session->is_sender || gone->path >= MAX_PATHS)
        return;
    /* The slot may have been given to another path already. */
    if (session->addrs[gone->path].replay.next > gone->next_number)
        return;
    session->addrs[gone->path].gone_below = gone->next_number;
    session_path_step(session, gone->path, now, PATH_FACT_REMOVED);
}
