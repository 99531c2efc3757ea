// SPDX-License-Identifier: BSD-2-Clause
// The same work done by liblcrq (Debian liblcrq-dev), where it is installed.
#ifndef PLAIT_BENCH_FEC_BENCH_LCRQ_H
#define PLAIT_BENCH_FEC_BENCH_LCRQ_H

#include <stddef.h>
#include <stdint.h>

struct lcrq_figures {
    double encode_mbit_s, decode_tenth_mbit_s, decode_repair_mbit_s; // 0: not measured
};

void bench_lcrq(struct lcrq_figures *figures, uint8_t *block, uint32_t k, uint32_t m, size_t t);

#endif
