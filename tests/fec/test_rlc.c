// SPDX-License-Identifier: BSD-2-Clause
// Properties of the sliding-window code: what it gives out is right and complete, whatever the
// order, the loss and the parameters; misuse gives error codes.
#include "fec_random.h"
#include "tap.h"
#include <plait/fec_rlc.h>
#include <plait/gf256.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_MAX       2048u
#define SYMBOL_BYTES_MAX 100u

static uint8_t stream[STREAM_MAX][SYMBOL_BYTES_MAX];

struct pair {
    struct plait_rlc_encoder *encoder;
    struct plait_rlc_decoder *decoder;
    void *memory[2];
};

static bool pair_create(struct pair *pair, const struct plait_rlc_config *config)
{
    const size_t enc_bytes = plait_rlc_encoder_bytes(config);
    const size_t dec_bytes = plait_rlc_decoder_bytes(config);
    pair->memory[0] = malloc(enc_bytes);
    pair->memory[1] = malloc(dec_bytes);
    return plait_rlc_encoder_create(&pair->encoder, config, pair->memory[0], enc_bytes) == 0 &&
           plait_rlc_decoder_create(&pair->decoder, config, pair->memory[1], dec_bytes) == 0;
}

static void pair_free(struct pair *pair)
{
    free(pair->memory[0]);
    free(pair->memory[1]);
}

// What one run over a lossy stream is made of.
struct run {
    struct plait_rlc_config config;
    uint32_t base; // first ESI
    uint32_t length, encoding_window, every;
    unsigned density, loss_percent;
    size_t bytes[STREAM_MAX];
    bool known[STREAM_MAX];
    uint32_t wrong;
};

static bool is_right(const struct run *run, uint32_t index, const uint8_t *data)
{
    for (size_t i = run->bytes[index]; i < run->config.symbol_bytes; i++)
        if (data[i] != 0)
            return false;
    return memcmp(data, stream[index], run->bytes[index]) == 0;
}

static void take_recovered(struct run *run, struct plait_rlc_decoder *decoder)
{
    uint32_t esi;
    const void *data;

    while (plait_rlc_next_recovered(decoder, &esi, &data) == 1) {
        const uint32_t index = esi - run->base;
        if (index >= run->length || run->known[index] || !is_right(run, index, data) ||
            plait_rlc_known(decoder, esi) != data) {
            run->wrong++;
            return;
        }
        run->known[index] = true;
    }
}

static void run_random(struct run *run, struct fec_random *random)
{
    *run = (struct run){.base = (uint32_t)fec_random_next(random),
                        .length = 300 + fec_random_below(random, 700),
                        .encoding_window = 1 + fec_random_below(random, 120),
                        .every = 1 + fec_random_below(random, 12),
                        .density = fec_random_below(random, 16),
                        .loss_percent = fec_random_below(random, 40)};
    run->config = (struct plait_rlc_config){
        .window = run->encoding_window + fec_random_below(random, 200),
        .symbol_bytes = 1 + fec_random_below(random, SYMBOL_BYTES_MAX),
        .repairs = fec_random_below(random, 2) ? 0 : 1 + fec_random_below(random, 255),
        .level_mask = UINT32_C(1) << fec_random_below(random, 6),
        .verify = fec_random_below(random, 2) == 1};
    if (fec_random_below(random, 4) == 0)
        run->base = 0u - fec_random_below(random, 300); // wraps within the run
    const bool ragged = fec_random_below(random, 2) == 1;
    for (uint32_t i = 0; i < run->length; i++) {
        fec_random_fill(random, stream[i], SYMBOL_BYTES_MAX);
        run->bytes[i] = ragged ? fec_random_below(random, run->config.symbol_bytes + 1)
                               : run->config.symbol_bytes;
    }
}

// Sends the stream with repairs through a channel that loses, delays and duplicates.
static void run_stream(struct run *run, struct pair *pair, struct fec_random *random)
{
    uint32_t late = UINT32_MAX;
    uint8_t repair[SYMBOL_BYTES_MAX];

    for (uint32_t i = 0; i < run->length; i++) {
        plait_rlc_encoder_add(pair->encoder, run->base + i, stream[i], run->bytes[i]);
        const uint32_t fate = fec_random_below(random, 100);
        if (fate >= run->loss_percent) {
            const int expect = run->known[i] ? 0 : 1;
            if (plait_rlc_add_source(pair->decoder, run->base + i, stream[i], run->bytes[i]) !=
                expect)
                run->wrong++;
            run->known[i] = true;
        } else if (fate % 4 == 0) {
            late = i;
        }
        if (late != UINT32_MAX && fec_random_below(random, 10) == 0) {
            const int got = plait_rlc_add_source(pair->decoder, run->base + late, stream[late],
                                                 run->bytes[late]);
            if (got < 0 || (got == 1 && run->known[late]))
                run->wrong++;
            run->known[late] |= got == 1;
            late = UINT32_MAX;
        }
        take_recovered(run, pair->decoder);
        if (i % run->every == 0) {
            const uint32_t held = i + 1 < run->encoding_window ? i + 1 : run->encoding_window;
            const uint32_t count = 1 + fec_random_below(random, held);
            const uint32_t first = run->base + i + 1 - count;
            const uint16_t key = (uint16_t)fec_random_next(random);
            if (plait_rlc_encode(pair->encoder, first, count, key, run->density, repair) != 0)
                run->wrong++;
            if (fec_random_below(random, 100) >= run->loss_percent &&
                plait_rlc_add_repair(pair->decoder, first, count, key, run->density, repair) < 0)
                run->wrong++;
            take_recovered(run, pair->decoder);
        }
    }
}

static void test_streams(struct tap *tap)
{
    struct fec_random random = {UINT64_C(0x1234567)};
    static struct run run;
    uint32_t wrong = 0;

    for (int i = 0; i < 300; i++) {
        struct pair pair;
        run_random(&run, &random);
        if (!pair_create(&pair, &run.config)) {
            tap_ok(tap, false, "create");
            return;
        }
        run_stream(&run, &pair, &random);
        wrong += run.wrong;
        pair_free(&pair);
    }
    tap_ok(tap, wrong == 0, "300 random streams: every symbol given out is right, once");
}

// One in ten repaired, window 100: at 3 % loss nearly everything must come back.
static void test_recovery(struct tap *tap)
{
    struct fec_random random = {UINT64_C(0x777)};
    static struct run run;
    struct pair pair;
    uint32_t lost = 0;

    run_random(&run, &random);
    run.length = STREAM_MAX;
    run.encoding_window = 100;
    run.every = 10;
    run.density = 15;
    run.config = (struct plait_rlc_config){.window = 200, .symbol_bytes = 64};
    pair_create(&pair, &run.config);
    uint8_t repair[64];
    for (uint32_t i = 0; i < run.length; i++) {
        run.bytes[i] = 64;
        plait_rlc_encoder_add(pair.encoder, run.base + i, stream[i], 64);
        if (fec_random_below(&random, 100) >= 3 || i + 20 > run.length) {
            plait_rlc_add_source(pair.decoder, run.base + i, stream[i], 64);
            run.known[i] = true;
        }
        if (i % 10 == 9) {
            const uint32_t count = i < 99 ? i + 1 : 100;
            const uint32_t first = run.base + i + 1 - count;
            plait_rlc_encode(pair.encoder, first, count, (uint16_t)i, 15, repair);
            plait_rlc_add_repair(pair.decoder, first, count, (uint16_t)i, 15, repair);
        }
        take_recovered(&run, pair.decoder);
    }
    for (uint32_t i = 0; i < run.length; i++)
        lost += run.known[i] ? 0 : 1;
    tap_ok(tap, run.wrong == 0 && lost == 0, "3 %% loss, 10 %% repair: %u of 2048 lost", lost);
    pair_free(&pair);
}

#define ORACLE_SYMBOLS 40u

// Dense elimination over the whole block; bit i of the answer: symbol i is determined.
static uint64_t oracle(uint8_t rows[][ORACLE_SYMBOLS], uint32_t count)
{
    uint64_t determined = 0;
    uint32_t rank = 0;

    for (uint32_t c = 0; c < ORACLE_SYMBOLS && rank < count; c++) {
        uint32_t p = rank;
        while (p < count && rows[p][c] == 0)
            p++;
        if (p == count)
            continue;
        uint8_t swap[ORACLE_SYMBOLS];
        memcpy(swap, rows[p], sizeof(swap));
        memcpy(rows[p], rows[rank], sizeof(swap));
        memcpy(rows[rank], swap, sizeof(swap));
        for (uint32_t r = 0; r < count; r++) {
            if (r == rank || rows[r][c] == 0)
                continue;
            const uint8_t factor = plait_gf256_mul(rows[r][c], plait_gf256_inv(rows[rank][c]));
            for (uint32_t i = 0; i < ORACLE_SYMBOLS; i++)
                rows[r][i] ^= plait_gf256_mul(factor, rows[rank][i]);
        }
        rank++;
    }
    for (uint32_t r = 0; r < rank; r++) {
        uint32_t used = 0, at = 0;
        for (uint32_t c = 0; c < ORACLE_SYMBOLS; c++) {
            if (rows[r][c] != 0) {
                used++;
                at = c;
            }
        }
        determined |= used == 1 ? UINT64_C(1) << at : 0;
    }
    return determined;
}

// The coefficients of a repair symbol, read off by encoding unit vectors.
static void repair_row(uint32_t first, uint32_t count, uint16_t key, unsigned density, uint8_t *row)
{
    static const struct plait_rlc_config config = {.window = 64, .symbol_bytes = ORACLE_SYMBOLS};
    static uint8_t units[ORACLE_SYMBOLS][ORACLE_SYMBOLS];
    static uint8_t memory[8192];
    struct plait_rlc_encoder *encoder;

    if (plait_rlc_encoder_create(&encoder, &config, memory, sizeof(memory)) != 0)
        return;
    for (uint32_t i = 0; i < ORACLE_SYMBOLS; i++) {
        units[i][i] = 1;
        plait_rlc_encoder_add(encoder, i, units[i], ORACLE_SYMBOLS);
    }
    plait_rlc_encode(encoder, first, count, key, density, row);
}

static bool complete_once(struct fec_random *random)
{
    const struct plait_rlc_config config = {.window = 64, .symbol_bytes = 8};
    uint8_t rows[2 * ORACLE_SYMBOLS][ORACLE_SYMBOLS];
    uint8_t repair[8];
    uint32_t count = 0;
    struct pair pair;
    static struct run run;
    bool right = pair_create(&pair, &config);

    memset(&run, 0, sizeof(run));
    run.config = config;
    run.length = ORACLE_SYMBOLS;
    for (uint32_t i = 0; i < ORACLE_SYMBOLS; i++) {
        run.bytes[i] = 8;
        fec_random_fill(random, stream[i], 8);
        plait_rlc_encoder_add(pair.encoder, i, stream[i], 8);
    }
    const unsigned density = fec_random_below(random, 16);
    const uint32_t steps = 1 + fec_random_below(random, 2 * ORACLE_SYMBOLS);
    for (uint32_t step = 0; step < steps && right; step++) {
        memset(rows[count], 0, ORACLE_SYMBOLS);
        if (fec_random_below(random, 3) != 0) {
            const uint32_t index = fec_random_below(random, ORACLE_SYMBOLS);
            rows[count++][index] = 1;
            run.known[index] |= plait_rlc_add_source(pair.decoder, index, stream[index], 8) == 1;
        } else {
            const uint32_t first = fec_random_below(random, ORACLE_SYMBOLS);
            const uint32_t n = 1 + fec_random_below(random, ORACLE_SYMBOLS - first);
            const uint16_t key = (uint16_t)fec_random_next(random);
            plait_rlc_encode(pair.encoder, first, n, key, density, repair);
            plait_rlc_add_repair(pair.decoder, first, n, key, density, repair);
            repair_row(first, n, key, density, rows[count++]);
        }
        if (fec_random_below(random, 4) != 0 && step + 1 < steps)
            continue;
        take_recovered(&run, pair.decoder);
        const uint64_t determined = oracle(rows, count);
        for (uint32_t i = 0; i < ORACLE_SYMBOLS; i++)
            right &= run.known[i] == ((determined >> i & 1) != 0);
    }
    pair_free(&pair);
    return right && run.wrong == 0;
}

static void test_complete(struct tap *tap)
{
    struct fec_random random = {UINT64_C(0xabcdef)};
    int right = 0;

    for (int i = 0; i < 400; i++)
        right += complete_once(&random) ? 1 : 0;
    tap_ok(tap, right == 400, "a symbol is given out as soon as, and only if, it is determined");
}

static void test_verify(struct tap *tap)
{
    const struct plait_rlc_config config = {.window = 64, .symbol_bytes = 16, .verify = true};
    struct pair pair;
    uint8_t repair[16];
    uint32_t esi;
    const void *data;

    pair_create(&pair, &config);
    for (uint32_t i = 0; i < 20; i++) {
        plait_rlc_encoder_add(pair.encoder, i, stream[i], 16);
        if (i != 7)
            plait_rlc_add_source(pair.decoder, i, stream[i], 16);
    }
    plait_rlc_encode(pair.encoder, 0, 20, 1, 15, repair);
    repair[3] ^= 1;
    tap_ok(tap, plait_rlc_add_repair(pair.decoder, 0, 20, 1, 15, repair) == 1, "bad repair used");
    plait_rlc_encode(pair.encoder, 0, 20, 2, 15, repair);
    tap_ok(tap, plait_rlc_add_repair(pair.decoder, 0, 20, 2, 15, repair) == PLAIT_FEC_ERR_CORRUPT,
           "contradiction with a pending row found");
    tap_ok(tap, plait_rlc_next_recovered(pair.decoder, &esi, &data) == 1 && esi == 7, "recovered");
    tap_ok(tap, plait_rlc_add_repair(pair.decoder, 0, 20, 2, 15, repair) == PLAIT_FEC_ERR_CORRUPT,
           "contradiction with known symbols found");
    plait_rlc_encode(pair.encoder, 8, 12, 3, 15, repair);
    tap_ok(tap, plait_rlc_add_repair(pair.decoder, 8, 12, 3, 15, repair) == 0, "agreement");
    pair_free(&pair);
}

static void test_misuse(struct tap *tap)
{
    const struct plait_rlc_config good = {.window = 100, .symbol_bytes = 8};
    struct plait_rlc_config bad = good;
    struct pair pair;
    uint8_t out[8] = {0};
    uint32_t esi;
    const void *data;

    tap_ok(tap, plait_rlc_encoder_bytes(NULL) == 0 && plait_rlc_decoder_bytes(NULL) == 0, "NULL");
    bad.window = 0;
    tap_ok(tap, plait_rlc_encoder_bytes(&bad) == 0, "window 0");
    bad.window = PLAIT_RLC_WINDOW_MAX + 1;
    tap_ok(tap, plait_rlc_decoder_bytes(&bad) == 0, "window too large");
    bad = good;
    bad.symbol_bytes = PLAIT_RLC_SYMBOL_BYTES_MAX + 1;
    tap_ok(tap, plait_rlc_encoder_bytes(&bad) == 0, "symbol too large");
    bad = good;
    bad.repairs = PLAIT_RLC_REPAIRS_MAX + 1;
    tap_ok(tap, plait_rlc_decoder_bytes(&bad) == 0, "too many repairs");
    tap_ok(tap, pair_create(&pair, &good), "create");
    struct plait_rlc_decoder *dec = pair.decoder;
    struct plait_rlc_encoder *enc = pair.encoder;
    tap_ok(tap, plait_rlc_decoder_create(&dec, &good, pair.memory[1], 100) == PLAIT_FEC_ERR_MEMORY,
           "too little memory");
    tap_ok(tap, plait_rlc_encode(enc, 0, 1, 0, 15, out) == PLAIT_FEC_ERR_RANGE, "empty encoder");
    tap_ok(tap, plait_rlc_encoder_add(enc, 5, stream[0], 9) == PLAIT_FEC_ERR_RANGE, "too long");
    tap_ok(tap, plait_rlc_encoder_add(enc, 5, NULL, 8) == PLAIT_FEC_ERR_NULL, "no data");
    tap_ok(tap, plait_rlc_encoder_add(enc, 5, NULL, 0) == 0, "empty symbol");
    tap_ok(tap, plait_rlc_encoder_add(enc, 7, stream[0], 8) == PLAIT_FEC_ERR_RANGE, "ESI skipped");
    tap_ok(tap, plait_rlc_encode(enc, 5, 1, 0, 16, out) == PLAIT_FEC_ERR_RANGE, "density 16");
    tap_ok(tap, plait_rlc_encode(enc, 5, 2, 0, 15, out) == PLAIT_FEC_ERR_RANGE,
           "beyond the newest");
    tap_ok(tap, plait_rlc_encode(enc, 4, 1, 0, 15, out) == PLAIT_FEC_ERR_RANGE,
           "before the oldest");
    tap_ok(tap, plait_rlc_encode(enc, 5, 1, 0, 15, NULL) == PLAIT_FEC_ERR_NULL, "no output");
    tap_ok(tap, plait_rlc_add_source(dec, 0, stream[0], 9) == PLAIT_FEC_ERR_RANGE,
           "source too long");
    tap_ok(tap, plait_rlc_add_repair(dec, 0, 0, 0, 15, out) == PLAIT_FEC_ERR_RANGE, "window of 0");
    tap_ok(tap, plait_rlc_add_repair(dec, 0, 129, 0, 15, out) == PLAIT_FEC_ERR_RANGE,
           "window of 129");
    tap_ok(tap, plait_rlc_add_repair(dec, 0, 9, 0, 16, out) == PLAIT_FEC_ERR_RANGE, "density 16");
    tap_ok(tap, plait_rlc_add_repair(dec, 0, 9, 0, 15, NULL) == PLAIT_FEC_ERR_NULL, "no data");
    tap_ok(tap, plait_rlc_next_recovered(dec, &esi, NULL) == PLAIT_FEC_ERR_NULL, "no result");
    tap_ok(tap, plait_rlc_next_recovered(dec, &esi, &data) == 0, "nothing yet");
    tap_ok(tap, plait_rlc_add_source(dec, 1000, stream[0], 8) == 1, "first symbol");
    tap_ok(tap, plait_rlc_add_source(dec, 1000, stream[0], 8) == 0, "duplicate");
    tap_ok(tap, plait_rlc_add_source(dec, 1000 - 128, stream[0], 8) == 0, "too old");
    tap_ok(tap, plait_rlc_add_repair(dec, 1000 - 128, 5, 0, 15, out) == 0, "repair too old");
    tap_ok(tap, plait_rlc_known(dec, 1000) != NULL && plait_rlc_known(dec, 1001) == NULL, "known");
    pair_free(&pair);
}

int main(void)
{
    struct tap tap = {0, 0};
    test_streams(&tap);
    test_recovery(&tap);
    test_complete(&tap);
    test_verify(&tap);
    test_misuse(&tap);
    return tap_done(&tap);
}
