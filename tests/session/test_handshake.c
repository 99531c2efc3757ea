/* SPDX-License-Identifier: BSD-2-Clause */
/* Two endpoints: how sessions begin, change their keys, and end. */
#include "tests/session/support.h"

#include "plait/keylog.h"
#include "plait/keys.h"

static const uint8_t psk[PLAIT_KEY_BYTES] = "thirty-two bytes both sides know";

static void up_after_one_round_trip(void **state)
{
    struct pair *pair = *state;
    const uint64_t start = pair->now;

    pair->receiver.config.latency_ns = 300 * MS;
    pair_start(pair, 3, NULL);
    pair_run(pair, start + 20 * MS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
    pair_run(pair, start + 100 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(pair->event[0][0].value, 300 * MS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_UP), 3);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_UP), 3);
    assert_streams(pair, 300);
}

static void written_before_it_is_up(void **state)
{
    struct pair *pair = *state;

    pair->receiver.clock_ns = 0;
    pair->now = 0; /* a receiver whose clock begins now */
    pair->sender.clock_ns = 500 * SECOND_NS;
    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
}

static void with_the_shared_secret(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, psk);
    assert_streams(pair, 100);
}

static void another_secret_is_refused(void **state)
{
    struct pair *pair = *state;
    const uint8_t other[PLAIT_KEY_BYTES] = {1};

    pair_start(pair, 1, psk);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, other);
    pair_run(pair, pair->now + 5 * SECOND_NS);
    assert_int_equal(pair->events[0] + pair->events[1], 0);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair_run(pair, pair->now + 10 * SECOND_NS);
    assert_int_equal(pair->events[0] + pair->events[1], 0);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, psk);
    pair_run(pair, pair->now + 10 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
}

static void stranger_is_refused(void **state)
{
    struct pair *pair = *state;
    struct plait_door_stats door;

    pair_start(pair, 1, NULL);
    assert_int_equal(plait_peer_revoke(pair->receiver.ep, 0, pair->sender.public_key), PLAIT_OK);
    pair_run(pair, pair->now + 3 * SECOND_NS);
    plait_door_stats_get(pair->receiver.ep, &door);
    assert_true(door.refused >= 3);
    assert_int_equal(pair->events[0] + pair->events[1], 0);
    for (uint32_t i = 0; i < pair->receiver.ep->config.max_sessions; i++)
        assert_int_equal(pair->receiver.ep->sessions[i].state, SESSION_NONE);
}

/* An allowed peer that finds all sessions taken is counted, and has one when one ends. */
static void no_session_is_free(void **state)
{
    struct pair *pair = *state;
    struct plait_door_stats door;

    pair->receiver.config.max_sessions = 1;
    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    pair->sender.config.secret_key[0] ^= 8;
    assert_int_equal(plait_key_public(pair->sender.config.secret_key, pair->sender.public_key),
                     PLAIT_OK);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair_build(pair, &pair->sender);
    assert_int_equal(plait_session_open(pair->sender.ep, pair->now, pair->receiver.public_key, NULL,
                                        &pair->session),
                     PLAIT_OK);
    assert_int_equal(pair_path_add(pair, 0, NULL), PLAIT_OK);
    pair_run(pair, pair->now + 3 * SECOND_NS);
    plait_door_stats_get(pair->receiver.ep, &door);
    assert_in_range(door.no_room, 2, 10);
    assert_int_equal(door.refused, 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(plait_session_close(pair->receiver.ep, pair->now + pair->receiver.clock_ns, 0),
                     PLAIT_OK);
    pair_drain(pair, &pair->receiver);
    pair_run(pair, pair->now + 3 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
}

/* No token is left for strangers: the receiver is under load until `until`. */
static void load(struct pair *pair, uint64_t until)
{
    pair->receiver.ep->handshakes.full_at_ns = until + pair->receiver.clock_ns + SECOND_NS;
}

static void cookies_under_load(void **state)
{
    struct pair *pair = *state;
    struct plait_door_stats door;

    pair_start(pair, 3, NULL);
    load(pair, pair->now + 600 * SECOND_NS);
    pair_run(pair, pair->now + SECOND_NS);
    plait_door_stats_get(pair->receiver.ep, &door);
    assert_in_range(door.cookies_sent, 1, 9);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_streams(pair, 100);
}

static bool keep_cookie(struct pair *pair, struct datagram *datagram)
{
    if (!datagram->to_receiver && datagram->bytes[0] == PACKET_COOKIE)
        *(struct datagram *)pair->tap_ctx = *datagram;
    /* The receiver never hears the second FIRST. */
    return !datagram->to_receiver || ((struct datagram *)pair->tap_ctx)->len == 0;
}

static void replayed_cookie_triggers_nothing(void **state)
{
    struct pair *pair = *state;
    struct datagram cookie = {0};
    uint64_t sent;

    pair->tap = keep_cookie;
    pair->tap_ctx = &cookie;
    pair_start(pair, 1, NULL);
    load(pair, pair->now + 600 * SECOND_NS);
    pair_run(pair, pair->now + 30 * MS);
    assert_int_not_equal(cookie.len, 0);
    sent = pair_sending(pair)->paths[0].packets_sent;
    for (int i = 0; i < 100; i++)
        assert_int_equal(pair_inject(pair, &cookie), PLAIT_ERR_REPLAYED);
    assert_int_equal(pair_sending(pair)->paths[0].packets_sent, sent);
}

static void receiver_restarts(void **state)
{
    struct pair *pair = *state;
    uint64_t restart;

    pair_start(pair, 3, NULL);
    assert_streams(pair, 500);
    pair_stream(pair, 200, 1000);
    restart = pair->now;
    pair_build(pair, &pair->receiver);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair->events[1] = 0;
    while (pair_told(pair, 1, PLAIT_EVENT_SESSION_UP) == 0 && pair->now < restart + 2 * SECOND_NS)
        pair_stream(pair, 1, 1000);
    assert_true(pair->now - restart < SECOND_NS);
    pair_stream(pair, 500, 1000);
    assert_streams(pair, 500);
}

/* As when another machine takes its address over: what is sent again says by the new clock when it
 * was written. */
static void receiver_restarts_with_another_clock(void **state)
{
    struct pair *pair = *state;
    uint64_t restart, late;

    pair->sender.config.latency_ns = 2000 * MS;
    pair->sender.config.store_packets = pair->receiver.config.store_packets = 8192;
    pair_start(pair, 3, NULL);
    pair_stream(pair, 3000, 1000);
    restart = pair->now;
    pair->receiver.clock_ns += 12345 * MS;
    pair_build(pair, &pair->receiver);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair->events[1] = 0;
    while (pair_told(pair, 1, PLAIT_EVENT_SESSION_UP) == 0 && pair->now < restart + 2 * SECOND_NS)
        pair_stream(pair, 1, 1000);
    pair_stream(pair, 3000, 1000);
    late = pair_receiving(pair)->stream.late;
    assert_int_equal(late, 0);
    assert_true(pair_sending(pair)->protect.from > 0); /* copies differ, so no repair covers them */
    assert_true(pair->now - pair->last_delivered_ns < 10 * MS);
}

/* The receiver starts anew where the offset known is wrong by so much, or its clock is another one
 * by so much: no telling which. The handshake says what it cannot be, and soon it is known anew. */
static void restart_where_the_clock_seems_off(struct pair *pair, int64_t known_ns, int64_t clock_ns)
{
    const struct media_clock *clock = &pair_sending(pair)->clock;
    int64_t offset_ns = (int64_t)(pair->receiver.clock_ns - pair->sender.clock_ns);
    const int64_t way_ns = (int64_t)pair->link[0].back_ns;

    assert_in_range(clock->offset_ns - offset_ns + (int64_t)MS, 0, 2 * MS);
    pair_sending(pair)->clock.offset_ns += known_ns;
    pair_sending(pair)->clock.middle_ns += known_ns;
    pair->receiver.clock_ns += (uint64_t)clock_ns;
    offset_ns += clock_ns;
    pair_build(pair, &pair->receiver);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair->events[1] = 0;
    while (pair_told(pair, 1, PLAIT_EVENT_SESSION_UP) == 0)
        pair_run(pair, pair->now + MS);
    pair_run(pair, pair->now + (uint64_t)way_ns);
    assert_in_range(clock->offset_ns - offset_ns + way_ns + (int64_t)MS, 0,
                    (uint64_t)(2 * way_ns) + 2 * MS);
    pair_stream(pair, 5000, 1000);
    assert_in_range(clock->offset_ns - offset_ns + (int64_t)MS, 0, 2 * MS);
}

static void receiver_restarts_where_its_clock_was_known_badly(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    pair_stream(pair, 4000, 1000);
    restart_where_the_clock_seems_off(pair, -200 * (int64_t)MS, 0);
    restart_where_the_clock_seems_off(pair, 200 * (int64_t)MS, 0);
    restart_where_the_clock_seems_off(pair, 0, -200 * (int64_t)MS);
    restart_where_the_clock_seems_off(pair, 0, 200 * (int64_t)MS);
}

static void idle_sender_notices_too(void **state)
{
    struct pair *pair = *state;
    uint64_t restart;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + 10 * SECOND_NS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
    restart = pair->now;
    pair_build(pair, &pair->receiver);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair->events[1] = 0;
    pair_run(pair, restart + SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
}

static void long_round_trip_is_no_silence(void **state)
{
    struct pair *pair = *state;

    pair->link[0].delay_ns = pair->link[0].back_ns = 350 * MS;
    pair->sender.config.latency_ns = 3000 * MS;
    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + 10 * SECOND_NS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
}

static void sender_starts_long_before(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    pair->link[0].down = pair->link[1].down = true;
    pair_stream(pair, 20000, 100); /* far more than the receiver's ring holds */
    pair->link[0].down = pair->link[1].down = false;
    pair_stream(pair, 3000, 100);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_streams(pair, 300);
}

static void all_links_down_for_longer_than_the_ring(void **state)
{
    struct pair *pair = *state;
    uint64_t before;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 300);
    before = pair->delivered;
    pair->link[0].down = pair->link[1].down = true;
    pair_stream(pair, 8000, 100);
    assert_true(pair->delivered - before < 100);
    pair->link[0].down = pair->link[1].down = false;
    pair_stream(pair, 3000, 100);
    assert_streams(pair, 300);
}

static void sender_restarts(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 100);
    pair_build(pair, &pair->sender);
    assert_int_equal(plait_session_open(pair->sender.ep, pair->now, pair->receiver.public_key, NULL,
                                        &pair->session),
                     PLAIT_OK);
    pair_path_add(pair, 0, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
    pair->next_expected = pair->next_written;
    assert_streams(pair, 100);
}

static void rekeys_without_a_gap(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 100);
    for (uint32_t i = 1; i <= 10; i++) {
        pair_sending(pair)->keys.ring.sealed = KEYRING_REKEY_PACKETS;
        assert_streams(pair, 100);
        assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_REKEYED), i);
        assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_REKEYED), i);
        assert_int_equal(pair_receiving(pair)->keys.ring.send_generation, i);
    }
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
}

static bool nothing_back(struct pair *pair, struct datagram *datagram)
{
    (void)pair;
    return datagram->to_receiver;
}

/* When a side is told, both keys it has are the new ones (plait/keylog.h): at the sender, which
 * moves first, not before the receiver has followed. */
static void rekeyed_is_told_when_both_keys_are_new(void **state)
{
    struct pair *pair = *state;
    struct plait_direction_keys sent[2], received[2];

    memset(sent, 0, sizeof sent); /* the padding too: they are compared */
    memset(received, 0, sizeof received);
    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    pair_sending(pair)->keys.ring.sealed = KEYRING_REKEY_PACKETS;
    pair->tap = nothing_back;
    pair_stream(pair, 50, 1000);
    assert_int_equal(pair_sending(pair)->keys.ring.send_generation, 1);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_REKEYED), 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_REKEYED), 1);
    pair->tap = NULL;
    while (pair_told(pair, 0, PLAIT_EVENT_REKEYED) == 0 && pair->next_written < 1000)
        pair_stream(pair, 1, 1000);
    assert_int_equal(plait_session_keys(pair->sender.ep, 0, &sent[0], &received[0]), PLAIT_OK);
    assert_int_equal(plait_session_keys(pair->receiver.ep, 0, &sent[1], &received[1]), PLAIT_OK);
    assert_int_equal(sent[0].phase, 1);
    assert_memory_equal(&sent[0], &received[1], sizeof sent[0]);
    assert_memory_equal(&sent[1], &received[0], sizeof sent[1]);
}

/* After a silence the sender shakes hands anew: new keys in the same session. */
static void new_keys_of_a_session_are_told_at_both_ends(void **state)
{
    struct pair *pair = *state;
    struct keyset before;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    before = pair_receiving(pair)->keys;
    pair_new_keys(pair);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_int_not_equal(pair_receiving(pair)->keys.local_cid, before.local_cid);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_REKEYED), 1);
}

/* The previous receiving key is gone when its time is over, also where nothing is sent any more. */
static void previous_key_is_wiped_in_silence(void **state)
{
    struct pair *pair = *state;
    const struct keyring *ring;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    pair_sending(pair)->keys.ring.sealed = KEYRING_REKEY_PACKETS;
    assert_streams(pair, 100);
    ring = &pair_receiving(pair)->keys.ring;
    assert_true(ring->previous_held);
    pair->link[0].down = true;
    pair_run(pair, pair->now + KEYRING_PREVIOUS_NS + SECOND_NS);
    assert_ptr_equal(ring, &pair_receiving(pair)->keys.ring);
    assert_true(sodium_is_zero((const uint8_t *)&ring->previous, sizeof ring->previous));
}

static void sender_shakes_hands_before_its_key_is_used_up(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 100);
    pair_sending(pair)->keys.ring.leads = false; /* no rekey ever */
    pair_sending(pair)->keys.ring.sealed = KEYRING_SEAL_MAX / 2;
    assert_streams(pair, 500);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_true(pair_sending(pair)->keys.ring.sealed < 10000);
}

static void used_up_key_ends_the_session(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 100);
    pair_receiving(pair)->keys.ring.sealed = KEYRING_SEAL_MAX;
    pair_stream(pair, 100, 1000);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    pair_stream(pair, 1400, 1000);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
    assert_streams(pair, 100);
}

/* A key that saw too many forgeries opens nothing more: the sender shakes hands, the stream goes
 * on. */
static void too_many_forgeries_end_the_key(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 100);
    pair_receiving(pair)->keys.ring.forged = KEYRING_FORGED_MAX;
    pair_stream(pair, 1000, 1000);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_receiving(pair)->keys.ring.forged, 0);
    pair_sending(pair)->keys.ring.forged = KEYRING_FORGED_MAX;
    pair_stream(pair, 1000, 1000);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 3);
    assert_streams(pair, 500);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 0);
}

static void goodbye_by_the_sender(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 3, NULL);
    assert_streams(pair, 100);
    assert_int_equal(plait_session_close(pair->sender.ep, pair->now, pair->session), PLAIT_OK);
    assert_int_equal(plait_stream_write(pair->sender.ep, pair->now, pair->session,
                                        (const uint8_t *)"x", 1, PLAIT_WORTH_AUTO),
                     PLAIT_ERR_STATE);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + 100 * MS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->event[1][pair->events[1] - 1].value, PLAIT_CLOSE_PEER);
    assert_null(pair_sending(pair));
    assert_int_equal(pair->receiver.ep->sessions[0].state, SESSION_NONE);
    assert_true(sodium_is_zero((const uint8_t *)&pair->receiver.ep->sessions[0].keys.ring,
                               sizeof(struct keyring)));
}

/* A sender that ends before any path is validated says so too. */
static void goodbye_before_validation(void **state)
{
    struct pair *pair = *state;
    const uint64_t begun = pair->now;

    pair_start(pair, 2, NULL);
    while (pair_told(pair, 0, PLAIT_EVENT_SESSION_UP) == 0)
        pair_run(pair, pair->now + MS / 4);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_UP), 0);
    plait_session_close(pair->sender.ep, pair->now + pair->sender.clock_ns, pair->session);
    pair_drain(pair, &pair->sender);
    pair_run(pair, begun + 500 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_null(pair_receiving(pair));
}

static void goodbye_by_the_receiver(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    assert_int_equal(plait_session_close(pair->receiver.ep, 0, 0), PLAIT_OK);
    pair_drain(pair, &pair->receiver);
    pair_run(pair, pair->now + 100 * MS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_CLOSED), 1);
}

static void silence_frees_the_receiver(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    pair->link[0].down = true;
    pair_run(pair, pair->now + 31 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->event[1][pair->events[1] - 1].value, PLAIT_CLOSE_SILENT);
    pair->link[0].down = false;
    pair_run(pair, pair->now + 3 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
}

static void revoked_at_once(void **state)
{
    struct pair *pair = *state;
    const struct session *session;

    pair_start(pair, 1, psk);
    assert_streams(pair, 100);
    session = pair_receiving(pair);
    assert_int_equal(plait_peer_revoke(pair->receiver.ep, 0, pair->sender.public_key), PLAIT_OK);
    assert_true(sodium_is_zero((const uint8_t *)&session->keys.ring, sizeof session->keys.ring));
    assert_true(sodium_is_zero(session->psk, sizeof session->psk));
    pair_drain(pair, &pair->receiver);
    assert_int_equal(pair->event[1][pair->events[1] - 1].value, PLAIT_CLOSE_REVOKED);
    pair_stream(pair, 3000, 1000);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_null(pair_receiving(pair));
}

static bool drop_sealed(struct pair *pair, struct datagram *datagram)
{
    (void)pair;
    return (datagram->bytes[0] & 0xfc) != PACKET_SEALED;
}

static void revoked_while_answered(void **state)
{
    struct pair *pair = *state;
    struct session *session;

    pair->tap = drop_sealed;
    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + 50 * MS);
    session = &pair->receiver.ep->sessions[0];
    assert_true(session->tentative.active);
    assert_int_equal(plait_peer_revoke(pair->receiver.ep, 0, pair->sender.public_key), PLAIT_OK);
    assert_false(session->tentative.active);
    assert_true(
        sodium_is_zero((const uint8_t *)&session->tentative.keys.ring, sizeof(struct keyring)));
    pair->tap = NULL;
    pair_run(pair, pair->now + 5 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(up_after_one_round_trip),
        PAIR_TEST(written_before_it_is_up),
        PAIR_TEST(with_the_shared_secret),
        PAIR_TEST(another_secret_is_refused),
        PAIR_TEST(stranger_is_refused),
        PAIR_TEST(no_session_is_free),
        PAIR_TEST(cookies_under_load),
        PAIR_TEST(replayed_cookie_triggers_nothing),
        PAIR_TEST(receiver_restarts),
        PAIR_TEST(receiver_restarts_with_another_clock),
        PAIR_TEST(receiver_restarts_where_its_clock_was_known_badly),
        PAIR_TEST(idle_sender_notices_too),
        PAIR_TEST(long_round_trip_is_no_silence),
        PAIR_TEST(sender_starts_long_before),
        PAIR_TEST(all_links_down_for_longer_than_the_ring),
        PAIR_TEST(sender_restarts),
        PAIR_TEST(rekeys_without_a_gap),
        PAIR_TEST(rekeyed_is_told_when_both_keys_are_new),
        PAIR_TEST(new_keys_of_a_session_are_told_at_both_ends),
        PAIR_TEST(previous_key_is_wiped_in_silence),
        PAIR_TEST(sender_shakes_hands_before_its_key_is_used_up),
        PAIR_TEST(used_up_key_ends_the_session),
        PAIR_TEST(too_many_forgeries_end_the_key),
        PAIR_TEST(goodbye_by_the_sender),
        PAIR_TEST(goodbye_before_validation),
        PAIR_TEST(goodbye_by_the_receiver),
        PAIR_TEST(silence_frees_the_receiver),
        PAIR_TEST(revoked_at_once),
        PAIR_TEST(revoked_while_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
