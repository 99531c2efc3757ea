/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/wire/packet.h"

#include <string.h>

#include "core/base/bytes.h"

#define TAG_LEN 16

static bool handshake_decode(const uint8_t *data, size_t len, size_t header_len,
                             struct packet_header *h)
{
    if (len < header_len + TAG_LEN || data[1] != PACKET_VERSION || data[3] != 0 || data[7] != 0)
        return false;
    h->body = data + header_len;
    h->body_len = len - header_len;
    return true;
}

enum packet_type packet_decode(const uint8_t *data, size_t len, struct packet_header *h)
{
    memset(h, 0, sizeof *h);
    if (len < PACKET_SEALED_HEADER + TAG_LEN)
        return PACKET_BAD;
    if ((data[0] & 0xc0) == PACKET_SEALED) {
        h->type = PACKET_SEALED;
        h->phase = data[0] >> 4 & 3;
        h->path = data[0] & 15;
        h->receiver_cid = get_u24(data + 1);
        h->packet_number = get_u24(data + 4);
        h->body = data + PACKET_SEALED_HEADER;
        h->body_len = len - PACKET_SEALED_HEADER;
        return h->type;
    }
    switch (data[0]) {
    case PACKET_FIRST:
        if (!handshake_decode(data, len, PACKET_FIRST_HEADER, h))
            return PACKET_BAD;
        h->flags = data[2];
        h->sender_cid = get_u24(data + 4);
        break;
    case PACKET_SECOND:
        if (!handshake_decode(data, len, PACKET_SECOND_HEADER, h) || data[2] != 0 || data[11] != 0)
            return PACKET_BAD;
        h->sender_cid = get_u24(data + 4);
        h->receiver_cid = get_u24(data + 8);
        break;
    case PACKET_COOKIE:
        if (!handshake_decode(data, len, PACKET_COOKIE_HEADER, h) || data[2] != 0)
            return PACKET_BAD;
        h->receiver_cid = get_u24(data + 4);
        break;
    default:
        return PACKET_BAD;
    }
    h->type = (enum packet_type)data[0];
    return h->type;
}

static void handshake_encode(uint8_t *out, enum packet_type type, uint8_t flags, uint32_t cid)
{
    out[0] = (uint8_t)type;
    out[1] = PACKET_VERSION;
    out[2] = flags;
    out[3] = 0;
    put_u24(out + 4, cid);
    out[7] = 0;
}

void packet_encode_first(uint8_t *out, uint8_t flags, uint32_t sender_cid)
{
    handshake_encode(out, PACKET_FIRST, flags, sender_cid);
}

void packet_encode_second(uint8_t *out, uint32_t sender_cid, uint32_t receiver_cid)
{
    handshake_encode(out, PACKET_SECOND, 0, sender_cid);
    put_u24(out + 8, receiver_cid);
    out[11] = 0;
}

void packet_encode_cookie(uint8_t *out, uint32_t receiver_cid)
{
    handshake_encode(out, PACKET_COOKIE, 0, receiver_cid);
}

void packet_encode_sealed(uint8_t *out, unsigned phase, uint32_t receiver_cid, uint8_t path,
                          uint64_t packet_number)
{
    out[0] = (uint8_t)(PACKET_SEALED | (phase & 3) << 4 | (path & 15));
    put_u24(out + 1, receiver_cid);
    put_u24(out + 4, (uint32_t)packet_number & 0xffffff);
}
