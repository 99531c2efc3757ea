/* SPDX-License-Identifier: BSD-2-Clause */
/* The model of a TCP flow behaves as RFC 9438 says, fills a link alone, and shares it with its
 * like.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/emu.h"
#include "plait/plait.h"
#include "sim/cubic.h"

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define FLOWS  2

struct flow {
    struct cubic sender;
    struct cubic_receiver receiver;
};

struct packet {
    uint64_t flow, segment, cumulative;
};

static void transmit(struct flow *flows, unsigned count, struct emu_net *net, uint64_t now)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t data[1472] = {0};
        struct packet packet = {.flow = i};
        if (flows[i].sender.timeout_ns <= now) {
            cubic_on_timeout(&flows[i].sender, now);
        }
        while (cubic_take(&flows[i].sender, now, &packet.segment)) {
            memcpy(data, &packet, sizeof packet);
            emu_net_send(net, 0, EMU_FORWARD, now, data, sizeof data);
        }
    }
}

/* Runs flows, the second five seconds after the first, over a link for a minute. */
static void run(const char *link, unsigned count, struct flow *flows, uint64_t *received)
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    char error[EMU_ERROR_MAX];
    uint64_t now = 0;
    assert_non_null(scenario);
    assert_int_equal(emu_scenario_parse(scenario, link, strlen(link), error), 0);
    struct emu_net *net = emu_net_create(scenario, 1);
    assert_non_null(net);
    emu_net_start(net, 0);
    for (unsigned i = 0; i < count; i++) {
        memset(&flows[i], 0, sizeof flows[i]);
        cubic_init(&flows[i].sender);
    }
    while (now < 60 * SECOND) {
        struct emu_arrival arrival;
        unsigned started = now < 5 * SECOND ? 1 : count;
        uint64_t next = emu_net_next_ns(net);
        transmit(flows, started, net, now);
        next = emu_net_next_ns(net);
        for (unsigned i = 0; i < started; i++) {
            uint64_t timeout = flows[i].sender.timeout_ns;
            next = timeout < next ? timeout : next;
        }
        now = next;
        while (emu_net_recv(net, now, &arrival)) {
            struct packet packet;
            memcpy(&packet, arrival.data, sizeof packet);
            struct flow *flow = &flows[packet.flow];
            if (arrival.dir == EMU_FORWARD) {
                packet.cumulative = cubic_receive(&flow->receiver, packet.segment);
                emu_net_send(net, 0, EMU_REVERSE, now, &packet, sizeof packet);
            } else {
                cubic_on_ack(&flow->sender, now, packet.segment, packet.cumulative);
            }
        }
    }
    for (unsigned i = 0; i < count; i++) {
        received[i] = flows[i].receiver.next * 1500 * 8 / 60;
    }
    emu_net_destroy(net);
    emu_scenario_free(scenario);
    free(scenario);
}

static void alone_it_fills_a_link(void **state)
{
    (void)state;
    static const char *const links[] = {
        "rate=6 delay=30 queue=60\n",
        "rate=6 delay=30 queue=240\n",
        "rate=6 delay=30 queue=1000\n",
        "rate=2 delay=10 queue=100\n",
    };
    struct flow *flow = calloc(1, sizeof *flow);
    assert_non_null(flow);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        uint64_t received_bps;
        run(links[i], 1, flow, &received_bps);
        uint64_t rate_bps = i == 3 ? 2000000 : 6000000;
        print_message("# %llu of %llu bit/s, %llu reductions, %llu timeouts\n",
                      (unsigned long long)received_bps, (unsigned long long)rate_bps,
                      (unsigned long long)flow->sender.reductions,
                      (unsigned long long)flow->sender.timeouts);
        assert_in_range(received_bps, rate_bps * 92 / 100, rate_bps);
    }
    free(flow);
}

static void two_share_a_link(void **state)
{
    (void)state;
    struct flow *flows = calloc(FLOWS, sizeof *flows);
    uint64_t received_bps[FLOWS];
    assert_non_null(flows);
    run("rate=6 delay=30 jitter=2 queue=120\n", FLOWS, flows, received_bps);
    print_message("# %llu and %llu bit/s\n", (unsigned long long)received_bps[0],
                  (unsigned long long)received_bps[1]);
    assert_in_range(received_bps[0] + received_bps[1], 5500000, 6000000);
    assert_in_range(received_bps[0], 1800000, 4200000);
    free(flows);
}

/* A path on which everything takes 50 ms each way and nothing queues; `drop` is lost once. */
static double window_after(struct cubic *cubic, uint64_t drop, uint64_t until_ns,
                           double *before_drop)
{
    struct cubic_receiver *receiver = calloc(1, sizeof *receiver);
    uint64_t sent[4096];
    bool dropped = false;
    assert_non_null(receiver);
    for (uint64_t now = SECOND; now < until_ns; now += 100 * MS) {
        uint64_t count = 0;
        while (count < 4096 && cubic_take(cubic, now, &sent[count])) {
            count++;
        }
        for (uint64_t i = 0; i < count; i++) {
            if (sent[i] == drop && !dropped) {
                dropped = true;
                *before_drop = cubic->cwnd;
                continue;
            }
            cubic_on_ack(cubic, now + 100 * MS, sent[i], cubic_receive(receiver, sent[i]));
        }
    }
    free(receiver);
    return cubic->cwnd;
}

static void it_falls_to_seven_tenths_and_comes_back_on_the_curve(void **state)
{
    (void)state;
    struct cubic *cubic = calloc(1, sizeof *cubic);
    double before;
    assert_non_null(cubic);
    cubic_init(cubic);
    cubic->ssthresh = 400; /* leave slow start there */
    double after = window_after(cubic, 2000, SECOND + 1000 * MS, &before);
    assert_int_equal(cubic->reductions, 1);
    assert_int_equal(cubic->timeouts, 0);
    assert_true(before >= 400 && before < 500);
    assert_true(after > before * 0.69 && after < before * 0.80);
    free(cubic);

    /* K = cbrt(0.3 * before / 0.4), RFC 9438, 4.2: 7 s for 430 segments. */
    cubic = calloc(1, sizeof *cubic);
    assert_non_null(cubic);
    cubic_init(cubic);
    cubic->ssthresh = 400;
    after = window_after(cubic, 2000, SECOND + 7500 * MS, &before);
    assert_true(after > before * 0.97 && after < before * 1.05);
    free(cubic);
}

static void silence_is_a_timeout(void **state)
{
    (void)state;
    struct cubic *cubic = calloc(1, sizeof *cubic);
    uint64_t segment;
    unsigned sent = 0;
    assert_non_null(cubic);
    cubic_init(cubic);
    while (cubic_take(cubic, SECOND, &segment)) {
        sent++;
    }
    assert_int_equal(sent, 10);
    assert_true(cubic->timeout_ns == 2 * SECOND);
    cubic_on_timeout(cubic, 2 * SECOND);
    assert_true(cubic_take(cubic, 2 * SECOND, &segment));
    assert_int_equal(segment, 0);
    assert_false(cubic_take(cubic, 2 * SECOND, &segment));
    assert_true(cubic->timeout_ns == 4 * SECOND); /* doubled */
    cubic_on_ack(cubic, 3 * SECOND, 0, 1);
    assert_true(cubic_take(cubic, 3 * SECOND, &segment));
    assert_int_equal(segment, 1);
    free(cubic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_it_fills_a_link),
        cmocka_unit_test(two_share_a_link),
        cmocka_unit_test(it_falls_to_seven_tenths_and_comes_back_on_the_curve),
        cmocka_unit_test(silence_is_a_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
