/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support.h"

#include "core/wire/packet.h"

static void headers_to_the_byte(void **state)
{
    static const uint8_t first[] = {0x10, 2, 1, 0, 0xab, 0xcd, 0xef, 0};
    static const uint8_t second[] = {0x20, 2, 0, 0, 0xab, 0xcd, 0xef, 0, 0x01, 0x02, 0x03, 0};
    static const uint8_t cookie[] = {0x30, 2, 0, 0, 0x01, 0x02, 0x03, 0};
    static const uint8_t sealed[] = {0x67, 0x01, 0x02, 0x03, 0x34, 0x56, 0x78};
    uint8_t out[40] = {0};
    struct packet_header h;

    (void)state;
    packet_encode_first(out, PACKET_FLAG_PSK, 0xabcdef);
    assert_memory_equal(out, first, sizeof first);
    assert_int_equal(packet_decode(out, sizeof out, &h), PACKET_FIRST);
    assert_int_equal(h.sender_cid, 0xabcdef);
    assert_int_equal(h.flags, PACKET_FLAG_PSK);
    assert_int_equal(h.body_len, sizeof out - PACKET_FIRST_HEADER);
    packet_encode_second(out, 0xabcdef, 0x010203);
    assert_memory_equal(out, second, sizeof second);
    assert_int_equal(packet_decode(out, sizeof out, &h), PACKET_SECOND);
    assert_int_equal(h.sender_cid, 0xabcdef);
    assert_int_equal(h.receiver_cid, 0x010203);
    packet_encode_cookie(out, 0x010203);
    assert_memory_equal(out, cookie, sizeof cookie);
    assert_int_equal(packet_decode(out, sizeof out, &h), PACKET_COOKIE);
    packet_encode_sealed(out, 6, 0x010203, 7, UINT64_C(0x9912345678));
    assert_memory_equal(out, sealed, sizeof sealed);
    assert_int_equal(packet_decode(out, sizeof out, &h), PACKET_SEALED);
    assert_int_equal(h.phase, 2);
    assert_int_equal(h.path, 7);
    assert_int_equal(h.packet_number, 0x345678);
    assert_int_equal(h.receiver_cid, 0x010203);
}

static void short_or_unknown(void **state)
{
    struct packet_header h;
    uint8_t out[40] = {0};

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        const bool sealed = (type & 0xc0) == PACKET_SEALED;
        const bool known = sealed || type == 0x10 || type == 0x20 || type == 0x30;
        const size_t least = 16 + (sealed         ? PACKET_SEALED_HEADER
                                   : type == 0x20 ? PACKET_SECOND_HEADER
                                                  : PACKET_FIRST_HEADER);

        out[0] = (uint8_t)type;
        out[1] = PACKET_VERSION;
        for (size_t len = 0; len <= sizeof out; len++)
            assert_int_equal(packet_decode(out, len, &h) != PACKET_BAD, known && len >= least);
        out[1] = PACKET_VERSION + 1;
        assert_int_equal(packet_decode(out, sizeof out, &h) != PACKET_BAD, sealed);
        out[1] = PACKET_VERSION;
        out[3] = 1;
        assert_int_equal(packet_decode(out, sizeof out, &h) != PACKET_BAD, sealed);
        out[3] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_to_the_byte),
        cmocka_unit_test(short_or_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
