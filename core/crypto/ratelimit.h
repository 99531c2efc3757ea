/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Token buckets: one alone, and a fixed table of them hashed by source address. A bucket is one
 * number, the time at which it will be full again (the generic cell rate algorithm, ITU-T I.371).
 *
 * Sources that fall into one slot share it; the table is keyed, so nobody can aim at another's
 * slot. Limit only sources that have proved their address (core/crypto/cookie.h): a flood of forged
 * addresses would empty every slot.
 */
#ifndef PLAIT_CRYPTO_RATELIMIT_H
#define PLAIT_CRYPTO_RATELIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATELIMIT_SLOTS   4096
#define RATELIMIT_KEY_LEN 16

/* All zeros is a full bucket. */
struct ratelimit_bucket {
    uint64_t full_at_ns;
};

/* How fast and how many at once: one token each interval_ns, at most burst (>= 1) saved up. */
struct ratelimit_rule {
    uint64_t interval_ns;
    uint32_t burst;
};

/* 32 KB, owned by the caller. */
struct ratelimit_table {
    struct ratelimit_rule rule;
    uint8_t key[RATELIMIT_KEY_LEN];
    struct ratelimit_bucket slots[RATELIMIT_SLOTS];
};

/* Takes one token. True when there was one. */
bool ratelimit_bucket_take(struct ratelimit_bucket *bucket, const struct ratelimit_rule *rule,
                           uint64_t now);

/* key: 16 random bytes, drawn at start. */
void ratelimit_table_init(struct ratelimit_table *table, const struct ratelimit_rule *rule,
                          const uint8_t key[RATELIMIT_KEY_LEN]);

/* Takes a token of the source's slot. ip: 4 bytes (IPv4) or 16 (IPv6, of which the /64 counts). */
bool ratelimit_table_take(struct ratelimit_table *table, const uint8_t *ip, size_t ip_len,
                          uint64_t now);

#endif
