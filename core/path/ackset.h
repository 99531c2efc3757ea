/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiver's book of one path: which packet numbers arrived when, as far as they are worth
 * reporting. Reports overlap: each receipt is told twice, so that one lost report loses nothing. */
#ifndef PLAIT_PATH_ACKSET_H
#define PLAIT_PATH_ACKSET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/limits.h"

struct ackset {
    uint64_t received_ns[ACK_HISTORY]; /* of number n at n & (ACK_HISTORY - 1); 0: not received */
    uint64_t number[ACK_HISTORY];
    uint64_t largest;     /* valid when any */
    uint64_t reported[2]; /* largest at the last and the second last report */
    uint32_t unreported;  /* packets since the last report that want one */
    uint64_t unreported_since;
    bool any;
};

/* A packet opened. wants_report: it is ack-eliciting. */
void ackset_on_received(struct ackset *set, uint64_t number, uint64_t now, bool wants_report);

/* When a report is due; NEVER when nothing is to report. */
uint64_t ackset_due(const struct ackset *set);

/* Fills what a report written at `now` tells: received[i] and before_ns[i] for number largest - i,
 * i in 0..count-1 (count <= max; returned). Changes nothing. */
uint32_t ackset_describe(const struct ackset *set, bool *received, int64_t *before_ns,
                         uint32_t max);

/* A report went out on every path it was to go on. */
void ackset_on_reported(struct ackset *set);

/* Receive time of the largest number; 0 when none. */
uint64_t ackset_largest_ns(const struct ackset *set);

#endif
