/* SPDX-License-Identifier: BSD-2-Clause */
/* What Plait needs to know of MPEG-TS to hand it on at its own speed (ISO/IEC 13818-1, 2.4.3). */
#ifndef PLAIT_RUN_TS_H
#define PLAIT_RUN_TS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_PACKET   188
#define TS_DATAGRAM (7 * TS_PACKET) /* what everybody sends: 1316 bytes */

#define TS_PCR_HZ UINT64_C(27000000)

/* True when the bytes begin with a packet, and all further ones that are there begin as they
 * should (at least one whole packet is needed). */
bool ts_is_stream(const uint8_t *data, size_t len);

/* Reads the program clock reference of one packet, 27 MHz units; false when it carries none. */
bool ts_pcr(const uint8_t packet[TS_PACKET], uint16_t *pid, uint64_t *pcr);

/* From one reference to a later one of the same program, across the wrap of its 33 bits (26.5 h).
 */
uint64_t ts_pcr_ns(uint64_t from, uint64_t to);

#endif
