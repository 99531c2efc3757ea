/* SPDX-License-Identifier: BSD-2-Clause */
/* Every path carries the whole stream. */
#include "tests/session/support.h"

static void start(struct pair *pair, uint64_t latency_ns, uint64_t delay_ns)
{
    pair->sender.config.mode = PLAIT_MODE_BROADCAST;
    pair->sender.config.latency_ns = latency_ns;
    for (uint32_t i = 0; i < 2; i++)
        pair->link[i].delay_ns = pair->link[i].back_ns = delay_ns;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 1000, 500);
}

/* What is sent is what still arrives in time, not what is oldest. */
static void a_path_slower_than_the_stream(void **state)
{
    struct pair *pair = *state;
    uint64_t before;

    start(pair, 500 * MS, 10 * MS);
    pair_run(pair, pair->now + SECOND_NS);
    for (uint32_t i = 0; i < 2; i++) /* the stream has 8 Mbit/s */
        pair_sending(pair)->paths[i].max_bps = 3000000;
    pair_stream(pair, 2000, 1000);
    before = pair->delivered;
    pair_stream(pair, 2000, 1000);
    assert_in_range(pair->delivered - before, 700, 1500);
}

static bool cut_until(struct pair *pair, struct datagram *datagram)
{
    const uint64_t *until_ns = pair->tap_ctx;

    return !datagram->to_receiver || pair->now >= *until_ns;
}

/* The first of what both paths lost comes too late, if sent again; what follows does not. */
static void what_is_hopeless_does_not_hold_up_the_rest(void **state)
{
    struct pair *pair = *state;
    uint64_t until_ns, before;

    start(pair, 250 * MS, 60 * MS);
    before = pair_stats(pair, &pair->receiver).stream.missing;
    until_ns = pair->now + 100 * MS;
    pair->tap = cut_until;
    pair->tap_ctx = &until_ns;
    pair_stream(pair, 1000, 500);
    pair_run(pair, pair->now + SECOND_NS);
    assert_in_range(pair_stats(pair, &pair->receiver).stream.missing - before, 10, 60);
}

/* A copy on the other path is what the mode is, no loss that was mended. */
static void copies_are_no_resends(void **state)
{
    struct pair *pair = *state;
    struct plait_stream_stats sent, got;

    start(pair, 300 * MS, 10 * MS);
    pair->link[0].delay_ns = 40 * MS; /* the copy comes first */
    pair_stream(pair, 1000, 500);
    pair_run(pair, pair->now + SECOND_NS);
    sent = pair_stats(pair, &pair->sender).stream;
    got = pair_stats(pair, &pair->receiver).stream;
    assert_int_equal(sent.sent_first, 2000);
    assert_int_equal(sent.resent, 0);
    assert_int_equal(got.recovered_arq, 0);
    assert_true(pair_stats(pair, &pair->sender).path[0].packets_sent > 1900);
    assert_true(pair_stats(pair, &pair->sender).path[1].packets_sent > 1900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(a_path_slower_than_the_stream),
        PAIR_TEST(what_is_hopeless_does_not_hold_up_the_rest),
        PAIR_TEST(copies_are_no_resends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
