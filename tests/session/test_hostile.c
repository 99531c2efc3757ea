/* SPDX-License-Identifier: BSD-2-Clause */
/* What arrives is not authentic, or old: every bit of every message flipped, replays, noise. The
 * endpoint's and the sessions' memory is compared before and after; only counters may differ. */
#include "tests/session/support.h"

#include "core/base/bytes.h"
#include "plait/keys.h"

struct snapshot {
    struct plait_endpoint ep;
    struct session *sessions;
    size_t count;
};

static void without_counters(struct snapshot *shot)
{
    memset(&shot->ep.door, 0, sizeof shot->ep.door);
    shot->ep.now = 0; /* the caller's word, not the datagram's */
    for (size_t i = 0; i < shot->count; i++) {
        struct session *session = &shot->sessions[i];

        session->keys.ring.forged = session->tentative.keys.ring.forged = 0;
        for (uint32_t k = 0; k < MAX_PATHS; k++)
            session->paths[k].duplicates = 0;
    }
}

static struct snapshot snapshot_take(const struct plait_endpoint *ep)
{
    struct snapshot shot = {.ep = *ep, .count = ep->config.max_sessions};

    shot.sessions = malloc(shot.count * sizeof *shot.sessions);
    memcpy(shot.sessions, ep->sessions, shot.count * sizeof *shot.sessions);
    without_counters(&shot);
    return shot;
}

static void snapshot_compare(struct snapshot *before, const struct plait_endpoint *ep)
{
    struct snapshot after = snapshot_take(ep);

    assert_memory_equal(&before->ep, &after.ep, sizeof after.ep);
    assert_memory_equal(before->sessions, after.sessions, after.count * sizeof *after.sessions);
    free(after.sessions);
}

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);

    pair_init(pair);
    pair->receiver.config.max_sessions = 2;
    *state = pair;
    return 0;
}

struct recorder {
    enum packet_type type;
    bool to_receiver, hold;
    struct datagram kept;
};

/* Keeps the first datagram of a type; it does not arrive. */
static bool record(struct pair *pair, struct datagram *datagram)
{
    struct recorder *recorder = pair->tap_ctx;
    struct packet_header header;

    if (datagram->to_receiver != recorder->to_receiver ||
        packet_decode(datagram->bytes, datagram->len, &header) != recorder->type)
        return true;
    if (recorder->kept.len == 0)
        recorder->kept = *datagram;
    return !recorder->hold;
}

static int recv_raw(struct pair *pair, const struct datagram *datagram)
{
    const struct pair_side *side = datagram->to_receiver ? &pair->receiver : &pair->sender;

    return plait_endpoint_recv(side->ep, pair->now + side->clock_ns, datagram->link, &datagram->to,
                               &datagram->from, datagram->bytes, datagram->len);
}

/* Flips each of the first `bytes` bytes' bits, then cuts and lengthens the datagram. */
static void reject_all(struct pair *pair, const struct datagram *original, size_t bytes)
{
    const struct plait_endpoint *ep = original->to_receiver ? pair->receiver.ep : pair->sender.ep;
    struct snapshot before = snapshot_take(ep);
    struct datagram datagram = *original;

    for (size_t bit = 0; bit < bytes * 8; bit++) {
        datagram.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_true(recv_raw(pair, &datagram) < 0);
        if (bit % 8 == 0 || bit < 200)
            snapshot_compare(&before, ep);
        datagram.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    for (datagram.len = 0; datagram.len < original->len; datagram.len++)
        assert_true(recv_raw(pair, &datagram) < 0);
    datagram.len = original->len + 1;
    assert_true(recv_raw(pair, &datagram) < 0);
    snapshot_compare(&before, ep);
    free(before.sessions);
}

/* The recorded datagram itself is good. */
static void accept(struct pair *pair, const struct datagram *original)
{
    assert_int_equal(recv_raw(pair, original), PLAIT_OK);
}

static struct datagram recorded(struct pair *pair, struct recorder *recorder, bool under_load)
{
    pair->tap = record;
    pair->tap_ctx = recorder;
    recorder->hold = true;
    pair_start(pair, 1, NULL);
    if (under_load)
        pair->receiver.ep->handshakes.full_at_ns = UINT64_MAX / 2;
    pair_run(pair, pair->now + 50 * MS);
    assert_int_not_equal(recorder->kept.len, 0);
    return recorder->kept;
}

/* mac2 counts only under load: before it everything else must be right. */
static void first_flipped(void **state)
{
    struct recorder recorder = {.type = PACKET_FIRST, .to_receiver = true};
    const struct datagram first = recorded(*state, &recorder, false);

    reject_all(*state, &first, first.len - PACKET_MAC_LEN);
    accept(*state, &first);
}

static void second_flipped(void **state)
{
    struct recorder recorder = {.type = PACKET_SECOND};
    const struct datagram second = recorded(*state, &recorder, false);

    reject_all(*state, &second, second.len);
    accept(*state, &second);
}

static void cookie_flipped(void **state)
{
    struct recorder recorder = {.type = PACKET_COOKIE};
    const struct datagram cookie = recorded(*state, &recorder, true);

    reject_all(*state, &cookie, cookie.len);
    accept(*state, &cookie);
}

static void confirmation_flipped(void **state)
{
    struct recorder recorder = {.type = PACKET_SEALED, .to_receiver = true};
    const struct datagram sealed = recorded(*state, &recorder, false);

    reject_all(*state, &sealed, sealed.len);
    accept(*state, &sealed);
}

static void sealed_flipped_both_ways(void **state)
{
    for (int to_receiver = 0; to_receiver < 2; to_receiver++) {
        struct pair *pair = *state;
        struct recorder recorder = {.type = PACKET_SEALED, .to_receiver = to_receiver != 0};

        pair_free(pair);
        pair_init(pair);
        pair_start(pair, 2, NULL);
        pair_stream(pair, 300, 700);
        pair->tap = record;
        pair->tap_ctx = &recorder;
        recorder.hold = true;
        pair_stream(pair, 30, 700);
        reject_all(pair, &recorder.kept, recorder.kept.len);
        accept(pair, &recorder.kept);
        assert_int_equal(recv_raw(pair, &recorder.kept), PLAIT_ERR_REPLAYED);
    }
}

static void noise_and_sizes(void **state)
{
    struct pair *pair = *state;
    struct datagram datagram = {.to_receiver = true};
    static uint8_t big[65536];
    struct plait_addr from = pair_addr(9, 9, 9), to = pair_addr(255, 1, 5000);
    struct snapshot before;
    struct cookie_keys keys;
    uint64_t seed = 3;

    pair_start(pair, 1, NULL);
    pair_stream(pair, 200, 700);
    cookie_keys_derive(&keys, pair->receiver.public_key);
    before = snapshot_take(pair->receiver.ep);
    datagram.from = from;
    datagram.to = to;
    for (int i = 0; i < 20000; i++) {
        datagram.len = pair_random(&seed) % (PLAIT_MAX_UDP + 1);
        for (size_t k = 0; k < datagram.len; k++)
            datagram.bytes[k] = (uint8_t)pair_random(&seed);
        if (i % 2 == 0) /* of a known session */
            packet_encode_sealed(datagram.bytes, 0, pair_receiving(pair)->keys.local_cid,
                                 (uint8_t)(i / 2 % 20), pair_random(&seed));
        assert_true(recv_raw(pair, &datagram) < 0);
    }
    for (size_t len = PLAIT_MAX_UDP + 1; len <= sizeof big - 28; len += 97) {
        packet_encode_sealed(big, 0, pair_receiving(pair)->keys.local_cid, 0, len);
        assert_true(plait_endpoint_recv(pair->receiver.ep, pair->now + pair->receiver.clock_ns, 0,
                                        &to, &from, big, len) < 0);
        packet_encode_first(big, 0, 1);
        cookie_mac1(&keys, big, len - 2 * PACKET_MAC_LEN, big + len - 2 * PACKET_MAC_LEN);
        assert_int_equal(plait_endpoint_recv(pair->receiver.ep, pair->now + pair->receiver.clock_ns,
                                             0, &to, &from, big, len),
                         PLAIT_ERR_MALFORMED);
    }
    snapshot_compare(&before, pair->receiver.ep);
    free(before.sessions);
    assert_int_equal(plait_endpoint_recv(pair->sender.ep, pair->now, 0, &to, &from, big, 0),
                     PLAIT_ERR_MALFORMED);
}

/* Everything that was ever sent comes again, twice, a second later: nothing happens twice. */
struct echo {
    uint64_t until_ns;
};

static bool echo(struct pair *pair, struct datagram *datagram)
{
    struct echo *e = pair->tap_ctx;
    struct datagram copy = *datagram;

    if (pair->now > e->until_ns)
        return true;
    for (uint64_t i = 1; i <= 2; i++) {
        copy.at_ns = datagram->at_ns + i * 333 * MS;
        pair_post(pair, &copy);
    }
    return true;
}

static void everything_comes_three_times(void **state)
{
    struct pair *pair = *state;
    struct echo e = {.until_ns = pair->now + 4 * SECOND_NS};

    pair->tap = echo;
    pair->tap_ctx = &e;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 3000, 300);
    pair_run(pair, pair->now + 3 * SECOND_NS);
    assert_int_equal(pair->delivered, 3000);
    assert_int_equal(pair->wrong, 0);
    assert_int_equal(pair_told(pair, 0, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_PATH_MOVED), 0);
    assert_false(pair_receiving(pair)->tentative.active);
}

#define OLD_FIRSTS 40

/* FIRSTs of earlier starts, played again as fast as they may, do not keep a sender out. */
static void old_firsts_keep_nobody_out(void **state)
{
    struct pair *pair = *state;
    struct datagram old[OLD_FIRSTS];
    uint64_t start;

    for (int i = 0; i < OLD_FIRSTS; i++) {
        struct recorder recorder = {.type = PACKET_FIRST, .to_receiver = true};
        const uint64_t seed = pair->sender.seed + 17;

        pair_free(pair);
        pair_init(pair);
        pair->sender.seed = seed;
        pair->tap = record;
        pair->tap_ctx = &recorder;
        pair_start(pair, 1, NULL);
        pair_run(pair, pair->now + 100 * MS);
        old[i] = recorder.kept;
    }
    /* the receiver has forgotten all of them */
    pair->tap = NULL;
    pair_build(pair, &pair->receiver);
    plait_peer_allow(pair->receiver.ep, pair->sender.public_key, NULL);
    for (int i = 0; i < 300; i++)
        pair_inject(pair, &old[i % OLD_FIRSTS]);
    pair->events[1] = 0;
    start = pair->now;
    for (int i = 0; pair_told(pair, 1, PLAIT_EVENT_SESSION_UP) == 0 && i < 100000; i++) {
        pair_inject(pair, &old[i % OLD_FIRSTS]);
        pair_run(pair, pair->now + MS);
    }
    /* each of them holds the door for at most half a second, once */
    assert_true(pair->now - start < OLD_FIRSTS * 500 * MS + 2 * SECOND_NS);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    /* each is answered once at most, when the load is over, and that moves nothing */
    for (int i = 0; i < OLD_FIRSTS; i++) {
        pair_inject(pair, &old[i]);
        pair_run(pair, pair->now + 600 * MS);
    }
    pair_run(pair, pair->now + 6 * SECOND_NS);
    for (int i = 0; i < OLD_FIRSTS; i++) {
        assert_true(pair_inject(pair, &old[i]) < 0);
        assert_false(pair_receiving(pair)->tentative.active);
    }
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_CLOSED), 0);
}

/* Recorded FIRSTs of others that are allowed do not hold the slots. */
static void unconfirmed_slots_are_given_away(void **state)
{
    struct pair *pair = *state;
    struct recorder recorder = {.type = PACKET_FIRST, .to_receiver = true, .hold = true};
    struct datagram other[2];

    for (int i = 0; i < 2; i++) {
        pair_free(pair);
        pair_init(pair);
        pair->sender.secret[0] = pair->sender.config.secret_key[0] = (uint8_t)(i + 1);
        recorder.kept.len = 0;
        other[i] = recorded(pair, &recorder, false);
    }
    pair_free(pair);
    pair_init(pair);
    pair->receiver.config.max_sessions = 2;
    pair_start(pair, 1, NULL);
    for (int i = 0; i < 2; i++) {
        uint8_t secret[PLAIT_KEY_BYTES], public_key[PLAIT_KEY_BYTES];

        memcpy(secret, pair->sender.secret, sizeof secret);
        secret[0] = (uint8_t)(i + 1);
        plait_key_public(secret, public_key);
        plait_peer_allow(pair->receiver.ep, public_key, NULL);
        assert_int_equal(pair_inject(pair, &other[i]), PLAIT_OK);
    }
    pair_run(pair, pair->now + 3 * SECOND_NS);
    assert_int_equal(pair_told(pair, 1, PLAIT_EVENT_SESSION_UP), 1);
}

/* Whoever knows the receiver's public key can write a good mac1 on anything short. */
static void replies_are_shorter_than_what_they_answer(void **state)
{
    struct pair *pair = *state;
    struct cookie_keys keys;
    struct datagram datagram = {.to_receiver = true, .from = pair_addr(66, 1, 1)};

    pair_start(pair, 1, NULL);
    pair->tap = NULL;
    cookie_keys_derive(&keys, pair->receiver.public_key);
    for (int load = 0; load < 2; load++) {
        pair->receiver.ep->handshakes.full_at_ns = load ? UINT64_MAX / 2 : 0;
        for (size_t len = PACKET_FIRST_HEADER + 2 * PACKET_MAC_LEN; len < 400; len++) {
            datagram.len = len;
            packet_encode_first(datagram.bytes, 0, 64);
            cookie_mac1(&keys, datagram.bytes, len - 2 * PACKET_MAC_LEN,
                        datagram.bytes + len - 2 * PACKET_MAC_LEN);
            pair->to_stranger_bytes = 0;
            pair_inject(pair, &datagram);
            assert_true(pair->to_stranger_bytes < len);
        }
    }
}

/* Whoever knows the public key can make a good mac1. Once the receiver is under load it agrees on
 * no key with a source that has not shown a cookie, and stays so until the flood has ended. */
static void a_flood_costs_no_key_agreement(void **state)
{
    struct pair *pair = *state;
    struct cookie_keys keys;
    struct datagram datagram = {.to_receiver = true, .len = 180};
    struct plait_door_stats door;
    struct snapshot before;

    pair_start(pair, 1, NULL);
    pair_stream(pair, 100, 500);
    cookie_keys_derive(&keys, pair->receiver.public_key);
    packet_encode_first(datagram.bytes, 0, 64);
    for (uint32_t i = 0; i < 5000; i++) {
        datagram.from = pair_addr((uint8_t)(i >> 8), (uint8_t)i, (uint16_t)(1024 + i));
        put_u32(datagram.bytes + 20, i);
        cookie_mac1(&keys, datagram.bytes, 148, datagram.bytes + 148);
        before = snapshot_take(pair->receiver.ep);
        recv_raw(pair, &datagram);
        assert_memory_equal(before.sessions, pair->receiver.ep->sessions, sizeof *before.sessions);
        free(before.sessions);
        pair_drain(pair, &pair->receiver);
        pair_run(pair, pair->now + MS);
    }
    plait_door_stats_get(pair->receiver.ep, &door);
    assert_in_range(door.unauthentic, 1, 25);
    assert_in_range(door.cookies_sent, 4900, 5000);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    recv_raw(pair, &datagram); /* calm again: the key agreement shows that it is nonsense */
    plait_door_stats_get(pair->receiver.ep, &door);
    assert_in_range(door.unauthentic, 2, 26);
}

struct collection {
    struct datagram kept[400];
    uint32_t count;
};

static bool collect(struct pair *pair, struct datagram *datagram)
{
    struct collection *all = pair->tap_ctx;

    if (all->count < 400)
        all->kept[all->count++] = *datagram;
    return true;
}

/* Two sessions of the same two peers, at the same time and with the same packet numbers: nothing
 * that was sealed in one is taken in the other, under its own connection ID or the other's. */
static void nothing_of_another_session_is_taken(void **state)
{
    static struct collection all;
    struct pair *pair = *state, other = {0};
    uint64_t before;

    all.count = 0;
    pair_init(&other);
    other.sender.seed ^= 0x5555;
    other.receiver.seed ^= 0x5555;
    other.tap = collect;
    other.tap_ctx = &all;
    pair_start(&other, 2, NULL);
    pair_stream(&other, 300, 700);
    pair_start(pair, 2, NULL);
    pair_stream(pair, 200, 500);
    before = pair->delivered;
    for (uint32_t i = 0; i < all.count; i++) {
        struct datagram datagram = all.kept[i];
        struct session *session = datagram.to_receiver ? pair_receiving(pair) : pair_sending(pair);

        if ((datagram.bytes[0] & 0xfc) != PACKET_SEALED)
            continue;
        assert_true(pair_inject(pair, &datagram) < 0);
        datagram.bytes[1] = (uint8_t)(session->keys.local_cid >> 16);
        datagram.bytes[2] = (uint8_t)(session->keys.local_cid >> 8);
        datagram.bytes[3] = (uint8_t)session->keys.local_cid;
        assert_int_equal(pair_inject(pair, &datagram), PLAIT_ERR_UNAUTHENTIC);
    }
    assert_int_equal(pair->delivered, before);
    pair_stream(pair, 300, 500);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
    pair_free(&other);
}

#define HOSTILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE_TEST(first_flipped),
        HOSTILE_TEST(second_flipped),
        HOSTILE_TEST(cookie_flipped),
        HOSTILE_TEST(confirmation_flipped),
        HOSTILE_TEST(sealed_flipped_both_ways),
        HOSTILE_TEST(noise_and_sizes),
        HOSTILE_TEST(everything_comes_three_times),
        HOSTILE_TEST(old_firsts_keep_nobody_out),
        HOSTILE_TEST(unconfirmed_slots_are_given_away),
        HOSTILE_TEST(replies_are_shorter_than_what_they_answer),
        HOSTILE_TEST(a_flood_costs_no_key_agreement),
        HOSTILE_TEST(nothing_of_another_session_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
