/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths come and go, addresses change, strangers send what they have recorded. */
#include "tests/session/support.h"

static void nat_rebinds(void **state)
{
    struct pair *pair = *state;
    uint64_t moved;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 500, 1000);
    for (uint16_t i = 0; i < 20; i++) {
        pair->link[0].outside = pair_addr(0, 77, (uint16_t)(2000 + i));
        moved = pair->now;
        while (pair_told(pair, 1, PLAIT_EVENT_PATH_MOVED) <= i && pair->now < moved + SECOND_NS)
            pair_stream(pair, 1, 1000);
        /* a packet there, the challenge back, the response there */
        assert_true(pair->now - moved <= 3 * 10 * MS + 15 * MS);
    }
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
}

static void moves_from_ipv4_to_ipv6_and_back(void **state)
{
    struct pair *pair = *state;
    const struct plait_addr four = pair->link[0].outside;
    const struct plait_addr six = {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, 1}, .port = 9};

    pair_start(pair, 1, NULL);
    pair->receiver.ep->handshakes.full_at_ns =
        UINT64_MAX / 2; /* with a cookie for an IPv4 address */
    pair_stream(pair, 500, 1000);
    for (uint32_t i = 1; i <= 4; i++) {
        pair->link[0].outside = i % 2 == 0 ? four : six;
        pair_stream(pair, 200, 1000);
        assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_MOVED), i);
    }
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->wrong, 0);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
}

static void only_link_rebinds_while_idle(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    pair->link[0].outside = pair_addr(0, 77, 2000);
    pair_run(pair, pair->now + 300 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_MOVED), 1);
    pair_stream(pair, 100, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, 100);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
}

/* Keeps every datagram to the receiver and, when asked to, sends it from elsewhere first. */
struct thief {
    struct plait_addr from;
    bool first, later; /* the copy arrives before, or 1 ms after, the datagram itself */
    uint64_t copied_bytes;
};

static bool thieve(struct pair *pair, struct datagram *datagram)
{
    struct thief *thief = pair->tap_ctx;
    struct datagram copy = *datagram;

    if (!datagram->to_receiver || (!thief->first && !thief->later))
        return true;
    copy.from = thief->from;
    thief->copied_bytes += copy.len;
    copy.at_ns = thief->first ? pair->now + MS : datagram->at_ns + MS;
    pair_post(pair, &copy);
    return true;
}

static void replays_from_elsewhere_move_nothing(void **state)
{
    struct pair *pair = *state;
    struct thief thief = {.from = pair_addr(66, 66, 666)};
    struct plait_stats stats;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 300, 1000);
    pair->tap = thieve;
    pair->tap_ctx = &thief;
    thief.later = true;
    pair_stream(pair, 1000, 1000);
    thief.later = false;
    pair_run(pair, pair->now + SECOND_NS);
    assert_true(thief.copied_bytes > 1000000);
    assert_int_equal(pair->to_stranger_bytes, 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_MOVED), 0);
    stats = pair_stats(pair, &pair->receiver);
    assert_true(stats.path[0].duplicates + stats.path[1].duplicates >= 1000);
    assert_int_equal(pair->delivered, pair->next_written);
}

/* Copies that overtake are authentic and new: their source is asked, cannot answer, and is never
 * sent more than it sent. The stream goes on by the old address. */
static void overtaking_copies_move_nothing(void **state)
{
    struct pair *pair = *state;
    struct thief thief = {.from = pair_addr(66, 66, 666)};

    pair_start(pair, 2, NULL);
    pair_stream(pair, 300, 1000);
    pair->tap = thieve;
    pair->tap_ctx = &thief;
    thief.first = true;
    pair_stream(pair, 2000, 1000);
    assert_true(pair->to_stranger_bytes > 0);
    assert_true(pair->to_stranger_bytes < thief.copied_bytes / 100);
    thief.first = false;
    pair_stream(pair, 100, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_MOVED), 0);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
}

/* A new path whose every packet is sent from elsewhere: what goes there is bounded by what came. */
static void no_amplification_to_a_new_path(void **state)
{
    struct pair *pair = *state;
    struct thief thief = {.from = pair_addr(66, 66, 666)};

    pair->tap = thieve;
    pair->tap_ctx = &thief;
    thief.first = true;
    pair_start(pair, 1, NULL);
    for (int i = 0; i < 300; i++) {
        pair_run(pair, pair->now + 100 * MS);
        assert_true(pair->to_stranger_bytes <= thief.copied_bytes);
    }
}

static void paths_come_and_go(void **state)
{
    struct pair *pair = *state;
    uint32_t path;

    pair_start(pair, 1, NULL);
    pair_stream(pair, 200, 1000);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(pair_path_add(pair, 1 + (uint32_t)i % 3, &path), PLAIT_OK);
        assert_in_range(path, 1, 2); /* 2: it is still being told that 1 is gone */
        pair_stream(pair, 150, 1000);
        assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, pair->session, path),
                         PLAIT_OK);
        pair_drain(pair, &pair->sender);
        if (i % 2 == 0)
            pair_stream(pair, 100, 1000);
    }
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
    assert_int_equal(pair_receiving(pair)->paths[1].state, PATH_NONE);
    assert_int_equal(pair_stats(pair, &pair->receiver).paths, 1);
}

static bool drop_gone(struct pair *pair, struct datagram *datagram)
{
    uint32_t *left = pair->tap_ctx;

    if (datagram->to_receiver && *left > 0) {
        --*left;
        return false;
    }
    return true;
}

static void lost_removal_is_told_again(void **state)
{
    struct pair *pair = *state;
    uint32_t drop = 0;

    pair_start(pair, 2, NULL);
    pair_run(pair, pair->now + SECOND_NS);
    pair->tap = drop_gone;
    pair->tap_ctx = &drop;
    drop = 1;
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, pair->session, 0), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    assert_int_equal(drop, 0);
    pair_run(pair, pair->now + 300 * MS);
    assert_int_equal(pair_receiving(pair)->paths[0].state, PATH_NONE);
}

/* Sealed packets of a removed path that come late do not bring it back. */
static bool keep_last(struct pair *pair, struct datagram *datagram)
{
    if (datagram->to_receiver && datagram->link == 1) {
        *(struct datagram *)pair->tap_ctx = *datagram;
        return false;
    }
    return true;
}

static void late_packet_of_a_removed_path(void **state)
{
    struct pair *pair = *state;
    struct datagram kept = {0};

    pair_start(pair, 2, NULL);
    pair_stream(pair, 300, 1000);
    pair->tap_ctx = &kept;
    pair->tap = keep_last;
    while (kept.len == 0 && pair->now < 10 * SECOND_NS)
        pair_stream(pair, 1, 1000);
    assert_int_not_equal(kept.len, 0);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, pair->session, 1), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    pair_run(pair, pair->now + 50 * MS);
    assert_int_equal(pair_receiving(pair)->paths[1].state, PATH_NONE);
    pair->tap = NULL;
    assert_int_equal(pair_inject(pair, &kept), PLAIT_OK);
    assert_int_equal(pair_receiving(pair)->paths[1].state, PATH_NONE);
}

static bool keep_report(struct pair *pair, struct datagram *datagram)
{
    if (!datagram->to_receiver && datagram->link == 1)
        *(struct datagram *)pair->tap_ctx = *datagram;
    return datagram->to_receiver || datagram->link != 1;
}

/* What came for a path that the sender has taken away is not remembered, so it must not count. */
static void replays_for_a_removed_path_count_for_no_rekey(void **state)
{
    struct pair *pair = *state;
    struct datagram kept = {0};
    uint64_t opened;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 300, 1000);
    pair->tap_ctx = &kept;
    pair->tap = keep_report;
    while (kept.len == 0 && pair->now < 10 * SECOND_NS)
        pair_stream(pair, 1, 1000);
    assert_int_not_equal(kept.len, 0);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, pair->session, 1), PLAIT_OK);
    opened = pair_sending(pair)->keys.ring.opened;
    for (int i = 0; i < 100; i++)
        assert_int_equal(pair_inject(pair, &kept), PLAIT_ERR_NOT_FOUND);
    assert_int_equal(pair_sending(pair)->keys.ring.opened, opened);
}

/* The receiver has no acknowledgements: it asks each path, from time to time. */
static void receiver_knows_round_trips(void **state)
{
    struct pair *pair = *state;
    struct plait_stats stats;

    pair->link[1].delay_ns = 70 * MS;
    pair->link[1].back_ns = 50 * MS;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 5000, 1000);
    assert_int_equal(plait_stats_get(pair->receiver.ep, pair->now, 0, &stats), PLAIT_OK);
    assert_in_range(stats.path[1].rtt_ns, 120 * MS, 125 * MS);
    assert_in_range(stats.path[0].rtt_ns, 20 * MS, 25 * MS);
    pair->link[1].delay_ns = pair->link[1].back_ns = 20 * MS;
    pair_stream(pair, 10000, 1000);
    assert_int_equal(plait_stats_get(pair->receiver.ep, pair->now, 0, &stats), PLAIT_OK);
    assert_in_range(stats.path[1].min_rtt_ns, 40 * MS, 45 * MS);
    assert_true(stats.path[1].rtt_ns < 100 * MS);
}

static uint32_t share_of_first(struct pair *pair, const struct pair_side *side)
{
    struct plait_stats stats;

    assert_int_equal(plait_stats_get(side->ep, pair->now, 0, &stats), PLAIT_OK);
    return stats.path[0].share_ppm;
}

/* What a link carried long ago is no part of its share. */
static void share_is_of_what_went_lately(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 2000, 1000);
    assert_true(share_of_first(pair, &pair->sender) > 100000);
    pair->link[0].down = true;
    pair_stream(pair, 10000, 1000);
    assert_true(share_of_first(pair, &pair->sender) < 10000);
    assert_true(share_of_first(pair, &pair->receiver) < 10000);
}

static void link_is_cut_and_returns(void **state)
{
    struct pair *pair = *state;
    uint64_t before;

    pair_start(pair, 3, NULL);
    pair_stream(pair, 1000, 1000);
    pair->link[0].down = true;
    pair_stream(pair, 5000, 1000);
    assert_int_equal(pair_sending(pair)->paths[0].state, PATH_DOWN);
    pair->link[0].down = false;
    pair_stream(pair, 2000, 1000);
    assert_int_equal(pair_sending(pair)->paths[0].state, PATH_ACTIVE);
    before = pair_sending(pair)->paths[0].bytes_sent;
    pair_stream(pair, 500, 1000);
    assert_true(pair_sending(pair)->paths[0].bytes_sent > before + 20000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
}

/* Its probes fill no ring, its delays steer no clock, and what was lost then is no loss of now. */
static void a_link_down_for_half_an_hour_returns(void **state)
{
    struct pair *pair = *state;
    const struct path *path;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 1000, 1000);
    path = &pair_sending(pair)->paths[1];
    pair->link[1].down = true;
    for (int i = 0; i < 180; i++)
        pair_run(pair, pair->now + 10 * SECOND_NS);
    assert_int_equal(path->state, PATH_DOWN);
    assert_false(path->forward.valid || path->backward.valid);
    assert_true(pair_sending(pair)->paths[0].backward.valid);
    pair->link[1].down = false;
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(path->state, PATH_ACTIVE);
    pair_stream(pair, 1000, 1000);
    assert_int_equal(path->forward.base_ns - pair_sending(pair)->paths[0].forward.base_ns, 5 * MS);
    assert_true(path->loss.ppm < 10000);
}

/* The second link from when it is up, and the reports on the first of what it had brought. */
static bool cut_when_up(struct pair *pair, struct datagram *datagram)
{
    const struct session *session = pair_sending(pair);
    uint64_t *cut_ns = pair->tap_ctx;

    if (session != NULL && session->paths[1].state == PATH_ACTIVE)
        *cut_ns = *cut_ns == 0 ? pair->now : *cut_ns;
    if (*cut_ns == 0)
        return true;
    return datagram->link == 0 && (datagram->to_receiver || pair->now > *cut_ns + 100 * MS);
}

/* It answered the challenge and nothing since: no receipt has ever told its delay. */
static void a_path_never_heard_from_is_suspect(void **state)
{
    struct pair *pair = *state;
    uint64_t cut_ns = 0;

    pair->tap = cut_when_up;
    pair->tap_ctx = &cut_ns;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 2000, 500);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_SUSPECT), 1);
    assert_int_equal(pair_sending(pair)->paths[1].state, PATH_SUSPECT);
    pair->tap = NULL;
    pair_stream(pair, 500, 500);
    assert_int_equal(pair_sending(pair)->paths[1].state, PATH_ACTIVE);
}

/* What it sent into the void meanwhile is no loss of now, and nothing is overdue. */
static void a_link_that_comes_late_is_sound_at_once(void **state)
{
    struct pair *pair = *state;

    pair->link[1].down = true;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 20000, 500);
    pair->link[1].down = false;
    pair_stream(pair, 3000, 500);
    assert_int_equal(pair_sending(pair)->paths[1].state, PATH_ACTIVE);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_SUSPECT), 0);
    assert_int_equal(pair_stats(pair, &pair->sender).path[1].packets_lost, 0);
}

/* Clocks may begin anywhere, at 0 too. */
static void a_receiver_begins_its_clock_at_zero(void **state)
{
    struct pair *pair = *state;

    pair->receiver.clock_ns = 0 - pair->now;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 500, 1000);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_SUSPECT), 0);
    assert_int_equal(pair_stats(pair, &pair->sender).stream.reinjected, 0);
}

/* The receiver may still have to be told of the one before. */
static void a_new_path_takes_no_place_that_was_just_left(void **state)
{
    struct pair *pair = *state;
    uint32_t path = 0;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 500, 1000);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, pair->session, 0), PLAIT_OK);
    assert_int_equal(pair_path_add(pair, 2, &path), PLAIT_OK);
    assert_int_equal(path, 2);
    pair_stream(pair, 500, 1000);
    assert_int_equal(pair_receiving(pair)->paths[0].state, PATH_NONE);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, pair->session, 1), PLAIT_OK);
    assert_int_equal(pair_path_add(pair, 1, &path), PLAIT_OK);
    assert_int_equal(path, 0);
}

/* How many datagrams the receiver sends on each link. */
static bool count_back(struct pair *pair, struct datagram *datagram)
{
    uint32_t *count = pair->tap_ctx;

    if (!datagram->to_receiver)
        count[datagram->link]++;
    return true;
}

/* A dead link costs no reports, and after a while it is no path any more; it returns by itself. */
static void a_dead_path_is_left_alone(void **state)
{
    struct pair *pair = *state;
    uint32_t count[PAIR_LINKS] = {0};

    pair_start(pair, 2, NULL);
    pair_stream(pair, 1000, 1000);
    pair->link[1].down = true;
    pair_stream(pair, 4000, 1000);
    pair->tap = count_back;
    pair->tap_ctx = count;
    pair_stream(pair, 5000, 1000);
    assert_in_range(count[1], 1, 10); /* challenges */
    assert_true(count[0] > 300);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_REMOVED), 0);
    pair_run(pair, pair->now + 21500 * MS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_REMOVED), 1);
    assert_int_equal(pair_receiving(pair)->paths[1].state, PATH_NONE);
    count[1] = 0;
    pair_run(pair, pair->now + 10 * SECOND_NS);
    assert_int_equal(count[1], 0);
    pair->link[1].down = false;
    pair_stream(pair, 1000, 1000);
    assert_int_equal(pair_receiving(pair)->paths[1].state, PATH_ACTIVE);
    assert_int_equal(pair_sending(pair)->paths[1].state, PATH_ACTIVE);
    assert_true(count[1] > 20);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, pair->next_written);
}

static bool not_back_over_the_second(struct pair *pair, struct datagram *datagram)
{
    (void)pair;
    return datagram->to_receiver || datagram->link != 1;
}

/* A link that only leads there is tried again and again: nothing to tell of. */
static void what_was_never_up_is_removed_silently(void **state)
{
    struct pair *pair = *state;

    pair->tap = not_back_over_the_second;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 1000, 1000);
    assert_int_equal(pair_receiving(pair)->paths[1].state, PATH_VALIDATING);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, 0, 1), PLAIT_OK);
    pair_stream(pair, 1000, 1000);
    assert_int_equal(pair_receiving(pair)->paths[1].state, PATH_NONE);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_REMOVED), 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_REMOVED), 0);
    assert_int_equal(plait_path_remove(pair->sender.ep, pair->now, 0, 0), PLAIT_OK);
    pair_drain(pair, &pair->sender);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_PATH_REMOVED), 1);
}

/* A session of which nothing is heard on any path keeps them as long as it lives. */
static void silence_of_all_takes_no_path(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    pair_stream(pair, 1000, 1000);
    pair->link[0].down = pair->link[1].down = true;
    pair_run(pair, pair->now + 40 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_REMOVED), 0);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 1);
}

static bool to_another_address(struct pair *pair, struct datagram *datagram)
{
    if (datagram->to_receiver)
        datagram->to = *(struct plait_addr *)pair->tap_ctx;
    return true;
}

/* What it is spoken to at is what the receiver speaks from, though the sender has not moved. */
static void the_receivers_own_address_is_learnt(void **state)
{
    struct pair *pair = *state;
    struct plait_addr own = pair_addr(254, 9, 5000);

    pair_start(pair, 2, NULL);
    pair_stream(pair, 300, 1000);
    pair->tap = to_another_address;
    pair->tap_ctx = &own;
    pair_stream(pair, 300, 1000);
    for (uint32_t i = 0; i < 2; i++)
        assert_memory_equal(&pair_receiving(pair)->addrs[i].local, &own, sizeof own);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_MOVED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(nat_rebinds),
        PAIR_TEST(moves_from_ipv4_to_ipv6_and_back),
        PAIR_TEST(only_link_rebinds_while_idle),
        PAIR_TEST(replays_from_elsewhere_move_nothing),
        PAIR_TEST(overtaking_copies_move_nothing),
        PAIR_TEST(no_amplification_to_a_new_path),
        PAIR_TEST(paths_come_and_go),
        PAIR_TEST(lost_removal_is_told_again),
        PAIR_TEST(late_packet_of_a_removed_path),
        PAIR_TEST(replays_for_a_removed_path_count_for_no_rekey),
        PAIR_TEST(link_is_cut_and_returns),
        PAIR_TEST(a_link_down_for_half_an_hour_returns),
        PAIR_TEST(a_path_never_heard_from_is_suspect),
        PAIR_TEST(receiver_knows_round_trips),
        PAIR_TEST(share_is_of_what_went_lately),
        PAIR_TEST(a_link_that_comes_late_is_sound_at_once),
        PAIR_TEST(a_receiver_begins_its_clock_at_zero),
        PAIR_TEST(a_new_path_takes_no_place_that_was_just_left),
        PAIR_TEST(a_dead_path_is_left_alone),
        PAIR_TEST(what_was_never_up_is_removed_silently),
        PAIR_TEST(silence_of_all_takes_no_path),
        PAIR_TEST(the_receivers_own_address_is_learnt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
