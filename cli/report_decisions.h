/* SPDX-License-Identifier: BSD-2-Clause */
/* What a recording tells of the core's decisions (http/trace.h), counted for the report. */
#ifndef PLAIT_CLI_REPORT_DECISIONS_H
#define PLAIT_CLI_REPORT_DECISIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "plait/plait.h"

#define REPORT_SESSIONS 16

enum report_count {
    REPORT_FRESH,
    REPORT_RESEND,
    REPORT_REINJECT,
    REPORT_REPAIR,
    REPORT_PROBE,
    REPORT_LOST,    /* packets: overtaken or overdue */
    REPORT_DROPPED, /* source packets, never sent */
    REPORT_EXPIRED, /* source packets, sent in vain as far as is known */
    REPORT_MISSING, /* source packets, at the receiver's release */
    REPORT_COUNTS,
};

/* Of a path: why packets went there. */
struct report_path {
    uint64_t sent[REPORT_LOST]; /* by enum report_count, up to REPORT_PROBE */
    uint64_t lost;
    uint64_t only;     /* no other path was ready */
    uint64_t earliest; /* it promised the earliest arrival of all that were ready */
    uint64_t lighter;  /* another promised an earlier one, but had more against it */
};

struct report_decisions {
    uint32_t sessions;
    uint64_t records;
    struct {
        char role[16];
        json_int_t session;
        uint64_t count[REPORT_COUNTS];
        struct report_path path[PLAIT_MAX_PATHS];
    } of[REPORT_SESSIONS];
};

/* name: without "plait:". False when the record is no decision. */
bool report_decision_taken(struct report_decisions *decisions, const char *name,
                           const json_t *data);

/* The counts so far of a session (as /stats has it), as a list by enum report_count; NULL when
 * nothing was recorded of it. */
json_t *report_decisions_so_far(const struct report_decisions *decisions, const json_t *session);

/* [{role, session, paths: [{path_id, fresh, resend, ..}]}] */
json_t *report_decisions_json(const struct report_decisions *decisions);

#endif
