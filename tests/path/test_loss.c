/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripted losses and reordering: what is lost is found once, after the path's own reordering. */
#include "tests/support.h"

#include "core/path/loss.h"

static struct sent_packet ring[SENTMAP_PACKETS];

static void acked(struct loss *loss, struct sentmap *map, uint64_t number, uint64_t received_ns)
{
    struct sent_packet *packet = sentmap_find(map, number);

    assert_non_null(packet);
    if (packet->state == SENT_LOST)
        loss_on_spurious(loss, received_ns - packet->overtaken_ns);
    else
        loss_on_acked(loss);
    if (!map->any_acked || number >= map->largest_acked) {
        map->any_acked = true;
        map->largest_acked = number;
    }
    sentmap_settle(map, packet);
    loss_on_report(loss, map, received_ns);
}

static struct sentmap flight(uint32_t packets)
{
    struct sentmap map;

    memset(ring, 0, sizeof ring);
    sentmap_init(&map, ring, 100);
    for (uint32_t i = 0; i < packets; i++)
        sentmap_record(&map, i, 1400);
    return map;
}

static void nothing_is_lost_before_a_later_one_arrives(void **state)
{
    struct loss loss = {0};
    struct sentmap map = flight(10);

    (void)state;
    assert_null(loss_next(&loss, &map, NS_PER_S));
    acked(&loss, &map, 100, 1000);
    assert_null(loss_next(&loss, &map, NS_PER_S));
}

static void found_once_after_the_window(void **state)
{
    struct loss loss = {0};
    struct sentmap map = flight(10);
    const struct sent_packet *packet;

    (void)state;
    acked(&loss, &map, 103, NS_PER_S); /* 100, 101, 102 overtaken */
    assert_null(loss_next(&loss, &map, NS_PER_S + LOSS_WINDOW_MIN - 1));
    acked(&loss, &map, 101, NS_PER_S + 1); /* merely late */
    packet = loss_next(&loss, &map, NS_PER_S + LOSS_WINDOW_MIN);
    assert_true(packet != NULL && packet->number == 100);
    packet = loss_next(&loss, &map, NS_PER_S + LOSS_WINDOW_MIN);
    assert_true(packet != NULL && packet->number == 102);
    assert_null(loss_next(&loss, &map, 2 * NS_PER_S)); /* those after 103 are not overtaken */
    assert_int_equal(loss.lost, 2);
}

static void spurious_widens_and_is_forgotten(void **state)
{
    struct loss loss = {0};
    struct sentmap map = flight(4000);
    uint64_t wide;

    (void)state;
    acked(&loss, &map, 101, NS_PER_S);
    assert_non_null(loss_next(&loss, &map, NS_PER_S + LOSS_WINDOW_MIN));
    acked(&loss, &map, 100, NS_PER_S + 20 * NS_PER_MS);
    assert_int_equal(loss.spurious, 1);
    assert_true(loss.window_ns > 20 * NS_PER_MS && loss.window_ns <= LOSS_WINDOW_MAX);
    wide = loss.window_ns;
    acked(&loss, &map, 103, 2 * NS_PER_S); /* 102 is given the wider window now */
    assert_null(loss_next(&loss, &map, 2 * NS_PER_S + 20 * NS_PER_MS));
    assert_non_null(loss_next(&loss, &map, 2 * NS_PER_S + wide));
    for (uint64_t n = 104; n < 4000; n++)
        acked(&loss, &map, n, 3 * NS_PER_S);
    assert_true(loss.window_ns < wide);
    loss_on_spurious(&loss, NS_PER_S);
    assert_true(loss.window_ns == LOSS_WINDOW_MAX);
}

/* Random loss and reordering within the window: exactly what never comes is found lost. */
static void random_script(void **state)
{
    struct loss loss = {0};
    struct sentmap map = flight(0);
    static uint64_t arrives[4000];
    uint64_t seed = 3, lost = 0, found = 0;

    (void)state;
    for (int i = 0; i < 4000; i++) {
        const bool drop = i < 3900 && random_below(&seed, 10) == 0;

        arrives[i] =
            drop ? NEVER : NS_PER_S + (uint64_t)i * NS_PER_MS + random_below(&seed, 3 * NS_PER_MS);
        lost += drop;
    }
    for (uint64_t ms = 0; ms < 4100; ms++) {
        const uint64_t now = NS_PER_S + ms * NS_PER_MS;
        const struct sent_packet *packet;

        if (ms < 4000)
            sentmap_record(&map, now, 1400);
        for (uint64_t i = ms > 10 ? ms - 10 : 0; i <= ms && i < 4000; i++) {
            if (arrives[i] <= now && sentmap_find(&map, 100 + i) != NULL)
                acked(&loss, &map, 100 + i, arrives[i]);
        }
        while ((packet = loss_next(&loss, &map, now)) != NULL) {
            assert_true(arrives[packet->number - 100] == NEVER);
            found++;
        }
    }
    assert_int_equal(found, lost);
    assert_int_equal(loss.spurious, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_before_a_later_one_arrives),
        cmocka_unit_test(found_once_after_the_window),
        cmocka_unit_test(spurious_widens_and_is_forgotten),
        cmocka_unit_test(random_script),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
