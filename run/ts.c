/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/ts.h"

#define TS_SYNC     0x47
#define TS_PCR_WRAP (UINT64_C(300) << 33)

bool ts_is_stream(const uint8_t *data, size_t len)
{
    if (len < TS_PACKET)
        return false;
    for (size_t at = 0; at < len; at += TS_PACKET) {
        if (data[at] != TS_SYNC)
            return false;
    }
    return true;
}

bool ts_pcr(const uint8_t packet[TS_PACKET], uint16_t *pid, uint64_t *pcr)
{
    bool has_adaptation = (packet[3] & 0x20) != 0;
    if (packet[0] != TS_SYNC || !has_adaptation || packet[4] < 7 || (packet[5] & 0x10) == 0)
        return false;
    uint64_t base = (uint64_t)packet[6] << 25 | (uint64_t)packet[7] << 17 |
                    (uint64_t)packet[8] << 9 | (uint64_t)packet[9] << 1 | packet[10] >> 7;
    uint64_t extension = (uint64_t)(packet[10] & 1) << 8 | packet[11];
    *pid = (uint16_t)((packet[1] & 0x1f) << 8 | packet[2]);
    *pcr = base * 300 + extension;
    return true;
}

uint64_t ts_pcr_ns(uint64_t from, uint64_t to)
{
    uint64_t ticks = to >= from ? to - from : to + TS_PCR_WRAP - from;
    return ticks * 1000 / (TS_PCR_HZ / 1000000);
}
