/* SPDX-License-Identifier: BSD-2-Clause */
/* A running bond on a terminal: a line a link, a line for the stream, drawn over itself; one plain
 * line where the output is no terminal. */
#ifndef PLAIT_CLI_TABLE_H
#define PLAIT_CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "plait/stats.h"

struct table_view {
    const struct plait_stats *sender;
    const struct plait_stats *receiver; /* NULL while it has no session */
    const char *const *link_names;      /* by link number */
    const bool *link_is_cut;            /* an emulated outage is on; NULL: nothing is known */
    uint32_t link_count;
    uint64_t elapsed_ns;
};

struct table {
    FILE *to;
    bool is_terminal;
    uint32_t lines; /* drawn last time, to be drawn over */
    uint64_t last_ns, last_written_bytes, last_delivered_bytes;
    double in_bps, out_bps;
};

void table_init(struct table *table, FILE *to);
void table_draw(struct table *table, const struct table_view *view);

#endif
