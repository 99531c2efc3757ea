// SPDX-License-Identifier: BSD-2-Clause
// The encoding symbols and intermediate symbols of the RaptorQ vectors, bit for bit.
// Arguments: vector files (format in vectors/raptorq/README.txt).
#include "rq_block.h"
#include "tap.h"

#include "../../fec/rq_plan.h"

#define SYMBOL_MAX 2048

static uint64_t fnv1a(const uint8_t *p, size_t n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool symbol_is(struct rq_block *block, uint32_t esi, const char *first, const char *fnv,
                      const char *sha)
{
    uint8_t symbol[SYMBOL_MAX];
    return rq_block_symbol(block, esi, symbol) == PLAIT_FEC_OK &&
           hex_is(first, symbol, block->t < 16 ? block->t : 16) &&
           fnv1a(symbol, block->t) == strtoull(fnv, NULL, 16) && sha256_is(sha, symbol, block->t);
}

// Runs the plan's program and puts the l intermediate symbols side by side.
static bool intermediate_is(const struct rq_block *block, const char *sha)
{
    const struct plait_rq_plan *plan = block->plan;
    size_t t = block->t, slots = rq_program_slots(&plan->program);
    uint8_t *all = malloc(plan->params.l * t), *memory = malloc(slots * RQ_STRIP_MAX + RQ_ALIGN);
    const uint8_t **source = malloc(block->k * sizeof *source);
    const uint8_t **pointers = malloc((plan->params.h + plan->program.u) * sizeof *pointers);
    struct rq_strip strip = {rq_align(memory), 0, source, 0, 0};
    for (uint32_t i = 0; i < block->k; i++)
        source[i] = block->source + i * t;
    for (; strip.at < t; strip.at += strip.bytes) {
        strip.bytes = t - strip.at < RQ_STRIP_MAX ? t - strip.at : RQ_STRIP_MAX;
        strip.width = rq_round_up(strip.bytes, RQ_CELL);
        rq_exec_strip(&plan->program, plan->gf, plan->kernels, &strip, pointers);
        for (uint32_t c = 0; c < plan->params.l; c++)
            memcpy(all + c * t + strip.at, strip.slots + c * strip.width, strip.bytes);
    }
    bool same = sha256_is(sha, all, plan->params.l * t);
    free(all);
    free(memory);
    free(source);
    free(pointers);
    return same;
}

static void check_lines(struct tap *tap, FILE *file, const char *name)
{
    struct rq_block block = {0};
    char line[512], value[4][128];
    unsigned k = 0, t = 0, esi, right = 0, all = 0;
    int err = PLAIT_FEC_OK;
    bool intermediate = false;
    while (!err && fgets(line, sizeof line, file)) {
        if (sscanf(line, "K %u", &k) == 1 || sscanf(line, "T %u", &t) == 1)
            continue;
        if (sscanf(line, "SEED %127s", value[0]) == 1)
            err = rq_block_create(&block, k, t, strtoull(value[0], NULL, 16), PLAIT_GF256_ANY);
        else if (sscanf(line, "INTERMEDIATE_SHA256 %127s", value[0]) == 1)
            intermediate = intermediate_is(&block, value[0]);
        else if (sscanf(line, "ESI %u %127s %127s %127s", &esi, value[1], value[2], value[3]) ==
                 4) {
            all++;
            right += symbol_is(&block, esi, value[1], value[2], value[3]);
        }
    }
    tap_ok(tap, !err && all > 0 && right == all, "%s: %u of %u symbols", name, right, all);
    tap_ok(tap, intermediate, "%s: intermediate symbols", name);
    rq_block_free(&block);
}

int main(int argc, char **argv)
{
    struct tap tap = {0, 0};
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        if (!tap_ok(&tap, file != NULL, "%s is there", argv[i]))
            continue;
        check_lines(&tap, file, argv[i]);
        fclose(file);
    }
    return tap_done(&tap);
}
