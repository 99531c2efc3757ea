// SPDX-License-Identifier: BSD-2-Clause
// How often K, K+1 and K+2 received symbols do not determine the block (RFC 6330 promises about 1
// %, 0.01 %, 0.0001 %): random losses of a tenth, of half and of all source symbols, random repair
// ESIs.
#include "bench.h"
#include <plait/fec.h>
#include <stdio.h>
#include <stdlib.h>

#define ESI_SPAN 1000000

// Fills the decoder with k + surplus symbols; every set is new.
static void receive(struct plait_rq_decoder *decoder, uint32_t k, uint32_t surplus,
                    uint64_t loss_percent, uint64_t *state)
{
    static const uint8_t zero[1];
    uint32_t n = 0;
    for (uint32_t esi = 0; esi < k; esi++)
        if (bench_random(state) % 100 >= loss_percent &&
            plait_rq_decoder_add(decoder, esi, zero) == 0)
            n++;
    while (n < k + surplus) {
        uint32_t esi = k + (uint32_t)(bench_random(state) >> 20) % ESI_SPAN;
        n += plait_rq_decoder_add(decoder, esi, zero) == 0;
    }
}

static unsigned failures(uint32_t k, uint32_t surplus, unsigned trials)
{
    static const uint64_t loss[] = {10, 50, 100};
    size_t bytes = plait_rq_decoder_bytes(k, 1);
    void *memory = bench_memory(bytes);
    uint8_t *out = bench_memory(k);
    uint64_t state = 0x9e3779b97f4a7c15 + k + surplus;
    struct plait_rq_decoder *decoder;
    unsigned failed = 0;
    if (plait_rq_decoder_create(&decoder, k, 1, NULL, memory, bytes))
        exit(1);
    for (unsigned i = 0; i < trials; i++) {
        receive(decoder, k, surplus, loss[i % 3], &state);
        failed += plait_rq_decoder_block(decoder, out) == PLAIT_FEC_ERR_MORE;
        plait_rq_decoder_reset(decoder);
    }
    free(memory);
    free(out);
    return failed;
}

void bench_rq_rate(const struct bench *bench)
{
    static const struct {
        uint32_t k;
        unsigned trials[3];
    } runs[] = {{10, {100000, 300000, 1000000}},
                {100, {30000, 100000, 300000}},
                {1000, {3000, 10000, 10000}}};
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        for (uint32_t surplus = 0; surplus < 3 && runs[i].k <= bench->k_max; surplus++) {
            unsigned trials = runs[i].trials[surplus];
            unsigned failed = failures(runs[i].k, surplus, trials);
            if (!bench->json)
                printf("raptorq   k %4u, k + %u symbols: %u of %u sets fail, %.5f %%\n", runs[i].k,
                       surplus, failed, trials, 100.0 * failed / trials);
            fflush(stdout);
        }
}
