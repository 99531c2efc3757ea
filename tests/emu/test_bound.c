/* SPDX-License-Identifier: BSD-2-Clause */
/* The bound against exhaustive matching, against hand-made cases, and against real sending. */
#include "support.h"

#include "emu/bound.h"

#define CHANCES_MAX 24U
#define PACKETS_MAX 24U

static bool can_use(const struct emu_bound_stream *stream, uint64_t packet,
                    const struct emu_bound_chance *chance)
{
    uint64_t written_ns = stream->written_ns != NULL
                              ? stream->written_ns[packet]
                              : stream->first_ns + packet * stream->interval_ns;

    return written_ns <= chance->send_ns && chance->arrive_ns <= written_ns + stream->latency_ns;
}

/* One augmenting path of Kuhn's algorithm. */
static bool augment(const struct emu_bound *bound, const struct emu_bound_stream *stream,
                    size_t chance, bool *is_seen, int *chance_of)
{
    for (uint64_t packet = 0; packet < stream->packets; packet++) {
        if (is_seen[packet] || !can_use(stream, packet, &bound->chance[chance])) {
            continue;
        }
        is_seen[packet] = true;
        if (chance_of[packet] < 0 ||
            augment(bound, stream, (size_t)chance_of[packet], is_seen, chance_of)) {
            chance_of[packet] = (int)chance;
            return true;
        }
    }
    return false;
}

static uint64_t largest_matching(const struct emu_bound *bound,
                                 const struct emu_bound_stream *stream)
{
    int chance_of[PACKETS_MAX];
    uint64_t matched = 0;

    memset(chance_of, 0xff, sizeof chance_of);
    for (size_t chance = 0; chance < bound->count; chance++) {
        bool is_seen[PACKETS_MAX] = {false};

        if (!bound->chance[chance].is_lost) {
            matched += augment(bound, stream, chance, is_seen, chance_of);
        }
    }
    return matched;
}

static void greedy_is_a_largest_matching(void **state)
{
    uint64_t random = 4711;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        struct emu_bound_chance chance[CHANCES_MAX];
        struct emu_bound bound = {chance, support_random(&random) % CHANCES_MAX, 1000};
        struct emu_bound_stream stream = {.first_ns = support_random(&random) % 10,
                                          .interval_ns = 1 + support_random(&random) % 4,
                                          .packets = support_random(&random) % PACKETS_MAX,
                                          .latency_ns = support_random(&random) % 20};
        struct emu_bound_result result;
        uint64_t written_ns[PACKETS_MAX];
        uint64_t at = 0;

        if (round % 2 == 1) { /* bursts and pauses */
            for (uint64_t i = 0; i < PACKETS_MAX; i++) {
                at += support_random(&random) % 3 == 0 ? support_random(&random) % 10 : 0;
                written_ns[i] = at;
            }
            stream.written_ns = written_ns;
            at = 0;
        }
        memset(chance, 0, sizeof chance);
        for (size_t i = 0; i < bound.count; i++) {
            at += support_random(&random) % 5;
            chance[i].send_ns = at;
            chance[i].arrive_ns = at + support_random(&random) % 15;
            chance[i].is_lost = support_random(&random) % 4 == 0;
        }
        assert_int_equal(emu_bound_match(&bound, EMU_BOUND_KNOWN, &stream, &result), 0);
        assert_int_equal(result.on_time, largest_matching(&bound, &stream));
        assert_int_equal(result.packets, stream.packets);
    }
}

static void chances_follow_the_trace(void **state)
{
    struct emu_scenario *scenario = support_scenario("trace=t delay=7", "10\n20\n30\n");
    struct emu_bound bound;

    (void)state;
    /* 972 + 28 bytes: three in two chances. */
    assert_int_equal(emu_bound_init(&bound, scenario, 1, 972, 60 * MS), 0);
    assert_int_equal(bound.count, 9);
    assert_int_equal(bound.chance[0].send_ns, 10 * MS);
    assert_int_equal(bound.chance[1].send_ns, 20 * MS);
    assert_int_equal(bound.chance[2].send_ns, 20 * MS);
    assert_int_equal(bound.chance[2].arrive_ns, 27 * MS);
    assert_int_equal(bound.chance[2].learn_ns, 34 * MS);
    emu_bound_free(&bound);
    support_scenario_free(scenario);
}

static void levels_are_in_order(void **state)
{
    struct emu_scenario *scenario = support_scenario(
        "rate=4M delay=40 ge=0.05:0.2:0.8 down=3-4\nrate=2M delay=80 jitter=30 loss=0.2\n", NULL);
    struct emu_bound bound;

    (void)state;
    assert_int_equal(emu_bound_init(&bound, scenario, 1, 1316, 11 * S), 0);
    for (uint64_t rate_bps = 1000000; rate_bps < 9000000; rate_bps += 500000) {
        struct emu_bound_stream stream = emu_bound_stream_of(&bound, rate_bps, 0, 10 * S, 300 * MS);
        struct emu_bound_result result[EMU_BOUND_LEVELS];

        for (int level = 0; level < EMU_BOUND_LEVELS; level++) {
            assert_int_equal(
                emu_bound_match(&bound, (enum emu_bound_level)level, &stream, &result[level]), 0);
        }
        assert_true(result[EMU_BOUND_LOSSLESS].on_time >= result[EMU_BOUND_KNOWN].on_time);
        assert_true(result[EMU_BOUND_KNOWN].on_time >= result[EMU_BOUND_LEARNT].on_time);
        assert_int_equal(result[EMU_BOUND_KNOWN].sent, result[EMU_BOUND_KNOWN].on_time);
    }
    emu_bound_free(&bound);
    support_scenario_free(scenario);
}

/* Sends each packet on the link that would deliver it first; counts what arrives in time. */
static uint64_t push(const struct emu_scenario *scenario, uint64_t seed,
                     const struct emu_bound_stream *stream)
{
    struct emu_net *net = emu_net_create(scenario, seed);
    struct emu_arrival arrival;
    uint8_t payload[1316] = {0};
    uint64_t on_time = 0;
    uint64_t late = 0;

    emu_net_start(net, 0);
    for (uint64_t i = 0; i < stream->packets; i++) {
        uint64_t now = stream->first_ns + i * stream->interval_ns;
        uint64_t least = EMU_NEVER;
        unsigned best = 0;

        for (unsigned link = 0; link < scenario->link_count; link++) {
            uint64_t wait = emu_link_queue_ns(emu_net_link(net, link, EMU_FORWARD), now) +
                            scenario->link[link].dir[EMU_FORWARD].delay_ns;

            best = wait < least ? link : best;
            least = wait < least ? wait : least;
        }
        assert_int_not_equal(emu_net_send(net, best, EMU_FORWARD, now, payload, sizeof payload),
                             EMU_DROPPED_MEMORY);
        while (emu_net_recv(net, i + 1 < stream->packets ? now : EMU_NEVER - 1, &arrival)) {
            bool is_late = arrival.arrived_ns - arrival.sent_ns > stream->latency_ns;

            on_time += !is_late;
            late += is_late;
        }
    }
    assert_true(on_time + late > stream->packets / 4);
    emu_net_destroy(net);
    return on_time;
}

static void no_sender_beats_the_bound(void **state)
{
    struct emu_scenario *scenario =
        support_scenario("trace=t delay=30 jitter=10 ge=0.02:0.2:0.6\nrate=2M delay=50 loss=0.05\n"
                         "rate=3M delay=20 down=2-3+5-6 queue=200\n",
                         "2\n4\n4\n4\n30\n31\n77\n78\n78\n120\n");

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct emu_bound bound;

        assert_int_equal(emu_bound_init(&bound, scenario, seed, 1316, 9 * S), 0);
        for (uint64_t rate_bps = 2000000; rate_bps <= 10000000; rate_bps += 2000000) {
            struct emu_bound_stream stream =
                emu_bound_stream_of(&bound, rate_bps, 0, 8 * S, 250 * MS);
            struct emu_bound_result result;

            assert_int_equal(emu_bound_match(&bound, EMU_BOUND_KNOWN, &stream, &result), 0);
            assert_true(push(scenario, seed, &stream) <= result.on_time);
        }
        emu_bound_free(&bound);
    }
    support_scenario_free(scenario);
}

/* A link that is idle sends at once, wherever the bound cuts its time. */
static void no_sender_beats_the_bound_of_thin_links(void **state)
{
    static const char *const lines[] = {
        "rate=300k delay=10",
        "rate=300k delay=10 jitter=20",
        "rate=100k delay=40 down=2-2.05+4.013-6",
        "rate=300k delay=10 detour=1-3:40+5-7:15",
        "rate=300k delay=30\nrate=200k delay=10 jitter=5\nrate=1M delay=50",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct emu_scenario *scenario = support_scenario(lines[i], NULL);
        struct emu_bound bound;

        assert_int_equal(emu_bound_init(&bound, scenario, 1, 1316, 31 * S), 0);
        for (uint64_t latency_ms = 20; latency_ms <= 200; latency_ms += 5) {
            for (uint64_t rate_bps = 40000; rate_bps <= 320000; rate_bps += 40000) {
                struct emu_bound_stream stream =
                    emu_bound_stream_of(&bound, rate_bps, 1234567, 30 * S, latency_ms * MS);
                struct emu_bound_result result;

                assert_int_equal(emu_bound_match(&bound, EMU_BOUND_KNOWN, &stream, &result), 0);
                assert_true(push(scenario, 1, &stream) <= result.on_time);
            }
        }
        emu_bound_free(&bound);
        support_scenario_free(scenario);
    }
}

static uint64_t missed(const char *line, enum emu_bound_level level, uint64_t rate_bps,
                       uint64_t latency_ns)
{
    struct emu_scenario *scenario = support_scenario(line, NULL);
    struct emu_bound bound;
    struct emu_bound_stream stream;
    struct emu_bound_result result;

    assert_int_equal(emu_bound_init(&bound, scenario, 1, 1316, 31 * S), 0);
    stream = emu_bound_stream_of(&bound, rate_bps, 0, 30 * S, latency_ns);
    assert_int_equal(emu_bound_match(&bound, level, &stream, &result), 0);
    emu_bound_free(&bound);
    support_scenario_free(scenario);
    return result.packets - result.on_time;
}

/* 1344 bytes at 300 kbit/s take 35.84 ms. */
static void nothing_is_faster_than_its_link(void **state)
{
    const char *const line = "rate=300k delay=10";
    const uint64_t packets = 143;

    (void)state;
    assert_int_equal(missed(line, EMU_BOUND_KNOWN, 50000, 46 * MS), 0);
    assert_int_equal(missed(line, EMU_BOUND_KNOWN, 50000, 45 * MS), packets);
    assert_int_equal(missed(line, EMU_BOUND_KNOWN, 280000, 1 * S), 0);
    /* Backlogged, one packet may be gained by the first slot, but no more. */
    assert_in_range(missed(line, EMU_BOUND_KNOWN, 600000, 50 * MS), 1709 - 838, 1709 - 836);
}

/* All ways back are down for half a second; latency leaves enough to learn of it then. */
static void losses_are_learnt_when_a_way_back_returns(void **state)
{
    (void)state;
    assert_int_equal(
        missed("rate=5M delay=20 loss=0.2 rdown=10-10.5", EMU_BOUND_LEARNT, 1000000, 1 * S), 0);
    assert_true(
        missed("rate=5M delay=20 loss=0.2 rdown=10-10.5", EMU_BOUND_LEARNT, 1000000, 300 * MS) > 0);
}

static void adaptive_rate_follows_the_capacity(void **state)
{
    struct emu_scenario *scenario = support_scenario("rate=5M delay=20 down=10-15", NULL);
    struct emu_bound bound;
    uint64_t rate_bps[4];
    /* Of the link's 1344 bytes a packet, 1316 are payload. */
    const uint64_t full_bps = 5000000ULL * 1316 / 1344;

    (void)state;
    assert_int_equal(emu_bound_init(&bound, scenario, 1, 1316, 21 * S), 0);
    assert_int_equal(emu_bound_adapt(&bound, 500 * MS, 0.999, 5 * S, 4, rate_bps), 0);
    assert_in_range(rate_bps[0], full_bps * 99 / 100, full_bps * 101 / 100);
    /* The outage begins before the last of this window's own chances. */
    assert_in_range(rate_bps[1], full_bps * 94 / 100, full_bps * 99 / 100);
    assert_int_equal(rate_bps[2], 0);
    assert_in_range(rate_bps[3], full_bps * 99 / 100, full_bps * 101 / 100);
    emu_bound_free(&bound);
    support_scenario_free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greedy_is_a_largest_matching),
        cmocka_unit_test(chances_follow_the_trace),
        cmocka_unit_test(levels_are_in_order),
        cmocka_unit_test(no_sender_beats_the_bound),
        cmocka_unit_test(no_sender_beats_the_bound_of_thin_links),
        cmocka_unit_test(nothing_is_faster_than_its_link),
        cmocka_unit_test(losses_are_learnt_when_a_way_back_returns),
        cmocka_unit_test(adaptive_rate_follows_the_capacity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
