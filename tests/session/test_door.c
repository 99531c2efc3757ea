/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is let in, and at what price: handshakes under load and over long ways. */
#include "tests/session/support.h"

/* No token is left for strangers: the receiver is under load for so long. */
static void load(struct pair *pair, uint64_t for_ns)
{
    pair->receiver.ep->handshakes.full_at_ns = pair->now + for_ns + pair->receiver.clock_ns;
}

/* The cookie comes after the FIRST it is for was given up. */
static void cookie_over_long_ways(void **state)
{
    struct pair *pair = *state;

    for (uint64_t way_ns = 600 * MS; way_ns <= 1250 * MS; way_ns += 130 * MS) {
        struct plait_door_stats door;

        pair_free(pair);
        pair_init(pair);
        pair->link[0].delay_ns = pair->link[0].back_ns = way_ns;
        pair->sender.config.latency_ns = 5 * SECOND_NS;
        pair_start(pair, 1, NULL);
        load(pair, 600 * SECOND_NS);
        pair_run(pair, pair->now + 10 * way_ns);
        plait_door_stats_get(pair->receiver.ep, &door);
        assert_in_range(door.cookies_sent, 1, 9);
        assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    }
}

static bool drop_two_firsts(struct pair *pair, struct datagram *datagram)
{
    uint32_t *drop = pair->tap_ctx;

    if (!datagram->to_receiver || datagram->bytes[0] != PACKET_FIRST || *drop == 0)
        return true;
    --*drop;
    return false;
}

/* What a late answer has taught about the round trip outlasts a FIRST that is lost. */
static void a_loss_does_not_unlearn_the_round_trip(void **state)
{
    struct pair *pair = *state;
    uint32_t drop = 0;

    pair->link[0].delay_ns = pair->link[0].back_ns = 1000 * MS;
    pair->sender.config.latency_ns = 5 * SECOND_NS;
    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + 1500 * MS);
    drop = 2;
    pair->tap = drop_two_firsts;
    pair->tap_ctx = &drop;
    while (drop > 0 && pair->now < 60 * SECOND_NS)
        pair_run(pair, pair->now + 10 * MS);
    assert_int_equal(drop, 0);
    assert_true(pair_sending(pair)->initiation.interval_ns > 2 * pair->link[0].delay_ns);
    pair_run(pair, pair->now + 6 * SECOND_NS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
}

static bool keep_second(struct pair *pair, struct datagram *datagram)
{
    struct datagram *kept = pair->tap_ctx;

    if (datagram->bytes[0] != PACKET_SECOND || kept->len != 0)
        return true;
    *kept = *datagram;
    return false;
}

/* A late answer teaches when it is one, and once. */
static void late_answers_are_authentic(void **state)
{
    struct pair *pair = *state;
    struct datagram kept = {0};
    struct initiation before;

    pair->link[0].delay_ns = pair->link[0].back_ns = 200 * MS;
    pair->tap = keep_second;
    pair->tap_ctx = &kept;
    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + 350 * MS);
    assert_int_not_equal(kept.len, 0);
    before = pair_sending(pair)->initiation;
    assert_int_equal(before.interval_ns, 500 * MS);
    kept.bytes[40] ^= 1;
    assert_int_equal(pair_inject(pair, &kept), PLAIT_ERR_UNAUTHENTIC);
    assert_memory_equal(&before, &pair_sending(pair)->initiation, sizeof before);
    kept.bytes[40] ^= 1;
    pair_run(pair, pair->now + 100 * MS);
    assert_int_equal(pair_inject(pair, &kept), PLAIT_ERR_NOT_FOUND);
    before = pair_sending(pair)->initiation;
    assert_int_equal(before.interval_ns, 675 * MS);
    pair_run(pair, pair->now + 20 * MS);
    assert_int_equal(pair_inject(pair, &kept), PLAIT_ERR_NOT_FOUND);
    assert_memory_equal(&before, &pair_sending(pair)->initiation, sizeof before);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
    assert_true(sodium_is_zero((const uint8_t *)pair_sending(pair)->initiation.before,
                               sizeof before.before));
}

struct outage {
    uint64_t until_ns;
    uint32_t count;
    struct datagram held[2];
};

/* The link's queue has room for two FIRSTs. */
static bool hold_two_firsts(struct pair *pair, struct datagram *datagram)
{
    struct outage *outage = pair->tap_ctx;

    if (pair->now >= outage->until_ns)
        return pair_no_reports(pair, datagram);
    if (outage->count < 2 && datagram->bytes[0] == PACKET_FIRST)
        outage->held[outage->count++] = *datagram;
    return false;
}

/* The way was known to be short: the answer to what an outage held is late, and the next FIRST is
 * not waited for as if the way were long. */
static void an_outage_is_no_long_way(void **state)
{
    struct pair *pair = *state;
    struct outage outage = {0};

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    outage.until_ns = pair->now + 2800 * MS; /* the last FIRST in it is 0.6 s old by then */
    pair->tap = hold_two_firsts;
    pair->tap_ctx = &outage;
    pair_run(pair, outage.until_ns);
    assert_int_equal(outage.count, 2);
    for (int i = 0; i < 2; i++) {
        outage.held[i].at_ns = pair->now;
        pair_post(pair, &outage.held[i]);
    }
    pair_run(pair, pair->now + 300 * MS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
}

/* Whatever was known of the way: what is answered late again and again is on a long one. */
static void a_way_that_became_long_is_waited_for(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    pair->link[0].delay_ns = pair->link[0].back_ns = 1200 * MS;
    pair->tap = pair_no_reports;
    pair_run(pair, pair->now + 6 * SECOND_NS);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 2);
}

/* Keeps the last FIRST with a mac2; it does not arrive. */
static bool keep_first_with_cookie(struct pair *pair, struct datagram *datagram)
{
    if (datagram->bytes[0] != PACKET_FIRST ||
        sodium_is_zero(datagram->bytes + datagram->len - PACKET_MAC_LEN, PACKET_MAC_LEN))
        return true;
    *(struct datagram *)pair->tap_ctx = *datagram;
    return false;
}

/* A cookie never makes it worse: with its source's tokens gone a FIRST is as one without. */
static void an_empty_source_is_as_any_other(void **state)
{
    struct pair *pair = *state;
    struct plait_endpoint *ep;
    struct plait_door_stats door;
    struct datagram kept = {0};
    uint64_t cookies;

    pair->tap = keep_first_with_cookie;
    pair->tap_ctx = &kept;
    pair_start(pair, 1, NULL);
    load(pair, 10 * SECOND_NS);
    pair_run(pair, pair->now + 50 * MS);
    assert_int_not_equal(kept.len, 0);
    ep = pair->receiver.ep;
    while (
        ratelimit_table_take(&ep->ratelimit, kept.from.ip, 4, pair->now + pair->receiver.clock_ns))
        ;
    plait_door_stats_get(ep, &door);
    cookies = door.cookies_sent;
    assert_int_equal(pair_inject(pair, &kept), PLAIT_ERR_LIMIT);
    plait_door_stats_get(ep, &door);
    assert_int_equal(door.cookies_sent, cookies); /* it has one */
    ep->handshakes.full_at_ns = ep->loaded_until_ns = 0;
    assert_int_equal(pair_inject(pair, &kept), PLAIT_OK);
}

static bool keep_first(struct pair *pair, struct datagram *datagram)
{
    if (datagram->bytes[0] == PACKET_FIRST)
        *(struct datagram *)pair->tap_ctx = *datagram;
    return true;
}

/* Sixteen links bring the same FIRST: the price of the first one has been paid. */
static void repetitions_make_no_load(void **state)
{
    struct pair *pair = *state;
    const struct plait_endpoint *ep;
    struct datagram kept = {0};
    uint64_t full_at_ns;

    pair->tap = keep_first;
    pair->tap_ctx = &kept;
    pair_start(pair, 1, NULL);
    ep = pair->receiver.ep;
    assert_int_not_equal(kept.len, 0);
    assert_int_equal(pair_inject(pair, &kept), PLAIT_OK);
    full_at_ns = ep->handshakes.full_at_ns;
    for (int i = 0; i < 100; i++)
        assert_int_equal(pair_inject(pair, &kept), PLAIT_OK);
    assert_int_equal(ep->handshakes.full_at_ns, full_at_ns);
    pair_run(pair, pair->now + 100 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    full_at_ns = ep->handshakes.full_at_ns;
    for (int i = 0; i < 100; i++)
        assert_int_equal(pair_inject(pair, &kept), PLAIT_ERR_REPLAYED);
    assert_int_equal(ep->handshakes.full_at_ns, full_at_ns);
    assert_int_equal(ep->loaded_until_ns, 0);
    assert_streams(pair, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(cookie_over_long_ways),
        PAIR_TEST(a_loss_does_not_unlearn_the_round_trip),
        PAIR_TEST(late_answers_are_authentic),
        PAIR_TEST(an_empty_source_is_as_any_other),
        PAIR_TEST(repetitions_make_no_load),
        PAIR_TEST(an_outage_is_no_long_way),
        PAIR_TEST(a_way_that_became_long_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
