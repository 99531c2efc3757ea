// SPDX-License-Identifier: BSD-2-Clause
// What the benches of the FEC library share: timing, the calibration, a table or JSON row.
#ifndef PLAIT_BENCH_FEC_BENCH_H
#define PLAIT_BENCH_FEC_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench {
    bool json;
    const char *only;      // run only this part, null for all
    uint32_t k_min, k_max; // leave out smaller and larger blocks
    double memcpy_mbit_s;  // memcpy of 1280-byte buffers in the first-level cache
};

// One measurement. best_known_mbit_s: the figure to beat, measured elsewhere where memcpy ran at
// 83 GB/s; 0 for none. against: another library in the same run, null for none.
struct bench_row {
    const char *code;
    uint32_t k, m;
    size_t t;
    const char *op;
    double mbit_s;
    double best_known_mbit_s, wanted_factor;
    const char *against;
    double against_mbit_s;
};

#define BENCH_KNOWN_MEMCPY_MBIT_S (83e3 * 8)

static inline bool bench_takes(const struct bench *bench, uint32_t k)
{
    return k >= bench->k_min && k <= bench->k_max;
}

void bench_report(const struct bench *bench, const struct bench_row *row);

// The best time of one call in nanoseconds, over repetitions that fill about budget_ms.
double bench_best_ns(void (*once)(void *context), void *context, double budget_ms);

double bench_memcpy_mbit_s(void);

// Fills with reproducible bytes.
void bench_fill(uint8_t *p, size_t len, uint64_t seed);
uint64_t bench_random(uint64_t *state);

// Memory for a bench, touched once; ends the program when there is none.
void *bench_memory(size_t bytes);

// The parts, each in a file of its own.
void bench_rq(const struct bench *bench);
void bench_rs(const struct bench *bench);
void bench_rlc(const struct bench *bench);
void bench_rq_rate(const struct bench *bench); // only when asked for

#endif
