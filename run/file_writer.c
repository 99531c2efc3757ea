/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/thread.h"

#define WRITER_PIPE_BYTES  (1024 * 1024) /* what a user may have (fs.pipe-max-size) */
#define WRITER_PIECE_BYTES 65536
#define WRITER_RETRY_MS    1000

struct file_writer {
    int file;
    int pipe[2]; /* the reading end is the thread's once it runs */
    pthread_t thread;
    bool retries, runs;
    atomic_int failed;
    atomic_int holders; /* the thread and who opened it: the last one frees it */
    uint8_t piece[WRITER_PIECE_BYTES];
};

/* Until it is to be tried again. True: nothing more will come, and this is the last time. */
static bool writer_waits(const struct file_writer *writer)
{
    struct pollfd closed = {writer->pipe[0], 0, 0};
    return poll(&closed, 1, WRITER_RETRY_MS) > 0;
}

/* The piece's bytes. False: given up. */
static bool writer_put(struct file_writer *writer, size_t len)
{
    bool is_last = !writer->retries;
    for (size_t at = 0; at < len;) {
        ssize_t done = write(writer->file, writer->piece + at, len - at);
        int failed = done < 0 && errno != EINTR ? errno : 0;
        atomic_store(&writer->failed, failed);
        if (failed != 0 && is_last)
            return false;
        if (failed != 0)
            is_last = writer_waits(writer);
        at += done > 0 ? (size_t)done : 0;
    }
    return true;
}

static void writer_drop(struct file_writer *writer)
{
    if (atomic_fetch_sub(&writer->holders, 1) == 1)
        free(writer);
}

static void *writer_body(void *ctx)
{
    struct file_writer *writer = ctx;
    bool goes_on = true;
    while (goes_on) {
        ssize_t got = read(writer->pipe[0], writer->piece, sizeof writer->piece);
        goes_on = got > 0 ? writer_put(writer, (size_t)got) : got < 0 && errno == EINTR;
    }
    (void)close(writer->pipe[0]); /* who writes gets EPIPE */
    writer_drop(writer);
    return NULL;
}

struct file_writer *file_writer_open(int file, bool retries, struct run_error *error)
{
    struct file_writer *writer = calloc(1, sizeof *writer);
    if (!writer || pipe2(writer->pipe, O_CLOEXEC) != 0) {
        (void)run_fail(error, PLAIT_ERR_NO_MEMORY, "no pipe to the file (%s); raise: ulimit -n",
                       strerror(errno));
        free(writer);
        return NULL;
    }
    writer->file = file;
    writer->retries = retries;
    atomic_init(&writer->holders, 1);
    (void)fcntl(writer->pipe[1], F_SETPIPE_SZ, WRITER_PIPE_BYTES); /* else the kernel's 64 KB */
    (void)fcntl(writer->pipe[1], F_SETFL, O_NONBLOCK);
    return writer;
}

int file_writer_pipe(const struct file_writer *writer)
{
    return writer->pipe[1];
}

bool file_writer_start(struct file_writer *writer)
{
    if (writer->runs)
        return true;
    atomic_store(&writer->failed, 0);
    atomic_store(&writer->holders, 2);
    writer->runs = thread_start(&writer->thread, writer_body, writer) == 0;
    if (!writer->runs) {
        atomic_store(&writer->failed, EAGAIN);
        atomic_store(&writer->holders, 1);
    }
    return writer->runs;
}

int file_writer_failed(const struct file_writer *writer)
{
    return atomic_load(&writer->failed);
}

int file_writer_close(struct file_writer *writer, uint64_t until)
{
    if (!writer)
        return 0;
    (void)close(writer->pipe[1]);
    if (!writer->runs)
        (void)close(writer->pipe[0]);
    bool has_ended = !writer->runs || thread_has_ended(writer->thread, until);
    int failed = has_ended ? atomic_load(&writer->failed) : -1;
    writer_drop(writer);
    return failed;
}
