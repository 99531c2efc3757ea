// SPDX-License-Identifier: BSD-2-Clause
// rq-live BLOCKS
//
// A live stream in blocks of 50 packets with 10 repair packets each, over a channel that loses one
// packet in twelve. Sender and receiver share one plan and reuse one encoder and one decoder for
// all blocks; packets are never copied: the codec reads them where they lie and writes lost packets
// into the receiver's empty slots. Nothing is allocated after the start.
#include <plait/fec.h>
#include <plait/gf256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { K = 50, REPAIR = 10, PACKET_BYTES = 1316, LOSS_ONE_IN = 12 };

struct stream {
    uint8_t sent[K + REPAIR][PACKET_BYTES];
    uint8_t received[K + REPAIR][PACKET_BYTES];
    struct plait_rq_plan *plan;
    struct plait_rq_encoder *encoder;
    struct plait_rq_decoder *decoder;
    uint64_t random;
    unsigned lost, recovered, missing;
};

static unsigned draw(struct stream *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (unsigned)(s->random >> 33);
}

static int stream_open(struct stream *s)
{
    size_t bytes = plait_rq_plan_bytes(K);
    int err = plait_rq_plan_create(&s->plan, K, PLAIT_GF256_ANY, malloc(bytes), bytes);
    if (err)
        return err;
    bytes = plait_rq_encoder_bytes(s->plan, PACKET_BYTES);
    err = plait_rq_encoder_create(&s->encoder, s->plan, PACKET_BYTES, malloc(bytes), bytes);
    if (err)
        return err;
    bytes = plait_rq_decoder_bytes(K, PACKET_BYTES);
    return plait_rq_decoder_create(&s->decoder, K, PACKET_BYTES, s->plan, malloc(bytes), bytes);
}

static int send_block(struct stream *s)
{
    uint32_t esi[REPAIR];
    void *out[REPAIR];
    int err = plait_rq_encoder_reset(s->encoder);
    for (uint32_t i = 0; !err && i < K; i++) {
        for (size_t b = 0; b < PACKET_BYTES; b++)
            s->sent[i][b] = (uint8_t)draw(s);
        err = plait_rq_encoder_add(s->encoder, i, s->sent[i]);
    }
    for (uint32_t i = 0; i < REPAIR; i++) {
        esi[i] = K + i;
        out[i] = s->sent[K + i];
    }
    return err ? err : plait_rq_encoder_symbols(s->encoder, esi, REPAIR, out);
}

static int receive_block(struct stream *s)
{
    uint32_t lost[K];
    void *slot[K];
    uint32_t n_lost = 0;
    int err = plait_rq_decoder_reset(s->decoder);
    for (uint32_t esi = 0; !err && esi < K + REPAIR; esi++) {
        if (draw(s) % LOSS_ONE_IN != 0) {
            memcpy(s->received[esi], s->sent[esi], PACKET_BYTES); // the network
            err = plait_rq_decoder_add(s->decoder, esi, s->received[esi]);
        } else if (esi < K) {
            lost[n_lost] = esi;
            slot[n_lost++] = s->received[esi];
        }
    }
    s->lost += n_lost;
    if (err || n_lost == 0)
        return err;
    err = plait_rq_decoder_symbols(s->decoder, lost, n_lost, slot);
    if (err == PLAIT_FEC_ERR_MORE) {
        s->missing += n_lost;
        return PLAIT_FEC_OK;
    }
    for (uint32_t i = 0; !err && i < n_lost; i++)
        s->recovered += memcmp(slot[i], s->sent[lost[i]], PACKET_BYTES) == 0;
    return err;
}

int main(int argc, char **argv)
{
    static struct stream stream = {.random = 0x9e3779b97f4a7c15};
    int blocks = argc == 2 ? atoi(argv[1]) : 0;
    if (blocks <= 0) {
        fprintf(stderr, "usage: rq-live BLOCKS\n");
        return 2;
    }
    int err = stream_open(&stream);
    for (int i = 0; !err && i < blocks; i++) {
        err = send_block(&stream);
        if (!err)
            err = receive_block(&stream);
    }
    printf("%d blocks: %u packets lost, %u recovered, %u not: %s\n", blocks, stream.lost,
           stream.recovered, stream.missing, plait_fec_strerror(err));
    return err || stream.recovered + stream.missing != stream.lost;
}
