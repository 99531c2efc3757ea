/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session leaves behind for the one that takes its place, and new keys for the old ones. */
#include "tests/session/support.h"

#include "core/base/bytes.h"
#include "plait/trace.h"

static void sender_starts_anew(struct pair *pair)
{
    pair_build(pair, &pair->sender);
    assert_int_equal(plait_session_open(pair->sender.ep, pair->now, pair->receiver.public_key, NULL,
                                        &pair->session),
                     PLAIT_OK);
    assert_int_equal(pair_path_add(pair, 0, NULL), PLAIT_OK);
}

static bool keep_and_drop(struct pair *pair, struct datagram *datagram)
{
    *(struct datagram *)pair->tap_ctx = *datagram;
    return false;
}

/* A session that has streamed is closed, and its goodbye held back. */
static void stream_and_keep_goodbye(struct pair *pair, struct datagram *goodbye)
{
    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    pair->tap = keep_and_drop;
    pair->tap_ctx = goodbye;
    assert_int_equal(plait_session_close(pair->sender.ep, pair->now, pair->session), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair->tap = NULL;
    assert_int_not_equal(goodbye->len, 0);
}

/* The goodbye of the start before comes while the next one's handshake is answered. */
static void a_late_goodbye_takes_no_handshake(void **state)
{
    struct pair *pair = *state;
    struct datagram goodbye = {0};

    stream_and_keep_goodbye(pair, &goodbye);
    pair->events[1] = 0;
    sender_starts_anew(pair);
    pair_run(pair, pair->now + 12 * MS);
    assert_true(pair_receiving(pair)->tentative.active);
    assert_int_equal(pair_inject(pair, &goodbye), PLAIT_OK);
    pair_run(pair, pair->now + 100 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair->event[1][1].kind, PLAIT_EVENT_SESSION_CLOSED);
    assert_int_equal(pair->event[1][1].value, PLAIT_CLOSE_REPLACED);
}

/* Nobody confirms the answer: the session whose goodbye was passed over ends by silence. */
static void a_goodbye_passed_over_ends_by_silence(void **state)
{
    struct pair *pair = *state;
    struct datagram goodbye = {0};

    stream_and_keep_goodbye(pair, &goodbye);
    sender_starts_anew(pair);
    pair_run(pair, pair->now + 12 * MS);
    pair->link[0].down = true;
    pair->flying = 0;
    assert_int_equal(pair_inject(pair, &goodbye), PLAIT_OK);
    pair_run(pair, pair->now + 32 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->event[1][pair->events[1] - 1].value, PLAIT_CLOSE_SILENT);
}

/* What sessions that begin are to wish holds for one that takes the place of another, too. */
static void latency_of_a_session_that_replaces_another(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    assert_int_equal(plait_session_latency_set(pair->receiver.ep,
                                               pair->now + pair->receiver.clock_ns, 0, 900 * MS),
                     PLAIT_OK);
    assert_int_equal(plait_endpoint_latency_set(pair->receiver.ep, 400 * MS), PLAIT_OK);
    pair_drain(pair, &pair->receiver);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_sending(pair)->latency_ns, 900 * MS);
    sender_starts_anew(pair);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_receiving(pair)->latency_ns, 400 * MS);
    assert_int_equal(pair_sending(pair)->latency_ns, 400 * MS);
}

struct states {
    uint32_t removed, added;
};

static void on_trace(void *ctx, const struct plait_trace *record)
{
    struct states *seen = ctx;

    if (record->kind != PLAIT_TRACE_STATE)
        return;
    seen->removed += record->u.state.after == PLAIT_PATH_NONE;
    seen->added += record->u.state.before == PLAIT_PATH_NONE;
}

/* The paths of the session that was replaced are told of: what was added is removed. */
static void paths_of_a_replaced_session_are_removed(void **state)
{
    struct pair *pair = *state;
    struct states seen = {0};

    pair->receiver.config.trace = on_trace;
    pair->receiver.config.trace_ctx = &seen;
    pair_start(pair, 3, NULL);
    assert_streams(pair, 100);
    assert_int_equal(seen.added, 3);
    sender_starts_anew(pair);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(seen.removed, 3);
    assert_int_equal(seen.added, 4);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_REMOVED), 3);
}

/* The sender's previous key is gone in time, also where it has no path left to speak on. */
static void the_senders_previous_key_is_wiped(void **state)
{
    struct pair *pair = *state;
    const struct keyring *ring;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    pair_sending(pair)->keys.ring.sealed = KEYRING_REKEY_PACKETS;
    assert_streams(pair, 100);
    ring = &pair_sending(pair)->keys.ring;
    assert_true(ring->previous_held);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, pair->session, 0), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    assert_true(pair->sender.next_ns <= ring->previous_until);
    pair_run(pair, pair->now + KEYRING_PREVIOUS_NS + MS);
    assert_false(ring->previous_held);
    assert_true(sodium_is_zero((const uint8_t *)&ring->previous, sizeof ring->previous));
}

/* A REPAIR frame over `count` source packets of a byte each from `first`, all written then. */
static void speak_repair(struct pair *pair, uint64_t first, uint8_t count, uint64_t written_ns)
{
    struct path *path = &pair_sending(pair)->paths[0];
    const struct plait_rlc_config config = {.window = 8, .symbol_bytes = SYMBOL_HEADER + 8};
    struct plait_rlc_encoder *encoder;
    uint8_t memory[4096], source[8][SYMBOL_HEADER + 8] = {0}, symbol[SYMBOL_HEADER + 8];
    uint8_t bytes[64];
    struct writer w = {bytes, bytes + sizeof bytes, false};
    const struct frame frame = {
        .type = FRAME_REPAIR,
        .repair = {(uint32_t)first, count, 7, symbol, sizeof symbol},
    };

    assert_true(plait_rlc_encoder_bytes(&config) <= sizeof memory);
    plait_rlc_encoder_create(&encoder, &config, memory, sizeof memory);
    for (uint32_t i = 0; i < count; i++) {
        put_u64(source[i] + SYMBOL_HEADER, first + i);
        protect_stamp(source[i], 8, 0, frame_written(written_ns));
        plait_rlc_encoder_add(encoder, (uint32_t)first + i, source[i], sizeof source[i]);
    }
    assert_int_equal(plait_rlc_encode(encoder, (uint32_t)first, count, 7, PROTECT_DENSITY, symbol),
                     PLAIT_FEC_OK);
    frame_encode(&w, &frame);
    assert_int_equal(pair_speak(pair, true, &pair->link[0].outside, 0, path->sent.next++, bytes,
                                (size_t)(w.at - bytes)),
                     PLAIT_OK);
}

static void a_symbol_written_in_time_to_come_is_no_source(void **state)
{
    struct pair *pair = *state;
    uint64_t here, seq;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    here = pair->now + pair->receiver.clock_ns;
    seq = pair_receiving(pair)->gaps.highest;
    speak_repair(pair, seq, 1, here + SECOND_NS);
    assert_int_equal(pair_receiving(pair)->reorder.end, pair_receiving(pair)->reorder.next);
    speak_repair(pair, seq + 1, 1, here);
    assert_true(reorder_due(&pair_receiving(pair)->reorder, 0) != NEVER);
}

/* Under new keys what was sent may be stamped again: what repair of before says of it is wrong. */
static void new_keys_forget_old_repair(void **state)
{
    struct pair *pair = *state;
    const struct plait_rlc_decoder *decoder;
    uint64_t seq;

    pair_start(pair, 1, NULL);
    assert_streams(pair, 100);
    seq = pair_receiving(pair)->gaps.highest;
    speak_repair(pair, seq, 2, pair->now + pair->receiver.clock_ns + 5 * SECOND_NS);
    pair_new_keys(pair);
    decoder = pair_receiving(pair)->protect.decoder;
    pair_write(pair, 8);
    pair_run(pair, pair->now + 50 * MS);
    assert_non_null(plait_rlc_known(decoder, (uint32_t)seq));
    assert_null(plait_rlc_known(decoder, (uint32_t)seq + 1));
}

/* The receiver begins after the sender, and its clock with it: what was written before says 0. */
static void written_before_the_receivers_clock(void **state)
{
    struct pair *pair = *state;

    pair->now = 0;
    pair->sender.clock_ns = 500 * SECOND_NS;
    pair->sender.config.latency_ns = 2 * SECOND_NS;
    pair->sender.config.store_packets = pair->receiver.config.store_packets = 8192;
    pair_start(pair, 1, NULL);
    pair->link[0].down = true;
    pair->flying = 0;
    pair_stream(pair, 700, 1000);
    pair->receiver.clock_ns = 0 - pair->now;
    pair_build(pair, &pair->receiver);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair->link[0].down = false;
    pair_stream(pair, 3000, 100);
    pair_run(pair, pair->now + 3 * SECOND_NS);
    assert_int_equal(pair_stats(pair, &pair->receiver).stream.late, 0);
    assert_int_equal(pair->delivered, pair->next_written);
}

static uint64_t here(const struct pair *pair)
{
    return pair->now + pair->receiver.clock_ns;
}

/* The sender has said goodbye, and most of what it wrote is still to be handed out. */
static void linger(struct pair *pair)
{
    pair->sender.config.latency_ns = pair->receiver.config.latency_ns = 800 * MS;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 1000, 1000);
    assert_int_equal(plait_session_close(pair->sender.ep, pair->now, pair->session), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + 50 * MS);
    assert_true(session_lingers(endpoint_session(pair->receiver.ep, 0)));
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 0);
}

static void ended_at_once(struct pair *pair, enum plait_close reason)
{
    const uint64_t before = pair->delivered;

    pair_drain(pair, &pair->receiver);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->event[1][pair->events[1] - 1].value, reason);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_int_equal(pair->delivered, before);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_null(endpoint_session(pair->receiver.ep, 0));
}

static void revoked_while_it_lingers(void **state)
{
    struct pair *pair = *state;

    linger(pair);
    assert_int_equal(plait_peer_revoke(pair->receiver.ep, here(pair), pair->sender.public_key),
                     PLAIT_OK);
    ended_at_once(pair, PLAIT_CLOSE_REVOKED);
}

static void closed_while_it_lingers(void **state)
{
    struct pair *pair = *state;

    linger(pair);
    assert_int_equal(plait_session_close(pair->receiver.ep, here(pair), 0), PLAIT_OK);
    ended_at_once(pair, PLAIT_CLOSE_LOCAL);
}

/* A stream whose sender is killed and begins again at once on link 1. */
static void killed_and_started(struct pair *pair, uint64_t latency_ns, uint64_t next_ns)
{
    pair->sender.config.latency_ns = latency_ns;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 1500, 1000);
    pair->sender.config.latency_ns = next_ns;
    sender_starts_anew(pair);
}

/* What came of the session before is handed out at its times, then what the next one wrote. */
static void a_killed_senders_media_is_handed_out(void **state)
{
    struct pair *pair = *state;

    killed_and_started(pair, 800 * MS, 800 * MS);
    pair_stream(pair, 300, 1000);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 0);
    assert_in_range(pair->delivered, 990, 1010);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->wrong, 0);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->event[1][pair->events[1] - 1].value, PLAIT_CLOSE_REPLACED);
    assert_int_equal(pair_receiving(pair)->stream.datagrams, 300);
    assert_int_equal(pair_receiving(pair)->latency_ns, 800 * MS);
}

/* All of before is out, and of what came since what is older than 200 ms; the rest follows. */
static void assert_out_within_200_ms(struct pair *pair)
{
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_in_range(pair->next_written - pair->delivered, 185, 205);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->wrong, 0);
    assert_int_equal(pair->delivered, pair->next_written);
}

/* With a shorter latency what came of before is out no later than it would be with that. */
static void a_shorter_latency_after_a_kill(void **state)
{
    struct pair *pair = *state;

    killed_and_started(pair, 800 * MS, 200 * MS);
    pair_stream(pair, 300, 1000);
    assert_out_within_200_ms(pair);
}

/* So it is when the next one's latency becomes shorter after its start. */
static void a_latency_that_shrinks_after_a_kill(void **state)
{
    struct pair *pair = *state;

    killed_and_started(pair, 900 * MS, 900 * MS);
    pair_stream(pair, 100, 1000);
    assert_int_equal(plait_session_latency_set(pair->sender.ep, pair->now, pair->session, 200 * MS),
                     PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_stream(pair, 400, 1000);
    assert_out_within_200_ms(pair);
}

/* The session before may have the higher slot: that its end is told wakes the one that waits. */
static void the_next_may_have_the_lower_slot(void **state)
{
    struct pair *pair = *state;

    killed_and_started(pair, 800 * MS, 800 * MS);
    pair_stream(pair, 1000, 1000);
    assert_null(endpoint_session(pair->receiver.ep, 0));
    sender_starts_anew(pair);
    pair_stream(pair, 300, 1000);
    assert_int_equal(endpoint_session(pair->receiver.ep, 0)->state, SESSION_UP);
    assert_int_equal(endpoint_session(pair->receiver.ep, 1)->state, SESSION_OVER);
    pair_run(pair, pair->now + SECOND_NS);
    assert_null(endpoint_session(pair->receiver.ep, 1));
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 2);
    assert_int_equal(pair->wrong, 0);
    assert_int_equal(pair->delivered, pair->next_written);
}

/* Without a second slot the next start takes that of the session before, and what it held. */
static void a_kill_with_a_single_slot(void **state)
{
    struct pair *pair = *state;

    pair->receiver.config.max_sessions = 1;
    killed_and_started(pair, 800 * MS, 800 * MS);
    pair_stream(pair, 300, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->wrong, 0);
    assert_in_range(pair->delivered, 1000, 1060);
    assert_int_equal(pair_receiving(pair)->stream.datagrams, 300);
}

/* Where one lingers already the next takes the place of the one before. */
static void one_that_lingers_is_enough(void **state)
{
    struct pair *pair = *state;

    killed_and_started(pair, 2 * SECOND_NS, 2 * SECOND_NS);
    pair_stream(pair, 100, 1000);
    for (int i = 0; i < 5; i++) {
        sender_starts_anew(pair);
        pair_stream(pair, 100, 1000);
    }
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 7);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 5);
    assert_null(endpoint_session(pair->receiver.ep, 2));
    pair_run(pair, pair->now + 3 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 6);
    assert_null(endpoint_session(pair->receiver.ep, 0));
}

/* Nobody confirms the next start: the session goes on, and its slot is free again. */
static void a_start_that_is_not_confirmed_ends_nothing(void **state)
{
    struct pair *pair = *state;

    killed_and_started(pair, 800 * MS, 800 * MS);
    pair_run(pair, pair->now + 12 * MS);
    assert_int_equal(endpoint_session(pair->receiver.ep, 1)->state, SESSION_CONNECTING);
    pair->link[0].down = true;
    pair->flying = 0;
    pair_run(pair, pair->now + SECOND_NS);
    assert_true(pair->delivered >= 1490);
    pair_run(pair, pair->now + 6 * SECOND_NS);
    assert_null(endpoint_session(pair->receiver.ep, 1));
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 0);
    assert_int_equal(pair_receiving(pair)->state, SESSION_UP);
}

/* The callers' clocks go back for a while, in recv, poll and write. */
static void a_clock_that_steps_back_ends_nothing(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    assert_streams(pair, 200);
    for (int i = 0; i < 3; i++) {
        const uint64_t back_ns = i == 0 ? 0 : SECOND_NS, sender_ns = i == 1 ? 0 : SECOND_NS;

        pair_stream(pair, 1500, 1000);
        pair->sender.clock_ns -= sender_ns;
        pair->receiver.clock_ns -= back_ns;
        pair_stream(pair, 500, 1000);
        pair->sender.clock_ns += sender_ns;
        pair->receiver.clock_ns += back_ns;
        pair_stream(pair, 1500, 1000);
    }
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_CLOSED), 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_streams(pair, 500);
}

/* Nothing passes for so long that a handshake is under way when it does again. */
static void outage(struct pair *pair)
{
    pair_start(pair, 1, NULL);
    assert_streams(pair, 200);
    pair->link[0].down = true;
    pair_stream(pair, 1500, 200);
    assert_true(pair_sending(pair)->initiation.active);
}

static void after_an_outage_the_session_goes_on(void **state)
{
    struct pair *pair = *state;

    outage(pair);
    pair->link[0].down = false;
    pair_stream(pair, 1000, 200);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_false(pair_sending(pair)->initiation.active);
    assert_true(pair->now - pair->last_delivered_ns < 10 * MS);
}

static void a_receiver_that_forgot_all_in_an_outage_is_met_anew(void **state)
{
    struct pair *pair = *state;

    outage(pair);
    pair_build(pair, &pair->receiver);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    pair->link[0].down = false;
    pair_stream(pair, 4000, 200);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 2);
    assert_true(pair->now - pair->last_delivered_ns < 10 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(a_late_goodbye_takes_no_handshake),
        PAIR_TEST(a_goodbye_passed_over_ends_by_silence),
        PAIR_TEST(latency_of_a_session_that_replaces_another),
        PAIR_TEST(paths_of_a_replaced_session_are_removed),
        PAIR_TEST(the_senders_previous_key_is_wiped),
        PAIR_TEST(a_symbol_written_in_time_to_come_is_no_source),
        PAIR_TEST(new_keys_forget_old_repair),
        PAIR_TEST(written_before_the_receivers_clock),
        PAIR_TEST(revoked_while_it_lingers),
        PAIR_TEST(closed_while_it_lingers),
        PAIR_TEST(a_killed_senders_media_is_handed_out),
        PAIR_TEST(a_shorter_latency_after_a_kill),
        PAIR_TEST(a_latency_that_shrinks_after_a_kill),
        PAIR_TEST(the_next_may_have_the_lower_slot),
        PAIR_TEST(a_kill_with_a_single_slot),
        PAIR_TEST(one_that_lingers_is_enough),
        PAIR_TEST(a_start_that_is_not_confirmed_ends_nothing),
        PAIR_TEST(a_clock_that_steps_back_ends_nothing),
        PAIR_TEST(after_an_outage_the_session_goes_on),
        PAIR_TEST(a_receiver_that_forgot_all_in_an_outage_is_met_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
