/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include "core/crypto/ratelimit.h"

/* 20 a second, 5 at once: WireGuard's figures for handshakes. */
static const struct ratelimit_rule rule = {.interval_ns = SECONDS / 20, .burst = 5};

static void a_full_bucket_gives_its_burst(void **state)
{
    struct ratelimit_bucket bucket = {0};

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_true(ratelimit_bucket_take(&bucket, &rule, 0));
    assert_false(ratelimit_bucket_take(&bucket, &rule, 0));
    assert_false(ratelimit_bucket_take(&bucket, &rule, rule.interval_ns - 1));
    assert_true(ratelimit_bucket_take(&bucket, &rule, rule.interval_ns));
    assert_false(ratelimit_bucket_take(&bucket, &rule, rule.interval_ns));
}

static void a_long_rest_saves_no_more_than_the_burst(void **state)
{
    struct ratelimit_bucket bucket = {0};
    int taken = 0;

    (void)state;
    ratelimit_bucket_take(&bucket, &rule, 0);
    while (ratelimit_bucket_take(&bucket, &rule, 3600 * SECONDS))
        taken++;
    assert_int_equal(taken, 5);
}

/* Whatever the arrivals: never more than burst + elapsed / interval, and a patient source gets all.
 */
static void random_arrivals_keep_the_rate(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct ratelimit_bucket bucket = {0};
        uint64_t draw = seed, now = 0, taken = 0;
        const uint64_t gap = 1 + (rule.interval_ns >> (seed % 10));

        for (int i = 0; i < 2000; i++) {
            now += random_below(&draw, gap);
            taken += ratelimit_bucket_take(&bucket, &rule, now);
            assert_true(taken <= rule.burst + now / rule.interval_ns);
        }
        assert_true(taken >= (now / rule.interval_ns) * 9 / 10 || seed % 10 == 0);
        for (int i = 0; i < 100; i++) {
            now += rule.burst * rule.interval_ns;
            assert_true(ratelimit_bucket_take(&bucket, &rule, now));
        }
    }
}

static void take_all(struct ratelimit_table *table, const uint8_t *ip, size_t len)
{
    for (int i = 0; i < 5; i++)
        assert_true(ratelimit_table_take(table, ip, len, SECONDS));
    assert_false(ratelimit_table_take(table, ip, len, SECONDS));
}

static void sources_have_their_own_buckets(void **state)
{
    static struct ratelimit_table table;
    static const uint8_t key[RATELIMIT_KEY_LEN] = {1};
    const uint8_t one[4] = {192, 0, 2, 1}, two[4] = {192, 0, 2, 2};
    uint8_t six[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1};

    (void)state;
    ratelimit_table_init(&table, &rule, key);
    take_all(&table, one, sizeof one);
    take_all(&table, two, sizeof two);
    take_all(&table, six, sizeof six);
    six[15] = 9;
    assert_false(ratelimit_table_take(&table, six, sizeof six, SECONDS));
    six[7] = 2;
    take_all(&table, six, sizeof six);
}

/* Sources that share a slot differ from key to key, so nobody can choose whom to share with. */
static void the_key_decides_who_shares(void **state)
{
    static struct ratelimit_table table;
    const struct ratelimit_rule once = {.interval_ns = SECONDS, .burst = 1};
    size_t refused[2] = {0}, both = 0;
    static bool first[3000];

    (void)state;
    for (uint8_t k = 0; k < 2; k++) {
        const uint8_t key[RATELIMIT_KEY_LEN] = {k};

        ratelimit_table_init(&table, &once, key);
        for (uint32_t i = 0; i < 3000; i++) {
            const uint8_t ip[4] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};
            const bool shares = !ratelimit_table_take(&table, ip, sizeof ip, 0);

            refused[k] += shares;
            both += k == 1 && shares && first[i];
            if (k == 0)
                first[i] = shares;
        }
    }
    /* 3000 sources into 4096 slots: about 870 find theirs taken; by chance about 250 do in both. */
    assert_in_range(refused[0], 750, 1000);
    assert_in_range(refused[1], 750, 1000);
    assert_in_range(both, 100, 500);
}

static void take_with_a_strange_length(void)
{
    static struct ratelimit_table table;
    static const uint8_t key[RATELIMIT_KEY_LEN];

    ratelimit_table_init(&table, &rule, key);
    ratelimit_table_take(&table, key, 5, 0);
}

static void take_without_a_burst(void)
{
    struct ratelimit_bucket bucket = {0};
    const struct ratelimit_rule none = {.interval_ns = SECONDS, .burst = 0};

    ratelimit_bucket_take(&bucket, &none, 0);
}

static void nonsense_is_asserted(void **state)
{
    (void)state;
    assert_true(dies(take_with_a_strange_length));
    assert_true(dies(take_without_a_burst));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_gives_its_burst),
        cmocka_unit_test(a_long_rest_saves_no_more_than_the_burst),
        cmocka_unit_test(random_arrivals_keep_the_rate),
        cmocka_unit_test(sources_have_their_own_buckets),
        cmocka_unit_test(the_key_decides_who_shares),
        cmocka_unit_test(nonsense_is_asserted),
    };

    return cmocka_run_group_tests_name("ratelimit", tests, sodium_setup, NULL);
}
