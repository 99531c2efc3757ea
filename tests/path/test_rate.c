/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery rate: the link's rate is found; an idle application never lowers the estimate. */
#include "tests/support.h"

#include "core/path/rate.h"

#define BYTES 1400

static struct sent_packet ring[SENTMAP_PACKETS];

struct link {
    struct sentmap map;
    struct rate rate;
    uint64_t now, free_ns, bps, served_ns;
    struct sent_packet *last;
};

static void init(struct link *link, uint64_t bps)
{
    memset(link, 0, sizeof *link);
    memset(ring, 0, sizeof ring);
    sentmap_init(&link->map, ring, 0);
    link->now = NS_PER_S;
    link->bps = bps;
}

/* Sends `count` packets spread over `over_ns`; they are reported in one batch when all arrived. */
static void batch(struct link *link, int count, uint64_t over_ns, bool app_limited)
{
    struct sent_packet *packets[64];
    uint64_t received[64];

    for (int i = 0; i < count; i++) {
        packets[i] = sentmap_record(&link->map, link->now, BYTES);
        if (app_limited)
            rate_on_app_limited(&link->rate, link->map.bytes_in_flight);
        rate_on_sent(&link->rate, packets[i], link->map.bytes_in_flight - BYTES, link->now);
        if (link->free_ns < link->now)
            link->free_ns = link->now;
        link->free_ns += BYTES * 8 * NS_PER_S / link->bps;
        received[i] = link->free_ns + 40 * NS_PER_MS;
        link->now += over_ns / (uint64_t)count;
    }
    for (int i = 0; i < count; i++)
        rate_on_acked(&link->rate, packets[i], received[i]);
    if (app_limited)
        rate_on_idle(&link->rate, packets[count - 1]);
    else
        rate_on_busy(&link->rate, packets[count - 1], (uint64_t)count * BYTES,
                     received[count - 1] - link->served_ns);
    link->served_ns = received[count - 1];
    for (int i = 0; i + 1 < count; i++)
        sentmap_settle(&link->map, packets[i]);
    /* the last stays in flight until the next is reported: never idle */
    if (link->last != NULL)
        sentmap_settle(&link->map, link->last);
    link->last = packets[count - 1];
}

static void finds_the_links_rate(void **state)
{
    struct link link;

    (void)state;
    init(&link, 8000000);
    for (int i = 0; i < 200; i++)
        batch(&link, 32, 32 * BYTES * 8 * NS_PER_S / 9000000, false);
    assert_in_range(link.rate.estimate_bps, 7600000, 8400000);
    link.bps = 3000000;
    for (int i = 0; i < 200; i++)
        batch(&link, 32, 32 * BYTES * 8 * NS_PER_S / 3200000, false);
    assert_in_range(link.rate.estimate_bps, 2800000, 3200000);
}

static void application_never_lowers_it(void **state)
{
    struct link link;
    uint64_t known;

    (void)state;
    init(&link, 8000000);
    for (int i = 0; i < 200; i++)
        batch(&link, 32, 32 * BYTES * 8 * NS_PER_S / 9000000, false);
    known = link.rate.estimate_bps;
    link.free_ns = 0;
    for (int i = 0; i < 300; i++) {
        batch(&link, 8, 100 * NS_PER_MS, true); /* 0.9 Mbit/s */
        assert_true(link.rate.estimate_bps >= known);
    }
    assert_in_range(link.rate.sample_bps, 700000, 1100000); /* what it sends is still told */
}

static void application_may_raise_it(void **state)
{
    struct link link;
    uint64_t before;

    (void)state;
    init(&link, 8000000);
    for (int i = 0; i < 20; i++)
        batch(&link, 8, 100 * NS_PER_MS, true);
    before = link.rate.estimate_bps;
    batch(&link, 32, 100 * NS_PER_MS, true); /* 3.6 Mbit/s, and at once: it was delivered */
    batch(&link, 32, 100 * NS_PER_MS, true);
    assert_true(link.rate.estimate_bps > 3 * before);
}

static void short_samples_say_nothing(void **state)
{
    struct link link;

    (void)state;
    init(&link, 1000000000);
    for (int i = 0; i < 10; i++)
        batch(&link, 4, NS_PER_MS, true);
    assert_int_equal(link.rate.estimate_bps, 0);
}

/* Two packets of 35 ms each are all that its short queue takes: no sample is ever longer. */
static void a_thin_link_is_told_by_few_packets(void **state)
{
    struct link link;

    (void)state;
    init(&link, 320000);
    for (int i = 0; i < 50; i++)
        batch(&link, 2, 70 * NS_PER_MS, false);
    assert_in_range(link.rate.estimate_bps, 280000, 360000);
    init(&link, 320000);
    for (int i = 0; i < 50; i++)
        batch(&link, 2, 400 * NS_PER_MS, true); /* few because there is no more to send */
    assert_int_equal(link.rate.estimate_bps, 0);
}

static void silence_takes_from_it(void **state)
{
    struct link link;
    uint64_t kept = 1000;

    (void)state;
    init(&link, 8000000);
    assert_int_equal(rate_kept_permille(&link.rate, NS_PER_S), 1000); /* nothing to take from */
    for (int i = 0; i < 200; i++)
        batch(&link, 32, 32 * BYTES * 8 * NS_PER_S / 9000000, false);
    assert_int_equal(rate_kept_permille(&link.rate, 0), 1000);
    for (uint64_t ms = 10; ms <= 150; ms += 10) {
        const uint64_t less = rate_kept_permille(&link.rate, ms * NS_PER_MS);

        assert_true(less < kept);
        kept = less;
    }
    assert_in_range(kept, 100, 300);
    assert_int_equal(rate_kept_permille(&link.rate, 10 * NS_PER_S), kept); /* an outage, no rate */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_links_rate),
        cmocka_unit_test(application_never_lowers_it),
        cmocka_unit_test(application_may_raise_it),
        cmocka_unit_test(short_samples_say_nothing),
        cmocka_unit_test(a_thin_link_is_told_by_few_packets),
        cmocka_unit_test(silence_takes_from_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
