/* SPDX-License-Identifier: BSD-2-Clause */
/* A peer that is allowed in and says what no honest one would: it harms its own stream at most. */
#include "tests/session/support.h"

#include "core/base/bytes.h"
#include "core/base/seq.h"

/* The next packet of the sender's path 0, from its own address. */
static int speak(struct pair *pair, const uint8_t *frames, size_t len)
{
    struct path *path = &pair_sending(pair)->paths[0];

    return pair_speak(pair, true, &pair->link[0].outside, 0, path->sent.next++, frames, len);
}

/* A DATA frame of one byte, written so long ago by the receiver's clock. */
static int speak_old_data(struct pair *pair, uint64_t seq, uint64_t ago_ns)
{
    uint8_t frame[FRAME_DATA_HEADER + 1] = {FRAME_DATA};

    put_u24(frame + 1, (uint32_t)seq);
    put_u24(frame + 4, frame_written(pair->now + pair->receiver.clock_ns - ago_ns));
    return speak(pair, frame, sizeof frame);
}

static int speak_data(struct pair *pair, uint64_t seq)
{
    return speak_old_data(pair, seq, 0);
}

/* The stream begins just below the last sequence number that a report can tell of, and goes on. */
static void stream_at_the_end_of_the_sequence_numbers(void **state)
{
    const uint64_t first = VARINT_MAX - 10;
    struct pair *pair = *state;

    pair_build(pair, &pair->receiver);
    pair_build(pair, &pair->sender);
    pair->sender.ep->config.test_first_seq = first;
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    assert_int_equal(plait_session_open(pair->sender.ep, pair->now, pair->receiver.public_key, NULL,
                                        &pair->session),
                     PLAIT_OK);
    pair_path_add(pair, 0, NULL);
    pair_run(pair, pair->now + 100 * MS);
    for (uint64_t i = 0; i < 2000; i++) {
        assert_int_equal(speak_data(pair, first + i), PLAIT_OK);
        pair_run(pair, pair->now + MS);
    }
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, 10);
    assert_int_equal(pair_receiving(pair)->reorder.next, VARINT_MAX);
}

/* Bytes that the receiver sent to one address. */
struct watch {
    struct plait_addr addr;
    uint64_t bytes;
};

static bool count_bytes(struct pair *pair, struct datagram *datagram)
{
    struct watch *watch = pair->tap_ctx;

    if (!datagram->to_receiver && memcmp(&datagram->to, &watch->addr, sizeof watch->addr) == 0)
        watch->bytes += datagram->len;
    return true;
}

/* A path is begun from a victim's address and goes on from elsewhere, without an answer to any
 * challenge: what came from elsewhere is no reason to send the victim anything. */
static void no_bytes_for_an_address_that_sent_none(void **state)
{
    struct pair *pair = *state;
    const struct plait_addr elsewhere = pair_addr(77, 77, 777);
    struct watch victim = {.addr = pair_addr(66, 66, 666)};
    uint8_t frames[1000] = {FRAME_CHALLENGE, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    uint64_t number;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    number = pair_sending(pair)->paths[1].sent.next;
    pair->tap = count_bytes;
    pair->tap_ctx = &victim;
    assert_int_equal(pair_speak(pair, true, &victim.addr, 1, number++, frames, 20), PLAIT_OK);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(pair_speak(pair, true, &elsewhere, 1, number++, frames, sizeof frames),
                         PLAIT_OK);
        pair_run(pair, pair->now + 10 * MS);
    }
    plait_session_close(pair->receiver.ep, pair->now, pair_receiving(pair)->index);
    pair_drain(pair, &pair->receiver);
    assert_true(victim.bytes <= PACKET_SEALED_HEADER + 20 + AEAD_TAG_LEN);
}

/* Each may touch a whole ring, so a packet with hundreds of them would be work for all sessions. */
static void one_skip_and_one_nack_a_packet(void **state)
{
    uint8_t skips[] = {FRAME_SKIP, 3, 0x40, 200, 1, FRAME_SKIP, 3, 0x40, 201, 1};
    uint8_t nacks[] = {FRAME_NACK, 2, 0, 10, FRAME_NACK, 2, 0, 20};
    struct pair *pair = *state;
    const struct plait_addr receiver = pair_addr(255, 1, 5000);
    uint64_t number;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(speak(pair, skips, sizeof skips), PLAIT_OK);
    assert_true(bitmap_test(&pair_receiving(pair)->reorder.skipped, 200));
    assert_false(bitmap_test(&pair_receiving(pair)->reorder.skipped, 201));
    pair->link[0].down = true;
    for (int i = 0; i < 20; i++)
        pair_write(pair, 100);
    number = pair_receiving(pair)->paths[0].sent.next++;
    assert_int_equal(pair_speak(pair, false, &receiver, 0, number, nacks, sizeof nacks), PLAIT_OK);
    assert_int_equal(pair_sending(pair)->stream.acked, 10);
}

/* A second copy that comes when the first was delivered long ago is a duplicate, late or not. */
static void late_copies_are_duplicates(void **state)
{
    struct pair *pair = *state;
    const struct session *session;
    uint64_t seq;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    session = pair_receiving(pair);
    seq = session->reorder.next;
    assert_int_equal(speak_data(pair, seq), PLAIT_OK);
    assert_int_equal(speak_data(pair, seq + 2), PLAIT_OK);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, 2);
    assert_int_equal(speak_old_data(pair, seq, SECOND_NS), PLAIT_OK);
    assert_int_equal(session->stream.duplicates, 1);
    assert_int_equal(session->stream.late, 0);
    assert_true(min_i64(session->headroom_ns, session->headroom_next_ns) >= 0);
    assert_int_equal(speak_old_data(pair, seq + 1, SECOND_NS), PLAIT_OK);
    assert_int_equal(session->stream.late, 1);
    assert_true(min_i64(session->headroom_ns, session->headroom_next_ns) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(stream_at_the_end_of_the_sequence_numbers),
        PAIR_TEST(no_bytes_for_an_address_that_sent_none),
        PAIR_TEST(one_skip_and_one_nack_a_packet),
        PAIR_TEST(late_copies_are_duplicates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
