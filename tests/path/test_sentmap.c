/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in flight, against a naive model, over the packet number's wrap on the wire. */
#include "tests/support.h"

#include "core/path/sentmap.h"

#define START   (UINT64_C(0xffffff) - 3000)
#define PACKETS 30000

static uint8_t model[PACKETS];

static void compare(struct sentmap *map, uint64_t oldest, uint64_t next)
{
    uint64_t bytes = 0, flying = UINT64_MAX;
    const struct sent_packet *packet;

    for (uint64_t n = next; n-- > oldest;) {
        if (model[n - START] == SENT_IN_FLIGHT || model[n - START] == SENT_OVERDUE) {
            bytes += 100 + n % 7;
            flying = n;
        }
    }
    assert_true(map->bytes_in_flight == bytes && map->next == next);
    packet = sentmap_oldest_in_flight(map);
    assert_true(packet == NULL ? flying == UINT64_MAX : packet->number == flying);
}

static void against_a_model(void **state)
{
    struct sent_packet *ring = calloc(SENTMAP_PACKETS, sizeof *ring);
    struct sentmap map;
    uint64_t seed = 1, next = START, oldest = START;

    (void)state;
    sentmap_init(&map, ring, START);
    while (next < START + PACKETS - 1) {
        const uint64_t what = random_below(&seed, 100);
        const uint64_t n = next - random_below(&seed, next - oldest + 1);
        struct sent_packet *packet = sentmap_find(&map, n);

        if (what < 50) {
            if (next - oldest < 300) {
                model[next - START] = SENT_IN_FLIGHT;
                packet = sentmap_record(&map, next, 100 + (uint32_t)(next % 7));
                assert_true(packet->number == next);
                next++;
            } else {
                packet = sentmap_find(&map, oldest);
                sentmap_settle(&map, packet);
                model[oldest - START] = SENT_FREE;
            }
        } else if (n < next && n >= oldest) {
            assert_int_equal(packet != NULL, model[n - START] != SENT_FREE);
            if (packet != NULL && what < 90) {
                sentmap_settle(&map, packet);
                model[n - START] = SENT_FREE;
            } else if (packet != NULL) {
                sentmap_mark_lost(&map, packet);
                model[n - START] = SENT_LOST;
            }
        } else {
            assert_null(packet);
        }
        while (oldest < next && model[oldest - START] == SENT_FREE)
            oldest++;
        assert_true(map.oldest == oldest);
        if (next % 5 == 0)
            compare(&map, oldest, next);
    }
    free(ring);
}

static void full_ring_has_no_room(void **state)
{
    struct sent_packet *ring = calloc(SENTMAP_PACKETS, sizeof *ring);
    struct sentmap map;

    (void)state;
    sentmap_init(&map, ring, 7);
    for (int i = 0; i < SENTMAP_PACKETS - 1; i++) {
        assert_true(sentmap_has_room(&map));
        sentmap_record(&map, 1, 10);
    }
    assert_false(sentmap_has_room(&map));
    sentmap_settle(&map, sentmap_find(&map, 8));
    assert_false(sentmap_has_room(&map));
    sentmap_settle(&map, sentmap_find(&map, 7));
    assert_true(sentmap_has_room(&map));
    free(ring);
}

static void what_wants_no_receipt_is_not_the_newest(void **state)
{
    struct sent_packet *ring = calloc(SENTMAP_PACKETS, sizeof *ring);
    struct sentmap map;

    (void)state;
    sentmap_init(&map, ring, 7);
    assert_null(sentmap_find(&map, map.newest));
    sentmap_record(&map, 1, 10);
    sentmap_skip(&map);
    assert_int_equal(sentmap_find(&map, map.newest)->number, 7);
    sentmap_settle(&map, sentmap_find(&map, 7));
    assert_null(sentmap_find(&map, map.newest));
    free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_a_model),
        cmocka_unit_test(full_ring_has_no_room),
        cmocka_unit_test(what_wants_no_receipt_is_not_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
