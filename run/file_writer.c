/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/thread.h"

#define WRITER_PIPE_BYTES  (1024 * 1024) /* what a user may have (fs.pipe-max-size) */
#define WRITER_PIECE_BYTES 65536

struct file_writer {
    int file;
    int pipe[2]; /* the reading end is the thread's once it runs */
    pthread_t thread;
    bool runs;
    atomic_int failed;
    atomic_int holders; /* the thread and who opened it: the last one frees it */
    uint8_t piece[WRITER_PIECE_BYTES];
};

static int writer_put(int file, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t done = write(file, data, len);
        if (done < 0 && errno != EINTR)
            return errno;
        data += done > 0 ? done : 0;
        len -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

static void writer_drop(struct file_writer *writer)
{
    if (atomic_fetch_sub(&writer->holders, 1) == 1)
        free(writer);
}

static void *writer_body(void *ctx)
{
    struct file_writer *writer = ctx;
    int failed = 0;
    while (failed == 0) {
        ssize_t got = read(writer->pipe[0], writer->piece, sizeof writer->piece);
        if (got == 0)
            break;
        if (got > 0)
            failed = writer_put(writer->file, writer->piece, (size_t)got);
        else if (errno != EINTR)
            failed = errno;
    }
    atomic_store(&writer->failed, failed);
    (void)close(writer->pipe[0]); /* who writes gets EPIPE */
    writer_drop(writer);
    return NULL;
}

struct file_writer *file_writer_open(int file, struct run_error *error)
{
    struct file_writer *writer = calloc(1, sizeof *writer);
    if (!writer || pipe2(writer->pipe, O_CLOEXEC) != 0) {
        (void)run_fail(error, PLAIT_ERR_NO_MEMORY, "no pipe to the file (%s); raise: ulimit -n",
                       strerror(errno));
        free(writer);
        return NULL;
    }
    writer->file = file;
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
    atomic_store(&writer->holders, 2);
    writer->runs = thread_start(&writer->thread, writer_body, writer) == 0;
    if (!writer->runs)
        atomic_store(&writer->holders, 1);
    return writer->runs;
}

int file_writer_failed(const struct file_writer *writer)
{
    return atomic_load(&writer->failed);
}

/* A thread that a disk holds up cannot be ended: it is left alone. */
static bool writer_has_ended(const struct file_writer *writer, uint64_t until)
{
    const struct timespec end = {(time_t)(until / CLOCK_S), (long)(until % CLOCK_S)};
    bool has_ended = pthread_clockjoin_np(writer->thread, NULL, CLOCK_MONOTONIC, &end) == 0;
    if (!has_ended)
        (void)pthread_detach(writer->thread);
    return has_ended;
}

int file_writer_close(struct file_writer *writer, uint64_t until)
{
    if (!writer)
        return 0;
    (void)close(writer->pipe[1]);
    if (!writer->runs)
        (void)close(writer->pipe[0]);
    bool has_ended = !writer->runs || writer_has_ended(writer, until);
    int failed = has_ended ? atomic_load(&writer->failed) : -1;
    writer_drop(writer);
    return failed;
}
