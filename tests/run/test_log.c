/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the core's events is news for a person, and that telling it holds up nothing. */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

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

static void on_alarm(int signal_number)
{
    (void)signal_number;
}

/* Standard error is a pipe that nobody reads: a line that waited for it would stop the stream. The
 * alarm only ends a test that fails. */
static void who_does_not_read_holds_up_nothing(void **state)
{
    static const struct sigaction action = {.sa_handler = on_alarm};
    struct run_log log;
    char line[512] = {0};
    int ends[2];
    const int kept = dup(STDERR_FILENO);

    (void)state;
    log_init(&log, CLOCK_S);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], line, 1) == 1)
        continue;
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0); /* as a shell's is */
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    (void)alarm(20);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    log_line(&log, CLOCK_S, "event=one");
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_true(alarm(0) > 0);
    while (read(ends[0], line, sizeof line) > 0)
        continue;
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    log_line(&log, CLOCK_S, "event=two");
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    const ssize_t len = read(ends[0], line, sizeof line - 1);
    assert_true(len > 0);
    line[len] = '\0';
    assert_string_equal(line, "event=two left_out=1\n");
    close(ends[0]);
    close(ends[1]);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overload_is_told_every_ten_seconds),
        cmocka_unit_test(whatever_else_happens_is_told_meanwhile),
        cmocka_unit_test(who_does_not_read_holds_up_nothing),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
