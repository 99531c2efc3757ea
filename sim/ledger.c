/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "plait/plait.h"
#include "sim/rng.h"
#include "sim/ts.h"

#define INDEX_BYTES 8
#define PAST_NS     UINT64_C(2000000000) /* nothing comes that long after its deadline */

void ledger_init(struct ledger *ledger, uint64_t seed, bool ts)
{
    memset(ledger, 0, sizeof *ledger);
    ledger->ts = ts;
    ledger->seed = seed;
}

void ledger_free(struct ledger *ledger)
{
    free(ledger->entries);
    memset(ledger, 0, sizeof *ledger);
}

struct ledger_entry *ledger_add(struct ledger *ledger, uint64_t now, uint32_t len, uint8_t worth)
{
    if (ledger->count == ledger->capacity) {
        uint64_t capacity = ledger->capacity ? 2 * ledger->capacity : 4096;
        struct ledger_entry *entries = realloc(ledger->entries, capacity * sizeof *entries);
        if (!entries) {
            abort();
        }
        ledger->entries = entries;
        ledger->capacity = capacity;
    }
    struct ledger_entry *entry = &ledger->entries[ledger->count++];
    memset(entry, 0, sizeof *entry);
    entry->written_ns = now;
    entry->delivered_ns = PLAIT_NEVER;
    entry->len = len;
    entry->worth = worth;
    return entry;
}

static uint64_t mask_of(const struct ledger *ledger)
{
    return sim_mix(ledger->seed, 0x6c6f6164);
}

void ledger_payload(const struct ledger *ledger, uint64_t index, uint8_t *out, uint32_t len)
{
    uint64_t mask = mask_of(ledger);
    uint64_t word = index ^ mask;
    if (ledger->ts && len == TS_DATAGRAM) {
        ts_write(mask, index, word, out);
        return;
    }
    uint32_t at = 0;
    if (len >= INDEX_BYTES) {
        memcpy(out, &word, INDEX_BYTES);
        at = INDEX_BYTES;
    }
    struct sim_rng rng = {sim_mix(mask, index)};
    for (; at < len; at += INDEX_BYTES) {
        word = sim_rng_next(&rng);
        uint32_t left = len - at;
        memcpy(out + at, &word, left < INDEX_BYTES ? left : INDEX_BYTES);
    }
}

static bool same(const struct ledger *ledger, uint64_t index, const uint8_t *data, size_t len)
{
    static _Thread_local uint8_t expected[PLAIT_MAX_DATAGRAM];
    if (index >= ledger->count || ledger->entries[index].len != len) {
        return false;
    }
    ledger_payload(ledger, index, expected, (uint32_t)len);
    return memcmp(expected, data, len) == 0;
}

/* Of the equal ones from `first` on the one that comes out about now, if all do as the last one
 * that told its index. */
static uint64_t find_due(const struct ledger *ledger, uint64_t first, uint64_t now,
                         const uint8_t *data, size_t len)
{
    uint64_t best = UINT64_MAX;
    uint64_t best_error = UINT64_MAX;
    for (uint64_t i = first; i < ledger->count; i++) {
        const struct ledger_entry *entry = &ledger->entries[i];
        uint64_t due = entry->written_ns + entry->latency_max_ns + (uint64_t)ledger->late_ns;
        uint64_t error = due > now ? due - now : now - due;
        if (entry->len == len && entry->delivered_ns == PLAIT_NEVER && error < best_error &&
            same(ledger, i, data, len)) {
            best = i;
            best_error = error;
        }
    }
    return best;
}

/* Too short to carry its index: one behind what was delivered last, where there is one. */
static uint64_t find_short(struct ledger *ledger, uint64_t now, const uint8_t *data, size_t len)
{
    for (; ledger->first_open < ledger->count; ledger->first_open++) {
        const struct ledger_entry *entry = &ledger->entries[ledger->first_open];
        if (entry->delivered_ns == PLAIT_NEVER &&
            entry->written_ns + entry->latency_max_ns + PAST_NS > now) {
            break;
        }
    }
    uint64_t behind = ledger->behind > ledger->first_open ? ledger->behind : ledger->first_open;
    uint64_t index = find_due(ledger, behind, now, data, len);
    return index != UINT64_MAX ? index : find_due(ledger, ledger->first_open, now, data, len);
}

static uint64_t find_long(const struct ledger *ledger, const uint8_t *data, size_t len)
{
    uint64_t word;
    if (!ledger->ts || len != TS_DATAGRAM) {
        memcpy(&word, data, INDEX_BYTES);
    } else if (!ts_read(data, &word)) {
        return UINT64_MAX;
    }
    uint64_t index = word ^ mask_of(ledger);
    return same(ledger, index, data, len) ? index : UINT64_MAX;
}

uint64_t ledger_find(struct ledger *ledger, uint64_t now, const uint8_t *data, size_t len)
{
    if (len > PLAIT_MAX_DATAGRAM) {
        return UINT64_MAX;
    }
    uint64_t index =
        len < INDEX_BYTES ? find_short(ledger, now, data, len) : find_long(ledger, data, len);
    if (index != UINT64_MAX) {
        ledger->behind = index + 1;
        if (len >= INDEX_BYTES) {
            const struct ledger_entry *entry = &ledger->entries[index];
            ledger->late_ns = (int64_t)(now - entry->written_ns - entry->latency_max_ns);
        }
    }
    return index;
}
