/* SPDX-License-Identifier: BSD-2-Clause */
/* A link that drops what goes beyond its rate, and nothing tells but the loss. */
#include "tests/support.h"

#include "core/base/limits.h"
#include "core/base/seq.h"
#include "core/path/shallow.h"

#define REPORT (10 * NS_PER_MS)
#define ROUND  (60 * NS_PER_MS)
#define MBIT   UINT64_C(1000000)

/* A sender that wants a rate, over a link that carries one and loses a share of that. */
struct model {
    struct shallow shallow;
    uint64_t now, wants_bps, carries_bps, radio_percent, queue_ns;
    uint64_t sent_bytes, lost_bytes; /* since they were last set */
};

static void step(struct model *model)
{
    const uint64_t limit_bps = shallow_limit_bps(&model->shallow);
    const uint64_t sends_bps =
        limit_bps == 0 ? model->wants_bps : min_u64(limit_bps, model->wants_bps);
    const uint64_t sent = sends_bps / 8 * REPORT / NS_PER_S;
    const uint64_t through = min_u64(sends_bps, model->carries_bps) / 8 * REPORT / NS_PER_S / 100 *
                             (100 - model->radio_percent);
    const uint64_t sent_ns = model->now - ROUND;

    shallow_on_acked(&model->shallow, sent_ns, (uint32_t)through);
    shallow_on_lost(&model->shallow, sent_ns, (uint32_t)(sent - through));
    shallow_on_report(&model->shallow, model->now, model->queue_ns, ROUND);
    model->sent_bytes += sent;
    model->lost_bytes += sent - through;
    model->now += REPORT;
}

static void go_on(struct model *model, uint64_t ns)
{
    model->sent_bytes = model->lost_bytes = 0;
    for (const uint64_t until = model->now + ns; model->now < until;)
        step(model);
}

static struct model model_of(uint64_t wants_bps, uint64_t carries_bps, uint64_t radio_percent)
{
    return (struct model){
        .now = NS_PER_S,
        .wants_bps = wants_bps,
        .carries_bps = carries_bps,
        .radio_percent = radio_percent,
    };
}

/* Held within two seconds, it loses less than one in `share` and sends so much of what there is. */
static void assert_held(uint64_t radio_percent, uint64_t share, uint64_t sent_percent)
{
    struct model model = model_of(20 * MBIT, 5 * MBIT, radio_percent);

    go_on(&model, 2 * NS_PER_S);
    assert_int_equal(model.shallow.state, SHALLOW_HELD);
    go_on(&model, 20 * NS_PER_S);
    assert_true(model.lost_bytes < model.sent_bytes / share);
    assert_true(model.sent_bytes > 20 * 5 * MBIT / 8 / 100 * sent_percent);
}

static void our_own_loss_is_held_back(void **state)
{
    (void)state;
    assert_held(0, 20, 98);
}

static void a_radio_is_left_alone(void **state)
{
    struct model model = model_of(8 * MBIT, 20 * MBIT, 40);
    uint64_t held = 0, reports = 0;

    (void)state;
    for (; model.now < 300 * NS_PER_S; reports++) {
        step(&model);
        held += shallow_limit_bps(&model.shallow) != 0;
        assert_int_not_equal(model.shallow.state, SHALLOW_HELD);
    }
    assert_true(held > 0);
    assert_true(held < reports / 50);
}

/* A fifth is lost on the radio, and most of the rest for sending four times what the link takes. */
static void a_radio_that_is_shallow_too_is_held(void **state)
{
    (void)state;
    assert_held(15, 4, 80);
}

static void a_hold_follows_the_link(void **state)
{
    struct model model = model_of(20 * MBIT, 10 * MBIT, 0);

    (void)state;
    go_on(&model, 5 * NS_PER_S);
    model.carries_bps = 4 * MBIT;
    go_on(&model, 2 * NS_PER_S);
    go_on(&model, 5 * NS_PER_S);
    assert_int_equal(model.shallow.state, SHALLOW_HELD);
    assert_true(model.lost_bytes < model.sent_bytes / 10);
    model.carries_bps = 10 * MBIT;
    go_on(&model, 5 * NS_PER_S);
    go_on(&model, 5 * NS_PER_S);
    assert_true(model.lost_bytes < model.sent_bytes / 10);
    assert_true(model.sent_bytes > 5 * 10 * MBIT / 8 / 100 * 95);
}

static void a_hold_ends_when_nothing_meets_it(void **state)
{
    struct model model = model_of(20 * MBIT, 5 * MBIT, 0);

    (void)state;
    go_on(&model, 5 * NS_PER_S);
    model.wants_bps = 3 * MBIT;
    go_on(&model, 5 * NS_PER_S);
    assert_int_equal(shallow_limit_bps(&model.shallow), 0);
}

static void where_a_queue_tells_nothing_is_tried(void **state)
{
    struct model model = model_of(20 * MBIT, 5 * MBIT, 0);

    (void)state;
    model.queue_ns = 60 * NS_PER_MS;
    go_on(&model, 20 * NS_PER_S);
    assert_int_equal(model.shallow.state, SHALLOW_FREE);
    model.queue_ns = 0;
    go_on(&model, 3 * NS_PER_S);
    assert_int_equal(model.shallow.state, SHALLOW_HELD);
    model.queue_ns = 60 * NS_PER_MS;
    go_on(&model, 3 * NS_PER_S);
    assert_int_equal(shallow_limit_bps(&model.shallow), 0);
}

/* What an outage took is told of in one report. */
static void an_outage_is_no_such_loss(void **state)
{
    struct model model = model_of(5 * MBIT, 10 * MBIT, 0);

    (void)state;
    for (int i = 0; i < 20; i++) {
        go_on(&model, NS_PER_S);
        model.now += 500 * NS_PER_MS;
        shallow_on_lost(&model.shallow, model.now - ROUND, 300000);
        assert_int_equal(shallow_limit_bps(&model.shallow), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_loss_is_held_back),
        cmocka_unit_test(a_radio_is_left_alone),
        cmocka_unit_test(a_radio_that_is_shallow_too_is_held),
        cmocka_unit_test(a_hold_follows_the_link),
        cmocka_unit_test(a_hold_ends_when_nothing_meets_it),
        cmocka_unit_test(where_a_queue_tells_nothing_is_tried),
        cmocka_unit_test(an_outage_is_no_such_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
