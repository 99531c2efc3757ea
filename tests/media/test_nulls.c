/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/media/hint.h"

#define ROUNDS 20000

static uint32_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void put_null(uint8_t *packet)
{
    memset(packet, 0xff, HINT_TS_BYTES);
    packet[0] = 0x47;
    packet[1] = 0x1f;
    packet[3] = 0x10;
}

/* 1..8 packets: null ones, nearly null ones (one bit differs) and random ones. */
static size_t make(uint64_t *state, uint8_t *out, unsigned *nulls)
{
    const size_t packets = 1 + draw(state) % HINT_TS_MAX;

    *nulls = 0;
    for (size_t i = 0; i < packets; i++) {
        uint8_t *packet = out + i * HINT_TS_BYTES;
        const uint32_t kind = draw(state) % 4;

        put_null(packet);
        *nulls += kind < 2;
        if (kind == 2)
            packet[draw(state) % HINT_TS_BYTES] ^= (uint8_t)(1U << draw(state) % 8);
        for (size_t at = 0; at < HINT_TS_BYTES && kind == 3; at++)
            packet[at] = (uint8_t)draw(state);
    }
    return packets * HINT_TS_BYTES;
}

static void random_datagrams_come_back_identical(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint8_t in[HINT_TS_MAX * HINT_TS_BYTES], packed[HINT_NULLS_MAX], out[sizeof in];
        unsigned nulls;
        const size_t len = make(&seed, in, &nulls);
        const size_t left = hint_nulls_out(in, len, packed);

        if (nulls == 0) {
            assert_int_equal(left, 0);
            continue;
        }
        assert_int_equal(left, 1 + len - nulls * (size_t)HINT_TS_BYTES);
        assert_int_equal(hint_nulls_in(packed, left, out, sizeof out), len);
        assert_memory_equal(in, out, len);
    }
}

static void other_lengths_stay_as_they_are(void **state)
{
    uint8_t in[9 * HINT_TS_BYTES], packed[HINT_NULLS_MAX];

    (void)state;
    for (size_t i = 0; i < 9; i++)
        put_null(in + i * HINT_TS_BYTES);
    for (size_t len = 0; len <= sizeof in; len++) {
        const size_t left = hint_nulls_out(in, len, packed);
        const bool whole = len > 0 && len % HINT_TS_BYTES == 0 && len <= 8 * HINT_TS_BYTES;

        assert_int_equal(left, whole ? 1 : 0);
    }
}

/* What a peer may send: nothing is written beyond the capacity, no length is made up. */
static void malformed_payloads_are_refused(void **state)
{
    uint8_t packed[HINT_NULLS_MAX + HINT_TS_BYTES] = {0}, out[HINT_TS_MAX * HINT_TS_BYTES];
    uint64_t seed = 2;

    (void)state;
    assert_int_equal(hint_nulls_in(packed, 0, out, sizeof out), 0);
    assert_int_equal(hint_nulls_in(packed, 1, out, sizeof out), 0);
    packed[0] = 0x02; /* packet 1 is a null packet, yet there is no packet 0 */
    assert_int_equal(hint_nulls_in(packed, 1, out, sizeof out), 0);
    packed[0] = 0xff;
    assert_int_equal(hint_nulls_in(packed, 1, out, sizeof out), sizeof out);
    assert_int_equal(hint_nulls_in(packed, 1, out, sizeof out - 1), 0);
    assert_int_equal(hint_nulls_in(packed, 1 + HINT_TS_BYTES, out, sizeof out), 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const size_t len = draw(&seed) % sizeof packed;
        const size_t capacity = draw(&seed) % (sizeof out + 1);

        packed[0] = (uint8_t)draw(&seed);
        assert_true(hint_nulls_in(packed, len, out, capacity) <= capacity);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_datagrams_come_back_identical),
        cmocka_unit_test(other_lengths_stay_as_they_are),
        cmocka_unit_test(malformed_payloads_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
