/* SPDX-License-Identifier: BSD-2-Clause */
/* More than can be carried: it is told, whatever the reason, and what the user allows holds. */
#include "tests/session/support.h"

static void allow_each(struct pair *pair, uint64_t max_bps)
{
    for (uint32_t i = 0; i < pair_sending(pair)->paths_used; i++)
        pair_sending(pair)->paths[i].max_bps = max_bps;
}

static uint64_t dropped(const struct pair *pair)
{
    return pair_stats(pair, &pair->sender).stream.dropped;
}

/* Twice as much as two links may carry. */
static void more_than_the_links_carry_is_told(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 1000);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_OVERLOAD), 0);
    allow_each(pair, 2000000);
    pair_stream(pair, 3000, 1000);
    assert_true(dropped(pair) > 0);
    assert_true(pair_told(pair, 0, PLAIT_EVENT_OVERLOAD) > 0);
}

static void nobody_there_is_told(void **state)
{
    struct pair *pair = *state;

    pair->link[0].down = true;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 1000, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(dropped(pair), 1000);
    assert_true(pair_told(pair, 0, PLAIT_EVENT_OVERLOAD) > 0);
}

static void more_than_any_link_carries_in_broadcast_is_told(void **state)
{
    struct pair *pair = *state;

    pair->sender.config.mode = PLAIT_MODE_BROADCAST;
    pair_start(pair, 2, NULL);
    assert_streams(pair, 1000);
    allow_each(pair, 3000000);
    pair_stream(pair, 3000, 1000);
    assert_true(dropped(pair) > 0);
    assert_true(pair_told(pair, 0, PLAIT_EVENT_OVERLOAD) > 0);
}

/* What finds no room is dropped at the door. */
static void no_room_is_told(void **state)
{
    struct pair *pair = *state;
    int err = PLAIT_OK;

    pair->sender.config.store_packets = 64;
    pair->link[0].down = true;
    pair_start(pair, 1, NULL);
    for (int i = 0; i < 100 && err == PLAIT_OK; i++)
        err = pair_write(pair, 1000);
    assert_int_equal(err, PLAIT_ERR_FULL);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_OVERLOAD), 1);
}

static bool count_sealed(struct pair *pair, struct datagram *datagram)
{
    uint64_t *bytes = pair->tap_ctx;

    if (datagram->to_receiver && datagram->bytes[0] >= PACKET_SEALED)
        *bytes += datagram->len + IP_UDP_OVERHEAD;
    return true;
}

/* On a way of a second nothing is known of the rate for a second: the user's word holds. */
static void the_limit_of_a_path_holds_before_any_report(void **state)
{
    struct pair *pair = *state;
    const uint64_t max_bps = 32000; /* far less than the first window */
    const struct plait_path_config config = {
        .link = 0, .remote = pair_addr(255, 1, 5000), .max_bps = max_bps};
    uint64_t bytes = 0;
    uint32_t path;

    pair->link[0].delay_ns = pair->link[0].back_ns = 500 * MS;
    pair->sender.config.latency_ns = 5 * SECOND_NS;
    pair->sender.config.store_packets = pair->receiver.config.store_packets = 8192;
    pair_start(pair, 0, NULL);
    assert_int_equal(plait_path_add(pair->sender.ep, pair->now, 0, &config, &path), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair->tap = count_sealed;
    pair->tap_ctx = &bytes;
    while (pair_told(pair, 0, PLAIT_EVENT_PATH_UP) == 0 && pair->now < 20 * SECOND_NS) {
        bytes = 0;
        pair_stream(pair, 1, 1000);
    }
    for (uint64_t ms = 1; ms <= 950; ms++) {
        pair_stream(pair, 1, 1000);
        assert_true(bytes <= ms * max_bps / 8000 + 3 * 1100);
    }
    assert_true(bytes > 3000);
}

static enum rtx_room room_of_first(const struct pair *pair)
{
    struct session *session = pair_sending(pair);

    return session_room(session, pair->now, &session->paths[0]);
}

/* Two links carry 6 of 8 Mbit/s, and media has waited for an eighth of the latency at least. */
static void falling_behind_a_copy_takes_a_place(void **state)
{
    struct pair *pair = *state;
    struct session *session;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 6000, 1000);
    session = pair_sending(pair);
    assert_int_equal(room_of_first(pair), RTX_ROOM_SPARE);
    allow_each(pair, 3000000);
    for (int i = 0; i < 100 && room_of_first(pair) != RTX_ROOM_TIGHT; i++) {
        pair_stream(pair, 20, 1000);
        session->advice.serves_bps = 8000000;
    }
    assert_int_equal(room_of_first(pair), RTX_ROOM_TIGHT);
    session->advice.serves_bps = 6000000;
    assert_int_equal(room_of_first(pair), RTX_ROOM_NONE);
    session->paths[0].loses_held = true;
    assert_int_equal(room_of_first(pair), RTX_ROOM_TIGHT);
}

/* For 300 ms one link of two brings nothing. */
static void a_link_is_known_by_what_its_silence_did(void **state)
{
    struct pair *pair = *state;
    const struct path *path;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 1000);
    path = &pair_sending(pair)->paths[0];
    assert_false(path->loses_held);
    pair->link[0].down = true;
    pair_stream(pair, 300, 1000);
    assert_int_equal(path->state, PATH_SUSPECT);
    pair->link[0].down = false;
    assert_streams(pair, 1000);
    assert_true(path->loses_held);
    pair->link[0].delay_ns += 300 * MS;
    pair_stream(pair, 250, 1000);
    assert_int_equal(path->state, PATH_SUSPECT);
    assert_streams(pair, 1000);
    assert_false(path->loses_held);
}

static uint64_t sent_over(const struct pair *pair, uint32_t slot)
{
    return pair_sending(pair)->paths[slot].bytes_sent;
}

/* The first link may carry an eighth of the media: the other one does, and the first has its turn
 * again after 10 s, in vain, and after 20, when it may carry all. */
static void a_weak_link_has_its_turn_again(void **state)
{
    struct pair *pair = *state;
    const struct path *first;
    uint64_t before;

    pair->sender.config.mode = PLAIT_MODE_BACKUP;
    pair_start(pair, 2, NULL);
    assert_streams(pair, 1000);
    first = &pair_sending(pair)->paths[0];
    pair_sending(pair)->paths[0].max_bps = 1000000;
    pair_stream(pair, 2000, 1000);
    assert_true(first->weak);
    assert_int_equal(first->weak_for_ns, 10 * SECOND_NS);
    pair_stream(pair, 11000, 1000);
    assert_true(first->weak);
    assert_int_equal(first->weak_for_ns, 20 * SECOND_NS);
    pair_sending(pair)->paths[0].max_bps = 0;
    before = sent_over(pair, 0);
    pair_stream(pair, 22000, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_false(first->weak);
    assert_true(sent_over(pair, 0) - before > 1000000);
    assert_true(dropped(pair) < 100); /* of 37000: no forecast knows of the user's limit */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(more_than_the_links_carry_is_told),
        PAIR_TEST(nobody_there_is_told),
        PAIR_TEST(more_than_any_link_carries_in_broadcast_is_told),
        PAIR_TEST(no_room_is_told),
        PAIR_TEST(the_limit_of_a_path_holds_before_any_report),
        PAIR_TEST(falling_behind_a_copy_takes_a_place),
        PAIR_TEST(a_link_is_known_by_what_its_silence_did),
        PAIR_TEST(a_weak_link_has_its_turn_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
