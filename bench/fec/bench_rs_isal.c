// SPDX-License-Identifier: BSD-2-Clause
// Reed-Solomon by Intel ISA-L: a Cauchy matrix; decoding inverts the k x k matrix of the symbols
// received, as the library's own example does.
#include "bench_rs_peers.h"

#ifdef HAVE_ISAL
#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

struct isal {
    uint8_t *matrix, *received, *inverse, *rows, *tables, *decode_tables;
    uint8_t **from;
};

static int isal_prepare(struct rs_peer_job *job)
{
    const size_t k = job->k, m = job->m;
    if (k + m > 255)
        return 0;
    struct isal *isal = calloc(1, sizeof *isal);
    isal->matrix = malloc((k + m) * k);
    isal->received = malloc(k * k);
    isal->inverse = malloc(k * k);
    isal->rows = malloc(m * k);
    isal->tables = malloc(32 * k * m);
    isal->decode_tables = malloc(32 * k * m);
    isal->from = malloc(k * sizeof *isal->from);
    gf_gen_cauchy1_matrix(isal->matrix, (int)(k + m), (int)k);
    ec_init_tables((int)k, (int)m, isal->matrix + k * k, isal->tables);
    job->state = isal;
    return 1;
}

static void isal_encode(void *context)
{
    struct rs_peer_job *job = context;
    struct isal *isal = job->state;
    ec_encode_data((int)job->t, (int)job->k, (int)job->m, isal->tables, job->source, job->repair);
}

static void isal_decode(void *context)
{
    struct rs_peer_job *job = context;
    struct isal *isal = job->state;
    const size_t k = job->k, m = job->m;
    size_t used = 0, next = 0;

    for (size_t j = 0; j < k; j++) {
        if (next < m && job->lost[next] == j) {
            next++;
            continue;
        }
        isal->from[used] = job->source[j];
        memcpy(isal->received + used++ * k, isal->matrix + j * k, k);
    }
    for (size_t i = 0; i < m; i++) {
        isal->from[used] = job->repair[i];
        memcpy(isal->received + used++ * k, isal->matrix + (k + i) * k, k);
    }
    if (gf_invert_matrix(isal->received, isal->inverse, (int)k) != 0)
        abort();
    for (size_t i = 0; i < m; i++)
        memcpy(isal->rows + i * k, isal->inverse + job->lost[i] * k, k);
    ec_init_tables((int)k, (int)m, isal->rows, isal->decode_tables);
    ec_encode_data((int)job->t, (int)k, (int)m, isal->decode_tables, isal->from, job->restored);
}

static void isal_finish(struct rs_peer_job *job)
{
    struct isal *isal = job->state;
    void *all[] = {isal->matrix, isal->received,      isal->inverse, isal->rows,
                   isal->tables, isal->decode_tables, isal->from,    isal};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

const struct rs_peer rs_peer_isal = {"isal", isal_prepare, isal_encode, isal_decode, isal_finish};
#else
const struct rs_peer rs_peer_isal = {"isal", NULL, NULL, NULL, NULL};
#endif
