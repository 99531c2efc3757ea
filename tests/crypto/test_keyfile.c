/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include "core/crypto/keyfile.h"

/* The key 00..1f in base64. */
#define KEY_TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static const char secret_line[] = "plait-secret-1:" KEY_TEXT;
static const char public_line[] = "plait-public-1:" KEY_TEXT " van-3@studio.example_A";

static void fill_key(uint8_t key[NOISE_KEY_LEN])
{
    for (uint8_t i = 0; i < NOISE_KEY_LEN; i++)
        key[i] = i;
}

static int read_public(const char *line, struct keyfile_peer *peer)
{
    return keyfile_decode_public(line, strlen(line), peer);
}

static int read_secret(const char *line)
{
    struct noise_keypair pair;

    return keyfile_decode_secret(line, strlen(line), &pair);
}

static void secret_lines_go_there_and_back(void **state)
{
    struct noise_keypair pair, back;
    uint8_t key[NOISE_KEY_LEN];
    char line[KEYFILE_LINE_MAX];

    (void)state;
    fill_key(key);
    noise_keypair_from_secret(&pair, key);
    assert_int_equal(keyfile_encode_secret(&pair, line), sizeof secret_line - 1);
    assert_string_equal(line, secret_line);
    assert_int_equal(keyfile_decode_secret(line, strlen(line), &back), 0);
    assert_memory_equal(&pair, &back, sizeof pair);
    assert_int_equal(read_secret("plait-secret-1:" KEY_TEXT " \t\r\n"), 0);
}

static void public_lines_go_there_and_back(void **state)
{
    struct keyfile_peer peer = {.name = "van-3@studio.example_A"}, back;
    char line[KEYFILE_LINE_MAX];

    (void)state;
    fill_key(peer.public_key);
    assert_int_equal(keyfile_encode_public(&peer, line), sizeof public_line - 1);
    assert_string_equal(line, public_line);
    assert_int_equal(read_public(line, &back), 0);
    assert_memory_equal(&peer, &back, sizeof peer);

    peer.name[0] = '\0';
    assert_int_equal(keyfile_encode_public(&peer, line), 15 + 44);
    assert_int_equal(read_public(line, &back), 0);
    assert_string_equal(back.name, "");
    memset(peer.name, 'n', KEYFILE_NAME_MAX);
    peer.name[KEYFILE_NAME_MAX] = '\0';
    assert_int_equal(keyfile_encode_public(&peer, line), 15 + 44 + 1 + KEYFILE_NAME_MAX);
    assert_int_equal(read_public(line, &back), 0);
    assert_string_equal(back.name, peer.name);
}

static void blanks_are_forgiven(void **state)
{
    struct keyfile_peer peer;

    (void)state;
    assert_int_equal(read_public("plait-public-1:" KEY_TEXT "\r\n", &peer), 0);
    assert_string_equal(peer.name, "");
    assert_int_equal(read_public("plait-public-1:" KEY_TEXT " \t studio \r\n", &peer), 0);
    assert_string_equal(peer.name, "studio");
}

static void malformed_secrets_are_rejected(void **state)
{
    static const char *const lines[] = {
        "",
        "plait-secret-1:",
        "plait-public-1:" KEY_TEXT,
        "plait-secret-2:" KEY_TEXT,
        " plait-secret-1:" KEY_TEXT,
        "plait-secret-1: " KEY_TEXT,
        "plait-secret-1:" KEY_TEXT " name",
        "plait-secret-1:" KEY_TEXT "A",
        "plait-secret-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "plait-secret-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
        "plait-secret-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8f",
        "plait-secret-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
        "plait-secret-1:AAECAwQFBgcICQoL*A0ODxAREhMUFRYXGBkaGxwdHh8=",
    };
    struct noise_keypair pair;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(read_secret(lines[i]), KEYFILE_REJECTED);
    for (size_t len = 0; len < sizeof secret_line - 1; len++) {
        memset(&pair, 1, sizeof pair);
        assert_int_equal(keyfile_decode_secret(secret_line, len, &pair), KEYFILE_REJECTED);
        assert_true(sodium_is_zero((const uint8_t *)&pair, sizeof pair));
    }
}

static void malformed_publics_are_rejected(void **state)
{
    static const char *const lines[] = {
        "plait-secret-1:" KEY_TEXT " name",        "plait-public-1:" KEY_TEXT "name",
        "plait-public-1:" KEY_TEXT " two names",   "plait-public-1:" KEY_TEXT " \x1b[31mred",
        "plait-public-1:" KEY_TEXT " caf\xc3\xa9", "plait-public-1:" KEY_TEXT " a\"b",
    };
    struct keyfile_peer peer, before;
    char line[200] = "plait-public-1:" KEY_TEXT " ";

    (void)state;
    memset(&peer, 7, sizeof peer);
    before = peer;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(read_public(lines[i], &peer), KEYFILE_REJECTED);
    assert_int_equal(keyfile_decode_public("plait-public-1:" KEY_TEXT " a\0b", 63, &peer),
                     KEYFILE_REJECTED);
    memset(line + strlen(line), 'n', KEYFILE_NAME_MAX + 1);
    assert_int_equal(read_public(line, &peer), KEYFILE_REJECTED);
    assert_memory_equal(&peer, &before, sizeof peer);
}

static void names_that_cannot_be_read_are_not_written(void **state)
{
    struct keyfile_peer peer = {.name = "two names"};
    char line[KEYFILE_LINE_MAX] = "untouched";

    (void)state;
    assert_int_equal(keyfile_encode_public(&peer, line), KEYFILE_REJECTED);
    memset(peer.name, 'n', sizeof peer.name);
    assert_int_equal(keyfile_encode_public(&peer, line), KEYFILE_REJECTED);
    assert_string_equal(line, "untouched");
}

/* Whatever the bytes: no crash, and what is read can be written and read again. */
static void random_lines_are_read_or_rejected(void **state)
{
    uint64_t seed = 5;
    size_t read = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        char line[160], again[KEYFILE_LINE_MAX];
        struct keyfile_peer peer, back;
        size_t len = sizeof public_line - 1;

        memcpy(line, public_line, sizeof public_line);
        for (uint64_t n = random_below(&seed, 3); n > 0; n--)
            line[random_below(&seed, len)] = (char)random_below(&seed, 256);
        len -= random_below(&seed, 30);
        if (keyfile_decode_public(line, len, &peer) != 0)
            continue;
        read++;
        assert_true(keyfile_encode_public(&peer, again) > 0);
        assert_int_equal(read_public(again, &back), 0);
        assert_memory_equal(&peer, &back, sizeof peer);
    }
    assert_true(read > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_lines_go_there_and_back),
        cmocka_unit_test(public_lines_go_there_and_back),
        cmocka_unit_test(blanks_are_forgiven),
        cmocka_unit_test(malformed_secrets_are_rejected),
        cmocka_unit_test(malformed_publics_are_rejected),
        cmocka_unit_test(names_that_cannot_be_read_are_not_written),
        cmocka_unit_test(random_lines_are_read_or_rejected),
    };

    return cmocka_run_group_tests_name("keyfile", tests, sodium_setup, NULL);
}
