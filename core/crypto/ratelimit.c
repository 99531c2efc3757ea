/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/ratelimit.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#define IPV4_LEN        4
#define IPV6_LEN        16
#define IPV6_PREFIX_LEN 8

bool ratelimit_bucket_take(struct ratelimit_bucket *bucket, const struct ratelimit_rule *rule,
                           uint64_t now)
{
    const uint64_t owed_ns = bucket->full_at_ns > now ? bucket->full_at_ns - now : 0;

    assert(rule->interval_ns > 0 && rule->interval_ns <= UINT32_MAX * UINT64_C(1000));
    assert(rule->burst > 0 && rule->burst <= UINT16_MAX);
    if (owed_ns + rule->interval_ns > rule->burst * rule->interval_ns)
        return false;
    bucket->full_at_ns = now + owed_ns + rule->interval_ns;
    return true;
}

void ratelimit_table_init(struct ratelimit_table *table, const struct ratelimit_rule *rule,
                          const uint8_t key[RATELIMIT_KEY_LEN])
{
    memset(table, 0, sizeof *table);
    table->rule = *rule;
    memcpy(table->key, key, RATELIMIT_KEY_LEN);
}

bool ratelimit_table_take(struct ratelimit_table *table, const uint8_t *ip, size_t ip_len,
                          uint64_t now)
{
    uint64_t hash;

    assert(ip_len == IPV4_LEN || ip_len == IPV6_LEN);
    crypto_shorthash((uint8_t *)&hash, ip, ip_len == IPV4_LEN ? IPV4_LEN : IPV6_PREFIX_LEN,
                     table->key);
    return ratelimit_bucket_take(&table->slots[hash % RATELIMIT_SLOTS], &table->rule, now);
}
