/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds back "receipts overdue" for a second: where the link carries again before that, as it does
 * many times a minute while driving, neither it nor the "carries media" after it is news for a
 * person. The recording (http/trace.h) keeps all of them.
 */
#ifndef HTTP_SETTLE_H
#define HTTP_SETTLE_H

#include <stdbool.h>

#include "http/http.h"

#define SETTLE_NS    UINT64_C(1000000000)
#define SETTLE_PATHS (HTTP_MAX_SESSIONS * PLAIT_MAX_PATHS)

struct settle {
    bool held[SETTLE_PATHS];
    struct http_event event[SETTLE_PATHS];
};

/* True when the event is news now; false when it is held back, or ends one that was and is dropped
 * with it. Ask settle_due() with its time before. */
bool settle_event_taken(struct settle *settle, const struct http_event *event);

/* One held event whose second has passed at `now_ns`; false when there is none (any more). */
bool settle_due(struct settle *settle, uint64_t now_ns, struct http_event *out);

#endif
