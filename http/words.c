/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/words.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

const char *words_role(enum plait_role role)
{
    return role == PLAIT_SENDER ? "sender" : "receiver";
}

const char *words_path_state(enum plait_path_state state)
{
    static const char *const name[] = {"none", "validating", "active", "suspect", "down"};
    return (unsigned)state < sizeof(name) / sizeof(name[0]) ? name[state] : "none";
}

const char *words_event(enum plait_event_kind kind)
{
    static const char *const name[] = {
        "note",         "session_up", "session_closed", "path_up",  "path_suspect", "path_down",
        "path_removed", "path_moved", "latency",        "overload", "advice",       "rekeyed",
    };
    return (unsigned)kind < sizeof(name) / sizeof(name[0]) ? name[kind] : "note";
}

static const char *close_reason(uint64_t value)
{
    static const char *const reason[] = {
        "closed here",
        "the peer said goodbye",
        "nothing heard for 30 s",
        "the peer is no longer allowed",
        "the peer started anew",
        "the keys are used up",
    };
    return value < sizeof(reason) / sizeof(reason[0]) ? reason[value] : "closed";
}

void words_event_text(const struct plait_event *event, const char *link, char *out, size_t len)
{
    const char *who = link != NULL ? link : "a link";
    uint64_t value = event->value;

    switch (event->kind) {
    case PLAIT_EVENT_SESSION_UP:
        snprintf(out, len, "session up, latency %" PRIu64 " ms", value / 1000000);
        return;
    case PLAIT_EVENT_SESSION_CLOSED:
        snprintf(out, len, "session closed: %s", close_reason(value));
        return;
    case PLAIT_EVENT_PATH_UP:
        snprintf(out, len, "%s carries media", who);
        return;
    case PLAIT_EVENT_PATH_SUSPECT:
        snprintf(out, len, "%s: receipts overdue, carries only what no other link can", who);
        return;
    case PLAIT_EVENT_PATH_DOWN:
        snprintf(out, len, "%s is down", who);
        return;
    case PLAIT_EVENT_PATH_REMOVED:
        snprintf(out, len, "%s was taken away", who);
        return;
    case PLAIT_EVENT_PATH_MOVED:
        snprintf(out, len, "%s changed its address", who);
        return;
    case PLAIT_EVENT_LATENCY:
        snprintf(out, len, "latency is now %" PRIu64 " ms", value / 1000000);
        return;
    case PLAIT_EVENT_OVERLOAD:
        snprintf(out, len, "overload: %" PRIu64 " packets dropped so far", value);
        return;
    case PLAIT_EVENT_ADVICE:
        snprintf(out, len, "encoder advice: %.1f Mbit/s", (double)value / 1e6);
        return;
    case PLAIT_EVENT_REKEYED:
        snprintf(out, len, "new keys, generation %" PRIu64, value);
        return;
    }
    snprintf(out, len, "note");
}

void words_address(const struct plait_addr *address, char *out, size_t len)
{
    char ip[INET6_ADDRSTRLEN] = "";

    if (address->family == 4 && inet_ntop(AF_INET, address->ip, ip, sizeof(ip)) != NULL) {
        snprintf(out, len, "%s:%u", ip, address->port);
    } else if (address->family == 6 && inet_ntop(AF_INET6, address->ip, ip, sizeof(ip)) != NULL) {
        snprintf(out, len, "[%s]:%u", ip, address->port);
    } else if (len > 0) {
        out[0] = '\0';
    }
}
