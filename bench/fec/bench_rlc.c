// SPDX-License-Identifier: BSD-2-Clause
// Sliding-window RLC: window 100, one repair symbol in ten source symbols, 5 % lost; and the
// longest single call of a decoder under bursts, late symbols and jumps.
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include <plait/fec_rlc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define T        1280u
#define WINDOW   100u
#define EVERY    10u
#define LENGTH   4000u // source symbols of one run
#define RUNS     7     // the longest call is the longest of each call's shortest time
#define CALL_MAX (4 * LENGTH)

struct rlc_job {
    struct plait_rlc_config config;
    uint8_t *source, *repair; // LENGTH symbols, LENGTH / EVERY repair symbols
    bool *lost;
    void *encoder_memory, *decoder_memory;
    uint32_t recovered;
    double *call_ns; // shortest time of each call, null when not measured
    uint32_t calls;
};

static void must(bool right, const char *what)
{
    if (!right) {
        fprintf(stderr, "plait-bench-fec: RLC: %s\n", what);
        exit(1);
    }
}

static struct plait_rlc_encoder *make_encoder(struct rlc_job *job)
{
    struct plait_rlc_encoder *encoder;
    must(plait_rlc_encoder_create(&encoder, &job->config, job->encoder_memory,
                                  plait_rlc_encoder_bytes(&job->config)) == 0,
         "encoder");
    return encoder;
}

// The whole stream: every source symbol shown, every tenth followed by a repair symbol.
static void encode_once(void *context)
{
    struct rlc_job *job = context;
    struct plait_rlc_encoder *encoder = make_encoder(job);
    for (uint32_t i = 0; i < LENGTH; i++) {
        plait_rlc_encoder_add(encoder, i, job->source + (size_t)i * T, T);
        if (i % EVERY != EVERY - 1 || i + 1 < WINDOW)
            continue;
        must(plait_rlc_encode(encoder, i + 1 - WINDOW, WINDOW, (uint16_t)i, 15,
                              job->repair + (size_t)(i / EVERY) * T) == 0,
             "encode");
    }
}

static double clock_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void note_call(struct rlc_job *job, double start)
{
    if (job->call_ns == NULL)
        return;
    const double ns = clock_ns() - start;
    must(job->calls < CALL_MAX, "too many calls");
    if (job->call_ns[job->calls] == 0 || ns < job->call_ns[job->calls])
        job->call_ns[job->calls] = ns;
    job->calls++;
}

static void take_recovered(struct rlc_job *job, struct plait_rlc_decoder *decoder)
{
    const void *data;
    uint32_t esi;
    for (;;) {
        const double start = job->call_ns == NULL ? 0 : clock_ns();
        const int got = plait_rlc_next_recovered(decoder, &esi, &data);
        note_call(job, start);
        if (got != 1)
            return;
        job->recovered++;
    }
}

static void give_source(struct rlc_job *job, struct plait_rlc_decoder *decoder, uint32_t i)
{
    const double start = job->call_ns == NULL ? 0 : clock_ns();
    plait_rlc_add_source(decoder, i, job->source + (size_t)i * T, T);
    note_call(job, start);
}

static void decode_once(void *context)
{
    struct rlc_job *job = context;
    struct plait_rlc_decoder *decoder;
    must(plait_rlc_decoder_create(&decoder, &job->config, job->decoder_memory,
                                  plait_rlc_decoder_bytes(&job->config)) == 0,
         "decoder");
    job->recovered = 0;
    job->calls = 0;
    for (uint32_t i = 0; i < LENGTH; i++) {
        if (!job->lost[i])
            give_source(job, decoder, i);
        if (i % EVERY == EVERY - 1 && i + 1 >= WINDOW) {
            const double start = job->call_ns == NULL ? 0 : clock_ns();
            plait_rlc_add_repair(decoder, i + 1 - WINDOW, WINDOW, (uint16_t)i, 15,
                                 job->repair + (size_t)(i / EVERY) * T);
            note_call(job, start);
        }
        take_recovered(job, decoder);
        // A late symbol, in the middle of the equations it is part of.
        if (i % 97 == 0 && i >= 60 && job->lost[i - 60] && job->call_ns != NULL) {
            give_source(job, decoder, i - 60);
            take_recovered(job, decoder);
        }
    }
}

// A whole burst as long as the decoder holds equations: all equations but one are pending over it.
// Then the last one comes, or the window jumps away.
static void storm_once(struct rlc_job *job, bool jump)
{
    struct plait_rlc_decoder *decoder;
    uint8_t repair[T];
    const uint32_t burst = 64, last = 163, first = last + 1 - WINDOW;
    struct plait_rlc_encoder *encoder = make_encoder(job);
    must(plait_rlc_decoder_create(&decoder, &job->config, job->decoder_memory,
                                  plait_rlc_decoder_bytes(&job->config)) == 0,
         "decoder");
    for (uint32_t i = 0; i <= last; i++) {
        plait_rlc_encoder_add(encoder, i, job->source + (size_t)i * T, T);
        if (i + burst <= last)
            give_source(job, decoder, i);
    }
    for (uint32_t key = 0; key < burst; key++) {
        must(plait_rlc_encode(encoder, first, WINDOW, (uint16_t)key, 15, repair) == 0, "storm");
        if (jump && key == burst - 1)
            break;
        const double start = clock_ns();
        plait_rlc_add_repair(decoder, first, WINDOW, (uint16_t)key, 15, repair);
        note_call(job, start);
    }
    if (jump)
        give_source(job, decoder, last + 250);
    take_recovered(job, decoder);
}

static void lose(struct rlc_job *job, uint32_t percent, uint32_t burst)
{
    uint64_t state = 88172645463325252;
    for (uint32_t i = 0; i < LENGTH; i++)
        job->lost[i] = bench_random(&state) % 100 < percent || (burst > 0 && i % 700 < burst);
}

static double longest_of(struct rlc_job *job)
{
    double longest = 0;
    for (uint32_t call = 0; call < job->calls; call++)
        longest = job->call_ns[call] > longest ? job->call_ns[call] : longest;
    return longest;
}

// The longest call over several kinds of loss.
static double longest_call_us(struct rlc_job *job)
{
    static const uint32_t kinds[][2] = {{5, 0},  {9, 0},   {2, 40}, {2, 64}, {0, 90},
                                        {20, 0}, {0, 140}, {50, 0}, {5, 300}};
    double longest = 0;
    job->call_ns = bench_memory(CALL_MAX * sizeof *job->call_ns);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        lose(job, kinds[i][0], kinds[i][1]);
        memset(job->call_ns, 0, CALL_MAX * sizeof *job->call_ns);
        for (int run = 0; run < RUNS; run++)
            decode_once(job);
        longest = longest_of(job) > longest ? longest_of(job) : longest;
    }
    for (int jump = 0; jump < 2; jump++) {
        memset(job->call_ns, 0, CALL_MAX * sizeof *job->call_ns);
        for (int run = 0; run < 3 * RUNS; run++) {
            job->calls = 0;
            storm_once(job, jump == 1);
        }
        longest = longest_of(job) > longest ? longest_of(job) : longest;
    }
    free(job->call_ns);
    job->call_ns = NULL;
    return longest / 1e3;
}

struct one_repair {
    const struct plait_rlc_encoder *encoder;
    uint8_t *out;
};

static void repair_once(void *context)
{
    const struct one_repair *one = context;
    must(plait_rlc_encode(one->encoder, LENGTH - WINDOW, WINDOW, 4660, 15, one->out) == 0,
         "repair");
}

void bench_rlc(const struct bench *bench)
{
    struct rlc_job job = {.config = {.window = WINDOW, .symbol_bytes = T}};
    uint8_t repair[T];
    job.source = bench_memory((size_t)LENGTH * T);
    job.repair = bench_memory((size_t)(LENGTH / EVERY) * T);
    job.lost = bench_memory(LENGTH * sizeof *job.lost);
    const struct plait_rlc_config largest = {.window = 2 * WINDOW, .symbol_bytes = T};
    job.encoder_memory = bench_memory(plait_rlc_encoder_bytes(&largest));
    bench_fill(job.source, (size_t)LENGTH * T, 1);

    const double bits = 8.0 * LENGTH * T;
    struct bench_row row = {.code = "rlc", .k = WINDOW, .m = WINDOW / EVERY, .t = T};
    row.op = "encode";
    row.wanted_factor = 1;
    row.best_known_mbit_s = 25000;
    row.mbit_s = bits / bench_best_ns(encode_once, &job, 300) * 1e3;
    bench_report(bench, &row);
    struct one_repair one = {.encoder = make_encoder(&job), .out = repair};
    encode_once(&job); // fills the encoder `one` looks at
    const double repair_ns = bench_best_ns(repair_once, &one, 200);
    row.op = "repair symbol"; // the window's bits in the time of one repair symbol, 2 us wanted
    row.best_known_mbit_s = 8.0 * WINDOW * T / 2e3 * 1e3;
    row.mbit_s = 8.0 * WINDOW * T / repair_ns * 1e3;
    bench_report(bench, &row);

    job.config.window = 2 * WINDOW;
    job.decoder_memory = bench_memory(plait_rlc_decoder_bytes(&job.config));
    lose(&job, 5, 0);
    row.op = "decode 5%";
    row.best_known_mbit_s = 25000;
    row.mbit_s = bits / bench_best_ns(decode_once, &job, 300) * 1e3;
    bench_report(bench, &row);
    const uint32_t recovered = job.recovered;
    if (!bench->json)
        printf("rlc: a repair symbol %.2f us (wanted 2), longest decoder call %.1f us (wanted 200),"
               " %u recovered\n",
               repair_ns / 1e3, longest_call_us(&job), recovered);
    void *all[] = {job.source, job.repair, job.lost, job.encoder_memory, job.decoder_memory};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}
