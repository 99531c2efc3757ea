/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/lookup.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/thread.h"

/* The thread's own. */
struct lookup_job {
    struct lookup_asked asked;
    int answer_fd;
};

/* Up to this, a pipe takes a message whole. */
_Static_assert(sizeof(struct lookup_found) <= PIPE_BUF, "an answer is one write");

/* Where nobody reads any more it fails; the signal for that is blocked here. */
static bool lookup_tell(const struct lookup_job *job, const struct lookup_found *found)
{
    return write(job->answer_fd, found, sizeof *found) == (ssize_t)sizeof *found;
}

static void *lookup_body(void *ctx)
{
    struct lookup_job *job = ctx;
    struct lookup_found found;
    bool is_read = true;
    for (uint32_t i = 0; i < job->asked.count && is_read; i++) {
        memset(&found, 0, sizeof found);
        found.index = i;
        if (addr_parse_pair_anew(job->asked.name[i], ADDR_REACH, &job->asked.known[i],
                                 &found.address, &found.why) == PLAIT_OK)
            found.why.text[0] = '\0';
        is_read = lookup_tell(job, &found);
    }
    close(job->answer_fd);
    free(job);
    return NULL;
}

static void lookup_on_ready(void *ctx, uint64_t now, short revents)
{
    struct lookup *lookup = ctx;
    struct lookup_found found;
    (void)revents;
    ssize_t got = read(lookup->watch.fd, &found, sizeof found);
    if (got == (ssize_t)sizeof found)
        lookup->on_found(lookup->ctx, now, &found);
    else
        lookup_close(lookup); /* that was all */
}

int lookup_start(struct lookup *lookup, struct loop *loop)
{
    int ends[2];
    pthread_t thread;
    if (lookup->loop)
        return PLAIT_ERR_STATE;
    struct lookup_job *job = calloc(1, sizeof *job);
    if (!job || pipe2(ends, O_CLOEXEC) != 0) {
        free(job);
        return PLAIT_ERR_SYSTEM;
    }
    job->asked = lookup->asked;
    job->answer_fd = ends[1];
    lookup->watch.fd = ends[0];
    lookup->watch.events = POLLIN;
    lookup->watch.on_ready = lookup_on_ready;
    lookup->watch.ctx = lookup;
    lookup->loop = loop;
    if (loop_watch_add(loop, &lookup->watch) != PLAIT_OK ||
        thread_start(&thread, lookup_body, job) != 0) {
        close(ends[1]);
        free(job);
        lookup_close(lookup);
        return PLAIT_ERR_SYSTEM;
    }
    (void)pthread_detach(thread);
    return PLAIT_OK;
}

void lookup_close(struct lookup *lookup)
{
    if (!lookup->loop)
        return;
    loop_watch_remove(lookup->loop, &lookup->watch);
    close(lookup->watch.fd);
    lookup->loop = NULL;
}
