// SPDX-License-Identifier: BSD-2-Clause
// Benches of the FEC library, side by side with other libraries in one run.
//
// plait-bench-fec [--json] [--only PART] [--k-min K] [--k-max K]
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_A_SEC 1e9

static double now_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (double)ts.tv_sec * NS_A_SEC + (double)ts.tv_nsec;
}

// Short samples go by the wall clock: the best of many met no other program. A call of a
// millisecond and more cannot escape them on a shared machine, so it goes by the time on the
// processor.
double bench_best_ns(void (*once)(void *context), void *context, double budget_ms)
{
    double start = now_ns(CLOCK_MONOTONIC);
    once(context);
    double first = now_ns(CLOCK_MONOTONIC) - start;
    int calls = first < 20000 ? (int)(20000 / (first + 1)) + 1 : 1; // a sample of 20 us at least
    clockid_t clock = first < 1e6 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
    double best = first, end = now_ns(CLOCK_MONOTONIC) + budget_ms * 1e6;
    for (int sample = 0; sample < 3 || now_ns(CLOCK_MONOTONIC) < end; sample++) {
        start = now_ns(clock);
        for (int i = 0; i < calls; i++)
            once(context);
        double each = (now_ns(clock) - start) / calls;
        best = each < best && each > 0 ? each : best;
        if (first > budget_ms * 1e6 && sample >= 1)
            break;
    }
    return best;
}

#define COPY_ROWS  8
#define COPY_BYTES 1280

// Each of eight rows into each of eight others: a copy that always follows the same other copy is a
// special case, slow or fast by where the rows lie to each other.
static void copy_once(void *context)
{
    static void *(*volatile copy_of_libc)(void *, const void *, size_t) = memcpy;
    void *(*copy)(void *, const void *, size_t) = copy_of_libc;
    uint8_t *rows = context;
    for (int i = 0; i < COPY_ROWS * COPY_ROWS; i++)
        copy(rows + i % COPY_ROWS * COPY_BYTES, rows + (i / COPY_ROWS + COPY_ROWS) * COPY_BYTES,
             COPY_BYTES);
}

double bench_memcpy_mbit_s(void)
{
    static _Alignas(64) uint8_t rows[2 * COPY_ROWS * COPY_BYTES];
    return 8e3 * COPY_ROWS * COPY_ROWS * COPY_BYTES / bench_best_ns(copy_once, rows, 200);
}

uint64_t bench_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

void bench_fill(uint8_t *p, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(bench_random(&seed) >> 24);
}

void *bench_memory(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 64) / 64 * 64);
    if (!p) {
        fprintf(stderr, "plait-bench-fec: no memory for %zu bytes\n", bytes);
        exit(1);
    }
    memset(p, 0, bytes);
    return p;
}

static void report_json(const struct bench_row *row)
{
    printf("{\"code\":\"%s\",\"k\":%u,\"m\":%u,\"t\":%zu,\"op\":\"%s\",\"mbit_s\":%.0f,", row->code,
           row->k, row->m, row->t, row->op, row->mbit_s);
    if (row->against)
        printf("\"against\":\"%s\",\"against_mbit_s\":%.0f}\n", row->against, row->against_mbit_s);
    else
        printf("\"against\":null,\"against_mbit_s\":null}\n");
}

void bench_report(const struct bench *bench, const struct bench_row *row)
{
    if (bench->json) {
        report_json(row);
        fflush(stdout);
        return;
    }
    double us = 8.0 * row->k * (double)row->t / row->mbit_s;
    printf("%-9s %6u %5u %5zu %-16s %9.0f Mbit/s %9.1f us", row->code, row->k, row->m, row->t,
           row->op, row->mbit_s, us);
    if (row->best_known_mbit_s > 0) {
        double here = row->best_known_mbit_s * bench->memcpy_mbit_s / BENCH_KNOWN_MEMCPY_MBIT_S;
        printf("  known %7.0f  %5.1fx, calibrated %5.1fx, wanted %.1fx%s", row->best_known_mbit_s,
               row->mbit_s / row->best_known_mbit_s, row->mbit_s / here, row->wanted_factor,
               row->mbit_s / here < row->wanted_factor ? " BELOW" : "");
    }
    if (row->against)
        printf("  %s %.0f", row->against, row->against_mbit_s);
    printf("\n");
    fflush(stdout);
}

static bool wanted(const struct bench *bench, const char *part)
{
    return !bench->only || strcmp(bench->only, part) == 0;
}

int main(int argc, char **argv)
{
    struct bench bench = {.k_max = UINT32_MAX};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            bench.json = true;
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            bench.only = argv[++i];
        } else if (strcmp(argv[i], "--k-min") == 0 && i + 1 < argc) {
            bench.k_min = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--k-max") == 0 && i + 1 < argc) {
            bench.k_max = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else {
            fprintf(stderr, "usage: plait-bench-fec [--json] [--only rq|rs|rlc|rq-rate] [--k-min "
                            "K] [--k-max K]\n");
            return 2;
        }
    }
    bench.memcpy_mbit_s = bench_memcpy_mbit_s();
    struct bench_row row = {"memcpy", 1, 0, 1280, "copy in L1", bench.memcpy_mbit_s, 0, 0, NULL, 0};
    bench_report(&bench, &row);
    if (wanted(&bench, "rq"))
        bench_rq(&bench);
    if (wanted(&bench, "rs"))
        bench_rs(&bench);
    if (wanted(&bench, "rlc"))
        bench_rlc(&bench);
    if (bench.only && strcmp(bench.only, "rq-rate") == 0)
        bench_rq_rate(&bench);
    return 0;
}
