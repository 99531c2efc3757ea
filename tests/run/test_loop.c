/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"

#include <poll.h>
#include <unistd.h>

#include "run/loop.h"

struct world {
    struct loop loop;
    struct loop_timer timers[3];
    struct loop_watch watch;
    struct loop_idler idler;
    uint32_t fired[3];
    uint32_t ready, idle;
};

static void on_first(void *ctx, uint64_t now)
{
    struct world *world = ctx;
    (void)now;
    world->fired[0]++;
    world->timers[0].at = PLAIT_NEVER;
    loop_timer_remove(&world->loop, &world->timers[1]); /* the next one, while it is due too */
}

static void on_second(void *ctx, uint64_t now)
{
    struct world *world = ctx;
    (void)now;
    world->fired[1]++;
}

static void on_third(void *ctx, uint64_t now)
{
    struct world *world = ctx;
    assert_true(now >= world->timers[2].at);
    world->fired[2]++;
    world->timers[2].at = PLAIT_NEVER;
}

static void on_idle(void *ctx, uint64_t now)
{
    struct world *world = ctx;
    (void)now;
    world->idle++;
}

static void on_ready(void *ctx, uint64_t now, short revents)
{
    struct world *world = ctx;
    (void)now;
    assert_true((revents & POLLIN) != 0);
    world->ready++;
    loop_watch_remove(&world->loop, &world->watch);
}

static void removed_timer_does_not_fire(void **state)
{
    struct world world = {0};
    void (*const due[3])(void *, uint64_t) = {on_first, on_second, on_third};
    (void)state;
    loop_init(&world.loop);
    for (int i = 0; i < 3; i++) {
        world.timers[i].at = world.loop.now;
        world.timers[i].on_due = due[i];
        world.timers[i].ctx = &world;
        assert_int_equal(loop_timer_add(&world.loop, &world.timers[i]), PLAIT_OK);
    }
    loop_step(&world.loop, PLAIT_NEVER);
    loop_step(&world.loop, 0);
    assert_int_equal(world.fired[0], 1);
    assert_int_equal(world.fired[1], 0);
    assert_int_equal(world.fired[2], 1);
}

static void watch_may_remove_itself(void **state)
{
    struct world world = {0};
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    loop_init(&world.loop);
    world.watch.fd = ends[0];
    world.watch.events = POLLIN;
    world.watch.on_ready = on_ready;
    world.watch.ctx = &world;
    world.idler.on_idle = on_idle;
    world.idler.ctx = &world;
    assert_int_equal(loop_watch_add(&world.loop, &world.watch), PLAIT_OK);
    assert_int_equal(loop_idler_add(&world.loop, &world.idler), PLAIT_OK);
    loop_step(&world.loop, 0);
    assert_int_equal(world.ready, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    loop_step(&world.loop, PLAIT_NEVER);
    loop_step(&world.loop, 0);
    assert_int_equal(world.ready, 1);
    assert_int_equal(world.idle, 3);
    close(ends[0]);
    close(ends[1]);
}

static void limits_are_limits(void **state)
{
    struct world world = {0};
    struct loop_timer timers[LOOP_MAX_TIMERS + 1];
    struct loop_watch watches[LOOP_MAX_WATCHES + 1];
    struct loop_idler idlers[LOOP_MAX_IDLERS + 1];
    (void)state;
    loop_init(&world.loop);
    for (int i = 0; i < LOOP_MAX_TIMERS; i++)
        assert_int_equal(loop_timer_add(&world.loop, &timers[i]), PLAIT_OK);
    assert_int_equal(loop_timer_add(&world.loop, &timers[LOOP_MAX_TIMERS]), PLAIT_ERR_LIMIT);
    for (int i = 0; i < LOOP_MAX_WATCHES; i++)
        assert_int_equal(loop_watch_add(&world.loop, &watches[i]), PLAIT_OK);
    assert_int_equal(loop_watch_add(&world.loop, &watches[LOOP_MAX_WATCHES]), PLAIT_ERR_LIMIT);
    for (int i = 0; i < LOOP_MAX_IDLERS; i++)
        assert_int_equal(loop_idler_add(&world.loop, &idlers[i]), PLAIT_OK);
    assert_int_equal(loop_idler_add(&world.loop, &idlers[LOOP_MAX_IDLERS]), PLAIT_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removed_timer_does_not_fire),
        cmocka_unit_test(watch_may_remove_itself),
        cmocka_unit_test(limits_are_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
