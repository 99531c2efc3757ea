/* SPDX-License-Identifier: BSD-2-Clause */
/* What cmocka.h needs before it. */
#ifndef PLAIT_TESTS_SESSION_SUPPORT_H
#define PLAIT_TESTS_SESSION_SUPPORT_H

#include "tests/session/pair.h"
#include "tests/support.h"

#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

/* A datagram a millisecond for so long, all of which arrive. */
static inline void assert_streams(struct pair *pair, uint32_t ms)
{
    uint64_t before;

    pair_run(pair, pair->now + SECOND_NS); /* what is under way */
    before = pair->delivered;
    pair_stream(pair, ms, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(pair->delivered - before, ms);
    assert_int_equal(pair->wrong, 0);
}

#endif
