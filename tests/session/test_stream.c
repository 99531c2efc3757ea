/* SPDX-License-Identifier: BSD-2-Clause */
/* The stream between two endpoints: sizes, wraps, modes, order, counters. */
#include "tests/session/support.h"

static void finish(struct pair *pair)
{
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
}

static void every_size(void **state)
{
    struct pair *pair = *state;
    uint64_t bytes = 0;

    pair->sender.config.max_udp = PLAIT_MAX_UDP;
    pair->receiver.config.max_udp = 600; /* limits what it sends, not what it takes */
    pair_start(pair, 2, NULL);
    pair_stream(pair, 300, 1000);
    bytes = pair->delivered_bytes + 0;
    pair_run(pair, pair->now + SECOND_NS);
    bytes = pair->delivered_bytes;
    for (size_t len = 1; len <= PLAIT_MAX_DATAGRAM; len += len < 3000 ? 7 : 331) {
        if (len < 8)
            pair->next_expected = pair->next_written;
        assert_int_equal(pair_write(pair, len), PLAIT_OK);
        bytes += len;
        pair_run(pair, pair->now + 10 * MS);
    }
    assert_int_equal(pair_write(pair, PLAIT_MAX_DATAGRAM), PLAIT_OK);
    bytes += PLAIT_MAX_DATAGRAM;
    finish(pair);
    assert_int_equal(pair->delivered_bytes, bytes);
}

static bool drop_one_in_ten(struct pair *pair, struct datagram *datagram)
{
    return !datagram->to_receiver || pair_random(pair->tap_ctx) % 10 != 0;
}

static void fragments_survive_losses(void **state)
{
    struct pair *pair = *state;
    uint64_t seed = 5;

    pair->sender.config.max_udp = 600;
    pair->sender.config.latency_ns = SECOND_NS;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 300, 1000);
    pair->tap = drop_one_in_ten;
    pair->tap_ctx = &seed;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(pair_write(pair, 4000), PLAIT_OK);
        pair_run(pair, pair->now + 20 * MS);
    }
    finish(pair);
}

static void numbers_wrap(void **state)
{
    static const uint64_t seq[] = {UINT64_C(0xffffff00), UINT64_C(0x7fffff00),
                                   (UINT64_C(1) << 60) - 100};
    static const uint64_t number[] = {0xffff00, 0x7fff00, (UINT64_C(1) << 59) - 100};

    for (int i = 0; i < 3; i++) {
        struct pair *pair = *state;

        pair_free(pair);
        pair_init(pair);
        pair->sender.config.test_first_seq = seq[i];
        pair->sender.config.test_first_pn = number[i];
        pair->receiver.config.test_first_pn = number[2 - i];
        pair_start(pair, 2, NULL);
        pair_stream(pair, 2000, 500);
        finish(pair);
        assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
        assert_true(pair_sending(pair)->store.next == seq[i] + 2000);
    }
}

static void numbers_go_on_over_a_new_handshake(void **state)
{
    struct pair *pair = *state;
    uint64_t before;

    pair->sender.config.test_first_pn = 0xffff00;
    pair_start(pair, 3, NULL);
    pair_stream(pair, 500, 500);
    before = session_number_base(pair_sending(pair));
    pair_new_keys(pair);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    for (int i = 0; i < 3; i++)
        assert_true(pair_sending(pair)->paths[i].sent.next >= before);
    pair->next_expected = pair->next_written;
    before = pair->delivered;
    pair_stream(pair, 500, 500);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered - before, 500);
    assert_int_equal(pair->wrong, 0);
}

static void modes_and_schedulers(void **state)
{
    for (int mode = 0; mode <= PLAIT_MODE_BROADCAST; mode++) {
        for (int scheduler = 0; scheduler <= PLAIT_SCHED_DWRR; scheduler++) {
            struct pair *pair = *state;
            uint64_t seed = 7;

            pair_free(pair);
            pair_init(pair);
            pair->sender.config.mode = (enum plait_mode)mode;
            pair->sender.config.scheduler = (enum plait_scheduler)scheduler;
            pair->sender.config.latency_ns = SECOND_NS;
            pair->tap = drop_one_in_ten;
            pair->tap_ctx = &seed;
            pair_start(pair, 3, NULL);
            pair_stream(pair, 1500, 800);
            finish(pair);
        }
    }
}

static void delivered_at_the_latency(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    pair_run(pair, pair->now + 20 * SECOND_NS); /* until the clocks are sure of each other */
    for (int i = 0; i < 50; i++) {
        const uint64_t written = pair->now;

        pair_write(pair, 100);
        pair_run(pair, pair->now + 300 * MS);
        assert_in_range(pair->last_delivered_ns - written, 197 * MS, 203 * MS);
    }
}

static void counters_add_up(void **state)
{
    struct pair *pair = *state;
    struct plait_stats there, here;
    uint64_t seed = 9;

    pair->tap = drop_one_in_ten;
    pair->tap_ctx = &seed;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 3000, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    here = pair_stats(pair, &pair->sender);
    there = pair_stats(pair, &pair->receiver);
    assert_int_equal(here.stream.written, 3000);
    assert_int_equal(there.stream.expected, there.stream.delivered + there.stream.missing);
    assert_int_equal(there.stream.datagrams, pair->delivered);
    assert_true(there.stream.late <= there.stream.missing);
    assert_true(there.stream.recovered_arq > 0);
    assert_int_equal(plait_stream_pending(pair->sender.ep, pair->session), 0);
}

/* The first media datagram arrives after the second was delivered, no other passes. */
static bool hold_the_first(struct pair *pair, struct datagram *datagram)
{
    uint32_t *seen = pair->tap_ctx;

    if (!datagram->to_receiver || datagram->len < 600)
        return true;
    if (++*seen == 1)
        datagram->at_ns = pair->now + 199 * MS;
    return *seen <= 2;
}

static void what_came_too_late_is_not_acked(void **state)
{
    struct pair *pair = *state;
    struct plait_stats before, here, there;
    uint32_t seen = 0;

    pair->link[0].delay_ns = pair->link[0].back_ns = MS;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 100, 500);
    pair_run(pair, pair->now + SECOND_NS);
    before = pair_stats(pair, &pair->sender);
    pair->tap = hold_the_first;
    pair->tap_ctx = &seen;
    pair_write(pair, 1000);
    pair_write(pair, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    here = pair_stats(pair, &pair->sender);
    there = pair_stats(pair, &pair->receiver);
    assert_int_equal(there.stream.late, 1);
    assert_int_equal(here.stream.acked - before.stream.acked, 1);
    assert_int_equal(here.stream.expired, 1);
}

static bool deafen_until(struct pair *pair, struct datagram *datagram)
{
    const struct session *session = pair_sending(pair);
    const uint64_t *until_ns = pair->tap_ctx;

    return datagram->to_receiver || pair->now >= *until_ns || session == NULL ||
           session->paths[0].state != PATH_ACTIVE;
}

/* The reports of the first window are lost; what is dropped meanwhile makes SKIPs, which must not
 * keep the sender from asking again. */
static void the_first_reports_are_lost_in_an_overload(void **state)
{
    struct pair *pair = *state;
    uint64_t until_ns = pair->now + 1500 * MS;

    pair->tap = deafen_until;
    pair->tap_ctx = &until_ns;
    pair->sender.config.latency_ns = 500 * MS;
    pair_start(pair, 1, NULL);
    while (pair->now < until_ns + 250 * MS)
        pair_stream(pair, 10, 1000);
    assert_true(pair_stats(pair, &pair->sender).stream.dropped > 500);
    assert_true(pair_sending(pair)->paths[0].sent.any_acked);
}

/* Uneven receive times make an ACK's entries long. */
static bool come_unevenly(struct pair *pair, struct datagram *datagram)
{
    uint64_t *count = pair->tap_ctx;

    if (datagram->to_receiver && datagram->len > 60) {
        ++*count;
        datagram->at_ns += (*count % 2) * 7 * MS + (*count % 150 == 0 ? 250 * MS : 0);
    }
    return true;
}

static void reports_fit_in_small_datagrams(void **state)
{
    struct pair *pair = *state;
    uint64_t count = 0;

    pair->receiver.config.max_udp = 600;
    pair->sender.config.latency_ns = SECOND_NS;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 100, 1000);
    pair->tap = come_unevenly;
    pair->tap_ctx = &count;
    pair_stream(pair, 2000, 1000);
    pair->tap = NULL;
    finish(pair);
}

static bool drop_first_small_one(struct pair *pair, struct datagram *datagram)
{
    uint32_t *left = pair->tap_ctx;

    if (*left == 0 || !datagram->to_receiver || datagram->len > 200)
        return true;
    --*left;
    return false;
}

/* What the sender gave up is told again while the receiver asks for it. */
static void a_lost_skip_is_told_again(void **state)
{
    static const uint8_t given_up[500];
    struct pair *pair = *state;
    struct session *session;
    uint32_t losses = 1;

    pair->sender.config.latency_ns = SECOND_NS;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 500, 500);
    pair->tap = drop_first_small_one;
    pair->tap_ctx = &losses;
    session = pair_sending(pair);
    plait_stream_write(pair->sender.ep, pair->now + pair->sender.clock_ns, pair->session, given_up,
                       sizeof given_up, PLAIT_WORTH_LOW);
    session_drop(session, pair->now + pair->sender.clock_ns, session_next_fresh(session));
    pair_stream(pair, 1500, 500);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(losses, 0);
    assert_int_equal(pair_stats(pair, &pair->receiver).stream.missing, 1);
    assert_int_equal(pair_stats(pair, &pair->receiver).stream.skipped, 1);
}

/* Writes something and sets it aside, as if it had waited. */
static void set_aside_after(struct pair *pair, size_t len, uint64_t waited_ns)
{
    static const uint8_t bytes[5000];
    struct session *session = pair_sending(pair);
    const uint64_t now = pair->now + pair->sender.clock_ns;

    plait_stream_write(pair->sender.ep, now, pair->session, bytes, len, PLAIT_WORTH_AUTO);
    session_set_aside(session, now + waited_ns, session_next_fresh(session));
    assert_int_equal(session->store.fresh_count, 0);
}

/* As if media had waited for 100 ms when that was last done. */
static void set_aside_next(struct pair *pair, size_t len)
{
    set_aside_after(pair, len, 0);
    pair_sending(pair)->aside_age_ns = 100 * MS;
}

/* The first one too, that tells for itself how long media waits. */
static void the_first_set_aside_is_as_old_as_it_is(void **state)
{
    struct pair *pair = *state;
    struct session *session;

    pair_start(pair, 1, NULL);
    pair_stream(pair, 100, 500);
    pair_run(pair, pair->now + SECOND_NS);
    set_aside_after(pair, 500, 150 * MS);
    session = pair_sending(pair);
    assert_true(session_is_eased(session, 100 * MS));
    assert_false(session_is_eased(session, 140 * MS));
}

/* With all its pieces. The receiver may have been told not to wait for it. */
static void what_was_set_aside_comes_when_there_is_room(void **state)
{
    struct pair *pair = *state;
    struct plait_stream_stats before, after;
    uint32_t pending;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 500, 500);
    before = pair_stats(pair, &pair->receiver).stream;
    pending = plait_stream_pending(pair->sender.ep, pair->session);
    set_aside_next(pair, 5000);
    assert_int_equal(pair_sending(pair)->store.aside_count, 4);
    assert_int_equal(plait_stream_pending(pair->sender.ep, pair->session) - pending, 4);
    pair_drain(pair, &pair->sender);
    assert_int_equal(pair_sending(pair)->store.aside_count, 0);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    after = pair_stats(pair, &pair->receiver).stream;
    assert_int_equal(after.missing, before.missing);
    assert_int_equal(after.skipped, before.skipped);
    assert_int_equal(pair_stats(pair, &pair->sender).stream.dropped, 0);
}

static bool drop_everything(struct pair *pair, struct datagram *datagram)
{
    (void)pair;
    return !datagram->to_receiver;
}

/* In the end it is given up, and counted once. */
static void what_was_set_aside_for_too_long_is_dropped(void **state)
{
    struct pair *pair = *state;
    struct session *session;

    pair_start(pair, 1, NULL);
    pair_stream(pair, 500, 500);
    session = pair_sending(pair);
    set_aside_next(pair, 500);
    session->aside_age_ns = 0;
    pair->tap = drop_everything;
    pair_run(pair, pair->now + session->latency_ns / 2);
    assert_int_equal(session->store.aside_count, 1);
    assert_int_equal(pair_stats(pair, &pair->sender).stream.dropped, 0);
    pair_run(pair, pair->now + session->latency_ns);
    assert_int_equal(session->store.aside_count, 0);
    assert_int_equal(pair_stats(pair, &pair->sender).stream.dropped, 1);
}

static bool lose_media_once(struct pair *pair, struct datagram *datagram)
{
    uint32_t *left = pair->tap_ctx;

    if (*left == 0 || !datagram->to_receiver || datagram->len < 400)
        return true;
    --*left;
    return false;
}

/* Sets one aside, and lets the receiver be told of it. */
static struct session *told_and_aside(struct pair *pair)
{
    struct session *session;

    pair->sender.config.latency_ns = SECOND_NS;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 500, 500);
    session = pair_sending(pair);
    set_aside_next(pair, 500);
    session->aside_age_ns = 0;
    pair_stream(pair, 250, 500);
    assert_true(rtx_store_aside_since(&session->store, 0)->told);
    return session;
}

/* There is room again, but what was set aside is lost at first. */
static void lost_but_sent_again(struct pair *pair, struct session *session)
{
    uint32_t losses = 1;

    session->aside_age_ns = 100 * MS;
    pair->tap = lose_media_once;
    pair->tap_ctx = &losses;
    pair_stream(pair, 1500, 500);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_int_equal(losses, 0);
    assert_int_equal(pair_stats(pair, &pair->sender).stream.dropped, 0);
    assert_int_equal(pair_stats(pair, &pair->receiver).stream.missing, 0);
}

/* A NACK that does not ask for it is no receipt: a SKIP has told the receiver not to. */
static void what_was_set_aside_is_sent_again_when_lost(void **state)
{
    struct pair *pair = *state;

    lost_but_sent_again(pair, told_and_aside(pair));
}

/* Nor is it one while the receiver, which asked once more, is to be told again. */
static void what_is_to_be_told_again_is_sent_again_when_lost(void **state)
{
    struct pair *pair = *state;
    struct session *session = told_and_aside(pair);

    session_skip_again(session, pair->now + pair->sender.clock_ns,
                       rtx_store_aside_since(&session->store, 0));
    lost_but_sent_again(pair, session);
}

/* What came back before a SKIP named it once more is told of when it is aside and asked for again.
 */
static void what_is_aside_twice_can_be_told_again(void **state)
{
    struct pair *pair = *state;
    struct session *session = told_and_aside(pair);
    const uint64_t now = pair->now + pair->sender.clock_ns;
    struct source *source = rtx_store_aside_since(&session->store, 0);
    struct seq_range range[NACK_MAX_RANGES];

    session_skip_again(session, now, source);
    session_take_back(session, now, source);
    assert_int_equal(session_take_skips(session, now, range), 0);
    session_set_aside(session, now, source);
    session_skip_again(session, now, source);
    assert_int_equal(session_take_skips(session, now, range), 1);
}

static bool keep_for_later(struct pair *pair, struct datagram *datagram)
{
    if (datagram->to_receiver)
        *(struct datagram *)pair->tap_ctx = *datagram;
    return false;
}

/* A receiver that was held up finds the goodbye before it has handed out what is due by now. */
static void a_goodbye_takes_nothing_due_along(void **state)
{
    struct pair *pair = *state;
    static struct datagram goodbye;

    pair_start(pair, 2, NULL);
    pair_run(pair, pair->now + 500 * MS);
    pair_stream(pair, 200, 1000);
    pair_run(pair, pair->now + 60 * MS);
    assert_true(pair->delivered < pair->next_written);
    pair->tap = keep_for_later;
    pair->tap_ctx = &goodbye;
    assert_int_equal(
        plait_session_close(pair->sender.ep, pair->now + pair->sender.clock_ns, pair->session),
        PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair->now += 1100 * MS;
    pair_inject(pair, &goodbye);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
    assert_null(pair_receiving(pair));
}

/* A goodbye takes nothing along that came before it: each datagram has its latency. */
static void after_a_goodbye_the_rest_comes_in_its_time(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    pair_run(pair, pair->now + 500 * MS);
    pair_stream(pair, 200, 1000);
    pair_run(pair, pair->now + 60 * MS);
    const uint64_t before = pair->delivered;
    assert_true(before < pair->next_written);
    assert_int_equal(
        plait_session_close(pair->sender.ep, pair->now + pair->sender.clock_ns, pair->session),
        PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + 100 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 0);
    assert_true(pair->delivered < pair->next_written);
    pair_run(pair, pair->now + 1000 * MS);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(pair->event[1][pair->events[1] - 1].value, PLAIT_CLOSE_PEER);
    assert_null(pair_receiving(pair));
}

/* What is out of date goes together: a wake for each packet is a processor at full load. */
static void packets_kept_cost_no_wake_each(void **state)
{
    struct pair *pair = *state;
    uint64_t until;
    int wakes = 0;

    pair->sender.config.latency_ns = 2000 * MS;
    pair->sender.config.store_packets = pair->receiver.config.store_packets = 8192;
    pair_start(pair, 1, NULL);
    pair_stream(pair, 1000, 1);
    pair_run(pair, pair->now + 500 * MS);
    assert_true(pair_sending(pair)->store.next - pair_sending(pair)->store.first >= 1000);
    for (until = pair->now + 2 * SECOND_NS; pair->now < until; wakes++)
        pair_run(pair, min_u64(until, max_u64(pair->sender.next_ns, pair->now + 1)));
    assert_true(pair_sending(pair)->store.next == pair_sending(pair)->store.first);
    assert_true(wakes < 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(every_size),
        PAIR_TEST(fragments_survive_losses),
        PAIR_TEST(numbers_wrap),
        PAIR_TEST(numbers_go_on_over_a_new_handshake),
        PAIR_TEST(modes_and_schedulers),
        PAIR_TEST(delivered_at_the_latency),
        PAIR_TEST(counters_add_up),
        PAIR_TEST(what_came_too_late_is_not_acked),
        PAIR_TEST(the_first_reports_are_lost_in_an_overload),
        PAIR_TEST(reports_fit_in_small_datagrams),
        PAIR_TEST(a_lost_skip_is_told_again),
        PAIR_TEST(the_first_set_aside_is_as_old_as_it_is),
        PAIR_TEST(what_was_set_aside_comes_when_there_is_room),
        PAIR_TEST(what_was_set_aside_for_too_long_is_dropped),
        PAIR_TEST(what_was_set_aside_is_sent_again_when_lost),
        PAIR_TEST(what_is_to_be_told_again_is_sent_again_when_lost),
        PAIR_TEST(what_is_aside_twice_can_be_told_again),
        PAIR_TEST(a_goodbye_takes_nothing_due_along),
        PAIR_TEST(after_a_goodbye_the_rest_comes_in_its_time),
        PAIR_TEST(packets_kept_cost_no_wake_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
