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

/* A PMT of one elementary stream (AUDIO_PID) behind `pad` bytes of program descriptors, which may
 * push its end out of the packet. */
static void pmt_of(uint8_t *packet, size_t pad, const uint8_t *entry, size_t len)
{
    const size_t length = 9 + pad + len + 4;
    uint8_t *at = plain(packet, PMT_PID, true) + 5;

    at[0] = 0x02;
    at[1] = (uint8_t)(0xb0 | length >> 8);
    at[2] = (uint8_t)length;
    at[5] = 0xc1;
    at[10] = (uint8_t)(0xf0 | pad >> 8);
    at[11] = (uint8_t)pad;
    at += 12 + pad;
    for (size_t i = 0; i < len && at + i < packet + HINT_TS_BYTES; i++)
        at[i] = entry[i];
}

/* What the stream of such an entry is taken for, when it was taken for nothing before. */
static enum hint_worth worth_of(const uint8_t *entry, size_t len)
{
    struct hint hint;
    uint8_t packet[HINT_TS_BYTES];

    learn(&hint);
    pmt_of(packet, 0, (const uint8_t[5]){0x80, 0xe1, 0x02, 0xf0, 0}, 5);
    hint_look(&hint, packet, sizeof packet);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_DELTA);
    pmt_of(packet, 0, entry, len);
    hint_look(&hint, packet, sizeof packet);
    return look(&hint, AUDIO_PID, false);
}

static void audio_is_known_by_its_registration(void **state)
{
    static const char formats[][5] = {"Opus", "BSSD", "AC-3", "EAC3", "AC-4"};
    uint8_t entry[11] = {0x06, 0xe1, 0x02, 0xf0, 6, 0x05, 4};

    (void)state;
    for (int i = 0; i < 5; i++) {
        memcpy(entry + 7, formats[i], 4);
        assert_int_equal(worth_of(entry, sizeof entry), HINT_KEY);
    }
    memcpy(entry + 7, "KLVA", 4);
    assert_int_equal(worth_of(entry, sizeof entry), HINT_DELTA);
    entry[6] = 3; /* too short for a format */
    memcpy(entry + 7, "Opus", 4);
    assert_int_equal(worth_of(entry, sizeof entry), HINT_DELTA);
}

static void stream_types(void **state)
{
    static const uint8_t audio[] = {0x03, 0x04, 0x0f, 0x11, 0x1c, 0x2d, 0x2e, 0x81, 0x87};
    static const uint8_t video[] = {0x01, 0x02, 0x10, 0x1b, 0x21, 0x24, 0x32, 0x33};
    uint8_t entry[5] = {0, 0xe1, 0x02, 0xf0, 0};

    (void)state;
    for (size_t i = 0; i < sizeof audio; i++) {
        entry[0] = audio[i];
        assert_int_equal(worth_of(entry, sizeof entry), HINT_KEY);
    }
    for (size_t i = 0; i < sizeof video; i++) {
        struct hint hint;
        uint8_t packet[HINT_TS_BYTES];

        learn(&hint);
        entry[0] = video[i];
        pmt_of(packet, 0, entry, sizeof entry);
        hint_look(&hint, packet, sizeof packet);
        access_point(packet);
        packet[2] = (uint8_t)AUDIO_PID;
        assert_int_equal(hint_look(&hint, packet, sizeof packet), HINT_KEY);
        assert_int_equal(look(&hint, AUDIO_PID, true), HINT_DELTA);
    }
}

/* What is known of a stream stays where the packet's end leaves its descriptors out. */
static void an_entry_that_is_cut_says_nothing(void **state)
{
    static const uint8_t entry[] = {0x06, 0xe1, 0x02, 0xf0, 3, 0x6a, 1, 0};
    struct hint hint;
    uint8_t packet[HINT_TS_BYTES];

    (void)state;
    learn(&hint);
    for (size_t pad = 150; pad <= 176; pad++) {
        pmt_of(packet, pad, entry, sizeof entry);
        hint_look(&hint, packet, sizeof packet);
        assert_int_equal(look(&hint, AUDIO_PID, false), HINT_KEY);
    }
}

/* Other tables may stand before the one that is looked for, and behind it. */
static void sections_follow_each_other(void **state)
{
    static const uint8_t other[] = {0xc0, 0xb0, 9, 0, 1, 0xc1, 0, 0, 0, 0, 0, 0};
    struct hint hint;
    uint8_t packet[HINT_TS_BYTES], sections[HINT_TS_BYTES - 5];

    (void)state;
    learn(&hint);
    pmt_of(packet, 0, (const uint8_t[5]){0x0f, 0xe1, 0x03, 0xf0, 0}, 5);
    memcpy(sections, packet + 5, sizeof sections);
    memcpy(packet + 5, other, sizeof other);
    memcpy(packet + 5 + sizeof other, sections, sizeof sections - sizeof other);
    assert_int_equal(look(&hint, OTHER_PID, false), HINT_DELTA);
    hint_look(&hint, packet, sizeof packet);
    assert_int_equal(look(&hint, OTHER_PID, false), HINT_KEY);
    /* Nothing is read in what fills the packet up. */
    learn(&hint);
    packet[5] = 0xff;
    hint_look(&hint, packet, sizeof packet);
    assert_int_equal(look(&hint, OTHER_PID, false), HINT_DELTA);
}

static void a_table_to_come_is_not_in_force(void **state)
{
    struct hint hint;
    uint8_t packet[HINT_TS_BYTES];

    (void)state;
    learn(&hint);
    pmt_of(packet, 0, (const uint8_t[5]){0x80, 0xe1, 0x02, 0xf0, 0}, 5);
    packet[5 + 5] = 0xc0;
    hint_look(&hint, packet, sizeof packet);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_KEY);
    packet[5 + 5] = 0xc1;
    hint_look(&hint, packet, sizeof packet);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_DELTA);
}

/* Streams come and go: those that went make room. */
static void many_streams_are_known_together(void **state)
{
    struct hint hint;
    uint8_t packet[HINT_TS_BYTES], entry[5] = {0x0f, 0, 0, 0xf0, 0};
    const unsigned first = 0x200, streams = HINT_PIDS - 3;

    (void)state;
    learn(&hint);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < streams; i++) {
            const unsigned pid = first + round * streams + i, gone = pid - streams;

            if (round > 0) {
                entry[0] = 0x80;
                entry[1] = (uint8_t)(0xe0 | gone >> 8);
                entry[2] = (uint8_t)gone;
                pmt_of(packet, 0, entry, sizeof entry);
                hint_look(&hint, packet, sizeof packet);
            }
            entry[0] = 0x0f;
            entry[1] = (uint8_t)(0xe0 | pid >> 8);
            entry[2] = (uint8_t)pid;
            pmt_of(packet, 0, entry, sizeof entry);
            hint_look(&hint, packet, sizeof packet);
        }
        for (unsigned i = 0; i < streams; i++)
            assert_int_equal(look(&hint, first + round * streams + i, false), HINT_KEY);
        assert_int_equal(look(&hint, AUDIO_PID, false), HINT_KEY);
    }
}

static void a_foreign_datagram_takes_little_away(void **state)
{
    struct hint hint;
    uint8_t data[1316] = {0};

    (void)state;
    learn(&hint);
    assert_int_equal(hint_look(&hint, data, sizeof data), HINT_DELTA);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_DELTA);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_KEY);
    for (int i = 0; i < 10; i++)
        assert_int_equal(hint_look(&hint, data, sizeof data), HINT_DELTA);
    for (int i = 0; i < 3; i++)
        assert_int_equal(look(&hint, AUDIO_PID, false), HINT_DELTA);
    assert_int_equal(look(&hint, AUDIO_PID, false), HINT_KEY);
}

static void rtp_headers_of_all_lengths(void **state)
{
    struct hint hint;
    uint8_t data[12 + 8 + 12 + HINT_TS_BYTES + 4] = {0x80 | 2, 33};
    struct {
        uint8_t flags;
        size_t header, padding;
    } cases[] = {{0x82, 20, 0}, {0x90, 24, 0}, {0x92, 32, 0}, {0xa0, 12, 4}, {0xb2, 32, 4}};

    (void)state;
    learn(&hint);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t extension = 12 + 4 * (size_t)(cases[i].flags & 15);

        memset(data, 0, sizeof data);
        data[0] = cases[i].flags;
        data[1] = 33;
        data[extension + 3] = 2;
        plain(data + cases[i].header, AUDIO_PID, false);
        data[cases[i].header + HINT_TS_BYTES + 3] = 4;
        assert_int_equal(hint_look(&hint, data, cases[i].header + HINT_TS_BYTES + cases[i].padding),
                         HINT_KEY);
    }
    for (size_t len = 0; len <= sizeof data; len++) { /* cut anywhere it does no harm */
        memset(data, 0xff, sizeof data);
        data[0] = 0xbf;
        data[1] = 33;
        hint_look(&hint, data, len);
    }
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
        cmocka_unit_test(audio_is_known_by_its_registration),
        cmocka_unit_test(stream_types),
        cmocka_unit_test(an_entry_that_is_cut_says_nothing),
        cmocka_unit_test(sections_follow_each_other),
        cmocka_unit_test(a_table_to_come_is_not_in_force),
        cmocka_unit_test(many_streams_are_known_together),
        cmocka_unit_test(a_foreign_datagram_takes_little_away),
        cmocka_unit_test(rtp_headers_of_all_lengths),
        cmocka_unit_test(hostile_tables_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
