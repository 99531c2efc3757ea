/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include "core/crypto/keyring.h"
#include "core/crypto/replay.h"

#define PATHS     4
#define PLAIN_LEN 40
#define FLIGHT    64

/* The chain that starts at 32 bytes of 0x01: the packet keys of generations 0, 1 and 2, computed
 * with Python's hashlib. */
static const char *const chain_facts[] = {
    "7f59612d39911c960ad335356bc95935690ac9c5f5afe28a824ea48b03ae1f8d",
    "c9b24e0679f4917f0649123248409c7e1e206d09ef8009548192571cc06066ff",
    "6340919b9c385e70983046edc207179efa0e687796fdd0c7908d605f270da034",
};

struct message {
    uint64_t generation;
    uint64_t packet_number;
    uint32_t path_id;
    unsigned phase;
    uint8_t plain[PLAIN_LEN];
    uint8_t sealed[PLAIN_LEN + AEAD_TAG_LEN];
};

/* One end: its ring, and a replay window for each path it receives on. */
struct end {
    struct keyring ring;
    struct replay_window windows[PATHS];
};

struct bond {
    uint64_t now, seed;
    struct end ends[2];
};

static void start_bond(struct bond *bond, enum aead_suite suite, uint64_t seed)
{
    uint8_t a[AEAD_KEY_LEN], b[AEAD_KEY_LEN];

    memset(bond, 0, sizeof *bond);
    bond->seed = seed;
    random_fill(&bond->seed, a, sizeof a);
    random_fill(&bond->seed, b, sizeof b);
    bond->now = 5 * SECONDS;
    keyring_init(&bond->ends[0].ring, suite, true, a, b, bond->now);
    keyring_init(&bond->ends[1].ring, suite, false, b, a, bond->now);
}

static void seal(struct bond *bond, int from, struct message *message)
{
    struct keyring *ring = &bond->ends[from].ring;

    keyring_advance(ring, bond->now);
    message->path_id = (uint32_t)random_below(&bond->seed, PATHS);
    message->packet_number =
        keyring_next_number(ring, message->path_id) + random_below(&bond->seed, 3);
    message->phase = keyring_phase(ring);
    message->generation = ring->send_generation;
    random_fill(&bond->seed, message->plain, PLAIN_LEN);
    assert_int_equal(keyring_seal(ring, message->path_id, message->packet_number,
                                  (const uint8_t *)&message->phase, sizeof message->phase,
                                  message->plain, PLAIN_LEN, message->sealed),
                     PLAIN_LEN + AEAD_TAG_LEN);
}

static int open_at(struct keyring *ring, uint64_t now, const struct message *message)
{
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN];
    const int len =
        keyring_open(ring, now, message->phase, message->path_id, message->packet_number,
                     (const uint8_t *)&message->phase, sizeof message->phase, message->sealed,
                     sizeof message->sealed, out);

    if (len >= 0) {
        assert_int_equal(len, PLAIN_LEN);
        assert_memory_equal(out, message->plain, PLAIN_LEN);
    }
    return len;
}

static int deliver(struct bond *bond, int to, const struct message *message)
{
    return open_at(&bond->ends[to].ring, bond->now, message);
}

static void the_chain_is_as_specified(void **state)
{
    struct keyring ring;
    uint8_t root[AEAD_KEY_LEN], out[PLAIN_LEN + AEAD_TAG_LEN];
    uint64_t now = 0;

    (void)state;
    memset(root, 1, sizeof root);
    keyring_init(&ring, AEAD_CHACHA20_POLY1305, true, root, root, now);
    for (uint64_t generation = 0; generation < 3; generation++) {
        uint8_t bytes[AEAD_KEY_LEN];
        struct aead_key key;

        sodium_hex2bin(bytes, sizeof bytes, chain_facts[generation], 2 * AEAD_KEY_LEN, NULL, NULL,
                       NULL);
        aead_key_init(&key, AEAD_CHACHA20_POLY1305, bytes);
        assert_int_equal(keyring_phase(&ring), generation % KEYRING_PHASES);
        keyring_seal(&ring, 1, generation, NULL, 0, root, sizeof root, out);
        assert_int_equal(
            aead_open(&key, 1, generation, NULL, 0, out, sizeof root + AEAD_TAG_LEN, out),
            sizeof root);
        /* The peer follows at once: what this ring would receive uses the same chain. */
        now += KEYRING_REKEY_NS;
        keyring_advance(&ring, now);
        keyring_seal(&ring, 2, generation, NULL, 0, root, sizeof root, out);
        assert_int_equal(keyring_open(&ring, now, keyring_phase(&ring), 2, generation, NULL, 0, out,
                                      sizeof root + AEAD_TAG_LEN, out),
                         sizeof root);
    }
}

static void a_rekey_by_time_moves_both_sides(void **state)
{
    struct bond bond;
    struct message message;

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 1);
    assert_int_equal(keyring_deadline(&bond.ends[0].ring), bond.now + KEYRING_REKEY_NS);
    bond.now += KEYRING_REKEY_NS - 1;
    keyring_advance(&bond.ends[0].ring, bond.now);
    assert_int_equal(keyring_phase(&bond.ends[0].ring), 0);
    bond.now++;
    seal(&bond, 0, &message);
    assert_int_equal(message.phase, 1);
    assert_int_equal(keyring_deadline(&bond.ends[0].ring), UINT64_MAX);

    assert_true(deliver(&bond, 1, &message) >= 0);
    assert_int_equal(bond.ends[1].ring.send_generation, 1);
    assert_int_equal(bond.ends[1].ring.recv_generation, 1);
    assert_int_equal(keyring_deadline(&bond.ends[1].ring), bond.now + KEYRING_PREVIOUS_NS);
    seal(&bond, 1, &message);
    assert_int_equal(message.phase, 1);
    assert_true(deliver(&bond, 0, &message) >= 0);
    assert_int_equal(bond.ends[0].ring.recv_generation, 1);
}

static void a_rekey_by_packets_comes_after_the_limit(void **state)
{
    struct bond bond;
    struct message message;

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 2);
    bond.ends[0].ring.sealed = KEYRING_REKEY_PACKETS - 1;
    seal(&bond, 0, &message);
    assert_int_equal(message.phase, 0);
    seal(&bond, 0, &message);
    assert_int_equal(message.phase, 1);
    assert_int_equal(bond.ends[0].ring.sealed, 1);
}

/* The follower never moves by itself, and what the leader receives counts like what it sends. */
static void the_leader_alone_moves_for_both(void **state)
{
    struct bond bond;
    struct message message;

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 12);
    bond.ends[1].ring.sealed = KEYRING_REKEY_PACKETS;
    bond.ends[0].ring.opened = KEYRING_REKEY_PACKETS - 1;
    seal(&bond, 1, &message);
    assert_int_equal(message.phase, 0);
    assert_int_equal(keyring_deadline(&bond.ends[1].ring), UINT64_MAX);
    assert_true(deliver(&bond, 0, &message) >= 0);
    seal(&bond, 0, &message);
    assert_int_equal(message.phase, 1);
    assert_true(deliver(&bond, 1, &message) >= 0);
    seal(&bond, 1, &message);
    assert_true(deliver(&bond, 0, &message) >= 0);
    assert_int_equal(bond.ends[0].ring.opened, 1);
}

/* A follower that breaks the rule and moves first is followed, not crashed on. */
static void a_follower_that_leads_is_survived(void **state)
{
    struct bond bond;
    struct message message;

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 13);
    bond.ends[1].ring.leads = true;
    for (uint64_t generation = 1; generation < 8; generation++) {
        bond.now += KEYRING_REKEY_NS;
        seal(&bond, 1, &message);
        assert_true(deliver(&bond, 0, &message) >= 0);
        assert_int_equal(bond.ends[0].ring.send_generation, generation);
        seal(&bond, 0, &message);
        assert_true(deliver(&bond, 1, &message) >= 0);
    }
}

/* Nothing arrives for an hour while both sides go on sending; the first packet then opens. */
static void an_hour_of_silence_is_survived(void **state)
{
    struct bond bond;
    struct message messages[2];

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 3);
    for (int second = 0; second < 3600; second++) {
        bond.now += SECONDS;
        seal(&bond, 0, &messages[0]);
        seal(&bond, 1, &messages[1]);
    }
    assert_int_equal(messages[0].generation, 1);
    assert_int_equal(messages[1].generation, 0);
    assert_true(deliver(&bond, 1, &messages[0]) >= 0);
    assert_true(deliver(&bond, 0, &messages[1]) >= 0);
    seal(&bond, 1, &messages[1]);
    assert_int_equal(messages[1].generation, 1);
    seal(&bond, 0, &messages[0]);
    assert_int_equal(messages[0].generation, 1);
    assert_true(deliver(&bond, 0, &messages[1]) >= 0);
    bond.now += KEYRING_REKEY_NS;
    seal(&bond, 0, &messages[0]);
    assert_int_equal(messages[0].generation, 2);
    assert_true(deliver(&bond, 1, &messages[0]) >= 0);
}

static void the_previous_key_lives_for_its_time(void **state)
{
    struct bond bond;
    struct message late[2], message;
    static const uint8_t zero[sizeof(struct aead_key)];

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 4);
    seal(&bond, 0, &late[0]);
    seal(&bond, 0, &late[1]);
    bond.now += KEYRING_REKEY_NS;
    seal(&bond, 0, &message);
    assert_true(deliver(&bond, 1, &message) >= 0);
    bond.now += KEYRING_PREVIOUS_NS - 1;
    assert_true(deliver(&bond, 1, &late[0]) >= 0);
    bond.now++;
    assert_int_equal(deliver(&bond, 1, &late[1]), KEYRING_REJECTED);
    keyring_advance(&bond.ends[1].ring, bond.now);
    assert_memory_equal(&bond.ends[1].ring.previous, zero, sizeof zero);
    assert_int_equal(deliver(&bond, 1, &late[1]), KEYRING_REJECTED);
}

/* What an attacker can do: any bit of the packet, any phase, any path, any number. */
static void forgeries_change_nothing(void **state)
{
    struct bond bond;
    struct message message;
    struct keyring before;

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 5);
    seal(&bond, 0, &message);
    before = bond.ends[1].ring;
    for (size_t bit = 0; bit < 8 * sizeof message.sealed; bit++) {
        flip_bit(message.sealed, bit);
        assert_int_equal(deliver(&bond, 1, &message), KEYRING_REJECTED);
        flip_bit(message.sealed, bit);
    }
    for (unsigned phase = 1; phase < KEYRING_PHASES; phase++) {
        message.phase = phase;
        assert_int_equal(deliver(&bond, 1, &message), KEYRING_REJECTED);
    }
    message.phase = 0;
    message.path_id ^= 1;
    assert_int_equal(deliver(&bond, 1, &message), KEYRING_REJECTED);
    message.path_id ^= 1;
    message.packet_number++;
    assert_int_equal(deliver(&bond, 1, &message), KEYRING_REJECTED);
    message.packet_number--;
    assert_true(bond.ends[1].ring.forged > 8 * sizeof message.sealed);
    before.forged = bond.ends[1].ring.forged;
    assert_memory_equal(&before, &bond.ends[1].ring, sizeof before);
    assert_true(deliver(&bond, 1, &message) >= 0);
}

/* A copy is told from a forgery, and neither moves anything. */
static void a_true_copy_changes_nothing(void **state)
{
    struct bond bond;
    struct message message;
    struct keyring before;
    uint8_t out[sizeof message.sealed];

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 5);
    seal(&bond, 0, &message);
    assert_true(deliver(&bond, 1, &message) >= 0);
    before = bond.ends[1].ring;
    for (size_t bit = 0; bit <= 8 * sizeof message.sealed; bit++) {
        const bool is_copy = bit == 8 * sizeof message.sealed;

        if (!is_copy)
            flip_bit(message.sealed, bit);
        assert_int_equal(keyring_is_authentic(&bond.ends[1].ring, bond.now, message.phase,
                                              message.path_id, message.packet_number,
                                              (const uint8_t *)&message.phase, sizeof message.phase,
                                              message.sealed, sizeof message.sealed, out),
                         is_copy);
        assert_memory_equal(&before, &bond.ends[1].ring, sizeof before);
        if (!is_copy)
            flip_bit(message.sealed, bit);
    }
}

static void limits_end_the_session(void **state)
{
    struct bond bond;
    struct message message;
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN] = {0};

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 6);
    seal(&bond, 0, &message);
    bond.ends[0].ring.sealed = KEYRING_SEAL_MAX - 1;
    assert_true(keyring_seal(&bond.ends[0].ring, 0, 100, NULL, 0, out, PLAIN_LEN, out) > 0);
    assert_int_equal(keyring_seal(&bond.ends[0].ring, 0, 101, NULL, 0, out, PLAIN_LEN, out),
                     KEYRING_EXHAUSTED);
    bond.ends[1].ring.forged = KEYRING_FORGED_MAX;
    assert_int_equal(deliver(&bond, 1, &message), KEYRING_EXHAUSTED);
}

/* The same number, a lower one, and either after a rekey or on an ID that was given away. */
static void seal_twice(void)
{
    struct bond bond;
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN] = {0};

    start_bond(&bond, AEAD_CHACHA20_POLY1305, 7);
    keyring_seal(&bond.ends[0].ring, 3, 9, NULL, 0, out, PLAIN_LEN, out);
    keyring_seal(&bond.ends[0].ring, 3, 9, NULL, 0, out, PLAIN_LEN, out);
}

static void seal_a_lower_number_after_a_rekey(void)
{
    struct bond bond;
    struct message message;
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN] = {0};

    start_bond(&bond, AEAD_CHACHA20_POLY1305, 8);
    keyring_seal(&bond.ends[0].ring, 0, 9, NULL, 0, out, PLAIN_LEN, out);
    bond.now += KEYRING_REKEY_NS;
    seal(&bond, 0, &message);
    if (message.phase == 1)
        keyring_seal(&bond.ends[0].ring, 0, 8, NULL, 0, out, PLAIN_LEN, out);
}

static void seal_on_a_path_beyond_the_limit(void)
{
    struct bond bond;
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN] = {0};

    start_bond(&bond, AEAD_CHACHA20_POLY1305, 9);
    keyring_seal(&bond.ends[0].ring, KEYRING_PATHS_MAX, 0, NULL, 0, out, PLAIN_LEN, out);
}

static void seal_a_number_beyond_the_limit(void)
{
    struct bond bond;
    uint8_t out[PLAIN_LEN + AEAD_TAG_LEN] = {0};

    start_bond(&bond, AEAD_CHACHA20_POLY1305, 10);
    keyring_seal(&bond.ends[0].ring, 0, REPLAY_NUMBER_MAX + 1, NULL, 0, out, PLAIN_LEN, out);
}

static void a_nonce_cannot_be_used_twice(void **state)
{
    (void)state;
    assert_true(dies(seal_twice));
    assert_true(dies(seal_a_lower_number_after_a_rekey));
    assert_true(dies(seal_on_a_path_beyond_the_limit));
    assert_true(dies(seal_a_number_beyond_the_limit));
}

static void wiping_leaves_nothing(void **state)
{
    struct bond bond;

    (void)state;
    start_bond(&bond, AEAD_CHACHA20_POLY1305, 11);
    keyring_wipe(&bond.ends[0].ring);
    assert_true(sodium_is_zero((const uint8_t *)&bond.ends[0].ring, sizeof bond.ends[0].ring));
}

/* Messages under way in both directions, delivered in any order, lost or duplicated. */
struct flight {
    struct message messages[FLIGHT];
    int to[FLIGHT];
    size_t count;
};

/* What must happen to a message, by the generations alone: one from long ago may have a phase that
 * is in use again, and must still be rejected. */
static bool must_open(const struct keyring *ring, uint64_t now, const struct message *message)
{
    assert_true(message->generation <= ring->recv_generation + 1);
    if (message->generation + 1 == ring->recv_generation)
        return now < ring->previous_until;
    return message->generation + 1 > ring->recv_generation;
}

static void land(struct bond *bond, struct flight *flight)
{
    const size_t i = random_below(&bond->seed, flight->count);
    const struct message *message = &flight->messages[i];
    struct end *end = &bond->ends[flight->to[i]];
    struct replay_window *window = &end->windows[message->path_id];

    if (replay_is_fresh(window, message->packet_number)) {
        const bool expected = must_open(&end->ring, bond->now, message);

        assert_int_equal(open_at(&end->ring, bond->now, message) >= 0, expected);
        if (expected)
            replay_mark(window, message->packet_number);
    }
    if (random_below(&bond->seed, 8) != 0) {
        flight->count--;
        flight->messages[i] = flight->messages[flight->count];
        flight->to[i] = flight->to[flight->count];
    }
}

static void let_time_pass(struct bond *bond)
{
    const uint64_t dice = random_below(&bond->seed, 200);

    bond->now += random_below(&bond->seed, SECONDS / 10);
    if (dice == 0)
        bond->now += random_below(&bond->seed, 2 * KEYRING_REKEY_NS);
    if (dice == 1)
        bond->ends[random_below(&bond->seed, 2)].ring.sealed = KEYRING_REKEY_PACKETS;
    if (dice == 2)
        bond->now += KEYRING_PREVIOUS_NS / 2;
}

static void any_order_over_many_rekeys(void **state)
{
    static struct flight flight;

    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        const bool aes = seed % 2 == 1 && aead_suite_available(AEAD_AES256_GCM);
        struct bond bond;

        start_bond(&bond, aes ? AEAD_AES256_GCM : AEAD_CHACHA20_POLY1305, seed);
        flight.count = 0;
        for (int step = 0; step < 3000; step++) {
            const uint64_t dice = random_below(&bond.seed, 8);

            let_time_pass(&bond);
            if (dice < 4 && flight.count < FLIGHT) {
                const int from = (int)random_below(&bond.seed, 2);

                seal(&bond, from, &flight.messages[flight.count]);
                flight.to[flight.count++] = 1 - from;
            } else if (dice < 7 && flight.count > 0) {
                land(&bond, &flight);
            } else if (flight.count > FLIGHT / 2) {
                flight.count--;
            }
        }
        assert_true(bond.ends[0].ring.send_generation > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_is_as_specified),
        cmocka_unit_test(a_rekey_by_time_moves_both_sides),
        cmocka_unit_test(a_rekey_by_packets_comes_after_the_limit),
        cmocka_unit_test(the_leader_alone_moves_for_both),
        cmocka_unit_test(a_follower_that_leads_is_survived),
        cmocka_unit_test(an_hour_of_silence_is_survived),
        cmocka_unit_test(the_previous_key_lives_for_its_time),
        cmocka_unit_test(forgeries_change_nothing),
        cmocka_unit_test(a_true_copy_changes_nothing),
        cmocka_unit_test(limits_end_the_session),
        cmocka_unit_test(a_nonce_cannot_be_used_twice),
        cmocka_unit_test(wiping_leaves_nothing),
        cmocka_unit_test(any_order_over_many_rekeys),
    };

    return cmocka_run_group_tests_name("keyring", tests, sodium_setup, NULL);
}
