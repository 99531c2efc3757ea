/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"

#include "run/lookup.h"

struct world {
    struct loop loop;
    struct lookup lookup;
    struct lookup_found found[2];
    uint32_t answers;
};

static void on_found(void *ctx, uint64_t now, const struct lookup_found *found)
{
    struct world *world = ctx;
    (void)now;
    world->found[found->index] = *found;
    world->answers++;
}

static void open_world(struct world *world)
{
    loop_init(&world->loop);
    world->lookup.ctx = world;
    world->lookup.on_found = on_found;
    world->lookup.asked =
        (struct lookup_asked){.count = 2, .name = {"127.0.0.1:7", "no such;host:7"}};
    assert_int_equal(lookup_start(&world->lookup, &world->loop), PLAIT_OK);
}

static void names_are_looked_up(void **state)
{
    struct world world = {.answers = 0};
    (void)state;
    for (uint32_t round = 1; round <= 3; round++) {
        open_world(&world);
        assert_int_equal(lookup_start(&world.lookup, &world.loop), PLAIT_ERR_STATE);
        while (world.lookup.loop)
            loop_step(&world.loop, PLAIT_NEVER);
        assert_int_equal(world.answers, 2 * round);
        assert_int_equal(world.found[0].address.of[0].port, 7);
        assert_int_equal(world.found[0].address.of[1].family, 0);
        assert_int_equal(world.found[1].address.of[0].family, 0);
        assert_string_equal(world.found[0].why.text, "");
        assert_non_null(strstr(world.found[1].why.text, "no such;host"));
    }
}

/* An answer that nobody waits for any more ends no program. */
static void answer_may_not_be_wanted(void **state)
{
    struct world world = {.answers = 0};
    (void)state;
    for (int i = 0; i < 20; i++) {
        open_world(&world);
        lookup_close(&world.lookup);
    }
    loop_step(&world.loop, 0);
    assert_int_equal(world.answers, 0);
    lookup_close(&world.lookup);
}

/* A name that is no number is left for later where it is not to be looked up. */
static void number_is_told_from_name(void **state)
{
    static const struct {
        const char *text;
        int err;
    } rows[] = {
        {"127.0.0.1:7", PLAIT_OK},         {"[::1]:7", PLAIT_OK},
        {"localhost:7", PLAIT_ERR_SYSTEM}, {"localhost", PLAIT_ERR_INVALID},
        {":7", PLAIT_ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct addr_pair found;
        struct run_error error;
        assert_int_equal(addr_parse_pair(rows[i].text, ADDR_NUMBER, &found, &error), rows[i].err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_looked_up),
        cmocka_unit_test(answer_may_not_be_wanted),
        cmocka_unit_test(number_is_told_from_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
