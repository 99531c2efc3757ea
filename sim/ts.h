/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams that look like MPEG-TS (ISO/IEC 13818-1): seven packets of 188 bytes, tables, audio,
 * video with random access points, and null packets, some of them with a payload nobody expects.
 * What media hints are taken from must come out as it went in. */
#ifndef PLAIT_SIM_TS_H
#define PLAIT_SIM_TS_H

#include <stdbool.h>
#include <stdint.h>

#define TS_PACKET   188
#define TS_PACKETS  7
#define TS_DATAGRAM (TS_PACKET * TS_PACKETS)

/* Writes datagram `index` of the stream; `word` is carried in it. */
void ts_write(uint64_t seed, uint64_t index, uint64_t word, uint8_t out[TS_DATAGRAM]);

/* Reads the word that a datagram carries; false when there is no place for one. */
bool ts_read(const uint8_t data[TS_DATAGRAM], uint64_t *word);

#endif
