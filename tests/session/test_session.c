/* SPDX-License-Identifier: BSD-2-Clause */
/* The session's state table, its queue of events, and ways of seconds. */
#include "core/wire/packet.h"
#include "tests/session/support.h"

static void every_state_and_fact(void **state)
{
    static const enum session_state none = SESSION_NONE, connecting = SESSION_CONNECTING,
                                    up = SESSION_UP, closing = SESSION_CLOSING, over = SESSION_OVER;
    const enum session_state expected[5][7] = {
        {connecting, none, none, none, none, none, none},
        {connecting, up, over, connecting, over, connecting, none},
        {up, up, closing, up, over, up, up},
        {closing, closing, closing, over, over, closing, closing},
        {over, over, over, over, over, none, over},
    };

    (void)state;
    for (int s = 0; s < 5; s++) {
        for (int f = 0; f < 7; f++)
            assert_int_equal(session_step((enum session_state)s, (enum session_fact)f),
                             expected[s][f]);
    }
}

static void values_are_merged(void **state)
{
    struct session *session = calloc(1, sizeof *session);

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        session_tell(session, PLAIT_EVENT_LATENCY, UINT32_MAX, i);
        session_tell(session, PLAIT_EVENT_ADVICE, UINT32_MAX, 2 * i);
    }
    assert_int_equal(session->events_count, 2);
    assert_int_equal(session->events[0].value, 999);
    assert_int_equal(session->events[1].value, 1998);
    free(session);
}

static void full_queue_keeps_the_newest(void **state)
{
    struct session *session = calloc(1, sizeof *session);

    (void)state;
    for (uint32_t i = 0; i < EVENTS_QUEUED + 10; i++)
        session_tell(session, PLAIT_EVENT_PATH_UP, i, 0);
    assert_int_equal(session->events_count, EVENTS_QUEUED);
    assert_int_equal(session->events[session->events_head].path, 10);
    free(session);
}

static const struct plait_event *event_at(const struct session *session, uint32_t i)
{
    return &session->events[(session->events_head + i) % EVENTS_QUEUED];
}

/* What belongs to the session that comes is not told before it. */
static void value_of_the_next_session_is_its_own(void **state)
{
    struct session *session = calloc(1, sizeof *session);

    (void)state;
    session_tell(session, PLAIT_EVENT_LATENCY, UINT32_MAX, 1);
    session_tell(session, PLAIT_EVENT_SESSION_CLOSED, UINT32_MAX, PLAIT_CLOSE_REPLACED);
    session_tell(session, PLAIT_EVENT_SESSION_UP, UINT32_MAX, 2);
    session_tell(session, PLAIT_EVENT_LATENCY, UINT32_MAX, 3);
    session_tell(session, PLAIT_EVENT_LATENCY, UINT32_MAX, 4);
    assert_int_equal(session->events_count, 4);
    assert_int_equal(event_at(session, 0)->value, 1);
    assert_int_equal(event_at(session, 3)->value, 4);
    free(session);
}

static void ending_always_gets_through(void **state)
{
    struct session *session = calloc(1, sizeof *session);

    (void)state;
    session->state = SESSION_UP;
    for (uint32_t i = 0; i < EVENTS_QUEUED; i++)
        session_tell(session, PLAIT_EVENT_PATH_UP, i, 0);
    session_end(session, SESSION_FACT_ENDED, PLAIT_CLOSE_PEER);
    assert_int_equal(session->state, SESSION_OVER);
    assert_int_equal(session->events_count, EVENTS_QUEUED);
    assert_int_equal(event_at(session, 0)->path, 1);
    assert_int_equal(event_at(session, EVENTS_QUEUED - 1)->kind, PLAIT_EVENT_SESSION_CLOSED);
    session_end(session, SESSION_FACT_ENDED, PLAIT_CLOSE_SILENT);
    assert_int_equal(session->close_reason, PLAIT_CLOSE_PEER);
    for (uint32_t i = 0; i < 2 * EVENTS_QUEUED; i++)
        session_tell(session, PLAIT_EVENT_PATH_UP, i, 0);
    assert_int_equal(event_at(session, 0)->kind, PLAIT_EVENT_SESSION_CLOSED);
    assert_int_equal(event_at(session, 1)->path, EVENTS_QUEUED + 1);
    free(session);
}

/* So little that it never waits for a window. */
static void trickle(struct pair *pair, int datagrams)
{
    for (int i = 0; i < datagrams; i++) {
        pair_write(pair, 100);
        pair_run(pair, pair->now + 50 * MS);
    }
}

/* Each FIRST is given up for the next before its answer comes. */
static void a_way_of_seconds_is_served(void **state)
{
    static const uint64_t ways_ms[] = {600, 900, 1500, 2000};

    for (uint32_t i = 0; i < sizeof ways_ms / sizeof ways_ms[0]; i++) {
        struct pair *pair = *state;

        pair_free(pair);
        pair_init(pair);
        pair->sender.config.latency_ns = 6 * SECOND_NS;
        pair->link[0].delay_ns = pair->link[0].back_ns = ways_ms[i] * MS;
        pair_start(pair, 1, NULL);
        pair_run(pair, pair->now + 20 * SECOND_NS);
        assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
        assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
        trickle(pair, 200);
        pair_run(pair, pair->now + 10 * SECOND_NS);
        assert_int_equal(pair->delivered, 200);
        assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
        assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_SUSPECT), 0);
    }
}

struct watch {
    uint64_t cut_from_ns, cut_until_ns;
    uint32_t next[MAX_PATHS]; /* packet numbers of the receiver must not be below */
    uint32_t falls, handshakes;
};

/* Notes the receiver's packet numbers, and loses what it sends for a while. */
static bool watch_numbers(struct pair *pair, struct datagram *datagram)
{
    struct watch *watch = pair->tap_ctx;
    struct packet_header header;

    if (datagram->to_receiver)
        return true;
    if (packet_decode(datagram->bytes, datagram->len, &header) == PACKET_SEALED) {
        watch->falls += header.packet_number < watch->next[header.path];
        watch->next[header.path] = header.packet_number + 1;
    }
    watch->handshakes += header.type == PACKET_SECOND;
    return pair->now < watch->cut_from_ns || pair->now >= watch->cut_until_ns;
}

/* No number twice on a path, and no count falls, though the keys are new. */
static void a_new_handshake_goes_on_counting(void **state)
{
    struct pair *pair = *state;
    struct watch watch = {0};
    uint64_t rekeys;

    pair->sender.config.latency_ns = SECOND_NS;
    for (uint32_t i = 0; i < 2; i++)
        pair->link[i].delay_ns = pair->link[i].back_ns = 100 * MS;
    pair->tap = watch_numbers;
    pair->tap_ctx = &watch;
    pair_start(pair, 2, NULL);
    trickle(pair, 40);
    pair_sending(pair)->keys.ring.send_generation += 5; /* as if an hour had passed */
    rekeys = pair_stats(pair, &pair->sender).rekeys;
    watch.handshakes = 0;
    watch.cut_from_ns = pair->now;
    watch.cut_until_ns = pair->now + 400 * MS;
    trickle(pair, 40);
    assert_true(watch.handshakes > 0);
    assert_int_equal(watch.falls, 0);
    assert_true(pair_stats(pair, &pair->sender).rekeys > rekeys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_and_fact),
        cmocka_unit_test(values_are_merged),
        cmocka_unit_test(full_queue_keeps_the_newest),
        cmocka_unit_test(ending_always_gets_through),
        cmocka_unit_test(value_of_the_next_session_is_its_own),
        PAIR_TEST(a_way_of_seconds_is_served),
        PAIR_TEST(a_new_handshake_goes_on_counting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
