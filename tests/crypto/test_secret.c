/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include <sys/resource.h>

#include "core/crypto/secret.h"

static const char phrase[] = "correct horse battery staple";

/* Of the phrase above; computed with Python's cryptography (Argon2id) and hashlib (BLAKE2b). */
static const char *const facts[] = {
    "2069121b73aad2ae0d58c55b9b91303a76f735f40e875dd0228b9b7bc523f6e7",
    "25a8eb5efbd34506fc32f8cb8fa4028364aa1698d6ddf7557fdc57692fcacbb5",
    "e8c7854cccf43d64ae662b1c1bbd31a8b43c8f698cd1d9595668e047492a4184",
};

static void expect_hex(const uint8_t bytes[NOISE_KEY_LEN], const char *fact)
{
    char hex[2 * NOISE_KEY_LEN + 1];

    assert_string_equal(sodium_bin2hex(hex, sizeof hex, bytes, NOISE_KEY_LEN), fact);
}

static void a_passphrase_gives_the_specified_keys(void **state)
{
    struct secret_keys keys;
    struct noise_keypair pair;

    (void)state;
    assert_int_equal(secret_derive(&keys, phrase, sizeof phrase - 1), 0);
    expect_hex(keys.psk, facts[0]);
    expect_hex(keys.initiator.secret_key, facts[1]);
    expect_hex(keys.responder.secret_key, facts[2]);
    noise_keypair_from_secret(&pair, keys.initiator.secret_key);
    assert_memory_equal(&pair, &keys.initiator, sizeof pair);
    noise_keypair_from_secret(&pair, keys.responder.secret_key);
    assert_memory_equal(&pair, &keys.responder, sizeof pair);

    secret_wipe(&keys);
    assert_true(sodium_is_zero((const uint8_t *)&keys, sizeof keys));
}

static void another_passphrase_gives_other_keys(void **state)
{
    struct secret_keys one, two;

    (void)state;
    assert_int_equal(secret_derive(&one, phrase, sizeof phrase - 1), 0);
    assert_int_equal(secret_derive(&two, phrase, sizeof phrase - 2), 0);
    assert_memory_not_equal(one.psk, two.psk, NOISE_KEY_LEN);
    assert_memory_not_equal(&one.initiator, &two.initiator, sizeof one.initiator);
    assert_memory_not_equal(&one.responder, &two.responder, sizeof one.responder);
}

static void derive_from_nothing(void)
{
    struct secret_keys keys;

    secret_derive(&keys, phrase, 0);
}

static void derive_from_too_much(void)
{
    static const char longest[SECRET_PASSPHRASE_MAX + 1];
    struct secret_keys keys;

    secret_derive(&keys, longest, sizeof longest);
}

static void lengths_out_of_range_are_asserted(void **state)
{
    (void)state;
    assert_true(dies(derive_from_nothing));
    assert_true(dies(derive_from_too_much));
}

/* The sanitizer itself needs more memory than the test below leaves. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_CAN_BE_SHORT 0
#elif defined(__has_feature)
#define MEMORY_CAN_BE_SHORT (!__has_feature(address_sanitizer))
#else
#define MEMORY_CAN_BE_SHORT 1
#endif

/* In a child, because a limit on the address space cannot be taken back. */
static void too_little_memory_is_reported(void **state)
{
    int status = 0;
    pid_t child;

    (void)state;
    if (!MEMORY_CAN_BE_SHORT)
        return;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {32 << 20, 32 << 20};
        struct secret_keys keys;

        setrlimit(RLIMIT_AS, &limit);
        _exit(secret_derive(&keys, phrase, sizeof phrase - 1) == SECRET_NO_MEMORY ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_passphrase_gives_the_specified_keys),
        cmocka_unit_test(another_passphrase_gives_other_keys),
        cmocka_unit_test(lengths_out_of_range_are_asserted),
        cmocka_unit_test(too_little_memory_is_reported),
    };

    return cmocka_run_group_tests_name("secret", tests, sodium_setup, NULL);
}
