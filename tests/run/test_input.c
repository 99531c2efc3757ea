/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and pipes as datagrams; MPEG-TS clocks. Pieces and bytes only: when they come is not
 * tested, because it would depend on how busy the machine is. */
#include "support.h"

#include <fcntl.h>
#include <unistd.h>

#include "run/input.h"
#include "run/ts.h"

struct taken {
    struct loop loop;
    uint8_t data[65536];
    size_t len;
    size_t piece[256];
    uint32_t pieces;
    bool ended, failed;
};

static void on_datagram(void *ctx, uint64_t now, const uint8_t *data, size_t len)
{
    struct taken *taken = ctx;
    (void)now;
    assert_true(taken->pieces < 256 && taken->len + len <= sizeof taken->data);
    memcpy(taken->data + taken->len, data, len);
    taken->len += len;
    taken->piece[taken->pieces++] = len;
}

static void on_end(void *ctx, uint64_t now, const char *why)
{
    struct taken *taken = ctx;
    (void)now;
    taken->ended = true;
    taken->failed = why != NULL;
}

static bool has_room(void *ctx)
{
    (void)ctx;
    return true;
}

static void make_ts(uint8_t *out, size_t packets)
{
    for (size_t i = 0; i < packets; i++) {
        memset(out + i * TS_PACKET, (int)i, TS_PACKET);
        out[i * TS_PACKET] = 0x47;
        out[i * TS_PACKET + 3] = 0x10; /* no adaptation field: no clock */
    }
}

static void run_pipe(struct taken *taken, const uint8_t *data, size_t len)
{
    int ends[2];
    struct input *input = NULL;
    struct run_error error;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], data, len), len);
    close(ends[1]);
    loop_init(&taken->loop);
    struct input_config config = {
        &taken->loop, NULL, 1000000, {taken, on_datagram, on_end, has_room}};
    assert_int_equal(input_stream_open(&config, ends[0], &input, &error), PLAIT_OK);
    input_start(input, taken->loop.now);
    while (!taken->ended)
        loop_step(&taken->loop, PLAIT_NEVER);
    input_close(input);
    assert_false(taken->failed);
    assert_int_equal(taken->len, len);
    assert_memory_equal(taken->data, data, len);
}

static void pipe_of_ts_is_cut_at_packets(void **state)
{
    struct taken taken = {0};
    uint8_t data[17 * TS_PACKET + 50];
    (void)state;
    make_ts(data, 17);
    memset(data + 17 * TS_PACKET, 0x47, 50);
    run_pipe(&taken, data, sizeof data);
    assert_int_equal(taken.pieces, 4);
    assert_int_equal(taken.piece[0], TS_DATAGRAM);
    assert_int_equal(taken.piece[1], TS_DATAGRAM);
    assert_int_equal(taken.piece[2], 3 * TS_PACKET);
    assert_int_equal(taken.piece[3], 50);
}

static void pipe_of_anything_is_cut_at_1316(void **state)
{
    struct taken taken = {0};
    uint8_t data[3000];
    (void)state;
    memset(data, 'x', sizeof data);
    run_pipe(&taken, data, sizeof data);
    assert_int_equal(taken.pieces, 3);
    assert_int_equal(taken.piece[2], 3000 - 2 * INPUT_PIECE);
}

static void file_comes_whole(void **state)
{
    struct taken taken = {0};
    struct input *input = NULL;
    struct run_error error;
    struct url url;
    char name[] = "/tmp/plait-input.XXXXXX";
    char text[64];
    uint8_t data[20000];
    int fd = mkstemp(name);
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    assert_int_equal(write(fd, data, sizeof data), sizeof data);
    close(fd);
    (void)snprintf(text, sizeof text, "file:%s", name);
    assert_int_equal(url_parse(text, &url, &error), PLAIT_OK);
    loop_init(&taken.loop);
    struct input_config config = {
        &taken.loop, &url, 100000000, {&taken, on_datagram, on_end, has_room}};
    assert_int_equal(input_open(&config, &input, &error), PLAIT_OK);
    input_start(input, taken.loop.now);
    while (!taken.ended)
        loop_step(&taken.loop, PLAIT_NEVER);
    input_close(input);
    unlink(name);
    assert_false(taken.failed);
    assert_int_equal(taken.len, sizeof data);
    assert_memory_equal(taken.data, data, sizeof data);
}

/* Its end is not the file's: who started the program learns of it. */
static void file_that_cannot_be_read_fails(void **state)
{
    struct taken taken = {0};
    struct input *input = NULL;
    struct run_error error;
    char name[] = "/tmp/plait-input.XXXXXX";
    int made = mkstemp(name);
    int fd = open(name, O_WRONLY);
    (void)state;
    close(made);
    unlink(name);
    loop_init(&taken.loop);
    struct input_config config = {
        &taken.loop, NULL, 1000000, {&taken, on_datagram, on_end, has_room}};
    assert_int_equal(input_file_open(&config, fd, &input, &error), PLAIT_OK);
    input_start(input, taken.loop.now);
    while (!taken.ended)
        loop_step(&taken.loop, PLAIT_NEVER);
    input_close(input);
    assert_true(taken.failed);
    assert_int_equal(taken.len, 0);
}

static void missing_file_is_refused(void **state)
{
    static const char *const texts[] = {"file:/nowhere/at/all.ts", "file:/tmp"};
    struct taken taken = {0};
    struct input *input = NULL;
    struct run_error error;
    struct url url;
    (void)state;
    loop_init(&taken.loop);
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(url_parse(texts[i], &url, &error), PLAIT_OK);
        struct input_config config = {
            &taken.loop, &url, 0, {&taken, on_datagram, on_end, has_room}};
        assert_int_equal(input_open(&config, &input, &error), PLAIT_ERR_INVALID);
        assert_tells(error, texts[i]);
    }
}

static void clock_reference_is_read(void **state)
{
    /* PID 0x100, adaptation field of 7 bytes with a PCR of base 0x123456789, extension 0x101. */
    uint8_t packet[TS_PACKET] = {0x47, 0x01, 0x00, 0x30, 7,    0x10,
                                 0x91, 0xa2, 0xb3, 0xc4, 0xff, 0x01};
    uint16_t pid = 0;
    uint64_t pcr = 0;
    (void)state;
    assert_true(ts_pcr(packet, &pid, &pcr));
    assert_int_equal(pid, 0x100);
    assert_int_equal(pcr, UINT64_C(0x123456789) * 300 + 0x101);
    packet[5] = 0;
    assert_false(ts_pcr(packet, &pid, &pcr));
    packet[5] = 0x10;
    packet[3] = 0x10;
    assert_false(ts_pcr(packet, &pid, &pcr));
    assert_int_equal(ts_pcr_ns(0, TS_PCR_HZ), 1000000000);
    assert_int_equal(ts_pcr_ns((UINT64_C(300) << 33) - 27000, 27000), 2000000); /* the wrap */
}

static void synthetic_datagram_is_recognised(void **state)
{
    struct taken taken = {0};
    struct input *input = NULL;
    struct run_error error;
    uint64_t number = 99;
    (void)state;
    loop_init(&taken.loop);
    struct input_config config = {
        &taken.loop, NULL, 500000, {&taken, on_datagram, on_end, has_room}};
    assert_int_equal(input_open(&config, &input, &error), PLAIT_OK);
    input_start(input, taken.loop.now);
    while (taken.pieces < 3)
        loop_step(&taken.loop, PLAIT_NEVER);
    input_close(input);
    assert_true(input_synth_check(taken.data + 2 * INPUT_PIECE, INPUT_PIECE, &number));
    assert_int_equal(number, 2);
    taken.data[500] ^= 1;
    assert_false(input_synth_check(taken.data, INPUT_PIECE, &number));
    assert_false(input_synth_check(taken.data + INPUT_PIECE, INPUT_PIECE - 1, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipe_of_ts_is_cut_at_packets),
        cmocka_unit_test(pipe_of_anything_is_cut_at_1316),
        cmocka_unit_test(file_comes_whole),
        cmocka_unit_test(file_that_cannot_be_read_fails),
        cmocka_unit_test(missing_file_is_refused),
        cmocka_unit_test(clock_reference_is_read),
        cmocka_unit_test(synthetic_datagram_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
