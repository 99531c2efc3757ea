/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include "core/crypto/aead.h"

#define ROOM 2048

static const enum aead_suite suites[] = {AEAD_CHACHA20_POLY1305, AEAD_AES256_GCM};

struct fact {
    enum aead_suite suite;
    uint32_t path_id;
    uint64_t packet_number;
    const char *key, *aad, *plain, *sealed;
};

/* RFC 8439 section 2.8.2; the GCM specification's test case 16. */
static const struct fact facts[] = {
    {AEAD_CHACHA20_POLY1305, 0x07000000, UINT64_C(0x4041424344454647),
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
     "0691"},
    {AEAD_AES256_GCM, 0xcafebabe, UINT64_C(0xfacedbaddecaf888),
     "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece"
     "0f4e1768cddf8853bb2d551b"},
};

static size_t unhex(const char *text, uint8_t out[ROOM])
{
    size_t len = 0;

    assert_int_equal(sodium_hex2bin(out, ROOM, text, strlen(text), NULL, &len, NULL), 0);
    return len;
}

static void init_key(struct aead_key *key, enum aead_suite suite, uint64_t seed)
{
    uint8_t bytes[AEAD_KEY_LEN];

    random_fill(&seed, bytes, sizeof bytes);
    aead_key_init(key, suite, bytes);
}

static void published_vectors_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct fact *fact = &facts[i];
        uint8_t bytes[ROOM], aad[ROOM], plain[ROOM], sealed[ROOM], out[ROOM];
        struct aead_key key;
        size_t aad_len, len;

        if (!aead_suite_available(fact->suite))
            continue;
        unhex(fact->key, bytes);
        aead_key_init(&key, fact->suite, bytes);
        aad_len = unhex(fact->aad, aad);
        len = unhex(fact->plain, plain);
        assert_int_equal(unhex(fact->sealed, sealed), len + AEAD_TAG_LEN);
        assert_int_equal(
            aead_seal(&key, fact->path_id, fact->packet_number, aad, aad_len, plain, len, out),
            len + AEAD_TAG_LEN);
        assert_memory_equal(out, sealed, len + AEAD_TAG_LEN);
        assert_int_equal(aead_open(&key, fact->path_id, fact->packet_number, aad, aad_len, sealed,
                                   len + AEAD_TAG_LEN, out),
                         len);
        assert_memory_equal(out, plain, len);
    }
}

static void in_place_is_the_same_as_apart(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct aead_key key;
        uint64_t seed = 7;
        uint8_t plain[1500], apart[ROOM], place[ROOM];

        if (!aead_suite_available(suites[s]))
            continue;
        init_key(&key, suites[s], 1);
        for (size_t len = 0; len <= sizeof plain; len += 1 + len / 8) {
            random_fill(&seed, plain, len);
            memcpy(place, plain, len);
            aead_seal(&key, 3, len, plain, 0, plain, len, apart);
            aead_seal(&key, 3, len, NULL, 0, place, len, place);
            assert_memory_equal(apart, place, len + AEAD_TAG_LEN);
            assert_int_equal(aead_open(&key, 3, len, NULL, 0, place, len + AEAD_TAG_LEN, place),
                             len);
            assert_memory_equal(place, plain, len);
        }
    }
}

/* Sealed by hand for this test: header as associated data, 100 bytes of payload. */
struct packet {
    struct aead_key key;
    uint8_t aad[20], plain[100], sealed[100 + AEAD_TAG_LEN];
};

static void make_packet(struct packet *packet, enum aead_suite suite)
{
    uint64_t seed = 11;

    init_key(&packet->key, suite, 2);
    random_fill(&seed, packet->aad, sizeof packet->aad);
    random_fill(&seed, packet->plain, sizeof packet->plain);
    aead_seal(&packet->key, 5, 6, packet->aad, sizeof packet->aad, packet->plain,
              sizeof packet->plain, packet->sealed);
}

static int open_packet(const struct packet *packet, uint32_t path_id, uint64_t number, size_t len)
{
    uint8_t out[ROOM];

    return aead_open(&packet->key, path_id, number, packet->aad, sizeof packet->aad, packet->sealed,
                     len, out);
}

static void every_flipped_bit_is_rejected(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct packet packet;
        const size_t len = sizeof packet.sealed;

        if (!aead_suite_available(suites[s]))
            continue;
        make_packet(&packet, suites[s]);
        assert_int_equal(open_packet(&packet, 5, 6, len), sizeof packet.plain);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            flip_bit(packet.sealed, bit);
            assert_int_equal(open_packet(&packet, 5, 6, len), AEAD_REJECTED);
            flip_bit(packet.sealed, bit);
        }
        for (size_t bit = 0; bit < 8 * sizeof packet.aad; bit++) {
            flip_bit(packet.aad, bit);
            assert_int_equal(open_packet(&packet, 5, 6, len), AEAD_REJECTED);
            flip_bit(packet.aad, bit);
        }
        for (int bit = 0; bit < 32; bit++)
            assert_int_equal(open_packet(&packet, 5 ^ UINT32_C(1) << bit, 6, len), AEAD_REJECTED);
        for (int bit = 0; bit < 64; bit++)
            assert_int_equal(open_packet(&packet, 5, 6 ^ UINT64_C(1) << bit, len), AEAD_REJECTED);
    }
}

static void every_other_length_is_rejected(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct packet packet;

        if (!aead_suite_available(suites[s]))
            continue;
        make_packet(&packet, suites[s]);
        for (size_t len = 0; len < sizeof packet.sealed; len++)
            assert_int_equal(open_packet(&packet, 5, 6, len), AEAD_REJECTED);
        assert_int_equal(open_packet(&packet, 5, 6, AEAD_PLAINTEXT_MAX + AEAD_TAG_LEN + 1),
                         AEAD_REJECTED);
    }
}

static void a_rejected_packet_gives_no_plaintext(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct packet packet;
        uint8_t out[sizeof packet.plain];
        size_t same = 0;

        if (!aead_suite_available(suites[s]))
            continue;
        make_packet(&packet, suites[s]);
        memset(out, 0xee, sizeof out);
        packet.sealed[sizeof packet.sealed - 1] ^= 1;
        assert_int_equal(aead_open(&packet.key, 5, 6, packet.aad, sizeof packet.aad, packet.sealed,
                                   sizeof packet.sealed, out),
                         AEAD_REJECTED);
        for (size_t i = 0; i < sizeof out; i++)
            same += out[i] == packet.plain[i];
        assert_true(same < 8);
    }
}

static void unknown_suites_are_not_available(void **state)
{
    (void)state;
    assert_true(aead_suite_available(AEAD_CHACHA20_POLY1305));
    assert_int_equal(aead_suite_available(AEAD_AES256_GCM),
                     crypto_aead_aes256gcm_is_available() == 1);
    assert_false(aead_suite_available(0));
    assert_false(aead_suite_available(3));
    assert_false(aead_suite_available(UINT32_MAX));
}

static void set_an_unknown_suite(void)
{
    struct aead_key key;

    init_key(&key, (enum aead_suite)0, 1);
}

static void seal_with_a_wiped_key(void)
{
    struct aead_key key;
    uint8_t out[AEAD_TAG_LEN];

    aead_key_wipe(&key);
    aead_seal(&key, 0, 0, NULL, 0, NULL, 0, out);
}

static void keys_that_are_not_set_are_asserted(void **state)
{
    (void)state;
    assert_true(dies(set_an_unknown_suite));
    assert_true(dies(seal_with_a_wiped_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_agree),
        cmocka_unit_test(in_place_is_the_same_as_apart),
        cmocka_unit_test(every_flipped_bit_is_rejected),
        cmocka_unit_test(every_other_length_is_rejected),
        cmocka_unit_test(a_rejected_packet_gives_no_plaintext),
        cmocka_unit_test(unknown_suites_are_not_available),
        cmocka_unit_test(keys_that_are_not_set_are_asserted),
    };

    return cmocka_run_group_tests_name("aead", tests, sodium_setup, NULL);
}
