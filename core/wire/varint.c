/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/wire/varint.h"

#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"

static uint8_t *writer_take(struct writer *w, size_t len)
{
    uint8_t *at = w->at;

    if (w->bad || (size_t)(w->end - w->at) < len) {
        w->bad = true;
        return NULL;
    }
    w->at += len;
    return at;
}

size_t varint_len(uint64_t value)
{
    if (value < 1 << 6)
        return 1;
    if (value < 1 << 14)
        return 2;
    return value < 1 << 30 ? 4 : 8;
}

void write_varint(struct writer *w, uint64_t value)
{
    const size_t len = varint_len(value);
    uint8_t *p = writer_take(w, len);

    assert(value <= VARINT_MAX);
    if (p == NULL)
        return;
    switch (len) {
    case 1:
        p[0] = (uint8_t)value;
        break;
    case 2:
        put_u16(p, (uint16_t)(value | 0x4000));
        break;
    case 4:
        put_u32(p, (uint32_t)value | 0x80000000U);
        break;
    default:
        put_u64(p, value | UINT64_C(0xc000000000000000));
    }
}

void write_bytes(struct writer *w, const uint8_t *bytes, size_t len)
{
    uint8_t *p = writer_take(w, len);

    if (p != NULL && len > 0)
        memcpy(p, bytes, len);
}

void write_u8(struct writer *w, uint8_t value)
{
    write_bytes(w, &value, 1);
}

void write_u24(struct writer *w, uint32_t value)
{
    uint8_t *p = writer_take(w, 3);

    if (p != NULL)
        put_u24(p, value);
}

void write_u32(struct writer *w, uint32_t value)
{
    uint8_t *p = writer_take(w, 4);

    if (p != NULL)
        put_u32(p, value);
}

void write_u64(struct writer *w, uint64_t value)
{
    uint8_t *p = writer_take(w, 8);

    if (p != NULL)
        put_u64(p, value);
}

const uint8_t *read_bytes(struct reader *r, size_t len)
{
    const uint8_t *at = r->at;

    if (r->bad || (size_t)(r->end - r->at) < len) {
        r->bad = true;
        return NULL;
    }
    r->at += len;
    return at;
}

uint64_t read_varint(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 1);
    uint64_t value;
    size_t more;

    if (p == NULL)
        return 0;
    value = p[0] & 0x3f;
    more = ((size_t)1 << (p[0] >> 6)) - 1;
    p = read_bytes(r, more);
    if (p == NULL)
        return 0;
    for (size_t i = 0; i < more; i++)
        value = value << 8 | p[i];
    return value;
}

uint8_t read_u8(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 1);

    return p == NULL ? 0 : p[0];
}

uint32_t read_u24(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 3);

    return p == NULL ? 0 : get_u24(p);
}

uint32_t read_u32(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 4);

    return p == NULL ? 0 : get_u32(p);
}

uint64_t read_u64(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 8);

    return p == NULL ? 0 : get_u64(p);
}
