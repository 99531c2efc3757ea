// SPDX-License-Identifier: BSD-2-Clause
// RaptorQ parameters, tuples, objects and received sets that are or are not decodable.
// Arguments: rq_params.txt, rq_tuples.txt, rq_objects.txt, rq_decode_sets.txt.
#include "rq_block.h"
#include "tap.h"

#include "../../fec/rq_params.h"

#define LINE_MAX_BYTES 4096
#define SEED           UINT64_C(0x9e3779b97f4a7c15)

static bool params_line(const char *line)
{
    struct rq_params p;
    unsigned kp, j, s, h, w, l, pi, p1, u, b;
    return sscanf(line, "%u %u %u %u %u %u %u %u %u %u", &kp, &j, &s, &h, &w, &l, &pi, &p1, &u,
                  &b) == 10 &&
           rq_params_find(&p, kp) && p.kp == kp && p.j == j && p.s == s && p.h == h && p.w == w &&
           p.l == l && p.p == pi && p.p1 == p1 && p.p - p.h == u && p.b == b;
}

static bool tuple_line(const char *line)
{
    struct rq_params p;
    unsigned kp, x, d, a, b, d1, a1, b1;
    if (sscanf(line, "%u %u %u %u %u %u %u %u", &kp, &x, &d, &a, &b, &d1, &a1, &b1) != 8 ||
        !rq_params_find(&p, kp))
        return false;
    struct rq_tuple t = rq_tuple_of(&p, x);
    return t.d == d && t.a == a && t.b == b && t.d1 == d1 && t.a1 == a1 && t.b1 == b1 &&
           rq_columns_count(&p, x) == d + d1;
}

// A set of ESIs is judged right, with and without a plan, and decodes to the source.
static bool set_line(const char *line)
{
    enum { T = 24 };
    unsigned k, n, esi;
    char verdict[16];
    int head, used, right = 0;
    struct rq_block block;
    if (sscanf(line, "SET %u %u %15s%n", &k, &n, verdict, &head) != 3)
        return false;
    int expected = strcmp(verdict, "DECODABLE") == 0 ? PLAIT_FEC_OK : PLAIT_FEC_ERR_MORE;
    int err = rq_block_create(&block, k, T, SEED, PLAIT_GF256_ANY);
    size_t bytes = plait_rq_decoder_bytes(k, T);
    void *memory = malloc(bytes);
    uint8_t *symbols = malloc((size_t)n * T), *out = malloc((size_t)k * T);
    for (int with_plan = 0; !err && with_plan < 2; with_plan++) {
        struct plait_rq_decoder *decoder;
        const char *at = line + head;
        err = plait_rq_decoder_create(&decoder, k, T, with_plan ? block.plan : NULL, memory, bytes);
        for (unsigned i = 0; !err && i < n && sscanf(at, "%u%n", &esi, &used) == 1; i++) {
            at += used;
            err = rq_block_symbol(&block, esi, symbols + (size_t)i * T);
            if (!err)
                err = plait_rq_decoder_add(decoder, esi, symbols + (size_t)i * T);
        }
        int got = plait_rq_decoder_block(decoder, out);
        right += got == expected &&
                 (got != PLAIT_FEC_OK || memcmp(out, block.source, (size_t)k * T) == 0);
    }
    rq_block_free(&block);
    free(memory);
    free(symbols);
    free(out);
    return !err && right == 2;
}

static void check_file(struct tap *tap, const char *path, const char *what,
                       bool (*check)(const char *))
{
    static char line[LINE_MAX_BYTES];
    unsigned right = 0, all = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        all++;
        right += check(line);
    }
    if (file)
        fclose(file);
    tap_ok(tap, all > 0 && right == all, "%u of %u %s", right, all, what);
}

struct object_state {
    struct plait_rq_object object;
    uint8_t *data;
    struct rq_block block;
    unsigned sbn;
    bool open, right;
};

static void block_close(struct object_state *state)
{
    if (state->open)
        rq_block_free(&state->block);
    state->open = false;
}

static void object_line(struct object_state *state, const char *line)
{
    unsigned long long f;
    unsigned t, z, n, al;
    char oti_hex[32];
    uint8_t oti[PLAIT_RQ_OTI_BYTES];
    struct plait_rq_object read;
    struct fec_random random = {SEED};
    block_close(state);
    free(state->data);
    state->data = NULL;
    state->right &= sscanf(line, "OBJ %llu %u %u %u %u %31s", &f, &t, &z, &n, &al, oti_hex) == 6;
    state->object = (struct plait_rq_object){f, (uint16_t)t, (uint8_t)z, (uint16_t)n, (uint8_t)al};
    state->right &= plait_rq_object_write(&state->object, oti) == PLAIT_FEC_OK &&
                    hex_is(oti_hex, oti, sizeof oti) &&
                    plait_rq_object_read(&read, oti) == PLAIT_FEC_OK && read.object_bytes == f &&
                    read.symbol_bytes == t && read.source_blocks == z && read.sub_blocks == n &&
                    read.alignment_bytes == al;
    state->data = malloc((size_t)f);
    fec_random_fill(&random, state->data, (size_t)f);
}

// SRC <sbn> <K> <sha256 of the source symbols side by side>
static void source_line(struct object_state *state, const char *line)
{
    unsigned k;
    char sha[80];
    size_t t = state->object.symbol_bytes;
    block_close(state);
    state->right &= sscanf(line, "SRC %u %u %79s", &state->sbn, &k, sha) == 3 &&
                    plait_rq_object_k(&state->object, state->sbn) == k;
    if (!state->right)
        return;
    state->right &= rq_block_create(&state->block, k, t, SEED, PLAIT_GF256_ANY) == PLAIT_FEC_OK;
    state->open = true;
    for (uint32_t esi = 0; esi < k; esi++)
        state->right &= plait_rq_object_gather(&state->object, state->data, state->sbn, esi,
                                               state->block.source + esi * t) == PLAIT_FEC_OK;
    state->right &= sha256_is(sha, state->block.source, k * t);
    uint8_t *copy = malloc((size_t)state->object.object_bytes);
    memcpy(copy, state->data, (size_t)state->object.object_bytes);
    for (uint32_t esi = 0; esi < k; esi++)
        plait_rq_object_scatter(&state->object, copy, state->sbn, esi,
                                state->block.source + esi * t);
    state->right &= memcmp(copy, state->data, (size_t)state->object.object_bytes) == 0;
    free(copy);
}

static void symbol_line(struct object_state *state, const char *line)
{
    unsigned sbn, esi;
    char first[64], sha[80];
    uint8_t symbol[2048];
    size_t t = state->object.symbol_bytes;
    state->right &= sscanf(line, "SYM %u %u %63s %79s", &sbn, &esi, first, sha) == 4 &&
                    sbn == state->sbn && state->open &&
                    rq_block_symbol(&state->block, esi, symbol) == PLAIT_FEC_OK &&
                    hex_is(first, symbol, t < 16 ? t : 16) && sha256_is(sha, symbol, t);
}

static void check_objects(struct tap *tap, const char *path)
{
    static char line[LINE_MAX_BYTES];
    struct object_state state = {.right = true};
    unsigned lines = 0;
    FILE *file = fopen(path, "r");
    while (file && state.right && fgets(line, sizeof line, file)) {
        lines++;
        if (strncmp(line, "OBJ", 3) == 0)
            object_line(&state, line);
        else if (strncmp(line, "SRC", 3) == 0)
            source_line(&state, line);
        else if (strncmp(line, "SYM", 3) == 0)
            symbol_line(&state, line);
    }
    if (file)
        fclose(file);
    block_close(&state);
    free(state.data);
    tap_ok(tap, state.right && lines > 100, "%u lines of objects", lines);
}

int main(int argc, char **argv)
{
    struct tap tap = {0, 0};
    if (argc < 5)
        return 2;
    check_file(&tap, argv[1], "parameter rows", params_line);
    check_file(&tap, argv[2], "tuples", tuple_line);
    check_objects(&tap, argv[3]);
    check_file(&tap, argv[4], "received sets", set_line);
    return tap_done(&tap);
}
