/* SPDX-License-Identifier: BSD-2-Clause */
/* Which AEAD two sides agree on: AES-256-GCM where both have the instructions, else
 * ChaCha20-Poly1305; each carries a stream through rekeys. libsodium's answer is replaced by the
 * linker (--wrap), so that one side can lack them. */
#include "tests/session/support.h"

int __real_crypto_aead_aes256gcm_is_available(void);
int __wrap_crypto_aead_aes256gcm_is_available(void);

static bool lacking; /* the side that runs now has no AES instructions */

int __wrap_crypto_aead_aes256gcm_is_available(void)
{
    return lacking ? 0 : __real_crypto_aead_aes256gcm_is_available();
}

/* sender_lacks, receiver_lacks: which side has no AES. Returns the suite both use. */
static enum aead_suite agreed(bool sender_lacks, bool receiver_lacks)
{
    struct pair *pair = calloc(1, sizeof *pair);
    enum aead_suite suite;

    pair_init(pair);
    lacking = sender_lacks;
    pair_start(pair, 2, NULL); /* the sender offers */
    lacking = receiver_lacks;
    while (pair_receiving(pair) == NULL)
        pair_run(pair, pair->now + MS); /* the receiver chooses */
    lacking = sender_lacks;
    while (pair_told(pair, 0, PLAIT_EVENT_SESSION_UP) == 0)
        pair_run(pair, pair->now + MS);
    lacking = false;
    pair_stream(pair, 500, 900);
    for (int i = 0; i < 3; i++) { /* and through rekeys */
        pair_sending(pair)->keys.ring.sealed = KEYRING_REKEY_PACKETS;
        pair_stream(pair, 300, 900);
    }
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered, pair->next_written);
    assert_int_equal(pair->wrong, 0);
    assert_true(pair_sending(pair)->keys.ring.send_generation >= 3);
    suite = pair_sending(pair)->keys.ring.send.suite;
    assert_int_equal(pair_receiving(pair)->keys.ring.current.suite, suite);
    assert_int_equal(pair_receiving(pair)->keys.ring.send.suite, suite);
    pair_free(pair);
    free(pair);
    return suite;
}

static void a_side_without_the_instructions(void **state)
{
    (void)state;
    assert_int_equal(agreed(true, true), AEAD_CHACHA20_POLY1305);
    assert_int_equal(agreed(true, false), AEAD_CHACHA20_POLY1305);
    assert_int_equal(agreed(false, true), AEAD_CHACHA20_POLY1305);
}

static void both_have_them(void **state)
{
    (void)state;
    if (!__real_crypto_aead_aes256gcm_is_available()) {
        print_message("# skip: this processor has no AES instructions\n");
        skip();
    }
    assert_int_equal(agreed(false, false), AEAD_AES256_GCM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_side_without_the_instructions),
        cmocka_unit_test(both_have_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
