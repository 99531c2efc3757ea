/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/session/session.h"

#include <assert.h>
#include <string.h>

#include "core/base/seq.h"
#include "core/session/trace.h"

enum session_state session_step(enum session_state state, enum session_fact fact)
{
    static const enum session_state table[5][7] = {
        /* OPENED, KEYED, CLOSED, GOODBYES_SENT, ENDED, TOLD, UNCONFIRMED */
        [SESSION_NONE] = {SESSION_CONNECTING, SESSION_NONE, SESSION_NONE, SESSION_NONE,
                          SESSION_NONE, SESSION_NONE, SESSION_NONE},
        [SESSION_CONNECTING] = {SESSION_CONNECTING, SESSION_UP, SESSION_OVER, SESSION_CONNECTING,
                                SESSION_OVER, SESSION_CONNECTING, SESSION_NONE},
        [SESSION_UP] = {SESSION_UP, SESSION_UP, SESSION_CLOSING, SESSION_UP, SESSION_OVER,
                        SESSION_UP, SESSION_UP},
        [SESSION_CLOSING] = {SESSION_CLOSING, SESSION_CLOSING, SESSION_CLOSING, SESSION_OVER,
                             SESSION_OVER, SESSION_CLOSING, SESSION_CLOSING},
        [SESSION_OVER] = {SESSION_OVER, SESSION_OVER, SESSION_OVER, SESSION_OVER, SESSION_OVER,
                          SESSION_NONE, SESSION_OVER},
    };

    return table[state][fact];
}

uint32_t session_payload_max(const struct plait_config *config)
{
    /* A receiver takes what any sender may send, whatever its own limit. */
    const uint32_t udp = config->role == PLAIT_RECEIVER ? MAX_UDP : config->max_udp;

    /* So small that a repair symbol over a full one still fits. */
    return udp - PACKET_SEALED_HEADER - FRAME_REPAIR_HEADER - SYMBOL_HEADER - AEAD_TAG_LEN;
}

void session_cut(struct session *session, struct arena *arena, const struct plait_config *config)
{
    const uint32_t payload_max = session_payload_max(config);
    struct sent_packet *ring;

    if (config->role == PLAIT_SENDER) {
        rtx_store_cut(session == NULL ? NULL : &session->store, arena, config->store_packets,
                      payload_max);
        for (uint32_t i = 0; i < MAX_PATHS; i++) {
            ring = arena_take_raw(arena, SENTMAP_PACKETS * sizeof *ring);
            if (session != NULL)
                session->paths[i].sent.ring = ring;
        }
    } else {
        /* Half of the ring remembers what became of those before. */
        uint8_t *assembly;

        reorder_cut(session == NULL ? NULL : &session->reorder, arena, config->store_packets * 2,
                    payload_max);
        assembly = arena_take_raw(arena, PLAIT_MAX_DATAGRAM);
        if (session != NULL)
            session->assembly = assembly;
    }
    protect_cut(session == NULL ? NULL : &session->protect, arena, payload_max,
                config->role == PLAIT_SENDER);
}

void session_wipe(struct session *session)
{
    const bool is_used = session->is_used;

    if (is_used && session->is_sender) {
        rtx_store_wipe(&session->store);
    } else if (is_used) {
        reorder_wipe(&session->reorder);
        sodium_memzero(session->assembly, PLAIT_MAX_DATAGRAM);
    }
    if (is_used) {
        sodium_memzero(session->protect.codec, session->protect.codec_bytes);
        sodium_memzero(session->protect.symbol, session->protect.symbol_bytes);
    }
    sodium_memzero(session, sizeof *session);
}

void session_reset(struct session *session, const struct plait_config *config, uint32_t index,
                   uint64_t now)
{
    const struct rtx_store store = session->store;
    const struct reorder reorder = session->reorder;
    const struct protect protect = session->protect;
    uint8_t *assembly = session->assembly;
    struct sent_packet *rings[MAX_PATHS];

    for (uint32_t i = 0; i < MAX_PATHS; i++)
        rings[i] = session->paths[i].sent.ring;
    sodium_memzero(session, sizeof *session);
    session->store = store;
    session->reorder = reorder;
    session->protect = protect;
    session->assembly = assembly;
    for (uint32_t i = 0; i < MAX_PATHS; i++) {
        sentmap_init(&session->paths[i].sent, rings[i], config->test_first_pn);
    }
    session->is_used = true;
    session->is_sender = config->role == PLAIT_SENDER;
    session->config = config;
    session->index = index;
    session->mode = config->mode;
    session->latency_wish_ns = session->latency_ns = config->latency_ns;
    session->since_ns = session->last_authentic_ns = now;
    session->keys.local_cid = session->keys.remote_cid = CID_NONE;
    session->tentative.keys.local_cid = CID_NONE;
    session->initiation.local_cid = CID_NONE;
    session->control_due_ns = session->blocked_until_ns = NEVER;
    session->report_due_ns = now;
    session->headroom_ns = session->headroom_next_ns = INT64_MAX;
}

static bool is_value(enum plait_event_kind kind)
{
    return kind == PLAIT_EVENT_LATENCY || kind == PLAIT_EVENT_OVERLOAD ||
           kind == PLAIT_EVENT_ADVICE || kind == PLAIT_EVENT_REKEYED;
}

/* The caller does not poll. What is newest tells the state, so the oldest goes that is no end. */
static void forget_event(struct session *session)
{
    struct plait_event *events = session->events;
    const uint32_t head = session->events_head;
    uint32_t gone = 0;

    while (gone < EVENTS_QUEUED - 1 &&
           events[(head + gone) % EVENTS_QUEUED].kind == PLAIT_EVENT_SESSION_CLOSED)
        gone++;
    for (; gone > 0; gone--)
        events[(head + gone) % EVENTS_QUEUED] = events[(head + gone - 1) % EVENTS_QUEUED];
    session->events_head = (head + 1) % EVENTS_QUEUED;
    session->events_count--;
}

void session_tell(struct session *session, enum plait_event_kind kind, uint32_t path,
                  uint64_t value)
{
    uint32_t at;

    /* Of a value the newest is enough; so no packet can fill the queue. */
    for (uint32_t i = session->events_count; i > 0 && is_value(kind); i--) {
        at = (session->events_head + i - 1) % EVENTS_QUEUED;
        if (session->events[at].kind == kind) {
            session->events[at].value = value;
            return;
        }
        if (session->events[at].kind == PLAIT_EVENT_SESSION_UP)
            break;
    }
    if (session->events_count == EVENTS_QUEUED)
        forget_event(session);
    at = (session->events_head + session->events_count) % EVENTS_QUEUED;
    session->events[at] = (struct plait_event){.kind = kind, .path = path, .value = value};
    session->events_count++;
}

uint64_t session_silence_ns(const struct session *session)
{
    return session->heard ? SILENCE_RECONNECT
                          : max_u64(SILENCE_AT_FIRST, 2 * session->answered_after_ns);
}

bool session_key_is_old(const struct session *session)
{
    return session->keys.ring.sealed >= KEYRING_SEAL_MAX / 2;
}

void session_forget_handshake(struct session *session)
{
    session->initiation.active = false;
    noise_wipe(&session->initiation.noise);
    sodium_memzero(session->initiation.before, sizeof session->initiation.before);
    session->tentative.active = false;
    keyring_wipe(&session->tentative.keys.ring);
}

uint64_t session_number_base(const struct session *session)
{
    uint64_t base = session->config->test_first_pn;

    for (uint32_t i = 0; i < MAX_PATHS; i++)
        base = max_u64(base, session->paths[i].sent.next);
    return base;
}

void session_copy_gone(struct session *session, struct sent_packet *packet, bool early)
{
    struct source *source =
        packet->seq == SEQ_NONE ? NULL : rtx_store_find(&session->store, packet->seq);

    if (source == NULL || !packet->counted)
        return;
    packet->counted = false;
    source->live--;
    if (source->live == 0)
        rtx_store_want(&session->store, source, early);
}

/* Of what was sent before then. */
static void forget_flight_before(struct session *session, uint32_t slot, uint64_t before_ns)
{
    struct path *path = &session->paths[slot];
    struct sent_packet *packet;

    if (!session->is_sender)
        return;
    for (uint64_t n = path->sent.oldest; n < path->sent.next; n++) {
        packet = sentmap_find(&path->sent, n);
        if (packet == NULL || packet->sent_ns >= before_ns)
            continue;
        session_copy_gone(session, packet, false);
        sentmap_settle(&path->sent, packet);
    }
}

void session_forget_flight(struct session *session, uint32_t slot)
{
    forget_flight_before(session, slot, NEVER);
}

void session_adopt_keys(struct session *session, uint64_t now, const struct keyset *keys)
{
    session->rekeys += session->keys.ring.send_generation + 1;
    session->keys = *keys;
    session->generation = 0;
    session->heard = false;
    session->feedback_paths = 0;
    for (uint32_t i = 0; i < MAX_PATHS; i++) {
        struct path *path = &session->paths[i];

        session_forget_flight(session, i);
        sentmap_init(&path->sent, path->sent.ring, keys->send_base);
        path->loss.scan = path->loss.overtaken_to = 0;
        memset(&path->receipts, 0, sizeof path->receipts);
        replay_init(&session->addrs[i].replay);
        session->addrs[i].gone_below = 0;
        if (path->state != PATH_NONE) {
            path->validation.next_ns = now;
            path->validation.interval_ns = CHALLENGE_EVERY;
        }
    }
    session->last_authentic_ns = now;
    session->state = session_step(session->state, SESSION_FACT_KEYED);
}

void session_start_stream(struct session *session, uint64_t first_seq)
{
    if (session->is_sender) {
        rtx_store_start(&session->store, first_seq);
    } else {
        reorder_start(&session->reorder, first_seq);
        session->gaps = (struct gaps){.highest = first_seq};
        session->assembling = false;
    }
    protect_start(&session->protect, session->is_sender);
}

/* Nothing is opened or sealed any more; how often the keys changed stays known. */
static void forget_keys(struct session *session)
{
    session->rekeys += session->keys.ring.send_generation;
    keyring_wipe(&session->keys.ring);
    session->keys.local_cid = session->keys.remote_cid = CID_NONE;
    sodium_memzero(session->psk, sizeof session->psk);
}

void session_end(struct session *session, enum session_fact fact, enum plait_close reason)
{
    const enum session_state before = session->state;

    if (session_lingers(session)) { /* its end is told last, and now for this reason */
        session->close_reason = reason;
        session->events_count--;
        session_tell(session, PLAIT_EVENT_SESSION_CLOSED, UINT32_MAX, reason);
        return;
    }
    session->state = session_step(before, fact);
    if (session->state == before)
        return;
    session->close_reason = reason;
    session_forget_handshake(session);
    if (session->state == SESSION_CLOSING)
        session->goodbyes = CLOSE_COPIES * MAX_PATHS;
    if (session->state == SESSION_OVER) {
        forget_keys(session);
        if (session->is_sender || before != SESSION_CONNECTING) /* else nobody knows of it */
            session_tell(session, PLAIT_EVENT_SESSION_CLOSED, UINT32_MAX, reason);
    }
}

static uint64_t queue_target(const struct session *session)
{
    return min_u64(20 * NS_PER_MS, session->latency_ns / 5);
}

void session_agree_latency(struct session *session, uint64_t latency_ns)
{
    session->latency_ns = latency_ns;
    for (uint32_t i = 0; i < session->paths_used; i++)
        session->paths[i].cc.target_ns = queue_target(session);
}

int session_path_add(struct session *session, uint64_t now, uint32_t slot,
                     const struct plait_path_config *config)
{
    struct path *path = &session->paths[slot];
    const struct cc_ops *ops = session->config->controller == PLAIT_CC_AIMD ? &cc_aimd : &cc_delay;

    assert(slot < MAX_PATHS && path->state == PATH_NONE);
    path_start(path, now, ops, queue_target(session), session->is_sender);
    if (trace_on(session))
        trace_state(session, now, slot, PATH_NONE);
    path->link = config->link;
    path->cost = config->cost;
    path->priority = config->priority;
    path->max_bps = path->pacer.rate_bps = config->max_bps;
    session->addrs[slot].local = config->local;
    session->addrs[slot].remote = config->remote;
    session->addrs[slot].moving = false;
    if (slot >= session->paths_used)
        session->paths_used = slot + 1;
    session->broadcast_next[slot] = session->store.next;
    session_initiation_on_path(session, now, slot);
    return PLAIT_OK;
}

void session_path_remove(struct session *session, uint64_t now, uint32_t slot)
{
    struct path *path = &session->paths[slot];

    session_forget_flight(session, slot);
    session_path_step(session, slot, now, PATH_FACT_REMOVED);
    if (session->state == SESSION_UP) {
        path->gone_copies = GONE_COPIES;
        session->control_due_ns = now;
    }
}

void session_path_step(struct session *session, uint32_t slot, uint64_t now, enum path_fact fact)
{
    static const enum plait_event_kind told[5] = {
        [PATH_NONE] = PLAIT_EVENT_PATH_REMOVED,
        [PATH_ACTIVE] = PLAIT_EVENT_PATH_UP,
        [PATH_SUSPECT] = PLAIT_EVENT_PATH_SUSPECT,
        [PATH_DOWN] = PLAIT_EVENT_PATH_DOWN,
    };
    struct path *path = &session->paths[slot];
    const enum path_state before = path->state;

    path->state = path_step(before, fact);
    if (path->state == before)
        return;
    if (trace_on(session))
        trace_state(session, now, slot, before);
    /* What never was up is nothing to tell of. */
    if (path->state != PATH_VALIDATING && (path->state != PATH_NONE || before != PATH_VALIDATING))
        session_tell(session, told[path->state], slot, 0);
    switch (path->state) {
    case PATH_ACTIVE:
        if (before == PATH_DOWN) /* what was lost of it then is no loss of now */
            session_forget_flight(session, slot);
        else if (before == PATH_VALIDATING)
            forget_flight_before(session, slot, path->validation.sent_ns);
        path->ping_due_ns = now;
        if (session->latency_pending) /* goes before media that it binds */
            session->control_due_ns = now;
        break;
    case PATH_SUSPECT:
        path_on_suspect(path, now);
        path->ping_due_ns = now;
        path->cc.ops->on_outage(&path->cc);
        break;
    case PATH_DOWN:
        path_on_held_lost(path);
        session_forget_flight(session, slot);
        break;
    case PATH_NONE: /* a report may have been under way on it */
        session->feedback_paths &= ~(1U << slot);
        break;
    default:
        break;
    }
}
