/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include "core/crypto/cookie.h"

static const uint8_t message[] = "a first message";

#define MESSAGE_LEN (sizeof message - 1)

static const uint8_t here[] = {192, 0, 2, 1, 0x1f, 0x90};
static const uint8_t there[] = {192, 0, 2, 1, 0x1f, 0x91};

/* Of the public key 00..1f, the jar secret 64..83, period 7 and the address above; computed with
 * Python's hashlib. */
static const char mac1_fact[] = "8ddf08d0afc37763220926e769ee9d4d";
static const char mac2_fact[] = "047bfb1f71abe6e1f56bf168ba40bb72";

struct setting {
    struct cookie_keys keys;
    struct cookie_jar jar;
    uint64_t now;
    uint8_t mac1[COOKIE_MAC_LEN], nonce[COOKIE_NONCE_LEN], reply[COOKIE_REPLY_LEN];
    uint8_t cookie[COOKIE_LEN], mac2[COOKIE_MAC_LEN];
};

/* A stranger at `here` has been sent a cookie and made its mac2. */
static void set_up(struct setting *setting)
{
    uint8_t public_key[32], secret[COOKIE_SECRET_LEN];
    uint64_t seed = 1;

    for (uint8_t i = 0; i < 32; i++) {
        public_key[i] = i;
        secret[i] = (uint8_t)(100 + i);
    }
    cookie_keys_derive(&setting->keys, public_key);
    cookie_jar_init(&setting->jar, secret);
    setting->now = 7 * COOKIE_PERIOD_NS;
    random_fill(&seed, setting->nonce, sizeof setting->nonce);
    cookie_mac1(&setting->keys, message, MESSAGE_LEN, setting->mac1);
    cookie_create_reply(&setting->jar, &setting->keys, setting->now, here, sizeof here,
                        setting->mac1, setting->nonce, setting->reply);
    assert_int_equal(cookie_consume_reply(&setting->keys, setting->mac1, setting->reply,
                                          sizeof setting->reply, setting->cookie),
                     0);
    cookie_mac2(setting->cookie, message, MESSAGE_LEN, setting->mac2);
}

static bool passes(const struct setting *setting, uint64_t now, const uint8_t *address,
                   size_t address_len)
{
    return cookie_mac2_is_valid(&setting->jar, now, address, address_len, message, MESSAGE_LEN,
                                setting->mac2);
}

static void macs_are_as_specified(void **state)
{
    struct setting setting;
    char hex[2 * COOKIE_MAC_LEN + 1];

    (void)state;
    set_up(&setting);
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, setting.mac1, COOKIE_MAC_LEN), mac1_fact);
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, setting.mac2, COOKIE_MAC_LEN), mac2_fact);
}

static void mac1_proves_the_message_and_the_receiver(void **state)
{
    struct setting setting;
    struct cookie_keys other;
    uint8_t altered[MESSAGE_LEN];
    static const uint8_t other_key[32] = {1};

    (void)state;
    set_up(&setting);
    assert_true(cookie_mac1_is_valid(&setting.keys, message, MESSAGE_LEN, setting.mac1));
    for (size_t bit = 0; bit < 8 * COOKIE_MAC_LEN; bit++) {
        flip_bit(setting.mac1, bit);
        assert_false(cookie_mac1_is_valid(&setting.keys, message, MESSAGE_LEN, setting.mac1));
        flip_bit(setting.mac1, bit);
    }
    memcpy(altered, message, sizeof altered);
    for (size_t bit = 0; bit < 8 * sizeof altered; bit++) {
        flip_bit(altered, bit);
        assert_false(cookie_mac1_is_valid(&setting.keys, altered, sizeof altered, setting.mac1));
        flip_bit(altered, bit);
    }
    assert_false(cookie_mac1_is_valid(&setting.keys, message, MESSAGE_LEN - 1, setting.mac1));
    cookie_keys_derive(&other, other_key);
    assert_false(cookie_mac1_is_valid(&other, message, MESSAGE_LEN, setting.mac1));
}

static void mac2_proves_the_address(void **state)
{
    struct setting setting;
    uint8_t address[sizeof here];

    (void)state;
    set_up(&setting);
    assert_true(passes(&setting, setting.now, here, sizeof here));
    assert_false(passes(&setting, setting.now, there, sizeof there));
    assert_false(passes(&setting, setting.now, here, sizeof here - 1));
    memcpy(address, here, sizeof address);
    for (size_t bit = 0; bit < 8 * sizeof address; bit++) {
        flip_bit(address, bit);
        assert_false(passes(&setting, setting.now, address, sizeof address));
        flip_bit(address, bit);
    }
    for (size_t bit = 0; bit < 8 * COOKIE_MAC_LEN; bit++) {
        flip_bit(setting.mac2, bit);
        assert_false(passes(&setting, setting.now, here, sizeof here));
        flip_bit(setting.mac2, bit);
    }
    memset(setting.mac2, 0, COOKIE_MAC_LEN);
    assert_false(passes(&setting, setting.now, here, sizeof here));
}

static void a_cookie_lives_one_to_two_periods(void **state)
{
    struct setting setting;

    (void)state;
    set_up(&setting);
    assert_false(passes(&setting, setting.now - 1, here, sizeof here));
    assert_true(passes(&setting, setting.now + COOKIE_PERIOD_NS, here, sizeof here));
    assert_true(passes(&setting, setting.now + 2 * COOKIE_PERIOD_NS - 1, here, sizeof here));
    assert_false(passes(&setting, setting.now + 2 * COOKIE_PERIOD_NS, here, sizeof here));
    assert_false(passes(&setting, 0, here, sizeof here));
}

static void another_jar_knows_no_cookie(void **state)
{
    struct setting setting;

    (void)state;
    set_up(&setting);
    setting.jar.secret[31] ^= 1;
    assert_false(passes(&setting, setting.now, here, sizeof here));
}

static void every_flipped_bit_of_a_reply_is_rejected(void **state)
{
    struct setting setting;
    uint8_t cookie[COOKIE_LEN] = {0};

    (void)state;
    set_up(&setting);
    for (size_t bit = 0; bit < 8 * COOKIE_REPLY_LEN; bit++) {
        flip_bit(setting.reply, bit);
        assert_int_equal(cookie_consume_reply(&setting.keys, setting.mac1, setting.reply,
                                              COOKIE_REPLY_LEN, cookie),
                         COOKIE_REJECTED);
        flip_bit(setting.reply, bit);
    }
    for (size_t len = 0; len < COOKIE_REPLY_LEN; len++)
        assert_int_equal(
            cookie_consume_reply(&setting.keys, setting.mac1, setting.reply, len, cookie),
            COOKIE_REJECTED);
    setting.mac1[0] ^= 1;
    assert_int_equal(
        cookie_consume_reply(&setting.keys, setting.mac1, setting.reply, COOKIE_REPLY_LEN, cookie),
        COOKIE_REJECTED);
    assert_true(sodium_is_zero(cookie, sizeof cookie));
}

static void ask_for_an_empty_address(void)
{
    struct setting setting;

    set_up(&setting);
    passes(&setting, setting.now, here, 0);
}

static void ask_for_a_long_address(void)
{
    static const uint8_t address[COOKIE_ADDRESS_MAX + 1];
    struct setting setting;

    set_up(&setting);
    passes(&setting, setting.now, address, sizeof address);
}

static void addresses_out_of_range_are_asserted(void **state)
{
    (void)state;
    assert_true(dies(ask_for_an_empty_address));
    assert_true(dies(ask_for_a_long_address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macs_are_as_specified),
        cmocka_unit_test(mac1_proves_the_message_and_the_receiver),
        cmocka_unit_test(mac2_proves_the_address),
        cmocka_unit_test(a_cookie_lives_one_to_two_periods),
        cmocka_unit_test(another_jar_knows_no_cookie),
        cmocka_unit_test(every_flipped_bit_of_a_reply_is_rejected),
        cmocka_unit_test(addresses_out_of_range_are_asserted),
    };

    return cmocka_run_group_tests_name("cookie", tests, sodium_setup, NULL);
}
