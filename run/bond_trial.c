/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/bond_trial.h"

#include "run/bond_links.h"
#include "run/bond_ways.h"
#include "run/clock.h"

/* A handshake gets its answer, or the answer its retry, within this over the slowest link. */
#define TRIAL_NS (5 * CLOCK_S)
/* A link that has carried is probed in place for so long: a tunnel is no reason to forget it. */
#define TRIAL_CARRIED_NS (30 * CLOCK_S)
#define TRIAL_LOOK_NS    CLOCK_S

static bool trial_has_two(const struct plait_run *run, const struct link *link)
{
    return link->loop != NULL && bond_ways_receiver(run, &link->spec)->of[1].family != 0;
}

static enum plait_path_state trial_state(const struct plait_stats *stats, uint32_t path)
{
    for (uint32_t i = 0; i < stats->paths; i++) {
        if (stats->path[i].path == path)
            return stats->path[i].state;
    }
    return PLAIT_PATH_NONE;
}

static void trial_look(struct plait_run *run, uint64_t now, const struct plait_stats *stats,
                       uint32_t slot)
{
    struct link *link = &run->links[slot];
    const enum plait_path_state state = trial_state(stats, link->path);
    if (state == PLAIT_PATH_ACTIVE || state == PLAIT_PATH_SUSPECT) {
        link->trial.since = now;
        link->trial.turns = 0;
    }
    if (now - link->trial.since < (state == PLAIT_PATH_DOWN ? TRIAL_CARRIED_NS : TRIAL_NS))
        return;
    link->trial.since = now;
    bond_links_turn(run, now, slot);
}

static void trial_on_due(void *ctx, uint64_t now)
{
    struct plait_run *run = ctx;
    struct plait_stats stats = {.paths = 0};
    run->trial.at = PLAIT_NEVER;
    if (run->closing)
        return;
    if (run->session_open)
        (void)plait_stats_get(run->node.endpoint, now, run->session, &stats);
    for (uint32_t i = 0; i < run->link_count; i++) {
        if (trial_has_two(run, &run->links[i]))
            trial_look(run, now, &stats, i);
    }
    bond_trial_arm(run, now);
}

int bond_trial_open(struct plait_run *run, struct run_error *error)
{
    run->trial.at = PLAIT_NEVER;
    run->trial.ctx = run;
    run->trial.on_due = trial_on_due;
    if (loop_timer_add(&run->loop, &run->trial) != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_NO_MEMORY, "too many timers");
    return PLAIT_OK;
}

void bond_trial_arm(struct plait_run *run, uint64_t now)
{
    bool is_due = false;
    for (uint32_t i = 0; i < run->link_count; i++)
        is_due |= trial_has_two(run, &run->links[i]);
    if (!is_due)
        run->trial.at = PLAIT_NEVER;
    else if (run->trial.at == PLAIT_NEVER)
        run->trial.at = now + TRIAL_LOOK_NS;
}

void bond_trial_close(struct plait_run *run)
{
    loop_timer_remove(&run->loop, &run->trial);
}
