/* SPDX-License-Identifier: BSD-2-Clause */
/* What is still in the buffer when a pipe is closed: a reader that reads gets it, one that does not
 * is told of. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/file_writer.h"
#include "run/output.h"
#include "run/socket.h"

#define MEDIA (1024 * 1024) /* many times what a pipe holds */

struct reader {
    struct loop loop;
    struct output *output;
    int ends[2];
    size_t read;
    uint32_t fails;
};

static void on_failed(void *ctx, uint64_t now, const char *why)
{
    struct reader *reader = ctx;
    (void)now;
    assert_non_null(why);
    reader->fails++;
}

static void open_pipe(struct reader *reader)
{
    struct output_config config = {&reader->loop, NULL, reader, on_failed, NULL};
    struct run_error error;
    assert_int_equal(pipe(reader->ends), 0);
    loop_init(&reader->loop);
    assert_int_equal(output_stream_open(&config, reader->ends[1], &reader->output, &error),
                     PLAIT_OK);
}

static void write_media(struct reader *reader)
{
    static const uint8_t data[MEDIA / 1024] = {7};
    for (int i = 0; i < 1024; i++)
        output_write(reader->output, data, sizeof data);
    assert_int_equal(reader->output->counts.dropped, 0);
}

static void *read_all(void *ctx)
{
    struct reader *reader = ctx;
    uint8_t data[4096];
    ssize_t len;
    while ((len = read(reader->ends[0], data, sizeof data)) > 0)
        reader->read += (size_t)len;
    return NULL;
}

static void close_waits_for_a_reader(void **state)
{
    struct reader reader = {0};
    pthread_t thread;
    (void)state;
    open_pipe(&reader);
    write_media(&reader);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    output_close(reader.output);
    pthread_join(thread, NULL);
    assert_int_equal(reader.read, MEDIA);
    assert_int_equal(reader.fails, 0);
    close(reader.ends[0]);
}

static void a_reader_that_does_not_read_is_told_of(void **state)
{
    struct reader reader = {0};
    (void)state;
    open_pipe(&reader);
    write_media(&reader);
    output_close(reader.output);
    assert_int_equal(reader.fails, 1);
    close(reader.ends[0]);
}

static const char *const full_path = "/tmp/plait-output-full";

static void on_full(void *ctx, uint64_t now, const char *why)
{
    uint32_t *fails = ctx;
    (void)now;
    assert_string_equal(why, strerror(EFBIG));
    ++*fails;
}

/* Also what fails when all has been handed to the file's own thread. */
static void a_file_that_takes_no_more_is_told_of(void **state)
{
    static const uint8_t data[8192] = {7};
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY}, limit = {4096, RLIM_INFINITY};
    char text[64];
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(text, sizeof text, "file:%s.%d", full_path, (int)getpid());
    for (int is_late = 0; is_late < 2; is_late++) {
        struct loop loop;
        struct url url;
        struct output *output;
        struct run_error error;
        uint32_t fails = 0;
        struct output_config config = {&loop, &url, &fails, on_full, NULL};
        loop_init(&loop);
        assert_int_equal(url_parse(text, &url, &error), PLAIT_OK);
        assert_int_equal(output_open(&config, &output, &error), PLAIT_OK);
        output_start(output);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        for (int i = 0; i < 10000 && fails == 0 && !is_late; i++) {
            output_write(output, data, sizeof data);
            loop_step(&loop, 1000000);
        }
        output_write(output, data, sizeof data);
        assert_int_equal(fails, !is_late);
        output_close(output);
        assert_int_equal(fails, 1);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        assert_int_equal(unlink(url.path), 0);
    }
}

/* As a disk that has stopped would: the thread waits in write(2), and nothing waits for it. */
static void a_file_that_takes_nothing_is_left(void **state)
{
    static const uint8_t data[1024] = {7};
    struct run_error error;
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], data, sizeof data) > 0) {
    }
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
    struct file_writer *writer = file_writer_open(ends[1], false, &error);
    assert_non_null(writer);
    assert_true(file_writer_start(writer));
    assert_int_equal(write(file_writer_pipe(writer), data, sizeof data), sizeof data);
    assert_int_equal(file_writer_close(writer, clock_now_ns() + CLOCK_S / 10), -1);
    close(ends[0]);
}

/* A group needs no route when its device is named. */
static void multicast_goes_by_a_named_device(void **state)
{
    struct loop loop;
    struct url url;
    struct output *output;
    struct output_config config = {&loop, &url, NULL, on_failed, NULL};
    struct socket_config group = {.join = true, .iface = "lo"};
    struct run_error error;
    char text[64];
    uint8_t data[8];
    int ttl = 0;
    socklen_t size = sizeof ttl;
    (void)state;
    assert_int_equal(addr_parse("239.1.2.3:0", ADDR_LISTEN, &group.bind, &error), PLAIT_OK);
    int fd = socket_open(&group, &error);
    if (fd < 0)
        fail_msg("%s", error.text);
    socket_local(fd, &group.bind);
    (void)snprintf(text, sizeof text, "udp://239.1.2.3:%u?ttl=7&iface=lo", group.bind.port);
    loop_init(&loop);
    assert_int_equal(url_parse(text, &url, &error), PLAIT_OK);
    assert_int_equal(output_open(&config, &output, &error), PLAIT_OK);
    int out = fd + 1; /* the next one that is free */
    assert_int_equal(getsockopt(out, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, &size), 0);
    assert_int_equal(ttl, 7);
    output_write(output, (const uint8_t *)"media", 5);
    output_close(output);
    struct pollfd ready = {fd, POLLIN, 0};
    assert_int_equal(poll(&ready, 1, 5000), 1);
    assert_int_equal(recv(fd, data, sizeof data, 0), 5);
    close(fd);
}

static void on_note(void *ctx, uint64_t now, const char *text)
{
    uint32_t *notes = ctx;
    (void)now;
    assert_string_equal(text, "iface=no-such0: no such device, waiting for it (is the name right? "
                              "see: ip -br link)");
    ++*notes;
}

/* Nothing leaves by another one meanwhile. */
static void a_device_that_is_not_there_is_awaited(void **state)
{
    struct loop loop;
    struct url url;
    struct output *output;
    struct run_error error;
    uint32_t notes = 0;
    struct output_config config = {&loop, &url, &notes, on_failed, on_note};
    (void)state;
    loop_init(&loop);
    assert_int_equal(url_parse("udp://239.1.2.3:7?iface=no-such0", &url, &error), PLAIT_OK);
    if (output_open(&config, &output, &error) != PLAIT_OK)
        fail_msg("%s", error.text);
    for (uint32_t i = 1; i <= 3; i++) {
        output_write(output, (const uint8_t *)"media", 5);
        loop_step(&loop, 0);
        assert_int_equal(output->counts.dropped, i);
        assert_int_equal(notes, 1);
    }
    output_close(output);
}

/* What is no group goes by the routes, whatever is named. */
static void a_device_is_for_groups_alone(void **state)
{
    struct loop loop;
    struct url url;
    struct output *output;
    struct run_error error;
    struct output_config config = {&loop, &url, NULL, on_failed, NULL};
    (void)state;
    loop_init(&loop);
    assert_int_equal(url_parse("udp://127.0.0.1:9?iface=no-such0", &url, &error), PLAIT_OK);
    if (output_open(&config, &output, &error) != PLAIT_OK)
        fail_msg("%s", error.text);
    output_write(output, (const uint8_t *)"media", 5);
    loop_step(&loop, 0);
    assert_int_equal(output->counts.dropped, 0);
    output_close(output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multicast_goes_by_a_named_device),
        cmocka_unit_test(a_device_that_is_not_there_is_awaited),
        cmocka_unit_test(a_device_is_for_groups_alone),
        cmocka_unit_test(close_waits_for_a_reader),
        cmocka_unit_test(a_file_that_takes_no_more_is_told_of),
        cmocka_unit_test(a_file_that_takes_nothing_is_left),
        cmocka_unit_test(a_reader_that_does_not_read_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
