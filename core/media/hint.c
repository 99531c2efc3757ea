/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/media/hint.h"

#include <stdbool.h>
#include <string.h>

#define SYNC             0x47
#define PID_PAT          0x0000
#define PID_NULL         0x1fff
#define RECOGNISED       3 /* datagrams in a row, a foreign one among them takes back one */
#define RTP_HEADER       12
#define RTP_TYPE_MP2T    33
#define SECTION_PAT      0x00
#define SECTION_PMT      0x02
#define SECTION_CRC      4
#define SECTION_STUFFING 0xff

struct bytes {
    const uint8_t *at;
    size_t len;
};

static unsigned pid_at(const uint8_t *two)
{
    return (unsigned)(two[0] & 0x1f) << 8 | two[1];
}

static size_t length_at(const uint8_t *two)
{
    return (size_t)(two[0] & 0x0f) << 8 | two[1];
}

/* -- Which streams there are -- */

static struct hint_pid *find(struct hint *hint, unsigned pid)
{
    for (uint32_t i = 0; i < hint->used; i++) {
        if (hint->pids[i].kind != HINT_OTHER && hint->pids[i].pid == pid)
            return &hint->pids[i];
    }
    return NULL;
}

/* One that is not needed any more, else one that was never used, else each in turn. */
static struct hint_pid *make_room(struct hint *hint)
{
    struct hint_pid *entry;

    for (uint32_t i = 0; i < hint->used; i++) {
        if (hint->pids[i].kind == HINT_OTHER)
            return &hint->pids[i];
    }
    if (hint->used < HINT_PIDS)
        return &hint->pids[hint->used++];
    entry = &hint->pids[hint->next];
    hint->next = (hint->next + 1) % HINT_PIDS;
    return entry;
}

static void learn(struct hint *hint, unsigned pid, enum hint_kind kind)
{
    struct hint_pid *entry = find(hint, pid);

    if (pid == PID_PAT || pid == PID_NULL)
        return;
    if (entry == NULL) {
        if (kind == HINT_OTHER)
            return;
        entry = make_room(hint);
        entry->access = 0;
    }
    entry->pid = (uint16_t)pid;
    entry->kind = (uint8_t)kind;
}

/* A registration descriptor (ISO/IEC 13818-1, 2.6.8) names what private data is. */
static bool is_audio_format(struct bytes identifier)
{
    static const char formats[][5] = {"Opus", "BSSD", "AC-3", "EAC3", "AC-4"};

    for (size_t i = 0; i < sizeof formats / sizeof formats[0] && identifier.len >= 4; i++) {
        if (memcmp(identifier.at, formats[i], 4) == 0)
            return true;
    }
    return false;
}

/* Descriptors that make of private data a sound track (ETSI EN 300 468). */
static bool has_audio_descriptor(struct bytes descriptors)
{
    while (descriptors.len >= 2) {
        const size_t step = 2 + (size_t)descriptors.at[1];

        if (step > descriptors.len)
            return false;
        switch (descriptors.at[0]) {
        case 0x05:
            if (is_audio_format((struct bytes){descriptors.at + 2, step - 2}))
                return true;
            break;
        case 0x6a: /* AC-3 */
        case 0x7a: /* E-AC-3 */
        case 0x7b: /* DTS */
        case 0x7c: /* AAC */
            return true;
        default:
            break;
        }
        descriptors.at += step;
        descriptors.len -= step;
    }
    return false;
}

/* ISO/IEC 13818-1, table 2-34; 0x81 and 0x87 by ATSC A/53. */
static enum hint_kind kind_of(unsigned stream_type, struct bytes descriptors)
{
    switch (stream_type) {
    case 0x01: /* MPEG-1 video */
    case 0x02: /* MPEG-2 */
    case 0x10: /* MPEG-4 part 2 */
    case 0x1b: /* H.264 */
    case 0x21: /* JPEG 2000 */
    case 0x24: /* H.265 */
    case 0x32: /* JPEG XS */
    case 0x33: /* H.266 */
        return HINT_VIDEO;
    case 0x03: /* MPEG-1 audio */
    case 0x04: /* MPEG-2 */
    case 0x0f: /* AAC in ADTS */
    case 0x11: /* AAC in LATM */
    case 0x1c: /* AAC, raw */
    case 0x2d: /* MPEG-H 3D */
    case 0x2e: /* .. its further streams */
    case 0x81: /* AC-3 */
    case 0x87: /* E-AC-3 */
        return HINT_AUDIO;
    case 0x06: /* private data */
        return has_audio_descriptor(descriptors) ? HINT_AUDIO : HINT_OTHER;
    default:
        return HINT_OTHER;
    }
}

static void read_pat(struct hint *hint, struct bytes body)
{
    for (; body.len >= 4; body.at += 4, body.len -= 4) {
        const unsigned program = (unsigned)body.at[0] << 8 | body.at[1];

        if (program != 0)
            learn(hint, pid_at(body.at + 2), HINT_PMT);
    }
}

static void read_pmt(struct hint *hint, struct bytes body)
{
    size_t skip;

    if (body.len < 4)
        return;
    skip = 4 + length_at(body.at + 2);
    while (skip + 5 <= body.len) {
        struct bytes descriptors = {body.at + skip + 5, length_at(body.at + skip + 3)};
        const size_t step = 5 + descriptors.len, left = body.len - skip - 5;
        enum hint_kind kind;

        descriptors.len = descriptors.len < left ? descriptors.len : left;
        kind = kind_of(body.at[skip], descriptors);
        /* Of an entry that the packet's end cuts only what is there is known. */
        if (kind != HINT_OTHER || skip + step <= body.len)
            learn(hint, pid_at(body.at + skip + 1), kind);
        skip += step;
    }
}

/* One section, as far as the packet holds it: tables of one packet are what encoders send. */
static void read_section(struct hint *hint, bool is_pat, struct bytes section, size_t length)
{
    const bool is_current = section.at[5] & 1; /* or it tells of what is to come */
    struct bytes body = {section.at + 8, section.len - 8};

    if (section.at[0] != (is_pat ? SECTION_PAT : SECTION_PMT) || !is_current ||
        length < 8 + SECTION_CRC)
        return;
    if (body.len > length - 8 - SECTION_CRC)
        body.len = length - 8 - SECTION_CRC;
    if (is_pat)
        read_pat(hint, body);
    else
        read_pmt(hint, body);
}

/* The sections that begin in this payload. */
static void read_sections(struct hint *hint, bool is_pat, struct bytes payload)
{
    if (payload.len < 1 || 1 + (size_t)payload.at[0] > payload.len)
        return;
    payload.len -= 1 + (size_t)payload.at[0];
    payload.at += 1 + (size_t)payload.at[0];
    while (payload.len >= 8 && payload.at[0] != SECTION_STUFFING) {
        const size_t length = 3 + length_at(payload.at + 1);

        read_section(hint, is_pat, payload, length);
        if (length > payload.len)
            return;
        payload.at += length;
        payload.len -= length;
    }
}

/* -- Packets -- */

static bool has_random_access(const uint8_t *packet)
{
    return (packet[3] & 0x20) && packet[4] > 0 && (packet[5] & 0x40);
}

static struct bytes payload_of(const uint8_t *packet)
{
    const size_t skip = packet[3] & 0x20 ? 5 + (size_t)packet[4] : 4;

    if (!(packet[3] & 0x10) || skip >= HINT_TS_BYTES)
        return (struct bytes){packet, 0};
    return (struct bytes){packet + skip, HINT_TS_BYTES - skip};
}

static enum hint_worth look_packet(struct hint *hint, const uint8_t *packet)
{
    const unsigned pid = pid_at(packet + 1);
    const bool starts = packet[1] & 0x40;
    struct hint_pid *entry;

    if (pid == PID_NULL)
        return HINT_LOW;
    if (pid == PID_PAT) {
        if (starts)
            read_sections(hint, true, payload_of(packet));
        return HINT_KEY;
    }
    entry = find(hint, pid);
    if (entry == NULL)
        return HINT_DELTA;
    switch (entry->kind) {
    case HINT_PMT:
        if (starts)
            read_sections(hint, false, payload_of(packet));
        return HINT_KEY;
    case HINT_AUDIO:
        return HINT_KEY;
    case HINT_VIDEO:
        /* The rest of such a picture is needed as much as its beginning. */
        if (starts)
            entry->access = has_random_access(packet);
        return entry->access ? HINT_KEY : HINT_DELTA;
    default:
        return HINT_DELTA;
    }
}

/* Behind an RTP header (RFC 3550) of MPEG-TS, with sources, extension and padding; else as it is.
 */
static struct bytes without_rtp(struct bytes data)
{
    size_t header;

    if (data.len <= RTP_HEADER || data.at[0] >> 6 != 2 || (data.at[1] & 0x7f) != RTP_TYPE_MP2T)
        return data;
    header = RTP_HEADER + 4 * (size_t)(data.at[0] & 0x0f);
    if (data.at[0] & 0x10) {
        if (header + 4 > data.len)
            return data;
        header += 4 + 4 * ((size_t)data.at[header + 2] << 8 | data.at[header + 3]);
    }
    if (data.at[0] & 0x20)
        data.len -= data.at[data.len - 1] < data.len ? data.at[data.len - 1] : 0;
    if (header > data.len)
        return data;
    return (struct bytes){data.at + header, data.len - header};
}

/* The transport packets of a datagram, all in sync; length 0 when it is something else. */
static struct bytes transport(const uint8_t *data, size_t len)
{
    struct bytes ts = without_rtp((struct bytes){data, len});

    if (ts.len % HINT_TS_BYTES != 0)
        ts.len = 0;
    for (size_t at = 0; at < ts.len; at += HINT_TS_BYTES) {
        if (ts.at[at] != SYNC)
            ts.len = 0;
    }
    return ts;
}

enum hint_worth hint_look(struct hint *hint, const uint8_t *data, size_t len)
{
    const struct bytes ts = transport(data, len);
    enum hint_worth worth = HINT_LOW;

    if (ts.len == 0) {
        hint->streak -= hint->streak > 0;
        return HINT_DELTA;
    }
    for (size_t at = 0; at < ts.len; at += HINT_TS_BYTES) {
        const enum hint_worth one = look_packet(hint, ts.at + at);

        worth = one > worth ? one : worth;
    }
    if (hint->streak < RECOGNISED) {
        hint->streak++;
        return HINT_DELTA;
    }
    return worth;
}

/* -- Null packets -- */

static bool is_canonical_null(const uint8_t *packet)
{
    if (packet[0] != SYNC || packet[1] != 0x1f || packet[2] != 0xff || packet[3] != 0x10)
        return false;
    for (size_t i = 4; i < HINT_TS_BYTES; i++) {
        if (packet[i] != 0xff)
            return false;
    }
    return true;
}

size_t hint_nulls_out(const uint8_t *data, size_t len, uint8_t *out)
{
    const size_t packets = len / HINT_TS_BYTES;
    size_t written = 1;

    if (len % HINT_TS_BYTES != 0 || packets == 0 || packets > HINT_TS_MAX)
        return 0;
    out[0] = 0;
    for (size_t i = 0; i < packets; i++) {
        const uint8_t *packet = data + i * HINT_TS_BYTES;

        if (is_canonical_null(packet)) {
            out[0] |= (uint8_t)(1U << i);
        } else {
            memcpy(out + written, packet, HINT_TS_BYTES);
            written += HINT_TS_BYTES;
        }
    }
    return out[0] == 0 ? 0 : written;
}

size_t hint_nulls_in(const uint8_t *data, size_t len, uint8_t *out, size_t capacity)
{
    size_t packets, taken = 1;

    if (len == 0 || data[0] == 0 || (len - 1) % HINT_TS_BYTES != 0)
        return 0;
    packets = (len - 1) / HINT_TS_BYTES;
    for (unsigned bits = data[0]; bits != 0; bits &= bits - 1)
        packets++;
    if (packets > HINT_TS_MAX || data[0] >> packets != 0 || packets * HINT_TS_BYTES > capacity)
        return 0;
    for (size_t i = 0; i < packets; i++) {
        uint8_t *packet = out + i * HINT_TS_BYTES;

        if (data[0] >> i & 1) {
            memcpy(packet, (const uint8_t[4]){SYNC, 0x1f, 0xff, 0x10}, 4);
            memset(packet + 4, 0xff, HINT_TS_BYTES - 4);
        } else {
            memcpy(packet, data + taken, HINT_TS_BYTES);
            taken += HINT_TS_BYTES;
        }
    }
    return packets * HINT_TS_BYTES;
}
