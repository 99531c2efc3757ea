/* SPDX-License-Identifier: BSD-2-Clause */
/* What came out of the lab, measured from outside the protocol: the lab's own datagrams carry a
 * number, so their order, bytes and real way through can be told. */
#ifndef PLAIT_CLI_LAB_CHECK_H
#define PLAIT_CLI_LAB_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_CHECK_WRITES 65536 /* write times remembered; more than any latency holds */
#define LAB_CHECK_BIN_NS UINT64_C(100000)
#define LAB_CHECK_BINS   120000 /* 12 s: above the largest latency */

struct lab_check {
    bool is_numbered; /* the input is the lab's own */
    uint64_t written, written_bytes, refused;
    uint64_t delivered, delivered_bytes;
    uint64_t next;     /* number expected next */
    uint64_t damaged;  /* not the bytes that were written */
    uint64_t disorder; /* a number below one that came before, or twice */
    uint64_t write_ns[LAB_CHECK_WRITES];
    uint32_t latency[LAB_CHECK_BINS]; /* histogram of write to delivery */
    uint64_t measured;
};

void lab_check_written(struct lab_check *check, uint64_t now, size_t len);
void lab_check_delivered(struct lab_check *check, uint64_t now, const uint8_t *data, size_t len);

/* The latency (ns) that this share (0..1) of the datagrams did not exceed; 0 when unmeasured. */
uint64_t lab_check_latency(const struct lab_check *check, double share);

#endif
