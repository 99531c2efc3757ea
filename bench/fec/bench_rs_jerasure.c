// SPDX-License-Identifier: BSD-2-Clause
// Reed-Solomon by Jerasure 2 over gf-complete: Cauchy matrix, w = 8 or 16.
#include "bench_rs_peers.h"

#ifdef HAVE_JERASURE
#include <jerasure.h>
#include <jerasure/cauchy.h>
#include <stdlib.h>
#include <string.h>

// Larger blocks would take the library minutes.
#define K_MAX 300u

struct jerasure {
    int w;
    int *matrix, *erasures;
    char **data;
};

static int jerasure_prepare(struct rs_peer_job *job)
{
    if (job->k > K_MAX)
        return 0;
    struct jerasure *jerasure = calloc(1, sizeof *jerasure);
    jerasure->w = job->k + job->m > 256 ? 16 : 8;
    jerasure->matrix = cauchy_original_coding_matrix((int)job->k, (int)job->m, jerasure->w);
    jerasure->erasures = malloc((job->m + 1) * sizeof *jerasure->erasures);
    jerasure->data = malloc(job->k * sizeof *jerasure->data);
    memcpy(jerasure->data, job->source, job->k * sizeof *jerasure->data);
    for (uint32_t i = 0; i < job->m; i++) {
        jerasure->erasures[i] = (int)job->lost[i];
        jerasure->data[job->lost[i]] = (char *)job->restored[i];
    }
    jerasure->erasures[job->m] = -1;
    job->state = jerasure;
    return 1;
}

static void jerasure_encode(void *context)
{
    struct rs_peer_job *job = context;
    struct jerasure *jerasure = job->state;
    jerasure_matrix_encode((int)job->k, (int)job->m, jerasure->w, jerasure->matrix,
                           (char **)job->source, (char **)job->repair, (int)job->t);
}

static void jerasure_decode(void *context)
{
    struct rs_peer_job *job = context;
    struct jerasure *jerasure = job->state;
    if (jerasure_matrix_decode((int)job->k, (int)job->m, jerasure->w, jerasure->matrix, 0,
                               jerasure->erasures, jerasure->data, (char **)job->repair,
                               (int)job->t) != 0)
        abort();
}

static void jerasure_finish(struct rs_peer_job *job)
{
    struct jerasure *jerasure = job->state;
    free(jerasure->matrix);
    free(jerasure->erasures);
    free(jerasure->data);
    free(jerasure);
}

const struct rs_peer rs_peer_jerasure = {"jerasure", jerasure_prepare, jerasure_encode,
                                         jerasure_decode, jerasure_finish};
#else
const struct rs_peer rs_peer_jerasure = {"jerasure", NULL, NULL, NULL, NULL};
#endif
