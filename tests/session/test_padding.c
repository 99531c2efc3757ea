/* SPDX-License-Identifier: BSD-2-Clause */
/* Links are tried before there is media: once, a little, and only those that cost nothing. */
#include "tests/session/support.h"

#define MOST UINT64_C(103000) /* bytes a link: 100 kB and what the handshake and pings take */

static uint64_t sent_on(const struct pair *pair, uint32_t slot)
{
    return pair_sending(pair)->paths[slot].bytes_sent;
}

static void each_link_is_tried_once(void **state)
{
    struct pair *pair = *state;
    uint64_t before[2];

    pair_start(pair, 2, NULL);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    for (uint32_t i = 0; i < 2; i++) {
        const struct path *path = &pair_sending(pair)->paths[i];

        before[i] = sent_on(pair, i);
        assert_in_range(before[i], 20000, MOST);
        assert_in_range(before[i] / path->packets_sent, 500, 750); /* every other one is small */
        assert_true(path->cc.window > 20 * CC_PACKET);
        assert_true(path->rate.estimate_bps > 0);
    }
    pair_run(pair, pair->now + 10 * SECOND_NS);
    for (uint32_t i = 0; i < 2; i++)
        assert_in_range(sent_on(pair, i) - before[i], 1, 6000); /* keep-alives */
}

static void the_first_media_ends_it(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 1, NULL);
    while (pair_sending(pair)->paths[0].padding_bytes == 0)
        pair_run(pair, pair->now + MS);
    pair_write(pair, 500);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_true(sent_on(pair, 0) < 30000);
    assert_int_equal(pair->delivered, 1);
}

static void a_link_that_costs_is_spared(void **state)
{
    struct pair *pair = *state;

    pair_start(pair, 2, NULL);
    pair_sending(pair)->paths[1].cost = 1;
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_true(sent_on(pair, 0) > 20000);
    assert_true(sent_on(pair, 1) < 3000);
}

static void in_backup_mode_the_first_is_tried(void **state)
{
    struct pair *pair = *state;

    pair->sender.config.mode = PLAIT_MODE_BACKUP;
    pair_start(pair, 2, NULL);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_true(sent_on(pair, 0) > 90000);
    assert_true(sent_on(pair, 1) < 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_link_is_tried_once, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(the_first_media_ends_it, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_link_that_costs_is_spared, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(in_backup_mode_the_first_is_tried, pair_setup,
                                        pair_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
