/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/ts.h"

#include <string.h>

#include "sim/rng.h"

#define PATTERN  64 /* the order of packet identifiers repeats after so many packets */
#define PID_NULL 0x1fff
#define WORD_AT  12 /* in the first packet that is not a null packet */

/* P: PAT, M: PMT, K: video with a random access point, A: audio, 0: null, V: video. */
static const char pattern[PATTERN + 1] =
    "PMKVVVVAVV0VVVVVAVVVV00VVVVVAVVVVVVVVA0VVVVVVVAVVVV0VVVVVAVVVV0V";

static uint16_t pid_of(char kind)
{
    switch (kind) {
    case 'P':
        return 0;
    case 'M':
        return 0x1000;
    case 'A':
        return 0x101;
    case '0':
        return PID_NULL;
    default:
        return 0x100;
    }
}

/* How many packets of this identifier came before packet n of the stream. */
static uint64_t count_before(uint64_t n, uint16_t pid)
{
    uint64_t in_pattern = 0;
    uint64_t before = 0;
    for (uint64_t i = 0; i < PATTERN; i++) {
        bool same = pid_of(pattern[i]) == pid;
        in_pattern += same;
        before += same && i < n % PATTERN;
    }
    return n / PATTERN * in_pattern + before;
}

static void write_packet(uint64_t seed, uint64_t n, uint8_t out[TS_PACKET])
{
    char kind = pattern[n % PATTERN];
    uint16_t pid = pid_of(kind);
    struct sim_rng rng = {sim_mix(seed, n)};
    bool adaptation = kind == 'K';
    bool strange = pid == PID_NULL && sim_rng_chance(&rng, 100000);
    for (int i = 0; i < TS_PACKET; i += 4) {
        uint32_t word = pid == PID_NULL && !strange ? UINT32_MAX : (uint32_t)sim_rng_next(&rng);
        memcpy(out + i, &word, sizeof word);
    }
    out[0] = 0x47;
    out[1] = (uint8_t)((kind == 'P' || kind == 'M' || kind == 'K' ? 0x40 : 0) | pid >> 8);
    out[2] = (uint8_t)pid;
    out[3] = (uint8_t)((adaptation ? 0x30 : 0x10) | (count_before(n, pid) & 15));
    if (adaptation) {
        out[4] = 1;    /* length of the adaptation field */
        out[5] = 0x40; /* random access indicator */
    }
}

static uint8_t *first_media(uint8_t *data)
{
    for (int i = 0; i < TS_PACKETS; i++, data += TS_PACKET) {
        if (((data[1] & 0x1f) << 8 | data[2]) != PID_NULL) {
            return data + WORD_AT;
        }
    }
    return NULL;
}

void ts_write(uint64_t seed, uint64_t index, uint64_t word, uint8_t out[TS_DATAGRAM])
{
    for (uint64_t i = 0; i < TS_PACKETS; i++) {
        write_packet(seed, index * TS_PACKETS + i, out + i * TS_PACKET);
    }
    uint8_t *place = first_media(out);
    if (place) {
        memcpy(place, &word, sizeof word);
    }
}

bool ts_read(const uint8_t data[TS_DATAGRAM], uint64_t *word)
{
    uint8_t head[TS_DATAGRAM];
    memcpy(head, data, sizeof head);
    const uint8_t *place = first_media(head);
    if (place) {
        memcpy(word, place, sizeof *word);
    }
    return place != NULL;
}
