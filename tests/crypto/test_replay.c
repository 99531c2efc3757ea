/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/crypto/support.h"

#include "core/crypto/replay.h"

static bool accept(struct replay_window *window, uint64_t packet_number)
{
    if (!replay_is_fresh(window, packet_number))
        return false;
    replay_mark(window, packet_number);
    return true;
}

static void in_order_each_number_passes_once(void **state)
{
    struct replay_window window;

    (void)state;
    replay_init(&window);
    for (uint64_t n = 0; n < 3 * REPLAY_WINDOW; n++) {
        assert_true(accept(&window, n));
        assert_false(accept(&window, n));
        if (n > 0)
            assert_false(accept(&window, n - 1));
    }
}

static void backwards_the_whole_window_passes(void **state)
{
    struct replay_window window;
    const uint64_t top = 5 * REPLAY_WINDOW + 17;

    (void)state;
    replay_init(&window);
    for (uint64_t n = top; n > top - REPLAY_WINDOW; n--)
        assert_true(accept(&window, n));
    assert_false(accept(&window, top - REPLAY_WINDOW));
    assert_false(accept(&window, 0));
    for (uint64_t n = top; n > top - REPLAY_WINDOW; n--)
        assert_false(accept(&window, n));
}

static void asking_changes_nothing(void **state)
{
    struct replay_window window, before;

    (void)state;
    replay_init(&window);
    accept(&window, 1000);
    before = window;
    assert_true(replay_is_fresh(&window, REPLAY_NUMBER_MAX));
    assert_false(replay_is_fresh(&window, 1000));
    assert_memory_equal(&before, &window, sizeof window);
}

static void the_limit_holds(void **state)
{
    struct replay_window window;

    (void)state;
    replay_init(&window);
    assert_false(replay_is_fresh(&window, UINT64_MAX));
    assert_false(replay_is_fresh(&window, REPLAY_NUMBER_MAX + 1));
    for (uint64_t n = REPLAY_NUMBER_MAX - 2 * REPLAY_WINDOW; n <= REPLAY_NUMBER_MAX; n++)
        assert_true(accept(&window, n));
    assert_false(replay_is_fresh(&window, REPLAY_NUMBER_MAX));
    assert_false(replay_is_fresh(&window, REPLAY_NUMBER_MAX + 1));
    assert_false(replay_is_fresh(&window, 0));
}

/* Jumps of every size around a word and around the ring leave no old bit behind. */
static void jumps_clear_what_they_pass(void **state)
{
    (void)state;
    for (uint64_t jump = 1; jump < 3 * 64 * REPLAY_WORDS; jump += 1 + jump % 61) {
        struct replay_window window;

        replay_init(&window);
        for (uint64_t n = 0; n < 200; n++)
            accept(&window, n);
        assert_true(accept(&window, 199 + jump));
        for (uint64_t n = 200; n < 199 + jump; n++)
            assert_int_equal(replay_is_fresh(&window, n), 200 + jump - n <= REPLAY_WINDOW);
    }
}

#define MODEL_NUMBERS 40000

/* The naive model: every number ever accepted, and the greatest. */
struct model {
    bool seen[MODEL_NUMBERS];
    uint64_t next;
};

static bool model_accept(struct model *model, uint64_t n)
{
    if (n < model->next && model->next - n > REPLAY_WINDOW)
        return false;
    if (model->seen[n])
        return false;
    model->seen[n] = true;
    if (n >= model->next)
        model->next = n + 1;
    return true;
}

static void random_orders_agree_with_the_model(void **state)
{
    static struct model model;

    (void)state;
    for (uint64_t run = 0; run < 30; run++) {
        struct replay_window window;
        uint64_t seed = run, front = 0;
        const uint64_t spread = UINT64_C(1) << (4 + run % 11);

        memset(&model, 0, sizeof model);
        replay_init(&window);
        while (front < MODEL_NUMBERS - 70) {
            const uint64_t back = random_below(&seed, spread);
            const uint64_t n = front > back ? front - back : front;

            assert_int_equal(accept(&window, n), model_accept(&model, n));
            front += random_below(&seed, 3) == 0 ? random_below(&seed, 8) : 0;
            if (random_below(&seed, 500) == 0)
                front += random_below(&seed, 64);
        }
    }
}

static void mark_twice(void)
{
    struct replay_window window;

    replay_init(&window);
    replay_mark(&window, 4);
    replay_mark(&window, 4);
}

static void mark_beyond_the_limit(void)
{
    struct replay_window window;

    replay_init(&window);
    replay_mark(&window, REPLAY_NUMBER_MAX + 1);
}

static void marking_what_is_not_fresh_is_asserted(void **state)
{
    (void)state;
    assert_true(dies(mark_twice));
    assert_true(dies(mark_beyond_the_limit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_each_number_passes_once),
        cmocka_unit_test(backwards_the_whole_window_passes),
        cmocka_unit_test(asking_changes_nothing),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(jumps_clear_what_they_pass),
        cmocka_unit_test(random_orders_agree_with_the_model),
        cmocka_unit_test(marking_what_is_not_fresh_is_asserted),
    };

    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
