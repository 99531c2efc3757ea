// SPDX-License-Identifier: BSD-2-Clause
// RaptorQ round trips with random parameters: any K, T, losses, order, alignment and CPU level;
// surplus symbols reveal damage; and how often K, K+1 and K+2 symbols do not suffice.
#include "rq_block.h"
#include "tap.h"

#define MARGIN 64

struct trip {
    struct fec_random *random;
    struct rq_block block;
    struct plait_rq_decoder *decoder;
    void *decoder_memory;
    uint8_t *symbols, *out; // unaligned
    uint32_t *esi;
    uint32_t n;
};

static uint32_t draw_k(struct fec_random *random)
{
    static const uint32_t most[] = {4, 30, 120, 600, 1100, 2500};
    uint32_t kind = fec_random_below(random, 60);
    return 1 + fec_random_below(random, most[kind < 55 ? kind % 4 : 4 + kind % 2]);
}

static size_t draw_t(struct fec_random *random)
{
    switch (fec_random_below(random, 4)) {
    case 0:
        return 1 + fec_random_below(random, 8);
    case 1:
        return 64u * (1 + fec_random_below(random, 6));
    default:
        return 1 + fec_random_below(random, 400);
    }
}

static int trip_open(struct trip *trip, struct fec_random *random)
{
    uint32_t k = draw_k(random);
    size_t t = draw_t(random);
    uint32_t level = 1u << fec_random_below(random, 6);
    uint32_t mask = fec_random_below(random, 2) ? PLAIT_GF256_ANY : level;
    *trip = (struct trip){.random = random};
    int err = rq_block_create(&trip->block, k, t, fec_random_next(random), mask);
    if (err)
        return err;
    size_t bytes = plait_rq_decoder_bytes(k, t);
    trip->decoder_memory = malloc(bytes + 8);
    trip->symbols = malloc((k + MARGIN) * t + 64);
    trip->out = malloc(k * t + 64);
    trip->esi = malloc((k + MARGIN) * sizeof *trip->esi);
    const struct plait_rq_plan *plan = fec_random_below(random, 2) ? trip->block.plan : NULL;
    return plait_rq_decoder_create(&trip->decoder, k, t, plan,
                                   (uint8_t *)trip->decoder_memory + fec_random_below(random, 8),
                                   bytes);
}

static void trip_close(struct trip *trip)
{
    rq_block_free(&trip->block);
    free(trip->decoder_memory);
    free(trip->symbols);
    free(trip->out);
    free(trip->esi);
}

// Draws the ESIs: source symbols with a chance to be lost, then repair symbols, shuffled.
static void trip_draw(struct trip *trip, uint32_t surplus)
{
    uint32_t k = trip->block.k, loss = fec_random_below(trip->random, 11);
    uint32_t step = 1 + fec_random_below(trip->random, 3), repair = k;
    if (fec_random_below(trip->random, 4) == 0)
        repair += fec_random_below(trip->random, PLAIT_RQ_ESI_MAX - 8 * k - 8 * MARGIN);
    trip->n = 0;
    for (uint32_t esi = 0; esi < k; esi++)
        if (fec_random_below(trip->random, 10) >= loss)
            trip->esi[trip->n++] = esi;
    while (trip->n < k + surplus) {
        trip->esi[trip->n++] = repair;
        repair += 1 + fec_random_below(trip->random, step);
    }
    for (uint32_t i = trip->n; i > 1; i--) {
        uint32_t j = fec_random_below(trip->random, i), swap = trip->esi[j];
        trip->esi[j] = trip->esi[i - 1];
        trip->esi[i - 1] = swap;
    }
}

static uint8_t *trip_symbol(struct trip *trip, uint32_t i)
{
    return trip->symbols + i * trip->block.t + 3;
}

// Adds symbols until the decoder has enough; more than k + 8 would be wrong.
static bool trip_run(struct trip *trip)
{
    size_t t = trip->block.t;
    uint8_t *out = trip->out + 5;
    for (uint32_t i = 0; i < trip->n; i++) {
        if (rq_block_symbol(&trip->block, trip->esi[i], trip_symbol(trip, i)) ||
            plait_rq_decoder_add(trip->decoder, trip->esi[i], trip_symbol(trip, i)) ||
            plait_rq_decoder_add(trip->decoder, trip->esi[i], trip_symbol(trip, i)) !=
                PLAIT_FEC_ERR_TWICE)
            return false;
        bool ready = plait_rq_decoder_ready(trip->decoder);
        int err = plait_rq_decoder_block(trip->decoder, out);
        if (!ready && err != PLAIT_FEC_ERR_MORE)
            return false;
        if (err == PLAIT_FEC_OK)
            return memcmp(out, trip->block.source, trip->block.k * t) == 0;
        if (err != PLAIT_FEC_ERR_MORE)
            return false;
    }
    return false;
}

static bool one_trip(struct fec_random *random)
{
    struct trip trip;
    bool right = trip_open(&trip, random) == PLAIT_FEC_OK;
    for (int block = 0; right && block < 2; block++) {
        trip_draw(&trip, 12);
        right = trip_run(&trip);
        plait_rq_decoder_reset(trip.decoder);
    }
    if (!right)
        printf("# k %u t %zu\n", trip.block.k, trip.block.t);
    trip_close(&trip);
    return right;
}

// All symbols first, one of them damaged: an error, or a block that is right all the same.
static bool one_damage(struct fec_random *random, int *caught)
{
    struct trip trip;
    bool right = trip_open(&trip, random) == PLAIT_FEC_OK;
    trip_draw(&trip, 3);
    for (uint32_t i = 0; right && i < trip.n; i++)
        right = rq_block_symbol(&trip.block, trip.esi[i], trip_symbol(&trip, i)) == 0 &&
                plait_rq_decoder_add(trip.decoder, trip.esi[i], trip_symbol(&trip, i)) == 0;
    uint32_t n_lost = trip.block.k;
    for (uint32_t i = 0; i < trip.n; i++)
        n_lost -= trip.esi[i] < trip.block.k;
    uint32_t victim = fec_random_below(random, trip.n);
    trip_symbol(&trip, victim)[fec_random_below(random, (uint32_t)trip.block.t)] ^= 0x40;
    if (right && n_lost) {
        int err = plait_rq_decoder_block(trip.decoder, trip.out);
        right = err == PLAIT_FEC_ERR_CORRUPT || err == PLAIT_FEC_OK;
        *caught += err == PLAIT_FEC_ERR_CORRUPT;
    } else {
        *caught += 1; // nothing lost: nothing is computed from the damaged symbol
    }
    trip_close(&trip);
    return right;
}

// Received sets of k + surplus random repair and source symbols that do not decode, of `trials`.
static int failures(uint32_t k, uint32_t surplus, int trials, struct fec_random *random)
{
    struct trip trip = {.random = random};
    static const uint8_t zero[1];
    size_t bytes = plait_rq_decoder_bytes(k, 1);
    uint8_t *out = malloc(k);
    int failed = 0;
    trip.decoder_memory = malloc(bytes);
    trip.esi = malloc((k + MARGIN) * sizeof *trip.esi);
    trip.block.k = k;
    plait_rq_decoder_create(&trip.decoder, k, 1, NULL, trip.decoder_memory, bytes);
    for (int i = 0; i < trials; i++) {
        trip_draw(&trip, surplus);
        for (uint32_t j = 0; j < k + surplus; j++)
            plait_rq_decoder_add(trip.decoder, trip.esi[j], zero);
        failed += plait_rq_decoder_block(trip.decoder, out) == PLAIT_FEC_ERR_MORE;
        plait_rq_decoder_reset(trip.decoder);
    }
    free(out);
    free(trip.decoder_memory);
    free(trip.esi);
    return failed;
}

// The first source symbol is lost, and so many repair symbols that do not hold it came first; then
// one that does. All others are zero, so a repair symbol of zero is one of the former.
static bool useless_first(uint32_t k, bool with_plan)
{
    enum { USELESS = 10 };
    struct rq_block block;
    struct plait_rq_decoder *decoder = NULL;
    uint8_t repair[USELESS + 1] = {0}, out[200];
    size_t bytes = plait_rq_decoder_bytes(k, 1);
    void *memory = malloc(bytes);
    bool right =
        rq_block_create(&block, k, 1, 7, PLAIT_GF256_ANY) == 0 &&
        plait_rq_decoder_create(&decoder, k, 1, with_plan ? block.plan : NULL, memory, bytes) == 0;
    memset(block.source, 0, k);
    block.source[0] = 99;
    for (uint32_t esi = 1; esi < k; esi++)
        plait_rq_decoder_add(decoder, esi, block.source + esi);
    uint32_t n = 0;
    for (uint32_t esi = k; right && n < USELESS; esi++) {
        right = rq_block_symbol(&block, esi, repair + n) == 0;
        if (repair[n] == 0)
            plait_rq_decoder_add(decoder, esi, repair + n++);
    }
    right = right && plait_rq_decoder_block(decoder, out) == PLAIT_FEC_ERR_MORE;
    for (uint32_t esi = k; right && repair[n] == 0; esi++)
        right = rq_block_symbol(&block, esi, repair + n) == 0 &&
                (repair[n] == 0 || plait_rq_decoder_add(decoder, esi, repair + n) == 0);
    right = right && plait_rq_decoder_block(decoder, out) == 0 && !memcmp(out, block.source, k);
    rq_block_free(&block);
    free(memory);
    return right;
}

int main(void)
{
    struct tap tap = {0, 0};
    struct fec_random random = {UINT64_C(0x853c49e6748fea9b)};
    int right = 0, caught = 0, survived = 0;
    for (int i = 0; i < 400; i++)
        right += one_trip(&random);
    tap_ok(&tap, right == 400, "%d of 400 round trips", right);
    for (int i = 0; i < 200; i++)
        survived += one_damage(&random, &caught);
    tap_ok(&tap, survived == 200 && caught > 190, "%d of 200 damaged blocks told", caught);
    static const uint32_t k[] = {10, 26, 50, 101};
    int failed[3] = {0, 0, 0};
    for (int i = 0; i < 4; i++)
        for (uint32_t surplus = 0; surplus < 3; surplus++)
            failed[surplus] += failures(k[i], surplus, 2000, &random);
    tap_ok(&tap, failed[0] <= 80, "%d of 8000 sets of K symbols fail", failed[0]);
    tap_ok(&tap, failed[1] <= 3, "%d of 8000 sets of K+1 symbols fail", failed[1]);
    tap_ok(&tap, failed[2] == 0, "%d of 8000 sets of K+2 symbols fail", failed[2]);
    static const uint32_t few[] = {1, 2, 10, 101};
    for (int i = 0; i < 8; i++)
        tap_ok(&tap, useless_first(few[i / 2], i % 2), "K %u %s: useless repair symbols first",
               few[i / 2], i % 2 ? "with a plan" : "without");
    return tap_done(&tap);
}
