/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the endpoint decides, as it decides it: plait_config.trace is called with one record for
 * every packet that was bound to a path, with what spoke for and against each path; for what was
 * held for lost, given up, asked for or missing; for the estimates of a path after each report and
 * for its state. With no `trace` set nothing of this is computed.
 *
 * The record is valid during the call. The callback must not call the endpoint.
 */
#ifndef PLAIT_TRACE_H
#define PLAIT_TRACE_H

#include "plait/plait.h"
#include "plait/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

enum plait_trace_kind {
    PLAIT_TRACE_SENT = 1,    /* sender: a packet goes out on `path` */
    PLAIT_TRACE_LOST = 2,    /* sender: a packet is held for lost */
    PLAIT_TRACE_OVERDUE = 3, /* sender: a packet is overdue, its copy is no longer waited for */
    PLAIT_TRACE_DROPPED = 4, /* sender: given up, never sent (not what no place was for) */
    PLAIT_TRACE_EXPIRED = 5, /* sender: the deadline passed, no receipt is known */
    PLAIT_TRACE_NACK = 6,    /* receiver: told what is missing; sender: was told */
    PLAIT_TRACE_METRICS = 7, /* sender: the path's estimates after a report */
    PLAIT_TRACE_STATE = 8,   /* the path's state changed */
    PLAIT_TRACE_MISSING = 9, /* receiver: released without these source packets */
};

/* Why a packet goes out. */
enum plait_trace_why {
    PLAIT_TRACE_FRESH = 0,    /* a source packet for the first time */
    PLAIT_TRACE_RESEND = 1,   /* again: it was lost, or asked for */
    PLAIT_TRACE_REINJECT = 2, /* again before a loss was known */
    PLAIT_TRACE_REPAIR = 3,   /* a repair symbol over seq .. seq + count - 1 */
    PLAIT_TRACE_PROBE = 4,    /* no media: ping, validation, control */
};

/* One path as the scheduler saw it when it chose. */
struct plait_trace_candidate {
    uint8_t path;
    uint8_t usable;      /* may carry media */
    uint8_t ready;       /* window and pacing allowed it at once */
    uint8_t doubtful;    /* receipts overdue */
    uint64_t arrival_ns; /* expected, from now */
    uint64_t burden_ns;  /* arrival and all that speaks against it: the least one is chosen */
};

struct plait_trace {
    enum plait_trace_kind kind;
    enum plait_role role;
    uint32_t session;
    uint64_t now;
    uint32_t path; /* UINT32_MAX: concerns none */
    union {
        struct {
            enum plait_trace_why why;
            uint64_t packet;   /* number, of the path */
            uint64_t seq;      /* of the source packet; REPAIR: the first covered */
            uint32_t count;    /* REPAIR: how many are covered */
            uint32_t bytes;    /* UDP payload */
            uint64_t slack_ns; /* until the deadline at the receiver */
            uint32_t candidates;
            struct plait_trace_candidate candidate[PLAIT_MAX_PATHS];
        } sent;
        struct { /* LOST, OVERDUE */
            uint64_t packet, seq;
            uint64_t sent_ns; /* when it went out */
            uint8_t has_seq;  /* 0: it carried no source packet */
        } lost;
        struct { /* DROPPED, EXPIRED */
            uint64_t seq;
            enum plait_worth worth;
            uint64_t waited_ns;
        } gone;
        struct { /* NACK, MISSING */
            uint64_t base, end;
            uint32_t missing, ranges; /* NACK: source packets in [base, end), in so many ranges */
        } range;
        struct plait_path_stats metrics;
        struct {
            enum plait_path_state before, after;
        } state;
    } u;
};

#ifdef __cplusplus
}
#endif
#endif
