/* SPDX-License-Identifier: BSD-2-Clause */
/* Which latency two endpoints agree on, and what follows it. */
#include "tests/session/support.h"

static void latency_is_changed(void **state)
{
    struct pair *pair = *state;
    const uint32_t session = 0;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 100);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, pair->now, session, 500 * MS),
                     PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_LATENCY), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_LATENCY), 1);
    assert_int_equal(pair_sending(pair)->latency_ns, 500 * MS);
    assert_int_equal(pair_receiving(pair)->latency_ns, 500 * MS);
    assert_streams(pair, 200);
    assert_int_equal(plait_session_latency_set(
                         pair->receiver.ep, pair->now + pair->receiver.clock_ns, session, 700 * MS),
                     PLAIT_OK);
    pair_drain(pair, &pair->receiver);
    pair_stream(pair, 500, 1000);
    assert_int_equal(pair_sending(pair)->latency_ns, 700 * MS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_LATENCY), 2);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_LATENCY), 2);
}

/* Links may queue for a share of the latency that holds, not of what one side wished. */
static void queues_follow_the_latency(void **state)
{
    struct pair *pair = *state;

    pair->sender.config.latency_ns = 20 * MS;
    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_sending(pair)->latency_ns, 200 * MS);
    assert_int_equal(pair_sending(pair)->paths[0].cc.target_ns, 20 * MS);
}

/* The wire tells microseconds: a wish between two of them is heard all the same. */
static void wish_of_an_odd_nanosecond_is_confirmed(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, pair->now, 0, 500 * MS + 1),
                     PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_receiving(pair)->latency_ns, 500 * MS);
    assert_false(pair_sending(pair)->latency_pending);
}

static void latency_of_sessions_to_come(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_int_equal(plait_endpoint_latency_set(pair->receiver.ep, PLAIT_LATENCY_MIN_NS - 1),
                     PLAIT_ERR_INVALID);
    assert_int_equal(plait_endpoint_latency_set(pair->receiver.ep, PLAIT_LATENCY_MAX_NS + 1),
                     PLAIT_ERR_INVALID);
    assert_streams(pair, 100);
    assert_int_equal(plait_endpoint_latency_set(pair->receiver.ep, 700 * MS), PLAIT_OK);
    assert_streams(pair, 100);
    assert_int_equal(pair_receiving(pair)->latency_ns, 200 * MS);
    assert_int_equal(plait_session_close(pair->sender.ep, pair->now, pair->session), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + SECOND_NS);
    assert_null(pair_receiving(pair));
    assert_int_equal(plait_session_open(pair->sender.ep, pair->now, pair->receiver.public_key, NULL,
                                        &pair->session),
                     PLAIT_OK);
    assert_int_equal(pair_path_add(pair, 0, NULL), PLAIT_OK);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_receiving(pair)->latency_ns, 700 * MS);
    assert_int_equal(pair_sending(pair)->latency_ns, 700 * MS);
}

/* A LATENCY frame that was overtaken by a later one does not stay. */
static void a_wish_of_before_does_not_hold(void **state)
{
    struct pair *pair = *state;
    uint8_t bytes[16];
    struct writer w = {bytes, bytes + sizeof bytes, false};
    const struct frame old = {.type = FRAME_LATENCY, .latency_us = 400000};

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, pair->now, 0, 500 * MS), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_receiving(pair)->latency_ns, 500 * MS);
    frame_encode(&w, &old);
    assert_int_equal(pair_speak(pair, true, &pair->link[0].outside, 0,
                                pair_sending(pair)->paths[0].sent.next++, bytes,
                                (size_t)(w.at - bytes)),
                     PLAIT_OK);
    assert_int_equal(pair_receiving(pair)->latency_ns, 400 * MS);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_receiving(pair)->latency_ns, 500 * MS);
    assert_int_equal(pair_sending(pair)->latency_ns, 500 * MS);
}

/* With all paths down a new handshake is what tells it. */
static void a_handshake_that_changes_it_tells_so(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    pair->link[0].down = true;
    pair_run(pair, pair->now + 300 * MS);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, pair->now, 0, 500 * MS), PLAIT_OK);
    pair_run(pair, pair->now + 10 * SECOND_NS);
    pair->link[0].down = false;
    pair_new_keys(pair);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_REKEYED), 1);
    assert_int_equal(pair_receiving(pair)->latency_ns, 500 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_LATENCY), 1);
}

/* What is written while nothing can be sent is bound by the new latency: it is told of first. */
static void a_link_that_is_back_tells_it_first(void **state)
{
    struct pair *pair = *state;
    uint64_t media;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    pair->link[0].down = true;
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, pair->now, 0, 2 * SECOND_NS),
                     PLAIT_OK);
    pair_run(pair, pair->now + 2 * SECOND_NS + 50 * MS);
    assert_int_equal(pair_write(pair, 1000), PLAIT_OK);
    pair->link[0].down = false;
    media = pair_receiving(pair)->gaps.highest;
    for (int ms = 0; ms < 1000 && pair_receiving(pair)->gaps.highest == media; ms++)
        pair_run(pair, pair->now + MS);
    assert_int_not_equal(pair_receiving(pair)->gaps.highest, media);
    assert_int_equal(pair_receiving(pair)->latency_ns, 2 * SECOND_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(latency_is_changed),
        PAIR_TEST(queues_follow_the_latency),
        PAIR_TEST(wish_of_an_odd_nanosecond_is_confirmed),
        PAIR_TEST(latency_of_sessions_to_come),
        PAIR_TEST(a_wish_of_before_does_not_hold),
        PAIR_TEST(a_handshake_that_changes_it_tells_so),
        PAIR_TEST(a_link_that_is_back_tells_it_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
