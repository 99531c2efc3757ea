/* SPDX-License-Identifier: BSD-2-Clause */
/* A link as a fluid: what is in flight, ours and the other's, is its rate times the round trip. We
 * keep to the controller's rule, a fifth of the way each report, or to the share. */
#include "tests/support.h"

#include "core/base/seq.h"
#include "core/path/cc.h"
#include "core/path/rival.h"

#define REPORT_NS (10 * NS_PER_MS)
#define BASE_NS   (70 * NS_PER_MS)
#define TARGET_NS (20 * NS_PER_MS)
#define NEAR_NS   (3 * NS_PER_MS)

struct model {
    uint64_t now;
    uint64_t bps, other; /* the link's rate; bytes of somebody else in flight */
    uint64_t asked;      /* bytes the application has for it at most */
    uint64_t window;     /* the controller's */
    uint64_t pressed;    /* bytes that are in flight while alone, whatever the window is */
    uint64_t lost;       /* bytes, in the next report */
    uint64_t risen_ns;   /* the base that is reported has come to be higher by this */
    uint64_t longer_ns;  /* the way is, and nothing reported it */
    uint64_t allowed_ns; /* what the path lets queue while alone */
    uint64_t lone_ns;    /* what was late though nothing of ours was left */
    uint64_t none_ns;    /* what proved to be no queue */
    struct rival rival;
};

static uint64_t bytes_at(uint64_t bps, uint64_t ns)
{
    return bps / 8000 * (ns / 1000) / 1000;
}

static void report(struct model *m)
{
    const uint64_t wanted = m->rival.state == RIVAL_ALONE ? m->pressed : 0;
    const uint64_t own = min_u64(max_u64(rival_window(&m->rival, m->window), wanted), m->asked);
    const uint64_t all = own + m->other;
    const uint64_t rtt_ns = max_u64(BASE_NS + m->longer_ns, all * 8 * 1000000 / (m->bps / 1000));
    const uint64_t rate_bps = own * 8 * 1000000 / (rtt_ns / 1000);
    const struct rival_facts facts = {
        .now = m->now += REPORT_NS,
        .base_rtt_ns = BASE_NS + m->risen_ns,
        .queue_ns = rtt_ns - BASE_NS - m->risen_ns,
        .target_ns = TARGET_NS,
        .allowed_ns = m->rival.state == RIVAL_ALONE ? m->allowed_ns : 0,
        .lone_ns = m->lone_ns,
        .near_ns = NEAR_NS,
        .window = m->window,
        .bytes_in_flight = own,
        .acked_bytes = bytes_at(rate_bps, REPORT_NS),
        .lost_bytes = m->lost,
    };
    const uint64_t none_ns = rival_on_report(&m->rival, &facts);
    const uint64_t wished = bytes_at(rate_bps, BASE_NS + TARGET_NS);

    m->lost = 0;
    m->none_ns = max_u64(m->none_ns, none_ns);
    m->window = max_u64((4 * m->window + wished) / 5, CC_WINDOW_MIN);
}

static void run(struct model *m, uint64_t ns)
{
    for (const uint64_t end = m->now + ns; m->now < end;)
        report(m);
}

static struct model begin(uint64_t bps)
{
    struct model m = {.now = NS_PER_S, .bps = bps, .asked = NEVER};

    m.window = bytes_at(bps, BASE_NS + TARGET_NS);
    run(&m, 5 * NS_PER_S);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
    return m;
}

static void table_of_links(void **state)
{
    static const struct {
        const char *what;
        uint64_t bps, later_bps, other;
        bool shared;
    } cases[] = {
        {"alone", 6000000, 6000000, 0, false},
        {"alone, fades", 6000000, 1200000, 0, false},
        {"alone, comes back", 1200000, 6000000, 0, false},
        {"somebody else, 60 ms of queue", 6000000, 6000000, 90000, true},
        {"somebody else, 240 ms", 6000000, 6000000, 225000, true},
        {"somebody else, 1 s", 6000000, 6000000, 780000, true},
        {"somebody who only fills the link", 6000000, 6000000, 30000, false},
        {"too weak a link to tell", 1000000, 1000000, 40000, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model m = begin(cases[i].bps);
        bool shared = false;

        m.bps = cases[i].later_bps;
        m.other = cases[i].other;
        for (int n = 0; n < 1000; n++) {
            report(&m);
            shared = shared || m.rival.state != RIVAL_ALONE;
        }
        if (shared != cases[i].shared)
            fail_msg("%s: %d", cases[i].what, shared);
    }
}

/* Late media takes more than the window, and the link fades: what stands in its queue is ours. */
static void a_window_that_has_not_given_way_tells_nothing(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.pressed = m.window;
    m.bps = 3000000;
    for (int n = 0; n < 1000; n++) {
        report(&m);
        assert_int_equal(m.rival.state, RIVAL_ALONE);
    }
}

static void the_share_comes_to_its_half(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.other = 225000;
    run(&m, 20 * NS_PER_S);
    assert_true(m.rival.state != RIVAL_ALONE);
    assert_true(m.rival.share > m.other / 2);
}

static void a_queue_of_ours_is_found_out(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.other = 225000;
    run(&m, 10 * NS_PER_S);
    assert_true(m.rival.state != RIVAL_ALONE);
    m.rival.share += m.other; /* it goes, and we have filled the queue meanwhile */
    m.other = 0;
    run(&m, 8 * NS_PER_S);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
    run(&m, 10 * NS_PER_S);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
    assert_true(m.window < bytes_at(m.bps, BASE_NS + 2 * TARGET_NS));
}

/* The window is below what the longer way holds: no queue, though every packet comes late. */
static void a_longer_way_is_no_queue(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.longer_ns = 80 * NS_PER_MS;
    m.asked = bytes_at(m.bps, m.longer_ns + BASE_NS);
    run(&m, 5 * NS_PER_S);
    assert_in_range(m.none_ns, 80 * NS_PER_MS, 80 * NS_PER_MS + NEAR_NS);
}

/* What the path lets queue may be as much: it is none where nothing of ours was left. */
static void a_longer_way_is_no_pressure(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.longer_ns = 80 * NS_PER_MS;
    m.asked = bytes_at(m.bps, m.longer_ns + BASE_NS);
    m.allowed_ns = 100 * NS_PER_MS;
    run(&m, 5 * NS_PER_S);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
    for (int n = 0; n < 500; n++) { /* a link that stalls: by this and that */
        m.lone_ns = (uint64_t)(40 + n % 5 * 20) * NS_PER_MS;
        report(&m);
        assert_int_equal(m.rival.state, RIVAL_ALONE);
    }
    m.lone_ns = 80 * NS_PER_MS;
    run(&m, 5 * NS_PER_S);
    assert_in_range(m.none_ns, 80 * NS_PER_MS, 80 * NS_PER_MS + NEAR_NS);
}

/* The share grows beside it, and so does what a look leaves. */
static void somebody_else_is_no_longer_way(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.other = 225000;
    run(&m, 60 * NS_PER_S);
    assert_int_equal(m.none_ns, 0);
}

static void what_grows_with_us_is_ours(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.bps = 200000; /* the smallest window stands here for 224 ms */
    for (int n = 0; n < 1000; n++) {
        report(&m);
        assert_true(m.rival.state == RIVAL_ALONE || m.rival.state == RIVAL_STARTING);
        assert_true(m.rival.share < 3 * CC_WINDOW_MIN);
    }
}

static void an_empty_queue_ends_it(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.other = 225000;
    run(&m, 10 * NS_PER_S);
    m.other = 0;
    m.bps = 60000000;
    run(&m, NS_PER_S / 2);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
}

/* Runs until the rival is in that state, 20 s at most. */
static void run_to(struct model *m, enum rival_state state)
{
    for (const uint64_t end = m->now + 20 * NS_PER_S; m->rival.state != state && m->now < end;)
        report(m);
    assert_int_equal(m->rival.state, state);
}

static void loss_takes_three_tenths_once(void **state)
{
    struct model m = begin(6000000);
    uint64_t share;

    (void)state;
    m.other = 780000;
    run(&m, 10 * NS_PER_S);
    share = m.rival.share;
    m.lost = 1400;
    report(&m);
    assert_int_equal(m.rival.share, share * 7 / 10);
    share = m.rival.share;
    m.lost = 1400;
    report(&m);
    assert_true(m.rival.share >= share);
    run(&m, 6 * NS_PER_S);
    run_to(&m, RIVAL_SHARING); /* a look is judged first */
    share = m.rival.share;
    m.lost = 1400;
    report(&m);
    assert_true(m.rival.share < share);
}

/* RFC 9438, 4.2: K = cbrt(lost / C) s to the old peak, of which 7/8 in the first half. */
static void the_share_comes_back_along_the_curve(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.other = 780000;
    run(&m, 10 * NS_PER_S);
    m.rival.share = 400000;
    m.rival.peak = 0; /* no larger one before */
    m.rival.look_ns = UINT64_MAX;
    m.lost = 1400;
    report(&m);
    assert_int_equal(m.rival.share, 280000);
    run(&m, 2205 * NS_PER_MS); /* half of cbrt(120000 / 1400) s */
    assert_in_range(m.rival.share, 380000, 388000);
    run(&m, 2205 * NS_PER_MS);
    assert_in_range(m.rival.share, 399000, 401000);
    run(&m, 4410 * NS_PER_MS);
    assert_in_range(m.rival.share, 510000, 525000);
}

/* A queue that never empties comes to be taken for the link's own delay. */
static void a_base_that_rises_slows_nothing(void **state)
{
    uint64_t share[2];

    (void)state;
    for (int risen = 0; risen < 2; risen++) {
        struct model m = begin(6000000);

        m.other = 780000;
        run(&m, 7 * NS_PER_S);
        m.risen_ns = risen ? 700 * NS_PER_MS : 0;
        run(&m, 3 * NS_PER_S);
        assert_true(m.rival.state != RIVAL_ALONE);
        share[risen] = m.rival.share;
    }
    assert_int_equal(share[0], share[1]);
}

static void growth_is_from_the_smallest_round_trip(void **state)
{
    struct model m = begin(6000000);
    uint64_t share;

    (void)state;
    m.other = 450000;
    run_to(&m, RIVAL_STARTING);
    m.other = 60000; /* it was a fade: what is left is 10 ms of queue, and then what we add */
    const uint64_t usual = m.rival.usual;
    for (share = m.rival.share; m.rival.state == RIVAL_STARTING; share = m.rival.share)
        report(&m);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
    assert_true(share < usual);
}

/* It goes, and we have filled the queue meanwhile; a first look has told so. */
static struct model fill_and_look(void)
{
    struct model m = begin(6000000);

    m.other = 225000;
    run_to(&m, RIVAL_SHARING);
    m.rival.share += m.other;
    m.other = 0;
    run_to(&m, RIVAL_LOOKING);
    run_to(&m, RIVAL_SHARING);
    assert_int_equal(m.rival.looks_ours, 1);
    return m;
}

static void losses_do_not_hide_what_a_look_has_seen(void **state)
{
    struct model m = fill_and_look();

    (void)state;
    for (run_to(&m, RIVAL_LOOKING); m.rival.state == RIVAL_LOOKING; report(&m))
        m.lost = 1400;
    assert_int_equal(m.rival.state, RIVAL_ALONE);
}

static void what_the_other_gives_up_was_not_ours(void **state)
{
    struct model m = fill_and_look();

    (void)state;
    m.other = 225000; /* as if it had only given way at that moment */
    run_to(&m, RIVAL_LOOKING);
    run_to(&m, RIVAL_SHARING);
    assert_int_equal(m.rival.looks_ours, 0);
}

static void losses_in_a_look_count_once(void **state)
{
    struct model m = begin(6000000);
    uint64_t share;

    (void)state;
    m.other = 225000;
    run_to(&m, RIVAL_LOOKING);
    for (share = m.rival.share; m.rival.state == RIVAL_LOOKING; report(&m))
        m.lost = 1400;
    assert_int_equal(m.rival.state, RIVAL_SHARING);
    assert_int_equal(m.rival.share, share * 7 / 10);
}

static void a_failed_start_makes_the_next_less_likely(void **state)
{
    struct model m = begin(3500000);

    (void)state;
    m.bps = 200000; /* the smallest window stands here for 224 ms */
    run(&m, 10 * NS_PER_S);
    assert_true(m.rival.usual < 4 * CC_WINDOW_MIN);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
}

static void a_base_that_falls_is_believed(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    m.other = 225000;
    run_to(&m, RIVAL_SHARING);
    m.rival.empty_rtt_ns = 200 * NS_PER_MS;
    report(&m);
    assert_int_equal(m.rival.empty_rtt_ns, BASE_NS);
}

/* Somebody's window that is full and stays so looks alike, and nobody is known of. */
static void alone_a_steady_queue_is_not_taken_for_the_way(void **state)
{
    struct model m = begin(6000000);

    (void)state;
    const struct rival_facts facts = {
        .now = m.now + REPORT_NS,
        .base_rtt_ns = BASE_NS,
        .queue_ns = 50 * NS_PER_MS,
        .longer_ns = 50 * NS_PER_MS,
        .target_ns = TARGET_NS,
        .near_ns = NEAR_NS,
    };
    assert_int_equal(m.rival.state, RIVAL_ALONE);
    assert_int_equal(rival_on_report(&m.rival, &facts), 0);
}

static void what_is_the_way_by_other_evidence_is_shared_with_nobody(void **state)
{
    struct model m = begin(6000000);
    const uint64_t longer_ns = 50 * NS_PER_MS;

    (void)state;
    m.other = 225000;
    run(&m, 10 * NS_PER_S);
    assert_int_not_equal(m.rival.state, RIVAL_ALONE);
    const struct rival_facts facts = {
        .now = m.now + REPORT_NS,
        .base_rtt_ns = BASE_NS,
        .queue_ns = longer_ns,
        .longer_ns = longer_ns,
        .target_ns = TARGET_NS,
        .near_ns = NEAR_NS,
    };
    assert_int_equal(rival_on_report(&m.rival, &facts), longer_ns);
    assert_int_equal(m.rival.state, RIVAL_ALONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_links),
        cmocka_unit_test(a_window_that_has_not_given_way_tells_nothing),
        cmocka_unit_test(the_share_comes_to_its_half),
        cmocka_unit_test(a_queue_of_ours_is_found_out),
        cmocka_unit_test(a_longer_way_is_no_queue),
        cmocka_unit_test(a_longer_way_is_no_pressure),
        cmocka_unit_test(somebody_else_is_no_longer_way),
        cmocka_unit_test(what_grows_with_us_is_ours),
        cmocka_unit_test(an_empty_queue_ends_it),
        cmocka_unit_test(loss_takes_three_tenths_once),
        cmocka_unit_test(the_share_comes_back_along_the_curve),
        cmocka_unit_test(a_base_that_rises_slows_nothing),
        cmocka_unit_test(growth_is_from_the_smallest_round_trip),
        cmocka_unit_test(losses_do_not_hide_what_a_look_has_seen),
        cmocka_unit_test(what_the_other_gives_up_was_not_ours),
        cmocka_unit_test(losses_in_a_look_count_once),
        cmocka_unit_test(a_failed_start_makes_the_next_less_likely),
        cmocka_unit_test(a_base_that_falls_is_believed),
        cmocka_unit_test(alone_a_steady_queue_is_not_taken_for_the_way),
        cmocka_unit_test(what_is_the_way_by_other_evidence_is_shared_with_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
