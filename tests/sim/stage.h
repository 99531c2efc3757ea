/* SPDX-License-Identifier: BSD-2-Clause */
/* A world over some links, with all it needs: fill in the configuration, then run the world. */
#ifndef PLAIT_TESTS_SIM_STAGE_H
#define PLAIT_TESTS_SIM_STAGE_H

#include "tests/support.h"

#include "sim/world.h"

struct stage {
    struct emu_scenario scenario;
    struct sim_config config;
    struct world world;
};

/* Seed 1 and the defaults; the caller's, for stage_free(). */
static inline struct stage *stage_over(const char *links)
{
    struct stage *stage = calloc(1, sizeof *stage);
    char error[EMU_ERROR_MAX];

    assert_non_null(stage);
    assert_int_equal(emu_scenario_parse(&stage->scenario, links, strlen(links), error), 0);
    world_defaults(&stage->config, &stage->scenario, 1);
    return stage;
}

static inline void stage_free(struct stage *stage)
{
    world_free(&stage->world);
    emu_scenario_free(&stage->scenario);
    free(stage);
}

#endif
