/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a scenario: it is refused with one printable line, or all its links run within their
 * limits. What follows the first zero byte is the trace that every trace= names.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "emu/emu.h"

#define DATAGRAMS 200U

static void require_one_line(const char *error)
{
    size_t len = strlen(error);

    fuzz_require(len > 0 && len < EMU_ERROR_MAX);
    for (size_t i = 0; i < len; i++) {
        fuzz_require(error[i] >= ' ' && error[i] <= '~');
    }
}

static void run(const struct emu_scenario *scenario, uint64_t seed)
{
    struct emu_net *net = emu_net_create(scenario, seed);
    uint8_t payload[EMU_DATAGRAM_MAX] = {0};
    struct emu_arrival arrival;
    uint64_t last_ns = 0;
    uint64_t arrived = 0;
    uint64_t now = 0;

    if (net == NULL) {
        return;
    }
    for (unsigned i = 0; i < DATAGRAMS; i++) {
        now += seed % 50 * EMU_NS_PER_MS;
        emu_net_send(net, i % scenario->link_count, i % 3 == 0 ? EMU_REVERSE : EMU_FORWARD, now,
                     payload, i * 37 % EMU_DATAGRAM_MAX);
        emu_net_epoch(net, 0, now);
        while (emu_net_recv(net, now, &arrival)) {
            fuzz_require(arrival.arrived_ns >= last_ns && arrival.arrived_ns >= arrival.sent_ns);
            last_ns = arrival.arrived_ns;
            arrived++;
        }
    }
    while (emu_net_recv(net, EMU_NEVER - 1, &arrival)) {
        arrived++;
    }
    fuzz_require(emu_net_next_ns(net) == EMU_NEVER && arrived <= 2 * DATAGRAMS);
    emu_net_destroy(net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct emu_scenario scenario;
    const uint8_t *zero = size == 0 ? NULL : memchr(data, 0, size);
    size_t len = zero == NULL ? size : (size_t)(zero - data);
    const char *trace = zero == NULL ? "5\n20\n" : (const char *)zero + 1;
    size_t trace_len = zero == NULL ? 5 : size - len - 1;
    char error[EMU_ERROR_MAX] = "";
    const char *path;

    if (emu_scenario_parse(&scenario, (const char *)data, len, error) != 0) {
        require_one_line(error);
        fuzz_require(scenario.link_count == 0);
        return 0;
    }
    while ((path = emu_scenario_missing(&scenario)) != NULL) {
        if (emu_scenario_attach(&scenario, path, trace, trace_len, error) != 0) {
            require_one_line(error);
            emu_scenario_free(&scenario);
            return 0;
        }
    }
    run(&scenario, size);
    emu_scenario_free(&scenario);
    return 0;
}
