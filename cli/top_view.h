/* SPDX-License-Identifier: BSD-2-Clause */
/* What `plait top` shows of a snapshot (http/json.h): rows of toned text, for a terminal or plain.
 */
#ifndef PLAIT_CLI_TOP_VIEW_H
#define PLAIT_CLI_TOP_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum top_tone {
    TOP_PLAIN,
    TOP_SOFT,
    TOP_STRONG,
    TOP_GOOD,
    TOP_WARN,
    TOP_BAD,
};

/* Where the rows go. */
struct top_output {
    void *ctx;
    int width; /* columns */
    void (*text)(void *ctx, enum top_tone tone, const char *text);
    void (*row_end)(void *ctx);
};

#define TOP_MINUTE   60
#define TOP_SESSIONS 16

struct top_counts {
    bool sender;
    json_int_t session; /* its number */
    json_int_t ok, bad, fec, arq;
};

/* Counters a second ago, two seconds ago ..: for "last minute". */
struct top_history {
    json_int_t now_ns[TOP_MINUTE];
    uint32_t sessions[TOP_MINUTE];
    struct top_counts at[TOP_MINUTE][TOP_SESSIONS];
    uint32_t next, count;
};

/* Draws all of it; `trouble` is shown when not NULL (the connection is lost). Takes the snapshot's
 * counters into the history when it is a new one. */
void top_view_draw(const struct top_output *out, struct top_history *history,
                   const json_t *snapshot, const char *trouble, int rows_left);

#endif
