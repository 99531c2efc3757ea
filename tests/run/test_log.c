/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the core's events is news for a person. */
#include "support.h"

#include "run/clock.h"
#include "run/log.h"

static bool told(struct run_log *log, uint64_t now, enum plait_event_kind kind)
{
    return log_is_news(log, now, &(struct plait_event){.kind = kind, .path = UINT32_MAX});
}

static void overload_is_told_every_ten_seconds(void **state)
{
    struct run_log log;
    uint32_t times = 0;

    (void)state;
    log_init(&log, CLOCK_S);
    for (uint64_t now = CLOCK_S; now < 21 * CLOCK_S; now += CLOCK_MS)
        times += told(&log, now, PLAIT_EVENT_OVERLOAD);
    assert_int_equal(times, 2);
    assert_true(told(&log, 21 * CLOCK_S, PLAIT_EVENT_OVERLOAD));
}

static void whatever_else_happens_is_told_meanwhile(void **state)
{
    struct run_log log;

    (void)state;
    log_init(&log, CLOCK_S);
    assert_true(told(&log, CLOCK_S, PLAIT_EVENT_OVERLOAD));
    assert_true(told(&log, CLOCK_S, PLAIT_EVENT_PATH_DOWN));
    assert_true(told(&log, CLOCK_S, PLAIT_EVENT_PATH_DOWN));
    assert_false(told(&log, CLOCK_S, PLAIT_EVENT_ADVICE));
    assert_false(told(&log, CLOCK_S, PLAIT_EVENT_OVERLOAD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overload_is_told_every_ten_seconds),
        cmocka_unit_test(whatever_else_happens_is_told_meanwhile),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
