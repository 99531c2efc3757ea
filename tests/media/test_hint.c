/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/media/hint.h"

#define PMT_PID   0x100
#define VIDEO_PID 0x101
#define AUDIO_PID 0x102
#define OTHER_PID 0x103
#define NULL_PID  0x1fff

/* A packet with payload only; `start`: payload unit start. */
static uint8_t *plain(uint8_t *packet, unsigned pid, bool start)
{
    memset(packet, 0, HINT_TS_BYTES);
    packet[0] = 0x47;
    packet[1] = (uint8_t)((start ? 0x40 : 0) | pid >> 8);
    packet[2] = (uint8_t)pid;
    packet[3] = 0x10;
    return packet;
}

static void pat(uint8_t *packet)
{
    static const uint8_t section[] = {0,    0x00, 0xb0, 17, 0,    1,    0xc1, 0, 0, 0, 0,
                                      0xe0, 0x10, 0,    1,  0xe1, 0x00, 0,    0, 0, 0};

    memcpy(plain(packet, 0, true) + 4, section, sizeof section);
}

static void pmt(uint8_t *packet)
{
    static const uint8_t section[] = {
        0,    0x02, 0xb0, 34,   0,    1,                      /* pointer, table, length, program */
        0xc1, 0,    0,    0xe1, 0x01, 0xf0, 0,                /* PCR PID, no descriptors */
        0x1b, 0xe1, 0x01, 0xf0, 0,                            /* H.264 */
        0x06, 0xe1, 0x02, 0xf0, 3,    0x6a, 1, 0,             /* private data with AC-3 */
        0x06, 0xe1, 0x03, 0xf0, 3,    0x59, 1, 0, 0, 0, 0, 0, /* subtitles, CRC */
    };

    memcpy(plain(packet, PMT_PID, true) + 4, section, sizeof section);
}

static void access_point(uint8_t *packet)
{
    plain(packet, VIDEO_PID, true);
    packet[3] = 0x30;
    packet[4] = 7;
    packet[5] = 0x40;
}

static enum hint_worth look(struct hint *hint, unsigned pid, bool start)
{
    uint8_t packet[HINT_TS_BYTES];

    return hint_look(hint, plain(packet, pid, start), sizeof packet);
}

static void learn(struct hint *hint)
{
    uint8_t tables[2 * HINT_TS_BYTES];

    memset(hint, 0, sizeof *hint);
    pat(tables);
    pmt(tables + HINT_TS_BYTES);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hint_look(hint, tables, sizeof tables), HINT_DELTA);
    assert_int_equal(hint_look(hint, tables, sizeof tables), HINT_KEY);
}

static void streams_are_told_apart(void **state)
{
    struct hint hint;

    (void)state;
    learn(&hint);
    assert_int_equal(look(&hint, 0, false), HINT_KEY);
    assert_int_equal(look(&hint, PMT_PID, false), HINT_KEY);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_KEY);
    assert_int_equal(look(&hint, VIDEO_PID, true), HINT_DELTA);
    assert_int_equal(look(&hint, OTHER_PID, true), HINT_DELTA);
    assert_int_equal(look(&hint, NULL_PID, false), HINT_LOW);
}

static void a_picture_that_decoding_starts_at_is_key_to_its_end(void **state)
{
    struct hint hint;
    uint8_t packet[HINT_TS_BYTES];

    (void)state;
    learn(&hint);
    access_point(packet);
    assert_int_equal(hint_look(&hint, packet, sizeof packet), HINT_KEY);
    assert_int_equal(look(&hint, VIDEO_PID, false), HINT_KEY);
    assert_int_equal(look(&hint, VIDEO_PID, false), HINT_KEY);
    assert_int_equal(look(&hint, VIDEO_PID, true), HINT_DELTA);
    assert_int_equal(look(&hint, VIDEO_PID, false), HINT_DELTA);
}

static void the_best_packet_of_a_datagram_counts(void **state)
{
    struct hint hint;
    uint8_t data[3 * HINT_TS_BYTES];

    (void)state;
    learn(&hint);
    plain(data, NULL_PID, false);
    plain(data + HINT_TS_BYTES, VIDEO_PID, false);
    plain(data + 2 * HINT_TS_BYTES, NULL_PID, false);
    assert_int_equal(hint_look(&hint, data, sizeof data), HINT_DELTA);
    plain(data + 2 * HINT_TS_BYTES, AUDIO_PID, false);
    assert_int_equal(hint_look(&hint, data, sizeof data), HINT_KEY);
}

static void an_rtp_header_may_stand_before(void **state)
{
    struct hint hint;
    uint8_t data[12 + HINT_TS_BYTES] = {0x80, 33};

    (void)state;
    learn(&hint);
    plain(data + 12, AUDIO_PID, false);
    assert_int_equal(hint_look(&hint, data, sizeof data), HINT_KEY);
}

static void anything_else_is_ordinary_and_ends_recognition(void **state)
{
    struct hint hint;
    uint8_t data[1316] = {0};

    (void)state;
    learn(&hint);
    assert_int_equal(hint_look(&hint, data, sizeof data), HINT_DELTA);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_DELTA);
    assert_int_equal(hint_look(&hint, data, 0), HINT_DELTA);
}

/* Whatever the tables say, it stays within bounds (the sanitizers watch). */
static void hostile_tables_do_no_harm(void **state)
{
    struct hint hint = {0};
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t packet[HINT_TS_BYTES];

        for (size_t i = 0; i < sizeof packet; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            packet[i] = (uint8_t)(seed >> 56);
        }
        packet[0] = 0x47;
        packet[1] = (uint8_t)(0x40 | (packet[1] & 0x01));
        packet[2] &= 0x03;
        packet[3] = (uint8_t)(packet[3] & 0x30);
        packet[4] &= 0x3f;
        packet[5] &= 0x03;
        (void)hint_look(&hint, packet, sizeof packet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_told_apart),
        cmocka_unit_test(a_picture_that_decoding_starts_at_is_key_to_its_end),
        cmocka_unit_test(the_best_packet_of_a_datagram_counts),
        cmocka_unit_test(an_rtp_header_may_stand_before),
        cmocka_unit_test(anything_else_is_ordinary_and_ends_recognition),
        cmocka_unit_test(hostile_tables_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
