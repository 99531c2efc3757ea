/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole way of a stranger who knows the passphrase: turned away under load with a cookie, let
 * in with it, and on to sealed packets. Shows in which order the pieces are meant to be used. */
#include "tests/crypto/support.h"

#include "core/crypto/cookie.h"
#include "core/crypto/keyring.h"
#include "core/crypto/noise.h"
#include "core/crypto/ratelimit.h"
#include "core/crypto/replay.h"
#include "core/crypto/secret.h"

#define PAYLOAD_LEN 8
#define FIRST_LEN   (NOISE_FIRST_OVERHEAD + PAYLOAD_LEN)
#define FIRST_SENT  (FIRST_LEN + 2 * COOKIE_MAC_LEN)
#define SECOND_LEN  (NOISE_SECOND_OVERHEAD + PAYLOAD_LEN)
#define NOW         (1000 * SECONDS)

static const uint8_t source[] = {198, 51, 100, 7, 0xc3, 0x50};
static const uint8_t elsewhere[] = {203, 0, 113, 9, 0xc3, 0x50};
static const struct ratelimit_rule rule = {.interval_ns = SECONDS / 20, .burst = 5};

struct caller {
    struct secret_keys keys;
    struct cookie_keys cookie_keys;
    struct noise_handshake hs;
    uint8_t first[FIRST_SENT];
    struct keyring ring;
};

struct receiver {
    struct secret_keys keys;
    struct cookie_keys cookie_keys;
    struct cookie_jar jar;
    struct ratelimit_table limits;
    struct noise_handshake listening;
    struct keyring ring;
    struct replay_window window;
};

enum verdict {
    GARBAGE,
    COOKIE_SENT,
    TOO_MANY,
    NOT_AUTHENTIC,
    NOT_ALLOWED,
    ANSWERED,
};

static void start(struct caller *caller, struct receiver *receiver)
{
    static const uint8_t random[32] = {42};

    memset(caller, 0, sizeof *caller);
    memset(receiver, 0, sizeof *receiver);
    assert_int_equal(secret_derive(&caller->keys, "six random words would be better", 32), 0);
    assert_int_equal(secret_derive(&receiver->keys, "six random words would be better", 32), 0);
    cookie_keys_derive(&caller->cookie_keys, caller->keys.responder.public_key);
    cookie_keys_derive(&receiver->cookie_keys, receiver->keys.responder.public_key);
    cookie_jar_init(&receiver->jar, random);
    ratelimit_table_init(&receiver->limits, &rule, random);
    noise_responder_start(&receiver->listening, NOISE_IKPSK2, &receiver->keys.responder, "v1", 2);
}

/* cookie: NULL for none. */
static void call(struct caller *caller, uint8_t fresh, const uint8_t *cookie)
{
    const uint8_t ephemeral[NOISE_KEY_LEN] = {fresh};

    noise_initiator_start(&caller->hs, NOISE_IKPSK2, &caller->keys.initiator,
                          caller->keys.responder.public_key, "v1", 2);
    memset(caller->first, 0, sizeof caller->first);
    assert_int_equal(noise_create_first(&caller->hs, ephemeral, "12345678", PAYLOAD_LEN,
                                        caller->first, FIRST_LEN),
                     FIRST_LEN);
    cookie_mac1(&caller->cookie_keys, caller->first, FIRST_LEN, caller->first + FIRST_LEN);
    if (cookie != NULL)
        cookie_mac2(cookie, caller->first, FIRST_LEN + COOKIE_MAC_LEN,
                    caller->first + FIRST_LEN + COOKIE_MAC_LEN);
}

/* The receiver under load; answer receives a cookie reply or the second message. */
static enum verdict hear(struct receiver *receiver, const uint8_t *address, const uint8_t *first,
                         uint8_t *answer)
{
    const uint8_t *mac1 = first + FIRST_LEN, *mac2 = mac1 + COOKIE_MAC_LEN;
    const uint8_t nonce[COOKIE_NONCE_LEN] = {1}, ephemeral[NOISE_KEY_LEN] = {99};
    struct noise_handshake hs = receiver->listening;
    struct noise_keys keys;
    uint8_t payload[PAYLOAD_LEN], remote[NOISE_KEY_LEN];

    if (!cookie_mac1_is_valid(&receiver->cookie_keys, first, FIRST_LEN, mac1))
        return GARBAGE;
    if (!cookie_mac2_is_valid(&receiver->jar, NOW, address, sizeof source, first,
                              FIRST_LEN + COOKIE_MAC_LEN, mac2)) {
        cookie_create_reply(&receiver->jar, &receiver->cookie_keys, NOW, address, sizeof source,
                            mac1, nonce, answer);
        return COOKIE_SENT;
    }
    if (!ratelimit_table_take(&receiver->limits, address, 4, NOW))
        return TOO_MANY;
    if (noise_consume_first(&hs, first, FIRST_LEN, payload, sizeof payload, remote) < 0)
        return NOT_AUTHENTIC;
    if (memcmp(remote, receiver->keys.initiator.public_key, NOISE_KEY_LEN) != 0)
        return NOT_ALLOWED;
    assert_int_equal(noise_create_second(&hs, ephemeral, receiver->keys.psk, "87654321",
                                         PAYLOAD_LEN, answer, SECOND_LEN),
                     SECOND_LEN);
    noise_split(&hs, &keys);
    keyring_init(&receiver->ring, AEAD_CHACHA20_POLY1305, false, keys.send_key, keys.recv_key, NOW);
    return ANSWERED;
}

static void send_media(struct caller *caller, struct receiver *receiver)
{
    for (uint64_t n = 0; n < 100; n++) {
        uint8_t packet[200] = "media", header[2];

        keyring_advance(&caller->ring, NOW);
        header[0] = (uint8_t)keyring_phase(&caller->ring);
        header[1] = (uint8_t)n;
        assert_int_equal(
            keyring_seal(&caller->ring, 2, n, header, sizeof header, packet, 100, packet),
            100 + AEAD_TAG_LEN);
        assert_true(replay_is_fresh(&receiver->window, n));
        assert_int_equal(keyring_open(&receiver->ring, NOW, header[0], 2, n, header, sizeof header,
                                      packet, 100 + AEAD_TAG_LEN, packet),
                         100);
        replay_mark(&receiver->window, n);
        assert_string_equal((char *)packet, "media");
    }
}

static void a_stranger_with_the_passphrase_is_let_in(void **state)
{
    static struct caller caller;
    static struct receiver receiver;
    struct noise_keys keys;
    uint8_t answer[SECOND_LEN], cookie[COOKIE_LEN], payload[PAYLOAD_LEN];

    (void)state;
    start(&caller, &receiver);
    call(&caller, 1, NULL);
    assert_int_equal(hear(&receiver, source, caller.first, answer), COOKIE_SENT);
    assert_int_equal(cookie_consume_reply(&caller.cookie_keys, caller.first + FIRST_LEN, answer,
                                          COOKIE_REPLY_LEN, cookie),
                     0);
    call(&caller, 2, cookie);
    assert_int_equal(hear(&receiver, elsewhere, caller.first, answer), COOKIE_SENT);
    assert_int_equal(hear(&receiver, source, caller.first, answer), ANSWERED);
    assert_int_equal(noise_consume_second(&caller.hs, answer, SECOND_LEN, caller.keys.psk, payload,
                                          sizeof payload),
                     PAYLOAD_LEN);
    assert_memory_equal(payload, "87654321", PAYLOAD_LEN);
    noise_split(&caller.hs, &keys);
    keyring_init(&caller.ring, AEAD_CHACHA20_POLY1305, true, keys.send_key, keys.recv_key, NOW);
    send_media(&caller, &receiver);
}

/* Calls, takes the cookie it is answered with, and calls again. */
static void call_with_cookie(struct caller *caller, struct receiver *receiver)
{
    uint8_t answer[SECOND_LEN], cookie[COOKIE_LEN];

    call(caller, 1, NULL);
    hear(receiver, source, caller->first, answer);
    assert_int_equal(cookie_consume_reply(&caller->cookie_keys, caller->first + FIRST_LEN, answer,
                                          COOKIE_REPLY_LEN, cookie),
                     0);
    call(caller, 2, cookie);
}

static void a_source_with_a_cookie_is_still_limited(void **state)
{
    static struct caller caller;
    static struct receiver receiver;
    uint8_t answer[SECOND_LEN];

    (void)state;
    start(&caller, &receiver);
    call_with_cookie(&caller, &receiver);
    for (int i = 0; i < 5; i++)
        assert_int_equal(hear(&receiver, source, caller.first, answer), ANSWERED);
    assert_int_equal(hear(&receiver, source, caller.first, answer), TOO_MANY);
}

/* Every bit of what is really sent: garbage by mac1, or (in mac2) a source that has no cookie. */
static void every_flipped_bit_stops_before_any_x25519(void **state)
{
    static struct caller caller;
    static struct receiver receiver;
    uint8_t answer[SECOND_LEN];

    (void)state;
    start(&caller, &receiver);
    call_with_cookie(&caller, &receiver);
    for (size_t bit = 0; bit < 8 * FIRST_SENT; bit++) {
        const bool in_mac2 = bit / 8 >= FIRST_LEN + COOKIE_MAC_LEN;

        flip_bit(caller.first, bit);
        assert_int_equal(hear(&receiver, source, caller.first, answer),
                         in_mac2 ? COOKIE_SENT : GARBAGE);
        flip_bit(caller.first, bit);
    }
    assert_int_equal(hear(&receiver, source, caller.first, answer), ANSWERED);
}

/* Somebody who knows the receiver's public key but is not the allowed initiator. */
static void another_static_key_is_not_allowed(void **state)
{
    static struct caller caller;
    static struct receiver receiver;
    static const uint8_t secret[NOISE_KEY_LEN] = {77};
    uint8_t answer[SECOND_LEN], cookie[COOKIE_LEN];

    (void)state;
    start(&caller, &receiver);
    noise_keypair_from_secret(&caller.keys.initiator, secret);
    call(&caller, 1, NULL);
    hear(&receiver, source, caller.first, answer);
    cookie_consume_reply(&caller.cookie_keys, caller.first + FIRST_LEN, answer, COOKIE_REPLY_LEN,
                         cookie);
    call(&caller, 2, cookie);
    assert_int_equal(hear(&receiver, source, caller.first, answer), NOT_ALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_with_the_passphrase_is_let_in),
        cmocka_unit_test(a_source_with_a_cookie_is_still_limited),
        cmocka_unit_test(every_flipped_bit_stops_before_any_x25519),
        cmocka_unit_test(another_static_key_is_not_allowed),
    };

    return cmocka_run_group_tests_name("flow", tests, sodium_setup, NULL);
}
