/* SPDX-License-Identifier: BSD-2-Clause */
/* What the emulator's tests share: cmocka, a seeded random number, a link from a scenario line. */
#ifndef TESTS_EMU_SUPPORT_H
#define TESTS_EMU_SUPPORT_H

#include "emu/emu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS EMU_NS_PER_MS
#define S  EMU_NS_PER_S

/* xorshift64 (Marsaglia, 2003); the state is never 0. */
static inline uint64_t support_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Parses scenario text that must be right; `trace` (or NULL) becomes the trace "t". */
static inline struct emu_scenario *support_scenario(const char *text, const char *trace)
{
    struct emu_scenario *scenario = calloc(1, sizeof *scenario);
    char error[EMU_ERROR_MAX] = "";

    assert_non_null(scenario);
    if (emu_scenario_parse(scenario, text, strlen(text), error) != 0) {
        fail_msg("%s", error);
    }
    if (trace != NULL && emu_scenario_attach(scenario, "t", trace, strlen(trace), error) != 0) {
        fail_msg("%s", error);
    }
    assert_null(emu_scenario_missing(scenario));
    return scenario;
}

static inline void support_scenario_free(struct emu_scenario *scenario)
{
    emu_scenario_free(scenario);
    free(scenario);
}

/* The forward direction of the scenario's first link, started at 0. */
static inline struct emu_link *support_link(const struct emu_scenario *scenario, uint64_t seed)
{
    struct emu_link *link =
        emu_link_create(&scenario->link[0].dir[EMU_FORWARD], seed, 0, EMU_FORWARD);

    assert_non_null(link);
    emu_link_start(link, 0);
    return link;
}

#endif
