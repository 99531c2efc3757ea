// SPDX-License-Identifier: BSD-2-Clause
// RaptorQ: encode, decode with a tenth of the source lost, decode from repair symbols only.
#include "bench.h"
#include "bench_lcrq.h"
#include <plait/fec.h>
#include <plait/gf256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T        1280
#define PATTERNS 8

// The best figures known of two libraries on Zen 4 (issue 3), and the factor wanted.
struct known {
    uint32_t k;
    double factor, encode, decode_tenth, decode_repair;
};

static const struct known known[] = {
    {10, 4, 7417, 3834, 3659},   {50, 4, 10023, 4839, 4247},  {100, 2.5, 10245, 5947, 4143},
    {250, 2, 10184, 5014, 4040}, {500, 2, 9790, 4891, 3580},  {1000, 2, 8283, 4484, 3130},
    {2000, 2, 8740, 4061, 2872}, {5000, 2, 5202, 3738, 2204}, {10000, 2, 3215, 2123, 1456},
    {50000, 2, 1409, 917, 831},
};

struct rq_job {
    uint32_t k, m;
    const struct plait_rq_plan *plan;
    void *memory;
    size_t memory_bytes;
    uint8_t *block, *repair, *decoded;
    uint32_t *esi;
    void **out;
    uint32_t n_received;
};

static void must(int err)
{
    if (err) {
        fprintf(stderr, "plait-bench-fec: RaptorQ: %s\n", plait_fec_strerror(err));
        exit(1);
    }
}

// Everything from K source symbols to m repair symbols; only the plan is there already.
static void encode_once(void *context)
{
    struct rq_job *job = context;
    struct plait_rq_encoder *encoder;
    must(plait_rq_encoder_create(&encoder, job->plan, T, job->memory, job->memory_bytes));
    must(plait_rq_encoder_add_block(encoder, job->block));
    must(plait_rq_encoder_symbols(encoder, job->esi, job->m, job->out));
}

static int decode_try(struct rq_job *job)
{
    struct plait_rq_decoder *decoder;
    must(plait_rq_decoder_create(&decoder, job->k, T, job->plan, job->memory, job->memory_bytes));
    for (uint32_t i = 0; i < job->n_received; i++) {
        uint32_t esi = job->esi[i];
        const uint8_t *at =
            esi < job->k ? job->block + (size_t)esi * T : job->repair + (size_t)(esi - job->k) * T;
        must(plait_rq_decoder_add(decoder, esi, at));
    }
    return plait_rq_decoder_block(decoder, job->decoded);
}

static void decode_once(void *context)
{
    must(decode_try(context));
}

// A random received set of k symbols (one more when those do not suffice). tenth: each source
// symbol is lost with a probability of a tenth; otherwise all are.
static void draw_received(struct rq_job *job, bool tenth, uint64_t *state)
{
    uint32_t n = 0, lost = tenth ? (job->k + 9) / 10 : job->k;
    for (uint32_t left = job->k, take = job->k - lost, esi = 0; esi < job->k; esi++, left--)
        if (bench_random(state) % left < take) {
            job->esi[n++] = esi;
            take--;
        }
    for (uint32_t i = 0; i < lost + 2; i++)
        job->esi[n++] = job->k + i;
    job->n_received = job->k;
    while (decode_try(job) == PLAIT_FEC_ERR_MORE && job->n_received < n)
        job->n_received++;
}

static double decode_ns(struct rq_job *job, bool tenth, double budget_ms)
{
    uint64_t state = 88172645463325252 + job->k;
    double sum = 0;
    int patterns = job->k > 5000 ? 3 : PATTERNS;
    for (int i = 0; i < patterns; i++) {
        draw_received(job, tenth, &state);
        memset(job->decoded, 0, (size_t)job->k * T);
        sum += bench_best_ns(decode_once, job, budget_ms / patterns);
        if (memcmp(job->decoded, job->block, (size_t)job->k * T) != 0) {
            fprintf(stderr, "plait-bench-fec: RaptorQ gave a wrong block, k %u\n", job->k);
            exit(1);
        }
    }
    return sum / patterns;
}

static void job_prepare(struct rq_job *job)
{
    size_t n_repair = job->k + 2;
    struct plait_rq_encoder *encoder;
    for (uint32_t i = 0; i < n_repair; i++) {
        job->esi[i] = job->k + i;
        job->out[i] = job->repair + (size_t)i * T;
    }
    must(plait_rq_encoder_create(&encoder, job->plan, T, job->memory, job->memory_bytes));
    must(plait_rq_encoder_add_block(encoder, job->block));
    must(plait_rq_encoder_symbols(encoder, job->esi, n_repair, job->out));
}

static void bench_block(const struct bench *bench, uint32_t k, uint32_t m, const struct known *best)
{
    struct rq_job job = {.k = k, .m = m};
    size_t plan_bytes = plait_rq_plan_bytes(k);
    void *plan_memory = bench_memory(plan_bytes);
    struct plait_rq_plan *plan;
    must(plait_rq_plan_create(&plan, k, PLAIT_GF256_ANY, plan_memory, plan_bytes));
    job.plan = plan;
    size_t encoder = plait_rq_encoder_bytes(plan, T), decoder = plait_rq_decoder_bytes(k, T);
    job.memory_bytes = encoder > decoder ? encoder : decoder;
    job.memory = bench_memory(job.memory_bytes);
    job.block = bench_memory((size_t)k * T);
    job.repair = bench_memory(((size_t)k + 2) * T);
    job.decoded = bench_memory((size_t)k * T);
    job.esi = bench_memory((2 * (size_t)k + 2) * sizeof *job.esi);
    job.out = bench_memory(((size_t)k + 2) * sizeof *job.out);
    bench_fill(job.block, (size_t)k * T, k);
    job_prepare(&job);

    struct lcrq_figures other = {0, 0, 0};
    bench_lcrq(&other, job.block, k, m, T);
    double bits = 8.0 * k * T;
    struct bench_row row = {.code = "raptorq", .k = k, .m = m, .t = T};
    row.against = other.encode_mbit_s > 0 ? "liblcrq" : NULL;
    row.wanted_factor = best->factor;
    row.op = "encode";
    row.mbit_s = bits / bench_best_ns(encode_once, &job, 300) * 1e3;
    row.best_known_mbit_s = best->encode;
    row.against_mbit_s = other.encode_mbit_s;
    bench_report(bench, &row);
    row.op = "decode 10%";
    row.mbit_s = bits / decode_ns(&job, true, 600) * 1e3;
    row.best_known_mbit_s = best->decode_tenth;
    row.against_mbit_s = other.decode_tenth_mbit_s;
    bench_report(bench, &row);
    row.op = "decode repair";
    row.mbit_s = bits / decode_ns(&job, false, 600) * 1e3;
    row.best_known_mbit_s = best->decode_repair;
    row.against_mbit_s = other.decode_repair_mbit_s;
    bench_report(bench, &row);
    void *all[] = {plan_memory, job.memory, job.block, job.repair, job.decoded, job.esi, job.out};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

// Blocks as a live stream has them: the issue wants 3, 8 and 15 us, and 15 us for a decode at k 50.
static const struct known live[] = {
    {30, 1, 8.0 * 30 * T / 3, 0, 0},
    {50, 1, 8.0 * 50 * T / 8, 8.0 * 50 * T / 15, 0},
    {100, 1, 8.0 * 100 * T / 15, 0, 0},
};
static const uint32_t live_repair[] = {6, 10, 10};

void bench_rq(const struct bench *bench)
{
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++)
        if (bench_takes(bench, live[i].k))
            bench_block(bench, live[i].k, live_repair[i], &live[i]);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (bench_takes(bench, known[i].k))
            bench_block(bench, known[i].k, (known[i].k + 9) / 10, &known[i]);
}
