/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include "core/crypto/noise.h"
#include "tests/crypto/facts_noise.h"

#define MESSAGE_MAX (NOISE_PAYLOAD_MAX + NOISE_FIRST_OVERHEAD)

/* Points of small order on the curve and its twist, and their unreduced twins. */
static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

#define LOW_ORDER_COUNT (sizeof low_order / sizeof low_order[0])

struct blob {
    size_t len;
    uint8_t bytes[MESSAGE_MAX];
};

static struct blob unhex(const char *text)
{
    struct blob blob = {0};

    assert_int_equal(
        sodium_hex2bin(blob.bytes, sizeof blob.bytes, text, strlen(text), NULL, &blob.len, NULL),
        0);
    return blob;
}

/* Two sides with seeded keys, ready to talk. */
struct pair {
    struct noise_keypair initiator_key, responder_key;
    struct noise_handshake initiator, responder;
    uint8_t initiator_ephemeral[NOISE_KEY_LEN], responder_ephemeral[NOISE_KEY_LEN];
    uint8_t psk[NOISE_KEY_LEN];
    struct blob first, second;
};

static const char prologue[] = "test prologue";
static const char first_payload[] = "what the initiator says";
static const char second_payload[] = "what the responder says";

static void start_pair(struct pair *pair, enum noise_pattern pattern, uint64_t seed)
{
    uint8_t secret[NOISE_KEY_LEN];

    memset(pair, 0, sizeof *pair);
    random_fill(&seed, secret, sizeof secret);
    noise_keypair_from_secret(&pair->initiator_key, secret);
    random_fill(&seed, secret, sizeof secret);
    noise_keypair_from_secret(&pair->responder_key, secret);
    random_fill(&seed, pair->initiator_ephemeral, NOISE_KEY_LEN);
    random_fill(&seed, pair->responder_ephemeral, NOISE_KEY_LEN);
    random_fill(&seed, pair->psk, NOISE_KEY_LEN);
    noise_initiator_start(&pair->initiator, pattern, &pair->initiator_key,
                          pair->responder_key.public_key, prologue, sizeof prologue);
    noise_responder_start(&pair->responder, pattern, &pair->responder_key, prologue,
                          sizeof prologue);
}

static void send_first(struct pair *pair)
{
    const int len =
        noise_create_first(&pair->initiator, pair->initiator_ephemeral, first_payload,
                           sizeof first_payload, pair->first.bytes, sizeof pair->first.bytes);

    assert_int_equal(len, sizeof first_payload + NOISE_FIRST_OVERHEAD);
    pair->first.len = (size_t)len;
}

static int receive_first(struct pair *pair, const struct blob *message)
{
    uint8_t payload[NOISE_PAYLOAD_MAX];
    uint8_t remote[NOISE_KEY_LEN];
    const int len = noise_consume_first(&pair->responder, message->bytes, message->len, payload,
                                        sizeof payload, remote);

    if (len >= 0) {
        assert_int_equal(len, sizeof first_payload);
        assert_memory_equal(payload, first_payload, sizeof first_payload);
        assert_memory_equal(remote, pair->initiator_key.public_key, NOISE_KEY_LEN);
    }
    return len;
}

static void send_second(struct pair *pair, const uint8_t *psk)
{
    const int len =
        noise_create_second(&pair->responder, pair->responder_ephemeral, psk, second_payload,
                            sizeof second_payload, pair->second.bytes, sizeof pair->second.bytes);

    assert_int_equal(len, sizeof second_payload + NOISE_SECOND_OVERHEAD);
    pair->second.len = (size_t)len;
}

static int receive_second(struct pair *pair, const struct blob *message, const uint8_t *psk)
{
    uint8_t payload[NOISE_PAYLOAD_MAX];
    const int len = noise_consume_second(&pair->initiator, message->bytes, message->len, psk,
                                         payload, sizeof payload);

    if (len >= 0) {
        assert_int_equal(len, sizeof second_payload);
        assert_memory_equal(payload, second_payload, sizeof second_payload);
    }
    return len;
}

static bool is_zero(const void *bytes, size_t len)
{
    return sodium_is_zero(bytes, len) == 1;
}

static void expect_same_keys(struct pair *pair)
{
    struct noise_keys initiator, responder;

    noise_split(&pair->initiator, &initiator);
    noise_split(&pair->responder, &responder);
    assert_memory_equal(initiator.send_key, responder.recv_key, NOISE_KEY_LEN);
    assert_memory_equal(initiator.recv_key, responder.send_key, NOISE_KEY_LEN);
    assert_memory_not_equal(initiator.send_key, initiator.recv_key, NOISE_KEY_LEN);
    assert_memory_equal(initiator.handshake_hash, responder.handshake_hash, NOISE_HASH_LEN);
    assert_true(is_zero(&pair->initiator, sizeof pair->initiator));
    assert_true(is_zero(&pair->responder, sizeof pair->responder));
}

/* A transport message with Noise's own nonce: four zero bytes and the counter, little-endian. */
static void expect_transport(const uint8_t key[NOISE_KEY_LEN], uint8_t counter,
                             const char *payload_hex, const char *message_hex)
{
    const struct blob payload = unhex(payload_hex), message = unhex(message_hex);
    const uint8_t nonce[12] = {0, 0, 0, 0, counter};
    uint8_t sealed[MESSAGE_MAX];

    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, payload.bytes, payload.len, NULL, 0,
                                              NULL, nonce, key);
    assert_int_equal(message.len, payload.len + NOISE_TAG_LEN);
    assert_memory_equal(sealed, message.bytes, message.len);
}

static void expect_keys(const struct noise_facts *facts, struct noise_handshake *initiator,
                        struct noise_handshake *responder)
{
    struct noise_keys i, r;
    const struct blob hash = unhex(facts->handshake_hash);

    noise_split(initiator, &i);
    noise_split(responder, &r);
    assert_memory_equal(i.handshake_hash, hash.bytes, NOISE_HASH_LEN);
    assert_memory_equal(r.handshake_hash, hash.bytes, NOISE_HASH_LEN);
    assert_memory_equal(i.recv_key, r.send_key, NOISE_KEY_LEN);
    for (int n = 2; n < FACTS_MESSAGES; n++) {
        const uint8_t *key = n % 2 == 0 ? i.send_key : r.send_key;

        expect_transport(key, (uint8_t)(n / 2 - 1), facts->payloads[n], facts->messages[n]);
    }
    assert_memory_equal(i.send_key, r.recv_key, NOISE_KEY_LEN);
}

static void expect_facts(const struct noise_facts *facts)
{
    const struct blob bind = unhex(facts->prologue);
    const struct blob psk = unhex(facts->psk != NULL ? facts->psk : "");
    const uint8_t *psk_bytes = facts->psk != NULL ? psk.bytes : NULL;
    const struct blob first_plain = unhex(facts->payloads[0]), first = unhex(facts->messages[0]);
    const struct blob second_plain = unhex(facts->payloads[1]), second = unhex(facts->messages[1]);
    struct noise_keypair i_key, r_key;
    struct noise_handshake i, r;
    struct blob out;
    uint8_t remote[NOISE_KEY_LEN];
    int len;

    noise_keypair_from_secret(&i_key, unhex(facts->init_static).bytes);
    noise_keypair_from_secret(&r_key, unhex(facts->resp_static).bytes);
    noise_initiator_start(&i, facts->pattern, &i_key, r_key.public_key, bind.bytes, bind.len);
    noise_responder_start(&r, facts->pattern, &r_key, bind.bytes, bind.len);

    len = noise_create_first(&i, unhex(facts->init_ephemeral).bytes, first_plain.bytes,
                             first_plain.len, out.bytes, sizeof out.bytes);
    assert_int_equal(len, first.len);
    assert_memory_equal(out.bytes, first.bytes, first.len);
    len = noise_consume_first(&r, first.bytes, first.len, out.bytes, sizeof out.bytes, remote);
    assert_int_equal(len, first_plain.len);
    assert_memory_equal(out.bytes, first_plain.bytes, first_plain.len);
    assert_memory_equal(remote, i_key.public_key, NOISE_KEY_LEN);

    len = noise_create_second(&r, unhex(facts->resp_ephemeral).bytes, psk_bytes, second_plain.bytes,
                              second_plain.len, out.bytes, sizeof out.bytes);
    assert_int_equal(len, second.len);
    assert_memory_equal(out.bytes, second.bytes, second.len);
    len =
        noise_consume_second(&i, second.bytes, second.len, psk_bytes, out.bytes, sizeof out.bytes);
    assert_int_equal(len, second_plain.len);
    assert_memory_equal(out.bytes, second_plain.bytes, second_plain.len);
    expect_keys(facts, &i, &r);
}

static void ik_agrees_with_the_published_vector(void **state)
{
    (void)state;
    expect_facts(&ik_facts);
}

static void ikpsk2_agrees_with_a_slow_implementation(void **state)
{
    (void)state;
    expect_facts(&psk2_facts);
}

static void both_sides_get_the_same_keys(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        const enum noise_pattern pattern = seed % 2 == 0 ? NOISE_IK : NOISE_IKPSK2;
        struct pair pair;
        const uint8_t *psk = NULL;

        start_pair(&pair, pattern, seed);
        if (seed % 4 == 3)
            psk = pair.psk;
        send_first(&pair);
        assert_true(receive_first(&pair, &pair.first) >= 0);
        send_second(&pair, psk);
        assert_true(receive_second(&pair, &pair.second, psk) >= 0);
        expect_same_keys(&pair);
    }
}

static void every_flipped_bit_of_the_first_message_is_rejected(void **state)
{
    struct pair pair;
    struct noise_handshake before;

    (void)state;
    start_pair(&pair, NOISE_IKPSK2, 1);
    send_first(&pair);
    before = pair.responder;
    for (size_t bit = 0; bit < 8 * pair.first.len; bit++) {
        flip_bit(pair.first.bytes, bit);
        assert_int_equal(receive_first(&pair, &pair.first), NOISE_REJECTED);
        flip_bit(pair.first.bytes, bit);
    }
    assert_memory_equal(&before, &pair.responder, sizeof before);
    assert_true(receive_first(&pair, &pair.first) >= 0);
}

static void every_flipped_bit_of_the_second_message_is_rejected(void **state)
{
    struct pair pair;
    struct noise_handshake before;

    (void)state;
    start_pair(&pair, NOISE_IKPSK2, 2);
    send_first(&pair);
    assert_true(receive_first(&pair, &pair.first) >= 0);
    send_second(&pair, pair.psk);
    before = pair.initiator;
    for (size_t bit = 0; bit < 8 * pair.second.len; bit++) {
        flip_bit(pair.second.bytes, bit);
        assert_int_equal(receive_second(&pair, &pair.second, pair.psk), NOISE_REJECTED);
        flip_bit(pair.second.bytes, bit);
    }
    assert_memory_equal(&before, &pair.initiator, sizeof before);
    assert_true(receive_second(&pair, &pair.second, pair.psk) >= 0);
    expect_same_keys(&pair);
}

static void every_other_length_is_rejected(void **state)
{
    struct pair pair;
    struct blob blob;

    (void)state;
    start_pair(&pair, NOISE_IK, 3);
    send_first(&pair);
    blob = pair.first;
    for (blob.len = 0; blob.len <= pair.first.len + 40; blob.len++) {
        if (blob.len != pair.first.len)
            assert_int_equal(receive_first(&pair, &blob), NOISE_REJECTED);
    }
    assert_true(receive_first(&pair, &pair.first) >= 0);
    send_second(&pair, NULL);
    blob = pair.second;
    for (blob.len = 0; blob.len <= pair.second.len + 40; blob.len++) {
        if (blob.len != pair.second.len)
            assert_int_equal(receive_second(&pair, &blob, NULL), NOISE_REJECTED);
    }
    assert_true(receive_second(&pair, &pair.second, NULL) >= 0);
}

static void a_payload_longer_than_the_room_is_rejected(void **state)
{
    struct pair pair;
    uint8_t payload[sizeof first_payload], remote[NOISE_KEY_LEN];

    (void)state;
    start_pair(&pair, NOISE_IK, 4);
    send_first(&pair);
    assert_int_equal(noise_consume_first(&pair.responder, pair.first.bytes, pair.first.len, payload,
                                         sizeof payload - 1, remote),
                     NOISE_REJECTED);
    assert_int_equal(noise_consume_first(&pair.responder, pair.first.bytes, pair.first.len, payload,
                                         sizeof payload, remote),
                     sizeof payload);
    send_second(&pair, NULL);
    assert_int_equal(noise_consume_second(&pair.initiator, pair.second.bytes, pair.second.len, NULL,
                                          payload, sizeof second_payload - 1),
                     NOISE_REJECTED);
}

static void empty_and_longest_payloads_pass(void **state)
{
    static const uint8_t longest[NOISE_PAYLOAD_MAX];
    static uint8_t payload[NOISE_PAYLOAD_MAX];
    struct pair pair;
    uint8_t remote[NOISE_KEY_LEN];

    (void)state;
    start_pair(&pair, NOISE_IK, 5);
    pair.first.len = (size_t)noise_create_first(&pair.initiator, pair.initiator_ephemeral, longest,
                                                sizeof longest, pair.first.bytes, MESSAGE_MAX);
    assert_int_equal(pair.first.len, MESSAGE_MAX);
    assert_int_equal(noise_consume_first(&pair.responder, pair.first.bytes, pair.first.len, payload,
                                         sizeof payload, remote),
                     sizeof payload);
    pair.second.len =
        (size_t)noise_create_second(&pair.responder, pair.responder_ephemeral, NULL, NULL, 0,
                                    pair.second.bytes, NOISE_SECOND_OVERHEAD);
    assert_int_equal(pair.second.len, NOISE_SECOND_OVERHEAD);
    assert_int_equal(
        noise_consume_second(&pair.initiator, pair.second.bytes, pair.second.len, NULL, NULL, 0),
        0);
    expect_same_keys(&pair);
}

static void another_psk_prologue_pattern_or_responder_is_rejected(void **state)
{
    struct pair pair, other;

    (void)state;
    start_pair(&pair, NOISE_IKPSK2, 6);
    send_first(&pair);
    start_pair(&other, NOISE_IKPSK2, 7);
    assert_int_equal(receive_first(&other, &pair.first), NOISE_REJECTED);
    noise_responder_start(&other.responder, NOISE_IK, &pair.responder_key, prologue,
                          sizeof prologue);
    assert_int_equal(receive_first(&other, &pair.first), NOISE_REJECTED);
    noise_responder_start(&other.responder, NOISE_IKPSK2, &pair.responder_key, prologue,
                          sizeof prologue - 1);
    assert_int_equal(receive_first(&other, &pair.first), NOISE_REJECTED);

    assert_true(receive_first(&pair, &pair.first) >= 0);
    send_second(&pair, pair.psk);
    assert_int_equal(receive_second(&pair, &pair.second, NULL), NOISE_REJECTED);
    assert_int_equal(receive_second(&pair, &pair.second, other.psk), NOISE_REJECTED);
    assert_true(receive_second(&pair, &pair.second, pair.psk) >= 0);
}

static void an_answer_to_another_first_message_is_rejected(void **state)
{
    struct pair pair, again;

    (void)state;
    start_pair(&pair, NOISE_IK, 8);
    again = pair;
    again.initiator_ephemeral[0] ^= 8;
    send_first(&pair);
    send_first(&again);
    assert_true(receive_first(&again, &again.first) >= 0);
    send_second(&again, NULL);
    assert_int_equal(receive_second(&pair, &again.second, NULL), NOISE_REJECTED);
    assert_true(receive_second(&again, &again.second, NULL) >= 0);
}

static void low_order_points_are_rejected(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOW_ORDER_COUNT; i++) {
        const struct blob point = unhex(low_order[i]);
        struct pair pair;
        struct noise_handshake hs;
        struct blob blob;

        start_pair(&pair, NOISE_IK, 9);
        noise_initiator_start(&hs, NOISE_IK, &pair.initiator_key, point.bytes, NULL, 0);
        assert_int_equal(noise_create_first(&hs, pair.initiator_ephemeral, NULL, 0, blob.bytes,
                                            sizeof blob.bytes),
                         NOISE_REJECTED);
        assert_true(is_zero(&hs, sizeof hs));

        send_first(&pair);
        blob = pair.first;
        memcpy(blob.bytes, point.bytes, NOISE_KEY_LEN);
        assert_int_equal(receive_first(&pair, &blob), NOISE_REJECTED);
        assert_true(receive_first(&pair, &pair.first) >= 0);
        send_second(&pair, NULL);
        blob = pair.second;
        memcpy(blob.bytes, point.bytes, NOISE_KEY_LEN);
        assert_int_equal(receive_second(&pair, &blob, NULL), NOISE_REJECTED);
        assert_true(receive_second(&pair, &pair.second, NULL) >= 0);

        /* An initiator who claims the point as its static key, correctly sealed. */
        start_pair(&pair, NOISE_IK, 10);
        memcpy(pair.initiator.local_static.public_key, point.bytes, NOISE_KEY_LEN);
        send_first(&pair);
        assert_int_equal(receive_first(&pair, &pair.first), NOISE_REJECTED);
    }
}

/* The responder's second message cannot be made for a low-order ephemeral either. */
static void a_second_message_to_a_low_order_key_is_refused(void **state)
{
    struct pair pair;
    struct blob out;

    (void)state;
    start_pair(&pair, NOISE_IK, 11);
    send_first(&pair);
    assert_true(receive_first(&pair, &pair.first) >= 0);
    memset(pair.responder.remote_static, 0, NOISE_KEY_LEN);
    assert_int_equal(noise_create_second(&pair.responder, pair.responder_ephemeral, NULL, NULL, 0,
                                         out.bytes, sizeof out.bytes),
                     NOISE_REJECTED);
    assert_true(is_zero(&pair.responder, sizeof pair.responder));
}

static void split_too_early(void)
{
    struct pair pair;
    struct noise_keys keys;

    start_pair(&pair, NOISE_IK, 12);
    noise_split(&pair.initiator, &keys);
}

static void create_first_as_responder(void)
{
    struct pair pair;

    start_pair(&pair, NOISE_IK, 12);
    pair.initiator = pair.responder;
    send_first(&pair);
}

static void psk_without_the_pattern(void)
{
    struct pair pair;

    start_pair(&pair, NOISE_IK, 12);
    send_first(&pair);
    receive_first(&pair, &pair.first);
    send_second(&pair, pair.psk);
}

static void out_of_order_calls_are_asserted(void **state)
{
    (void)state;
    assert_true(dies(split_too_early));
    assert_true(dies(create_first_as_responder));
    assert_true(dies(psk_without_the_pattern));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ik_agrees_with_the_published_vector),
        cmocka_unit_test(ikpsk2_agrees_with_a_slow_implementation),
        cmocka_unit_test(both_sides_get_the_same_keys),
        cmocka_unit_test(every_flipped_bit_of_the_first_message_is_rejected),
        cmocka_unit_test(every_flipped_bit_of_the_second_message_is_rejected),
        cmocka_unit_test(every_other_length_is_rejected),
        cmocka_unit_test(a_payload_longer_than_the_room_is_rejected),
        cmocka_unit_test(empty_and_longest_payloads_pass),
        cmocka_unit_test(another_psk_prologue_pattern_or_responder_is_rejected),
        cmocka_unit_test(an_answer_to_another_first_message_is_rejected),
        cmocka_unit_test(low_order_points_are_rejected),
        cmocka_unit_test(a_second_message_to_a_low_order_key_is_refused),
        cmocka_unit_test(out_of_order_calls_are_asserted),
    };

    return cmocka_run_group_tests_name("noise", tests, sodium_setup, NULL);
}
