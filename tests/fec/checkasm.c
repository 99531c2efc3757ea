// SPDX-License-Identifier: BSD-2-Clause
// Compares every kernel of every level this CPU has with the reference on random data, lengths and
// alignments; with --bench prints the speed of each, against memcpy of the same buffers in L1.
#define _POSIX_C_SOURCE 200809L
#include "tap.h"
#include <plait/gf256.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_LEN     700
#define MAX_SRC     11
#define MAX_DST     9
#define GUARD       64
#define ROW         (MAX_LEN + 4 * GUARD)
#define BENCH_T     1280
#define BENCH_N     4 // sources fused
#define BENCH_M     8 // buffers of each kind
#define BENCH_OPS   7
#define BENCH_RUNS  100
#define BENCH_CALLS 4096u
#define NS_A_SEC    1000000000.0

struct arena {
    uint8_t src[MAX_SRC][ROW];
    uint8_t want[MAX_DST][ROW];
    uint8_t got[MAX_DST][ROW];
    uint8_t coef[MAX_DST * MAX_SRC];
};

struct shape {
    size_t len, n, m;
    size_t src_at[MAX_SRC], dst_at[MAX_DST];
};

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void random_fill(uint8_t *p, size_t len, uint64_t *state)
{
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(random_next(state) >> 11);
}

static void shape_draw(struct shape *s, uint64_t *state)
{
    s->len = random_next(state) % 4 ? random_next(state) % MAX_LEN : random_next(state) % 70;
    s->n = random_next(state) % (MAX_SRC + 1);
    s->m = random_next(state) % (MAX_DST + 1);
    for (int i = 0; i < MAX_SRC; i++)
        s->src_at[i] = GUARD + random_next(state) % GUARD;
    for (int i = 0; i < MAX_DST; i++)
        s->dst_at[i] = GUARD + random_next(state) % GUARD;
}

static void run_one(const struct plait_gf256 *gf, int op, struct arena *a, const struct shape *s,
                    uint8_t (*rows)[ROW])
{
    const uint8_t *src[MAX_SRC];
    uint8_t *dst[MAX_DST];
    for (int i = 0; i < MAX_SRC; i++)
        src[i] = a->src[i] + s->src_at[i];
    for (int i = 0; i < MAX_DST; i++)
        dst[i] = rows[i] + s->dst_at[i];
    switch (op) {
    case 0:
        gf->mul(dst[0], src[0], a->coef[0], s->len);
        break;
    case 1:
        gf->add(dst[0], src[0], s->len);
        break;
    case 2:
        gf->addmul(dst[0], src[0], a->coef[0], s->len);
        break;
    case 3:
        gf->add_n(dst[0], src, s->n, s->len);
        break;
    case 4:
        gf->sum_n(dst[0], src, s->n, s->len);
        break;
    case 5:
        gf->addmul_n(dst[0], src, a->coef, s->n, s->len);
        break;
    case 6:
        gf->addmul_mn(dst, s->m, src, s->n, a->coef, MAX_SRC, s->len);
        break;
    case 7:
        gf->mul_mn(dst, s->m, src, s->n, a->coef, MAX_SRC, s->len);
        break;
    default: // in place
        gf->mul(dst[0], dst[0], a->coef[0], s->len);
        break;
    }
}

static const char *const op_name[] = {"mul",      "add",       "addmul", "add_n",       "sum_n",
                                      "addmul_n", "addmul_mn", "mul_mn", "mul in place"};
#define OPS ((int)(sizeof op_name / sizeof op_name[0]))

static void check_level(struct tap *tap, const struct plait_gf256 *gf, struct arena *a)
{
    const struct plait_gf256 *ref = plait_gf256_select(PLAIT_GF256_REF);
    uint64_t state = 0x9e3779b97f4a7c15;
    for (int op = 0; op < OPS; op++) {
        bool same = true;
        for (int round = 0; round < 400 && same; round++) {
            struct shape s;
            shape_draw(&s, &state);
            random_fill(&a->src[0][0], sizeof a->src, &state);
            random_fill(a->coef, sizeof a->coef, &state);
            random_fill(&a->want[0][0], sizeof a->want, &state);
            memcpy(a->got, a->want, sizeof a->got);
            run_one(ref, op, a, &s, a->want);
            run_one(gf, op, a, &s, a->got);
            same = memcmp(a->want, a->got, sizeof a->got) == 0;
        }
        tap_ok(tap, same, "%s %s equals the reference", gf->name, op_name[op]);
    }
}

static void check_field(struct tap *tap)
{
    bool inverse = true, table = true;
    const struct plait_gf256 *ref = plait_gf256_select(PLAIT_GF256_REF);
    for (int a = 0; a < 256; a++) {
        inverse &= a == 0 || plait_gf256_mul((uint8_t)a, plait_gf256_inv((uint8_t)a)) == 1;
        for (int b = 0; b < 256; b++) {
            unsigned product = 0;
            for (int bit = 7; bit >= 0; bit--) {
                product = product << 1 ^ (product & 0x80 ? 0x11D : 0);
                product ^= (b >> bit & 1) ? (unsigned)a : 0;
            }
            uint8_t row = (uint8_t)b;
            ref->mul(&row, &row, (uint8_t)a, 1);
            table &= row == product && plait_gf256_mul((uint8_t)a, (uint8_t)b) == product;
        }
    }
    tap_ok(tap, table, "reference multiplies by the polynomial 0x11D");
    tap_ok(tap, inverse, "every element but 0 has its inverse");
}

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * NS_A_SEC + (double)ts.tv_nsec;
}

// BENCH_M destinations, then BENCH_M sources, row after row. Each source goes into every
// destination in turn, as in encoding: always the same pair of rows is a special case, good or bad
// by their addresses. The loops compute the addresses and hold the function's: a kernel that loads
// twice what memcpy loads has no cycle left for loads of the loop's own, memcpy would have.
struct bench {
    const struct plait_gf256 *gf;
    uint8_t *rows;
    const uint8_t *src[2 * BENCH_M];
    uint8_t *dst[2 * BENCH_M];
    uint8_t coef[BENCH_N * BENCH_N];
};

#define DST(i) (rows + (i) % BENCH_M * BENCH_T)
#define SRC(i) (rows + ((i) / BENCH_M % BENCH_M + BENCH_M) * BENCH_T)

static void *(*volatile bench_memcpy)(void *, const void *, size_t) = memcpy;

static void bench_copy(const struct bench *b, unsigned calls)
{
    void *(*copy)(void *, const void *, size_t) = bench_memcpy;
    uint8_t *rows = b->rows;
    for (unsigned i = 0; i < calls; i++)
        copy(DST(i), SRC(i), BENCH_T);
}

static void bench_add(const struct bench *b, unsigned calls)
{
    void (*add)(uint8_t *, const uint8_t *, size_t) = b->gf->add;
    uint8_t *rows = b->rows;
    for (unsigned i = 0; i < calls; i++)
        add(DST(i), SRC(i), BENCH_T);
}

static void bench_pair(void (*kernel)(uint8_t *, const uint8_t *, uint8_t, size_t), uint8_t *rows,
                       uint8_t c, unsigned calls)
{
    for (unsigned i = 0; i < calls; i++)
        kernel(DST(i), SRC(i), c, BENCH_T);
}

static void bench_mul(const struct bench *b, unsigned calls)
{
    bench_pair(b->gf->mul, b->rows, b->coef[3], calls);
}

static void bench_addmul(const struct bench *b, unsigned calls)
{
    bench_pair(b->gf->addmul, b->rows, b->coef[3], calls);
}

static void bench_add_n(const struct bench *b, unsigned calls)
{
    for (unsigned i = 0; i < calls; i++)
        b->gf->add_n(b->dst[i % BENCH_M], b->src + i / BENCH_M % BENCH_M, BENCH_N, BENCH_T);
}

static void bench_addmul_n(const struct bench *b, unsigned calls)
{
    for (unsigned i = 0; i < calls; i++)
        b->gf->addmul_n(b->dst[i % BENCH_M], b->src + i / BENCH_M % BENCH_M, b->coef, BENCH_N,
                        BENCH_T);
}

static void bench_addmul_mn(const struct bench *b, unsigned calls)
{
    for (unsigned i = 0; i < calls; i++)
        b->gf->addmul_mn(b->dst + i % BENCH_M, BENCH_N, b->src + i / BENCH_M % BENCH_M, BENCH_N,
                         b->coef, BENCH_N, BENCH_T);
}

static const struct bench_op {
    const char *name;
    double rows;
    void (*run)(const struct bench *b, unsigned calls);
} bench_ops[BENCH_OPS] = {
    {"memcpy", 1, bench_copy},
    {"add", 1, bench_add},
    {"mul", 1, bench_mul},
    {"addmul", 1, bench_addmul},
    {"add_n 4", BENCH_N, bench_add_n},
    {"addmul_n 4", BENCH_N, bench_addmul_n},
    {"addmul_mn 4x4", BENCH_N *BENCH_N, bench_addmul_mn},
};

static int compare_doubles(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

// Source bytes a second times destinations, GB/s: the median of short runs that take turns with
// memcpy, so that both meet the same machine.
static void bench_level(const struct bench *b)
{
    static double rate[BENCH_OPS][BENCH_RUNS];
    for (int run = 0; run < BENCH_RUNS; run++)
        for (int op = 0; op < BENCH_OPS; op++) {
            double start = now_ns();
            bench_ops[op].run(b, BENCH_CALLS);
            rate[op][run] = bench_ops[op].rows * BENCH_CALLS * BENCH_T / (now_ns() - start);
        }
    for (int op = 0; op < BENCH_OPS; op++)
        qsort(rate[op], BENCH_RUNS, sizeof rate[op][0], compare_doubles);
    const int low = BENCH_RUNS / 10, middle = BENCH_RUNS / 2, high = BENCH_RUNS - 1 - low;
    for (int op = 0; op < BENCH_OPS; op++)
        printf("# %-12s %-14s %6.1f GB/s (%5.1f .. %5.1f) %5.1f %% of memcpy\n", b->gf->name,
               bench_ops[op].name, rate[op][middle], rate[op][low], rate[op][high],
               100 * rate[op][middle] / rate[0][middle]);
}

static void bench_all(void)
{
    static _Alignas(64) uint8_t memory[2 * BENCH_M][BENCH_T];
    struct bench b = {.rows = memory[0]};
    for (int i = 0; i < BENCH_M; i++) {
        b.dst[i] = b.dst[i + BENCH_M] = memory[i];
        b.src[i] = b.src[i + BENCH_M] = memory[BENCH_M + i];
    }
    for (int i = 0; i < BENCH_N * BENCH_N; i++)
        b.coef[i] = (uint8_t)(2 + 5 * i);
    for (uint32_t level = 1; level <= PLAIT_GF256_ANY; level <<= 1) {
        b.gf = plait_gf256_select(level);
        if (b.gf->level == level)
            bench_level(&b);
    }
}

int main(int argc, char **argv)
{
    static struct arena arena;
    struct tap tap = {0, 0};
    check_field(&tap);
    for (uint32_t level = 1; level <= PLAIT_GF256_ANY; level <<= 1) {
        const struct plait_gf256 *gf = plait_gf256_select(level);
        if (gf->level == level)
            check_level(&tap, gf, &arena);
    }
    if (argc > 1 && strcmp(argv[1], "--bench") == 0)
        bench_all();
    return tap_done(&tap);
}
