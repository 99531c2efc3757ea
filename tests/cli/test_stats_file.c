/* SPDX-License-Identifier: BSD-2-Clause */
/* --stats into a pipe whose reader pauses: nothing waits for it, and it sees whole lines only. On a
 * disk that was full nothing is missing. */
#include "../run/support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/stats_file.h"

#define PIPE_SMALL 4096 /* the smallest there is: it takes a part of a line */
#define PIPE_LARGE 65536
#define LINE_BYTES 6000

struct reader {
    struct stats_file file;
    char dir[32], path[48];
    int fd;
    size_t len;
    char text[65536];
};

static void reader_open(struct reader *reader, int pipe_bytes)
{
    reader->fd = open(reader->path, O_RDONLY | O_NONBLOCK);
    assert_true(reader->fd >= 0);
    assert_int_equal(fcntl(reader->fd, F_SETPIPE_SZ, pipe_bytes), pipe_bytes);
    reader->len = 0;
}

static int set_up(void **state)
{
    struct reader *reader = calloc(1, sizeof *reader);
    struct run_error error;
    assert_non_null(reader);
    (void)signal(SIGPIPE, SIG_IGN);
    strcpy(reader->dir, "/tmp/plait-stats.XXXXXX");
    assert_non_null(mkdtemp(reader->dir));
    (void)snprintf(reader->path, sizeof reader->path, "%s/fifo", reader->dir);
    assert_int_equal(mkfifo(reader->path, 0600), 0);
    reader_open(reader, PIPE_SMALL);
    assert_int_equal(stats_file_open(&reader->file, reader->path, 0, &error), PLAIT_OK);
    *state = reader;
    return 0;
}

static int tear_down(void **state)
{
    struct reader *reader = *state;
    stats_file_close(&reader->file);
    close(reader->fd);
    unlink(reader->path);
    rmdir(reader->dir);
    free(reader);
    return 0;
}

static void write_line(struct reader *reader, int number, bool is_final)
{
    static char filler[LINE_BYTES];
    memset(filler, 'x', sizeof filler - 1);
    json_t *line = stats_file_line(&reader->file, "test", 0, is_final);
    (void)json_object_set_new(line, "number", json_integer(number));
    (void)json_object_set_new(line, "filler", json_string(filler));
    stats_file_write(&reader->file, line, is_final);
}

static void read_all(struct reader *reader)
{
    ssize_t got;
    while ((got = read(reader->fd, reader->text + reader->len, sizeof reader->text - reader->len)) >
           0)
        reader->len += (size_t)got;
}

/* The numbers of the lines read, each one whole; the last one's count of those left out. */
static int numbers(struct reader *reader, int out[16], json_int_t *dropped)
{
    int count = 0;
    char *at = reader->text;
    assert_true(reader->len > 0 && reader->text[reader->len - 1] == '\n');
    while (at < reader->text + reader->len) {
        char *end = memchr(at, '\n', (size_t)(reader->text + reader->len - at));
        json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);
        assert_non_null(line);
        assert_true(count < 16);
        out[count++] = (int)json_integer_value(json_object_get(line, "number"));
        *dropped = json_integer_value(json_object_get(line, "lines_dropped"));
        json_decref(line);
        at = end + 1;
    }
    return count;
}

static void paused_reader_gets_whole_lines(void **state)
{
    struct reader *reader = *state;
    int got[16];
    json_int_t dropped;
    for (int i = 0; i < 6; i++)
        write_line(reader, i, false);
    read_all(reader);
    assert_true(reader->len < LINE_BYTES);
    assert_int_equal(fcntl(reader->fd, F_SETPIPE_SZ, PIPE_LARGE), PIPE_LARGE);
    write_line(reader, 6, false); /* after what was left of the first */
    write_line(reader, 7, true);
    read_all(reader);
    assert_int_equal(numbers(reader, got, &dropped), 3);
    assert_int_equal(got[0], 0);
    assert_int_equal(got[1], 6);
    assert_int_equal(got[2], 7);
    assert_int_equal(dropped, 5);
}

static void next_reader_begins_with_a_whole_line(void **state)
{
    struct reader *reader = *state;
    int got[16];
    json_int_t dropped;
    write_line(reader, 0, false);
    read_all(reader);
    close(reader->fd);
    write_line(reader, 1, false);
    reader_open(reader, PIPE_LARGE);
    write_line(reader, 2, false);
    read_all(reader);
    assert_int_equal(numbers(reader, got, &dropped), 1);
    assert_int_equal(got[0], 2);
    assert_int_equal(dropped, 2);
}

/* No next line tells what it did not take of the last one. */
static void what_the_end_lacks_is_a_failure(void **state)
{
    struct reader *reader = *state;
    write_line(reader, 0, true);
    assert_int_equal(reader->file.failed, 0);
    stats_file_close(&reader->file);
    assert_int_equal(reader->file.failed, EBUSY);
}

/* In place of the pipe that set_up() has opened. */
static void reader_open_file(struct reader *reader, char path[48])
{
    struct run_error error;
    (void)snprintf(path, 48, "%s/file", reader->dir);
    stats_file_close(&reader->file);
    close(reader->fd);
    assert_int_equal(stats_file_open(&reader->file, path, 0, &error), PLAIT_OK);
    reader->fd = open(path, O_RDONLY);
}

static void a_disk_that_was_full_has_all(void **state)
{
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY}, limit = {100, RLIM_INFINITY};
    struct reader *reader = *state;
    int got[16];
    json_int_t dropped;
    char path[48];
    (void)signal(SIGXFSZ, SIG_IGN);
    reader_open_file(reader, path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    write_line(reader, 0, false);
    while (file_writer_failed(reader->file.writer) == 0)
        (void)poll(NULL, 0, 1);
    write_line(reader, 1, false);
    assert_int_equal(reader->file.failed, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    stats_file_close(&reader->file);
    assert_int_equal(reader->file.failed, 0);
    read_all(reader);
    assert_int_equal(numbers(reader, got, &dropped), 2);
    unlink(path);
}

/* By logrotate (copytruncate), or by hand to have room again. */
static void a_file_that_is_emptied_goes_on_at_its_beginning(void **state)
{
    struct reader *reader = *state;
    struct stat info = {0};
    int got[16];
    json_int_t dropped;
    char path[48];
    reader_open_file(reader, path);
    write_line(reader, 0, false);
    while (fstat(reader->fd, &info) == 0 && info.st_size <= LINE_BYTES)
        (void)poll(NULL, 0, 1);
    assert_int_equal(truncate(path, 0), 0);
    write_line(reader, 1, false);
    stats_file_close(&reader->file);
    read_all(reader);
    assert_int_equal(numbers(reader, got, &dropped), 1);
    assert_int_equal(got[0], 1);
    unlink(path);
}

/* That nothing was written is still told once the file is closed. */
static void without_a_thread_it_fails(void **state)
{
    struct reader *reader = *state;
    pthread_attr_t usual, huge;
    char path[48];
    reader_open_file(reader, path);
    assert_int_equal(pthread_getattr_default_np(&usual), 0);
    assert_int_equal(pthread_getattr_default_np(&huge), 0);
    assert_int_equal(pthread_attr_setstacksize(&huge, SIZE_MAX / 4), 0);
    assert_int_equal(pthread_setattr_default_np(&huge), 0);
    write_line(reader, 0, true);
    assert_int_equal(pthread_setattr_default_np(&usual), 0);
    assert_int_equal(reader->file.failed, EAGAIN);
    stats_file_close(&reader->file);
    assert_int_equal(reader->file.failed, EAGAIN);
    read_all(reader);
    assert_int_equal(reader->len, 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paused_reader_gets_whole_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(next_reader_begins_with_a_whole_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_end_lacks_is_a_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_was_full_has_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_emptied_goes_on_at_its_beginning, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_a_thread_it_fails, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
