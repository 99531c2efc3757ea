/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened, on standard error: one line of key=value pairs an event, as journald and grep like
 * it. At most LOG_BURST lines at once and LOG_RATE_PER_S in the long run, and none that would have
 * to wait for its reader; what is left out is counted in the next line. */
#ifndef PLAIT_RUN_LOG_H
#define PLAIT_RUN_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "plait/plait.h"

#define LOG_BURST      30
#define LOG_RATE_PER_S 5
#define LOG_OVERLOAD_S 10 /* an overload that lasts is told again after this */

struct run_log {
    uint64_t tokens; /* thousandths of a line */
    uint64_t last;
    uint64_t left_out;
    uint64_t overload_at; /* told last; 0: never */
};

void log_init(struct run_log *log, uint64_t now);

/* format: "event=link_lost link=%s". */
__attribute__((format(printf, 3, 4))) void log_line(struct run_log *log, uint64_t now,
                                                    const char *format, ...);

/* False for what a person is not told each time: advice, which the statistics have, and overload,
 * which the core tells with every few packets that it drops (the next told has the number). */
bool log_is_news(struct run_log *log, uint64_t now, const struct plait_event *event);

/* "session_up", "path_down", ...: an event's kind in the log and in statistics. */
const char *log_event_name(enum plait_event_kind kind);

/* "the peer said goodbye": why a session ended. */
const char *log_close_text(enum plait_close reason);

#endif
