// SPDX-License-Identifier: BSD-2-Clause
// The tables of RFC 6330; private to the FEC library.
#ifndef PLAIT_FEC_RQ_TABLES_H
#define PLAIT_FEC_RQ_TABLES_H

#include <stdint.h>

#define RQ_ROWS    477
#define RQ_DEGREES 31

// One row of table 2: K', systematic index J, S, H, W.
struct rq_row {
    uint16_t kp, j, s, h, w;
};

extern const struct rq_row rq_rows[RQ_ROWS];
extern const uint32_t rq_random[4][256]; // V0..V3
extern const uint32_t rq_degree[RQ_DEGREES];

#endif
