/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "run/clock.h"

#define LOG_LINE 512

void log_init(struct run_log *log, uint64_t now)
{
    log->tokens = LOG_BURST * UINT64_C(1000);
    log->last = now;
    log->left_out = 0;
    log->overload_at = 0;
}

/* A pipe that nobody reads or a terminal that was stopped would hold up the stream with the line.
 * The descriptor may be shared with a shell, so it is not made non-blocking. */
static bool log_takes_line(void)
{
    struct pollfd ready = {STDERR_FILENO, POLLOUT, 0};
    return poll(&ready, 1, 0) > 0;
}

static bool log_may(struct run_log *log, uint64_t now)
{
    uint64_t earned = (now - log->last) / CLOCK_MS * LOG_RATE_PER_S;
    if (earned > 0) {
        log->tokens += earned;
        log->last = now;
    }
    if (log->tokens > LOG_BURST * UINT64_C(1000))
        log->tokens = LOG_BURST * UINT64_C(1000);
    if (log->tokens < 1000 || !log_takes_line()) {
        log->left_out++;
        return false;
    }
    log->tokens -= 1000;
    return true;
}

void log_line(struct run_log *log, uint64_t now, const char *format, ...)
{
    char line[LOG_LINE];
    va_list args;
    if (!log_may(log, now))
        return;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line - 64, format, args);
    va_end(args);
    if (len < 0)
        return;
    if ((size_t)len > sizeof line - 65)
        len = sizeof line - 65;
    if (log->left_out > 0)
        len += snprintf(line + len, 48, " left_out=%llu", (unsigned long long)log->left_out);
    log->left_out = 0;
    line[len++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)len);
    (void)ignored;
}

bool log_is_news(struct run_log *log, uint64_t now, const struct plait_event *event)
{
    if (event->kind == PLAIT_EVENT_ADVICE)
        return false;
    if (event->kind != PLAIT_EVENT_OVERLOAD)
        return true;
    if (log->overload_at != 0 && now - log->overload_at < LOG_OVERLOAD_S * CLOCK_S)
        return false;
    log->overload_at = now;
    return true;
}

const char *log_event_name(enum plait_event_kind kind)
{
    static const char *const names[] = {
        [PLAIT_EVENT_SESSION_UP] = "session_up", [PLAIT_EVENT_SESSION_CLOSED] = "session_closed",
        [PLAIT_EVENT_PATH_UP] = "path_up",       [PLAIT_EVENT_PATH_SUSPECT] = "path_suspect",
        [PLAIT_EVENT_PATH_DOWN] = "path_down",   [PLAIT_EVENT_PATH_REMOVED] = "path_removed",
        [PLAIT_EVENT_PATH_MOVED] = "path_moved", [PLAIT_EVENT_LATENCY] = "latency",
        [PLAIT_EVENT_OVERLOAD] = "overload",     [PLAIT_EVENT_ADVICE] = "advice",
        [PLAIT_EVENT_REKEYED] = "rekeyed",
    };
    size_t count = sizeof names / sizeof names[0];
    return (size_t)kind < count && names[kind] ? names[kind] : "unknown";
}

const char *log_close_text(enum plait_close reason)
{
    static const char *const texts[] = {
        [PLAIT_CLOSE_LOCAL] = "closed here",
        [PLAIT_CLOSE_PEER] = "the peer said goodbye",
        [PLAIT_CLOSE_SILENT] = "nothing heard for 30 s",
        [PLAIT_CLOSE_REVOKED] = "no longer allowed",
        [PLAIT_CLOSE_REPLACED] = "the peer started anew",
        [PLAIT_CLOSE_EXHAUSTED] = "its keys are used up",
    };
    return (size_t)reason < sizeof texts / sizeof texts[0] ? texts[reason] : "unknown";
}
