/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/wire/frame.h"

#include <assert.h>
#include <string.h>

#define WRITTEN_UNIT  (2 * NS_PER_US)
#define WRITTEN_MASK  UINT64_C(0xffffff)
#define WRITTEN_AHEAD (4 * NS_PER_S)

uint32_t frame_written(uint64_t written_ns)
{
    return (uint32_t)(written_ns / WRITTEN_UNIT & WRITTEN_MASK);
}

uint64_t frame_written_ns(uint32_t written, uint64_t now)
{
    const uint64_t last = (now + WRITTEN_AHEAD) / WRITTEN_UNIT;
    const uint64_t before = (last - written) & WRITTEN_MASK;

    return before > last ? 0 : (last - before) * WRITTEN_UNIT;
}

static void encode_ack(struct writer *w, const struct frame_ack *ack)
{
    int64_t previous = 0;

    write_varint(w, ack->path);
    write_varint(w, ack->largest);
    write_varint(w, ack->age_ns / ACK_TICK);
    for (uint32_t i = 1; i < ack->count; i++) {
        int64_t ticks;

        if (!ack->received[i]) {
            write_varint(w, 0);
            continue;
        }
        ticks = ack->before_ns[i] / (int64_t)ACK_TICK;
        if (zigzag(ticks - previous) >= UINT32_MAX) {
            write_varint(w, 0); /* 19 hours apart: no use to anybody */
            continue;
        }
        write_varint(w, 1 + zigzag(ticks - previous));
        previous = ticks;
    }
}

/* A path ID is a byte in the header; a greater one is malformed. */
static uint32_t read_path(struct reader *r)
{
    const uint64_t path = read_varint(r);

    r->bad = r->bad || path > UINT8_MAX;
    return (uint32_t)path;
}

static void decode_ack(struct reader *r, struct frame_ack *ack)
{
    int64_t ticks = 0;
    uint64_t age;

    ack->path = read_path(r);
    ack->largest = read_varint(r);
    age = read_varint(r);
    ack->age_ns = age > NS_PER_S * 3600 / ACK_TICK ? NS_PER_S * 3600 : age * ACK_TICK;
    ack->received[0] = true;
    ack->before_ns[0] = 0;
    ack->count = 1;
    while (reader_left(r) > 0) {
        const uint64_t code = read_varint(r);
        const uint32_t i = ack->count;

        if (i >= ACK_MAX_ENTRIES || i > ack->largest || code > UINT32_MAX) {
            r->bad = true;
            return;
        }
        ack->received[i] = code != 0;
        if (code != 0)
            ticks += unzigzag(code - 1);
        ack->before_ns[i] = ticks * (int64_t)ACK_TICK;
        ack->count++;
    }
}

static void encode_ranges(struct writer *w, uint64_t base, const struct seq_range *range,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert(range[i].first >= base && range[i].count > 0);
        write_varint(w, range[i].first - base);
        write_varint(w, range[i].count);
        base = range[i].first + range[i].count;
    }
}

static uint32_t decode_ranges(struct reader *r, uint64_t base, struct seq_range *range)
{
    uint32_t n = 0;

    while (reader_left(r) > 0) {
        const uint64_t gap = read_varint(r), count = read_varint(r);

        if (n == NACK_MAX_RANGES || count == 0 || count > MAX_STORE || base > VARINT_MAX ||
            gap > VARINT_MAX - base) {
            r->bad = true;
            return 0;
        }
        range[n].first = base + gap;
        range[n].count = count;
        base += gap + count;
        n++;
    }
    return n;
}

static void encode_report(struct writer *w, const struct frame_report *report)
{
    write_varint(w, report->delivered);
    write_varint(w, report->missing);
    write_varint(w, report->late);
    write_varint(w, report->recovered_fec);
    write_varint(w, report->duplicates);
    write_varint(w, report->reorder_ns / NS_PER_US);
    write_varint(w, report->headroom_us);
}

static void decode_report(struct reader *r, struct frame_report *report)
{
    report->delivered = read_varint(r);
    report->missing = read_varint(r);
    report->late = read_varint(r);
    report->recovered_fec = read_varint(r);
    report->duplicates = read_varint(r);
    report->reorder_ns = (read_varint(r) & UINT32_MAX) * NS_PER_US;
    report->headroom_us = read_varint(r);
}

static void encode_body(struct writer *w, const struct frame *f)
{
    switch (f->type) {
    case FRAME_ACK:
        encode_ack(w, &f->ack);
        break;
    case FRAME_NACK:
        write_varint(w, f->nack.base);
        write_varint(w, f->nack.end - f->nack.base);
        encode_ranges(w, f->nack.base, f->nack.range, f->nack.ranges);
        break;
    case FRAME_TIME:
        write_varint(w, f->time_us);
        break;
    case FRAME_CHALLENGE:
    case FRAME_RESPONSE:
        write_u64(w, f->token);
        break;
    case FRAME_PATH_GONE:
        write_varint(w, f->path_gone.path);
        write_varint(w, f->path_gone.next_number);
        break;
    case FRAME_SKIP:
        encode_ranges(w, 0, f->skip.range, f->skip.ranges);
        break;
    case FRAME_REPORT:
        encode_report(w, &f->report);
        break;
    case FRAME_LATENCY:
        write_varint(w, f->latency_us);
        write_varint(w, f->heard_us);
        break;
    case FRAME_CLOSE:
        write_varint(w, f->close.code);
        break;
    default:
        assert(f->type == FRAME_PING);
    }
}

static void encode_long(struct writer *w, const struct frame *f)
{
    if (f->type == FRAME_DATA) {
        write_u8(w, (uint8_t)(FRAME_DATA | (f->data.flags & FRAME_DATA_FLAGS)));
        write_u24(w, f->data.seq);
        write_u24(w, f->data.written);
        write_bytes(w, f->data.payload, f->data.len);
        return;
    }
    write_u8(w, FRAME_REPAIR);
    write_u32(w, f->repair.first);
    write_u8(w, f->repair.count);
    write_u8(w, (uint8_t)(f->repair.key >> 8));
    write_u8(w, (uint8_t)f->repair.key);
    write_bytes(w, f->repair.symbol, f->repair.len);
}

bool frame_encode(struct writer *w, const struct frame *f)
{
    /* The body is written to a scratch page first: its length stands before it. */
    uint8_t scratch[MAX_UDP];
    struct writer body = {scratch, scratch + sizeof scratch, false};
    struct writer trial = *w;

    if (f->type == FRAME_DATA || f->type == FRAME_REPAIR) {
        encode_long(&trial, f);
    } else {
        encode_body(&body, f);
        write_u8(&trial, (uint8_t)f->type);
        write_varint(&trial, (uint64_t)(body.at - scratch));
        write_bytes(&trial, scratch, (size_t)(body.at - scratch));
    }
    if (trial.bad || body.bad)
        return false;
    *w = trial;
    return true;
}

/* Returns false for a type this version does not know. */
static bool decode_body(struct reader *r, struct frame *f)
{
    switch (f->type) {
    case FRAME_PING:
        break;
    case FRAME_ACK:
        decode_ack(r, &f->ack);
        break;
    case FRAME_NACK:
        f->nack.base = read_varint(r);
        f->nack.end = f->nack.base + read_varint(r);
        f->nack.ranges = decode_ranges(r, f->nack.base, f->nack.range);
        break;
    case FRAME_TIME:
        f->time_us = read_varint(r);
        r->bad = r->bad || f->time_us > FRAME_TIME_MAX_US;
        break;
    case FRAME_CHALLENGE:
    case FRAME_RESPONSE:
        f->token = read_u64(r);
        break;
    case FRAME_PATH_GONE:
        f->path_gone.path = read_path(r);
        f->path_gone.next_number = read_varint(r);
        break;
    case FRAME_SKIP:
        f->skip.ranges = decode_ranges(r, 0, f->skip.range);
        break;
    case FRAME_REPORT:
        decode_report(r, &f->report);
        break;
    case FRAME_LATENCY:
        f->latency_us = read_varint(r);
        f->heard_us = read_varint(r);
        break;
    case FRAME_CLOSE:
        f->close.code = read_varint(r);
        break;
    default:
        return false;
    }
    return true;
}

static void decode_long(struct reader *r, uint8_t type, struct frame *f)
{
    if (type == FRAME_REPAIR) {
        f->type = FRAME_REPAIR;
        f->repair.first = read_u32(r);
        f->repair.count = read_u8(r);
        f->repair.key = (uint16_t)(read_u8(r) << 8);
        f->repair.key |= read_u8(r);
        f->repair.len = reader_left(r);
        f->repair.symbol = read_bytes(r, f->repair.len);
        return;
    }
    f->type = FRAME_DATA;
    f->data.flags = type & FRAME_DATA_FLAGS;
    f->data.seq = read_u24(r);
    f->data.written = read_u24(r);
    f->data.len = reader_left(r);
    f->data.payload = read_bytes(r, f->data.len);
}

bool frame_decode(struct reader *r, struct frame *f)
{
    while (reader_left(r) > 0) {
        const uint8_t type = read_u8(r);
        struct reader body;
        size_t len;

        if (type == FRAME_PADDING)
            continue;
        if (type >= 0x10) {
            if ((type & ~FRAME_DATA_FLAGS) != FRAME_DATA && type != FRAME_REPAIR) {
                r->bad = true;
                return false;
            }
            decode_long(r, type, f);
            return !r->bad;
        }
        len = (size_t)read_varint(r);
        if (r->bad || len > reader_left(r)) {
            r->bad = true;
            return false;
        }
        body.at = read_bytes(r, len);
        body.end = body.at + len;
        body.bad = false;
        f->type = (enum frame_type)type;
        if (!decode_body(&body, f))
            continue;
        if (body.bad) {
            r->bad = true;
            return false;
        }
        return true;
    }
    return false;
}
