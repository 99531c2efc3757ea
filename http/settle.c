/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/settle.h"

#include <stddef.h>

static size_t slot_of(const struct http_event *event)
{
    return (size_t)(event->session % HTTP_MAX_SESSIONS) * PLAIT_MAX_PATHS +
           event->event.path % PLAIT_MAX_PATHS;
}

bool settle_event_taken(struct settle *settle, const struct http_event *event)
{
    if (event->event.kind != PLAIT_EVENT_PATH_SUSPECT && event->event.kind != PLAIT_EVENT_PATH_UP) {
        return true;
    }
    size_t slot = slot_of(event);
    bool held = settle->held[slot];
    if (event->event.kind == PLAIT_EVENT_PATH_SUSPECT) {
        settle->held[slot] = true;
        settle->event[slot] = *event;
        return false;
    }
    settle->held[slot] = false;
    return !held;
}

bool settle_due(struct settle *settle, uint64_t now_ns, struct http_event *out)
{
    for (size_t i = 0; i < SETTLE_PATHS; i++) {
        if (settle->held[i] && now_ns >= settle->event[i].now_ns + SETTLE_NS) {
            settle->held[i] = false;
            *out = settle->event[i];
            return true;
        }
    }
    return false;
}
