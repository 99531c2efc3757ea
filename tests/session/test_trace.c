/* SPDX-License-Identifier: BSD-2-Clause */
/* What is decided is told (plait/trace.h): the records add up to the statistics, the path taken is
 * the least burdened one, and asking changes nothing. */
#include "plait/trace.h"
#include "tests/session/support.h"

struct seen {
    uint64_t sent[5]; /* by enum plait_trace_why */
    uint64_t kind[16];
    uint64_t resent_seqs;
    uint64_t states, wrong;
    enum plait_path_state state[PLAIT_MAX_PATHS];
};

static struct seen seen;

static int setup(void **state)
{
    memset(&seen, 0, sizeof seen);
    return pair_setup(state);
}

/* The path taken was ready, and none that was ready, sound and in time was less burdened. */
static bool is_least(const struct plait_trace *record)
{
    const struct plait_trace_candidate *taken = NULL;

    for (uint32_t i = 0; i < record->u.sent.candidates; i++) {
        if (record->u.sent.candidate[i].path == record->path)
            taken = &record->u.sent.candidate[i];
    }
    if (taken == NULL || !taken->usable || !taken->ready)
        return false;
    for (uint32_t i = 0; i < record->u.sent.candidates; i++) {
        const struct plait_trace_candidate *other = &record->u.sent.candidate[i];

        if (other->usable && other->ready && !other->doubtful &&
            other->arrival_ns <= record->u.sent.slack_ns && other->burden_ns < taken->burden_ns)
            return false;
    }
    return true;
}

static void on_trace(void *ctx, const struct plait_trace *record)
{
    struct seen *out = ctx;

    out->kind[record->kind]++;
    if (record->kind == PLAIT_TRACE_SENT) {
        out->sent[record->u.sent.why]++;
        if (record->u.sent.why <= PLAIT_TRACE_REINJECT && !is_least(record))
            out->wrong++;
    }
    if (record->kind == PLAIT_TRACE_STATE) {
        out->wrong += out->state[record->path] != record->u.state.before;
        out->state[record->path] = record->u.state.after;
    }
}

static bool lose_some(struct pair *pair, struct datagram *datagram)
{
    uint64_t *count = pair->tap_ctx;

    return !datagram->to_receiver || ++*count % 20 != 0;
}

/* A link dies and comes back, packets are lost. Returns the sender's statistics. */
static struct plait_stats story(struct pair *pair)
{
    static uint64_t count;
    struct plait_stats stats;

    count = 0;
    pair_start(pair, 3, NULL);
    pair_stream(pair, 1000, 1000);
    pair->tap = lose_some;
    pair->tap_ctx = &count;
    pair_stream(pair, 1000, 1000);
    pair->link[1].down = true;
    pair_stream(pair, 1000, 1000);
    pair->link[1].down = false;
    pair_stream(pair, 1000, 1000);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_int_equal(plait_stats_get(pair->sender.ep, pair->now, pair->session, &stats), PLAIT_OK);
    return stats;
}

static void records_add_up(void **state)
{
    struct pair *pair = *state;
    struct plait_stats stats;
    uint64_t lost = 0;

    pair->sender.config.trace = on_trace;
    pair->sender.config.trace_ctx = &seen;
    stats = story(pair);
    assert_int_equal(seen.sent[PLAIT_TRACE_FRESH], stats.stream.sent_first);
    assert_int_equal(seen.sent[PLAIT_TRACE_RESEND], stats.stream.resent);
    assert_int_equal(seen.sent[PLAIT_TRACE_REINJECT], stats.stream.reinjected);
    assert_int_equal(seen.sent[PLAIT_TRACE_REPAIR], stats.stream.repair_sent);
    assert_int_equal(seen.kind[PLAIT_TRACE_DROPPED], stats.stream.dropped);
    assert_int_equal(seen.kind[PLAIT_TRACE_EXPIRED], stats.stream.expired);
    assert_true(seen.sent[PLAIT_TRACE_FRESH] == 4000 && stats.stream.resent > 0);
    for (uint32_t i = 0; i < stats.paths; i++)
        lost += stats.path[i].packets_lost;
    assert_int_equal(seen.kind[PLAIT_TRACE_LOST], lost);
    assert_true(seen.kind[PLAIT_TRACE_NACK] > 0 && seen.kind[PLAIT_TRACE_METRICS] > 100);
    for (uint32_t i = 0; i < stats.paths; i++)
        assert_int_equal(seen.state[stats.path[i].path], stats.path[i].state);
    assert_int_equal(seen.wrong, 0);
}

/* Twice what the links may carry, then nothing arrives for a while. */
static void records_of_an_over_load_add_up(void **state)
{
    struct pair *pair = *state;
    struct plait_stats stats;

    pair->sender.config.trace = on_trace;
    pair->sender.config.trace_ctx = &seen;
    pair_start(pair, 2, NULL);
    pair_stream(pair, 1000, 1000);
    for (uint32_t i = 0; i < 2; i++)
        pair_sending(pair)->paths[i].max_bps = 2000000;
    pair_stream(pair, 2000, 1000);
    pair->link[0].down = pair->link[1].down = true;
    pair_stream(pair, 300, 1000);
    pair->link[0].down = pair->link[1].down = false;
    pair_stream(pair, 1000, 1000);
    pair_run(pair, pair->now + 2 * SECOND_NS);
    assert_int_equal(plait_stats_get(pair->sender.ep, pair->now, pair->session, &stats), PLAIT_OK);
    assert_true(stats.stream.dropped > 0 && stats.stream.expired > 0);
    assert_int_equal(seen.kind[PLAIT_TRACE_DROPPED], stats.stream.dropped);
    assert_int_equal(seen.kind[PLAIT_TRACE_EXPIRED], stats.stream.expired);
    assert_int_equal(seen.sent[PLAIT_TRACE_FRESH], stats.stream.sent_first);
    assert_int_equal(seen.sent[PLAIT_TRACE_FRESH] + seen.kind[PLAIT_TRACE_DROPPED],
                     stats.stream.written);
}

static void receiver_tells_what_is_missing(void **state)
{
    static uint64_t count;
    struct pair *pair = *state;
    struct plait_stats stats;

    pair->receiver.config.trace = on_trace;
    pair->receiver.config.trace_ctx = &seen;
    pair->sender.config.latency_ns = pair->receiver.config.latency_ns = 25 * MS;
    count = 0;
    pair_start(pair, 1, NULL);
    pair->tap = lose_some;
    pair->tap_ctx = &count;
    pair_stream(pair, 2000, 1000);
    pair_run(pair, pair->now + SECOND_NS);
    assert_int_equal(plait_stats_get(pair->receiver.ep, pair->now, 0, &stats), PLAIT_OK);
    assert_true(stats.stream.missing > 0);
    assert_true(seen.kind[PLAIT_TRACE_NACK] > 0);
    assert_in_range(seen.kind[PLAIT_TRACE_MISSING], 1, stats.stream.missing);
}

static void asking_changes_nothing(void **state)
{
    struct pair *pair = *state, other;
    struct plait_stats with, without;

    pair->sender.config.trace = pair->receiver.config.trace = on_trace;
    pair->sender.config.trace_ctx = pair->receiver.config.trace_ctx = &seen;
    with = story(pair);
    pair_init(&other);
    without = story(&other);
    pair_free(&other);
    assert_memory_equal(&with, &without, sizeof with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_add_up, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(records_of_an_over_load_add_up, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(receiver_tells_what_is_missing, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(asking_changes_nothing, setup, pair_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
