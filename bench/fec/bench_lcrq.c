// SPDX-License-Identifier: BSD-2-Clause
// liblcrq doing the work of bench_rq.c.
#include "bench_lcrq.h"
#include "bench.h"

#ifdef HAVE_LCRQ
#include <lcrq.h>
#include <stdlib.h>
#include <string.h>

#define K_MAX      1000 // its work grows with the square of K; larger blocks take minutes
#define BUDGET_MS  100
#define EXTRA_MOST 5

struct lcrq_job {
    uint32_t k, m, n_received;
    size_t t;
    uint8_t *block, *symbols, *decoded;
    uint32_t *esi;
    int err;
};

static void encode_once(void *context)
{
    struct lcrq_job *job = context;
    size_t bytes = job->k * job->t;
    rq_t *rq = rq_init(bytes, (uint16_t)job->t);
    rq_encode(rq, job->block, bytes);
    rq_pid_t pid = 0;
    for (uint32_t i = 0; i < job->m; i++)
        rq_symbol(rq, &pid, job->symbols + i * job->t, RQ_REPAIR | RQ_RAND);
    rq_free(rq);
}

static void decode_once(void *context)
{
    struct lcrq_job *job = context;
    rq_t *rq = rq_init(job->k * job->t, (uint16_t)job->t);
    job->err = rq_decode(rq, job->decoded, job->symbols, job->esi, job->n_received);
    rq_free(rq);
}

// Puts k symbols into place: the first `kept` source symbols of every ten, then repair symbols.
static void receive(struct lcrq_job *job, uint32_t kept, uint32_t surplus)
{
    uint32_t n = 0;
    for (uint32_t esi = 0; esi < job->k; esi++)
        if (esi % 10 < kept) {
            memcpy(job->symbols + n * job->t, job->block + esi * job->t, job->t);
            job->esi[n++] = esi;
        }
    rq_t *rq = rq_init(job->k * job->t, (uint16_t)job->t);
    rq_encode(rq, job->block, job->k * job->t);
    rq_pid_t pid = 0;
    for (; n < job->k + surplus; n++) {
        rq_symbol(rq, &pid, job->symbols + n * job->t, RQ_REPAIR | RQ_RAND);
        job->esi[n] = rq_pid2esi(pid);
    }
    job->n_received = n;
    rq_free(rq);
}

static double decode_mbit_s(struct lcrq_job *job, uint32_t kept)
{
    for (uint32_t surplus = 0; surplus <= EXTRA_MOST; surplus++) {
        receive(job, kept, surplus);
        decode_once(job);
        if (job->err == 0 && memcmp(job->decoded, job->block, job->k * job->t) == 0)
            return 8.0 * job->k * (double)job->t * 1e3 / bench_best_ns(decode_once, job, BUDGET_MS);
    }
    return 0;
}

void bench_lcrq(struct lcrq_figures *figures, uint8_t *block, uint32_t k, uint32_t m, size_t t)
{
    memset(figures, 0, sizeof *figures);
    if (k > K_MAX)
        return;
    struct lcrq_job job = {.k = k, .m = m, .t = t, .block = block};
    job.symbols = bench_memory((k + EXTRA_MOST + m) * t);
    job.decoded = bench_memory((k + EXTRA_MOST) * t);
    job.esi = bench_memory((k + EXTRA_MOST) * sizeof *job.esi);
    figures->encode_mbit_s =
        8.0 * k * (double)t * 1e3 / bench_best_ns(encode_once, &job, BUDGET_MS);
    figures->decode_tenth_mbit_s = decode_mbit_s(&job, 9);
    figures->decode_repair_mbit_s = decode_mbit_s(&job, 0);
    free(job.symbols);
    free(job.decoded);
    free(job.esi);
}
#else
void bench_lcrq(struct lcrq_figures *figures, uint8_t *block, uint32_t k, uint32_t m, size_t t)
{
    (void)block;
    (void)k;
    (void)m;
    (void)t;
    *figures = (struct lcrq_figures){0, 0, 0};
}
#endif
