// SPDX-License-Identifier: BSD-2-Clause
// Reed-Solomon by cm256cc. It decodes in place, so each decode first copies the repair symbols;
// that copy is in the figure.
#include "bench_rs_peers.h"

#include <cm256cc/cm256.h>
#include <cstdlib>
#include <cstring>

namespace
{

struct Cm256 {
    CM256 codec;
    CM256::cm256_encoder_params params;
    CM256::cm256_block *blocks;
    uint8_t *repair;
};

int prepare(struct rs_peer_job *job)
{
    if (job->k + job->m > 256)
        return 0;
    Cm256 *cm256 = new Cm256;
    cm256->params.OriginalCount = (int)job->k;
    cm256->params.RecoveryCount = (int)job->m;
    cm256->params.BlockBytes = (int)job->t;
    cm256->blocks = new CM256::cm256_block[job->k];
    cm256->repair = (uint8_t *)aligned_alloc(64, (job->m * job->t + 63) / 64 * 64);
    job->state = cm256;
    return cm256->codec.isInitialized() ? 1 : 0;
}

void encode(void *context)
{
    struct rs_peer_job *job = (struct rs_peer_job *)context;
    Cm256 *cm256 = (Cm256 *)job->state;
    for (uint32_t j = 0; j < job->k; j++)
        cm256->blocks[j].Block = job->source[j];
    if (cm256->codec.cm256_encode(cm256->params, cm256->blocks, cm256->repair) != 0)
        abort();
}

void decode(void *context)
{
    struct rs_peer_job *job = (struct rs_peer_job *)context;
    Cm256 *cm256 = (Cm256 *)job->state;
    uint32_t next = 0;
    for (uint32_t j = 0; j < job->k; j++) {
        if (next < job->m && job->lost[next] == j) {
            memcpy(job->restored[next], cm256->repair + next * job->t, job->t);
            cm256->blocks[j].Block = job->restored[next];
            cm256->blocks[j].Index = (unsigned char)(job->k + next);
            next++;
        } else {
            cm256->blocks[j].Block = job->source[j];
            cm256->blocks[j].Index = (unsigned char)j;
        }
    }
    if (cm256->codec.cm256_decode(cm256->params, cm256->blocks) != 0)
        abort();
}

void finish(struct rs_peer_job *job)
{
    Cm256 *cm256 = (Cm256 *)job->state;
    free(cm256->repair);
    delete[] cm256->blocks;
    delete cm256;
}

} // namespace

extern "C" const struct rs_peer rs_peer_cm256 = {"cm256cc", prepare, encode, decode, finish};
