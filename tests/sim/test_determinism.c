/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything follows from the seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/swarm.h"

static uint64_t hash_of(uint64_t seed, bool adversary)
{
    char error[SWARM_ERROR_MAX];
    uint64_t hash;
    swarm_run_seed(seed, adversary, error, &hash); /* whether it passes is the swarm's test */
    return hash;
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        assert_true(hash_of(seed, false) == hash_of(seed, false));
        assert_true(hash_of(seed, true) == hash_of(seed, true));
    }
}

static void another_seed_gives_another_trace(void **state)
{
    (void)state;
    assert_true(hash_of(1, false) != hash_of(2, false));
    assert_true(hash_of(1, false) != hash_of(1, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
        cmocka_unit_test(another_seed_gives_another_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
