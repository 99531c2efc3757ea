/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE /* fork, pipe */
#include "sim/jobs.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 64

struct job {
    pid_t pid; /* 0: none */
    int out;   /* where its result is read */
};

static void write_all(int fd, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    while (bytes) {
        ssize_t n = write(fd, at, bytes);
        if (n <= 0) {
            _exit(1);
        }
        at += n;
        bytes -= (size_t)n;
    }
}

static bool read_all(int fd, void *data, size_t bytes)
{
    uint8_t *at = data;
    while (bytes) {
        ssize_t n = read(fd, at, bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

static struct job start(size_t index, unsigned cpu_s, size_t result_bytes, jobs_run_fn *run,
                        void *ctx)
{
    int ends[2];
    fflush(stdout);
    fflush(stderr);
    if (pipe(ends) != 0) {
        abort();
    }
    pid_t pid = fork();
    if (pid < 0) {
        abort();
    }
    if (pid == 0) {
        void *result = calloc(1, result_bytes);
        const struct rlimit limit = {cpu_s, cpu_s};
        if (!result || setrlimit(RLIMIT_CPU, &limit) != 0) {
            _exit(1);
        }
        close(ends[0]);
        run(ctx, index, result);
        fflush(stdout);
        write_all(ends[1], result, result_bytes);
        _exit(0);
    }
    close(ends[1]);
    return (struct job){pid, ends[0]};
}

static bool finish(struct job *job, void *result, size_t result_bytes)
{
    bool whole = read_all(job->out, result, result_bytes);
    close(job->out);
    int status;
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR) {
    }
    job->pid = 0;
    return whole;
}

static bool run_here(size_t count, size_t result_bytes, jobs_run_fn *run, jobs_done_fn *done,
                     void *ctx)
{
    bool go_on = true;
    for (size_t i = 0; i < count && go_on; i++) {
        void *result = calloc(1, result_bytes);
        if (!result) {
            abort();
        }
        run(ctx, i, result);
        go_on = done(ctx, i, result);
        free(result);
    }
    return go_on;
}

bool jobs_run(size_t count, unsigned processes, unsigned cpu_s, size_t result_bytes,
              jobs_run_fn *run, jobs_done_fn *done, void *ctx)
{
    if (processes == 0) {
        return run_here(count, result_bytes, run, done, ctx);
    }
    struct job jobs[PROCESSES_MAX] = {{0, 0}};
    size_t width = processes < PROCESSES_MAX ? processes : PROCESSES_MAX;
    void *result = malloc(result_bytes);
    if (!result) {
        abort();
    }
    bool go_on = true;
    for (size_t i = 0; i < count + width; i++) {
        struct job *job = &jobs[i % width];
        if (job->pid) {
            bool whole = finish(job, result, result_bytes);
            if (go_on) {
                go_on = done(ctx, i - width, whole ? result : NULL);
            }
        }
        if (i < count && go_on) {
            *job = start(i, cpu_s, result_bytes, run, ctx);
        }
    }
    free(result);
    return go_on;
}
