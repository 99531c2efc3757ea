/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a packet and as frames: nothing is read beyond the end, and what a frame says is
 * within its limits; written again and read again it says the same.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "core/wire/frame.h"
#include "core/wire/packet.h"

static void check_ranges(const struct seq_range *range, uint32_t count, uint64_t base)
{
    fuzz_require(count <= NACK_MAX_RANGES);
    for (uint32_t i = 0; i < count; i++) {
        fuzz_require(range[i].count > 0 && range[i].count <= MAX_STORE && range[i].first >= base);
        base = range[i].first + range[i].count;
    }
}

static void check(const struct frame *frame, const uint8_t *data, size_t size)
{
    switch (frame->type) {
    case FRAME_ACK:
        fuzz_require(frame->ack.count >= 1 && frame->ack.count <= ACK_MAX_ENTRIES);
        fuzz_require(frame->ack.count - 1 <= frame->ack.largest && frame->ack.path <= UINT8_MAX);
        break;
    case FRAME_NACK:
        fuzz_require(frame->nack.end >= frame->nack.base);
        check_ranges(frame->nack.range, frame->nack.ranges, frame->nack.base);
        break;
    case FRAME_SKIP:
        check_ranges(frame->skip.range, frame->skip.ranges, 0);
        break;
    case FRAME_TIME:
        fuzz_require(frame->time_us <= FRAME_TIME_MAX_US);
        break;
    case FRAME_DATA:
        fuzz_require(frame->data.payload >= data &&
                     frame->data.payload + frame->data.len == data + size);
        break;
    case FRAME_REPAIR:
        fuzz_require(frame->repair.symbol >= data &&
                     frame->repair.symbol + frame->repair.len == data + size);
        break;
    default:
        fuzz_require(frame->type > FRAME_PADDING && frame->type <= FRAME_CLOSE);
    }
}

/* The encoding is a fixed point: what was decoded is encoded to what decodes and encodes so. */
static void again(const struct frame *frame)
{
    static struct frame second;
    uint8_t bytes[2][MAX_UDP];
    struct writer w[2] = {{bytes[0], bytes[0] + MAX_UDP, false},
                          {bytes[1], bytes[1] + MAX_UDP, false}};
    struct reader r;

    if (!frame_encode(&w[0], frame))
        return;
    r = (struct reader){bytes[0], w[0].at, false};
    fuzz_require(frame_decode(&r, &second) && second.type == frame->type);
    fuzz_require(frame_encode(&w[1], &second));
    fuzz_require(w[0].at - bytes[0] == w[1].at - bytes[1]);
    fuzz_require(memcmp(bytes[0], bytes[1], (size_t)(w[0].at - bytes[0])) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct frame frame;
    struct packet_header header;
    struct reader r = {data, data + size, false};

    if (packet_decode(data, size, &header) != PACKET_BAD) {
        fuzz_require(header.body >= data && header.body + header.body_len == data + size);
        fuzz_require(header.receiver_cid <= 0xffffff && header.sender_cid <= 0xffffff);
    }
    if (size > MAX_UDP)
        return 0;
    while (frame_decode(&r, &frame)) {
        fuzz_require(!r.bad);
        check(&frame, data, size);
        again(&frame);
    }
    return 0;
}
