/* SPDX-License-Identifier: BSD-2-Clause */
/* A made-up session, a pure function of time: six links that wander, one that dies and comes back,
 * one that loses, one whose address changes. For tests of what shows statistics. */
#ifndef TESTS_HTTP_MADE_UP_H
#define TESTS_HTTP_MADE_UP_H

#include "http/http.h"

#define MADE_UP_LINKS 6

/* A running made-up session; totals grow by the time between two steps. */
struct made_up {
    uint64_t started_unix_ms;
    uint64_t now_ns;
    uint32_t links; /* 1..MADE_UP_LINKS */
    struct http_snapshot snapshot;
};

void made_up_init(struct made_up *world, uint32_t links, uint64_t unix_ms);

/* Lets time pass and updates world->snapshot. Writes what happened to `events` (at most max) and
 * returns how many. */
size_t made_up_step(struct made_up *world, uint64_t ns, struct http_event *events, size_t max);

#endif
