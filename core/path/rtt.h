/* SPDX-License-Identifier: BSD-2-Clause */
/* Round-trip time: smoothed and variation as in RFC 9002, section 5.3. */
#ifndef PLAIT_PATH_RTT_H
#define PLAIT_PATH_RTT_H

#include <stdint.h>

struct rtt {
    uint64_t smoothed_ns; /* 0: no sample yet */
    uint64_t var_ns;
    uint64_t min_ns;
};

static inline void rtt_on_sample(struct rtt *rtt, uint64_t sample_ns)
{
    uint64_t distance;

    if (rtt->smoothed_ns == 0) {
        rtt->smoothed_ns = rtt->min_ns = sample_ns;
        rtt->var_ns = sample_ns / 2;
        return;
    }
    if (sample_ns < rtt->min_ns)
        rtt->min_ns = sample_ns;
    distance =
        sample_ns > rtt->smoothed_ns ? sample_ns - rtt->smoothed_ns : rtt->smoothed_ns - sample_ns;
    rtt->var_ns = (3 * rtt->var_ns + distance) / 4;
    rtt->smoothed_ns = (7 * rtt->smoothed_ns + sample_ns) / 8;
}

#endif
