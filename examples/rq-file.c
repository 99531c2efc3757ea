// SPDX-License-Identifier: BSD-2-Clause
// rq-file FILE LOSS_PERCENT
//
// Sends a file through a lossy channel and puts it together again, all in memory: the object is cut
// into blocks, each block's symbols and as many repair symbols as needed are drawn, some are lost,
// and the block is decoded. Shows objects (OTI, gather, scatter), encoder and decoder.
#include <plait/fec.h>
#include <plait/gf256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOL_BYTES  1280
#define ALIGNMENT     4
#define SUB_SYMBOLS   8
#define WORKING_BYTES (8 << 20)

struct transfer {
    struct plait_rq_object object;
    uint8_t *data, *restored;
    unsigned loss_percent;
    uint64_t random;
    unsigned sent, lost;
};

static bool channel_loses(struct transfer *transfer)
{
    transfer->random ^= transfer->random << 13;
    transfer->random ^= transfer->random >> 7;
    transfer->random ^= transfer->random << 17;
    transfer->sent++;
    bool lost = (transfer->random >> 20) % 100 < transfer->loss_percent;
    transfer->lost += lost;
    return lost;
}

struct block {
    uint32_t sbn, k;
    uint8_t *source, *received, *decoded;
    void *plan_memory, *encoder_memory, *decoder_memory;
    struct plait_rq_plan *plan;
    struct plait_rq_encoder *encoder;
    struct plait_rq_decoder *decoder;
};

static int block_open(struct block *block, const struct transfer *transfer)
{
    uint32_t k = block->k;
    size_t bytes = plait_rq_plan_bytes(k);
    block->source = malloc((size_t)k * SYMBOL_BYTES);
    block->received = malloc((size_t)(k + 64) * SYMBOL_BYTES);
    block->decoded = malloc((size_t)k * SYMBOL_BYTES);
    block->plan_memory = malloc(bytes);
    if (!block->source || !block->received || !block->decoded)
        return PLAIT_FEC_ERR_MEMORY;
    int err = plait_rq_plan_create(&block->plan, k, PLAIT_GF256_ANY, block->plan_memory, bytes);
    if (err)
        return err;
    bytes = plait_rq_encoder_bytes(block->plan, SYMBOL_BYTES);
    block->encoder_memory = malloc(bytes);
    err = plait_rq_encoder_create(&block->encoder, block->plan, SYMBOL_BYTES, block->encoder_memory,
                                  bytes);
    if (err)
        return err;
    for (uint32_t esi = 0; esi < k; esi++) {
        uint8_t *symbol = block->source + (size_t)esi * SYMBOL_BYTES;
        err = plait_rq_object_gather(&transfer->object, transfer->data, block->sbn, esi, symbol);
        if (!err)
            err = plait_rq_encoder_add(block->encoder, esi, symbol);
        if (err)
            return err;
    }
    bytes = plait_rq_decoder_bytes(k, SYMBOL_BYTES);
    block->decoder_memory = malloc(bytes);
    return plait_rq_decoder_create(&block->decoder, k, SYMBOL_BYTES, block->plan,
                                   block->decoder_memory, bytes);
}

static void block_close(struct block *block)
{
    free(block->source);
    free(block->received);
    free(block->decoded);
    free(block->plan_memory);
    free(block->encoder_memory);
    free(block->decoder_memory);
}

// Sends symbols until the receiver has the block. Received symbols lie in `received`, where the
// decoder reads them.
static int block_transfer(struct block *block, struct transfer *transfer)
{
    uint32_t n = 0;
    int err = PLAIT_FEC_ERR_MORE;
    for (uint32_t esi = 0; err == PLAIT_FEC_ERR_MORE && n < block->k + 64; esi++) {
        if (channel_loses(transfer))
            continue;
        void *at = block->received + (size_t)n++ * SYMBOL_BYTES;
        err = plait_rq_encoder_symbols(block->encoder, &esi, 1, &at);
        if (!err)
            err = plait_rq_decoder_add(block->decoder, esi, at);
        if (!err)
            err = plait_rq_decoder_ready(block->decoder)
                      ? plait_rq_decoder_block(block->decoder, block->decoded)
                      : PLAIT_FEC_ERR_MORE;
    }
    for (uint32_t esi = 0; !err && esi < block->k; esi++)
        err = plait_rq_object_scatter(&transfer->object, transfer->restored, block->sbn, esi,
                                      block->decoded + (size_t)esi * SYMBOL_BYTES);
    return err;
}

static int transfer_run(struct transfer *transfer, size_t bytes)
{
    int err = plait_rq_object_choose(&transfer->object, bytes, SYMBOL_BYTES, ALIGNMENT, SUB_SYMBOLS,
                                     WORKING_BYTES);
    for (uint32_t sbn = 0; !err && sbn < transfer->object.source_blocks; sbn++) {
        struct block block = {.sbn = sbn, .k = plait_rq_object_k(&transfer->object, sbn)};
        err = block_open(&block, transfer);
        if (!err)
            err = block_transfer(&block, transfer);
        block_close(&block);
    }
    return err;
}

static uint8_t *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size;
    if (file && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0) {
        *bytes = (size_t)size;
        data = malloc(*bytes);
        rewind(file);
        if (data && fread(data, 1, *bytes, file) != *bytes) {
            free(data);
            data = NULL;
        }
    }
    if (file)
        fclose(file);
    return data;
}

int main(int argc, char **argv)
{
    size_t bytes = 0;
    struct transfer transfer = {.random = 0x2545f4914f6cdd1d};
    if (argc != 3 || (transfer.loss_percent = (unsigned)atoi(argv[2])) > 90 ||
        !(transfer.data = read_file(argv[1], &bytes))) {
        fprintf(stderr, "usage: rq-file FILE LOSS_PERCENT  (a file that is not empty, 0..90)\n");
        return 2;
    }
    transfer.restored = calloc(bytes, 1);
    int err = transfer.restored ? transfer_run(&transfer, bytes) : PLAIT_FEC_ERR_MEMORY;
    bool same = !err && memcmp(transfer.data, transfer.restored, bytes) == 0;
    printf("%zu bytes, %u blocks: %u symbols sent, %u lost: %s\n", bytes,
           transfer.object.source_blocks, transfer.sent, transfer.lost,
           err ? plait_fec_strerror(err) : (same ? "restored" : "DIFFERENT"));
    free(transfer.data);
    free(transfer.restored);
    return same ? 0 : 1;
}
