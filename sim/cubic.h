/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plain model of one bulk TCP flow with CUBIC (RFC 9438): slow start without HyStart, fast
 * convergence, the Reno-friendly region, a reduction to 0.7 once a round, loss found by three later
 * segments having arrived (RFC 6675's threshold), a retransmission timeout (RFC 6298) of at least
 * 200 ms as Linux has it. Every segment is acknowledged at once and each ACK names the segment that
 * caused it; no pacing, no limit by the receiver. Sans I/O; segments are numbered, not bytes.
 */
#ifndef PLAIT_SIM_CUBIC_H
#define PLAIT_SIM_CUBIC_H

#include <stdbool.h>
#include <stdint.h>

#define CUBIC_SEGMENTS 8192 /* in the window, at most; a power of two */

enum cubic_segment_state {
    CUBIC_UNSENT,
    CUBIC_FLYING,
    CUBIC_LOST,
    CUBIC_ARRIVED,
};

struct cubic_segment {
    uint64_t sent_ns;
    uint8_t state;
    bool again; /* its ACK tells no round trip (Karn) */
};

struct cubic {
    struct cubic_segment segment[CUBIC_SEGMENTS];
    uint64_t first;   /* all before are acknowledged */
    uint64_t next;    /* never sent yet */
    uint64_t high;    /* one above the highest that arrived */
    uint64_t recover; /* the reduction's round is over when this is acknowledged */
    uint32_t flying, lost;
    double cwnd, ssthresh; /* segments */
    double max, origin_cwnd, reno, k_s;
    uint64_t epoch_ns; /* 0: no congestion avoidance yet since the last reduction */
    uint64_t srtt_ns, var_ns, rto_ns, timeout_ns; /* timeout_ns: PLAIT_NEVER when nothing flies */
    uint64_t reductions, timeouts;
};

void cubic_init(struct cubic *cubic);

/* The next segment to be sent now; false when the window is full. */
bool cubic_take(struct cubic *cubic, uint64_t now, uint64_t *segment);

/* `segment` arrived at the other end, where all before `cumulative` have. */
void cubic_on_ack(struct cubic *cubic, uint64_t now, uint64_t segment, uint64_t cumulative);

/* Call at timeout_ns. */
void cubic_on_timeout(struct cubic *cubic, uint64_t now);

/* ---- The other end ---- */

struct cubic_receiver {
    uint8_t has[CUBIC_SEGMENTS]; /* by number, modulo */
    uint64_t next;               /* all before arrived */
};

/* Returns the cumulative number to be acknowledged. */
uint64_t cubic_receive(struct cubic_receiver *receiver, uint64_t segment);

#endif
