// SPDX-License-Identifier: BSD-2-Clause
// Reed-Solomon: encode, and decode of as many losses as there are repair symbols, everything
// included.
#include "bench.h"
#include "bench_rs_peers.h"
#include <plait/fec_rs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T 1280

// The best figures known on Zen 4, MB/s of source (issue 3), and the factor wanted for decoding.
struct known {
    uint32_t k, m;
    double encode, decode, decode_factor;
};

static const struct known known[] = {
    {10, 2, 85000, 23000, 2},    {20, 4, 41000, 8000, 2},  {50, 10, 16000, 4000, 2},
    {100, 20, 7800, 2000, 2},    {200, 55, 4600, 1590, 2}, {1000, 200, 4300, 676, 1},
    {10000, 2000, 2270, 373, 1},
};

static const struct rs_peer *const peers[] = {
    &rs_peer_isal,
    &rs_peer_jerasure,
#ifdef HAVE_CM256
    &rs_peer_cm256,
#endif
};

struct rs_job {
    struct rs_peer_job block;
    struct plait_rs *rs;
    void **given, **out;
};

static void must(bool right, const char *what)
{
    if (!right) {
        fprintf(stderr, "plait-bench-fec: Reed-Solomon: %s\n", what);
        exit(1);
    }
}

static void encode_once(void *context)
{
    struct rs_job *job = context;
    must(plait_rs_encode(job->rs, (const void *const *)job->block.source,
                         (void *const *)job->block.repair, T) == 0,
         "encode");
}

static void decode_once(void *context)
{
    struct rs_job *job = context;
    must(plait_rs_decode(job->rs, (const void *const *)job->given,
                         (const void *const *)job->block.repair, job->out, T) == (int)job->block.m,
         "decode");
}

static void check_restored(const struct rs_job *job)
{
    for (uint32_t i = 0; i < job->block.m; i++) {
        must(memcmp(job->block.restored[i], job->block.source[job->block.lost[i]], T) == 0,
             "a wrong symbol");
        memset(job->block.restored[i], 0, T);
    }
}

static void job_create(struct rs_job *job, uint32_t k, uint32_t m, uint8_t *memory)
{
    *job = (struct rs_job){.block = {.k = k, .m = m, .t = T}};
    job->block.source = bench_memory(k * sizeof(void *));
    job->block.repair = bench_memory(m * sizeof(void *));
    job->block.restored = bench_memory(m * sizeof(void *));
    job->block.lost = bench_memory(m * sizeof(uint32_t));
    job->given = bench_memory(k * sizeof(void *));
    job->out = bench_memory(k * sizeof(void *));
    for (uint32_t j = 0; j < k; j++)
        job->given[j] = job->block.source[j] = memory + (size_t)j * T;
    for (uint32_t i = 0; i < m; i++) {
        job->block.repair[i] = memory + (size_t)(k + i) * T;
        job->block.restored[i] = memory + (size_t)(k + m + i) * T;
        job->block.lost[i] = (uint32_t)((uint64_t)i * k / m);
        job->given[job->block.lost[i]] = NULL;
        job->out[job->block.lost[i]] = job->block.restored[i];
    }
}

static void job_free(struct rs_job *job)
{
    void *all[] = {job->block.source, job->block.repair, job->block.restored,
                   job->block.lost,   job->given,        job->out};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

// Reports ours beside each library that can do this block.
static void report(const struct bench *bench, struct bench_row *row, const double *peer_ns,
                   double bits)
{
    bool alone = true;
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        if (peer_ns[i] == 0)
            continue;
        row->against = peers[i]->name;
        row->against_mbit_s = bits / peer_ns[i] * 1e3;
        bench_report(bench, row);
        alone = false;
    }
    row->against = NULL;
    if (alone)
        bench_report(bench, row);
}

static void bench_block(const struct bench *bench, const struct known *best)
{
    const uint32_t k = best->k, m = best->m;
    const struct plait_rs_config config = {.source = k, .repair = m};
    const double bits = 8.0 * k * T;
    double encode_ns[3] = {0}, decode_ns[3] = {0};
    uint8_t *symbols = bench_memory(((size_t)k + 2 * (size_t)m) * T);
    void *memory = bench_memory(plait_rs_bytes(&config));
    struct rs_job job;

    job_create(&job, k, m, symbols);
    bench_fill(symbols, (size_t)k * T, k);
    must(plait_rs_create(&job.rs, &config, memory, plait_rs_bytes(&config)) == 0, "create");
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        if (peers[i]->prepare == NULL || !peers[i]->prepare(&job.block))
            continue;
        encode_ns[i] = bench_best_ns(peers[i]->encode, &job.block, 150);
        decode_ns[i] = bench_best_ns(peers[i]->decode, &job.block, 150);
        check_restored(&job);
        peers[i]->finish(&job.block);
    }
    struct bench_row row = {.code = "rs", .k = k, .m = m, .t = T, .op = "encode"};
    row.mbit_s = bits / bench_best_ns(encode_once, &job, 300) * 1e3;
    row.best_known_mbit_s = best->encode * 8;
    row.wanted_factor = 1;
    report(bench, &row, encode_ns, bits);
    row.op = "decode";
    row.mbit_s = bits / bench_best_ns(decode_once, &job, 300) * 1e3;
    check_restored(&job);
    row.best_known_mbit_s = best->decode * 8;
    row.wanted_factor = best->decode_factor;
    report(bench, &row, decode_ns, bits);
    job_free(&job);
    free(memory);
    free(symbols);
}

void bench_rs(const struct bench *bench)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (bench_takes(bench, known[i].k))
            bench_block(bench, &known[i]);
}
