/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "cli/check.h"
#include "cli/credentials.h"
#include "cli/service.h"
#include "run/bond_links.h"
#include "run/bond_names.h"
#include "run/clock.h"

#define REACH_SESSION_NS (5 * CLOCK_S) /* for the first answer */
#define REACH_PATHS_NS   (2 * CLOCK_S) /* for the other links after it */
#define REACH_TWO_NS     (8 * CLOCK_S) /* for all, where a link may try a second address */

struct reach {
    bool is_up;
    uint32_t paths_up;
    uint64_t up_at;
};

static void reach_on_event(void *ctx, uint32_t session, const struct plait_event *event)
{
    struct reach *reach = ctx;
    (void)session;
    reach->is_up |= event->kind == PLAIT_EVENT_SESSION_UP;
    reach->paths_up += event->kind == PLAIT_EVENT_PATH_UP;
}

/* As long as libc does, as check_links() and check_host() have; a start is over sooner. */
static void reach_names(struct plait_run *run)
{
    if (!bond_names_unknown(run, 0))
        return;
    do
        loop_step(&run->loop, PLAIT_NEVER);
    while (run->names.lookup.loop);
}

static void reach_wait(struct plait_run *run, struct reach *reach)
{
    uint64_t now = clock_now_ns();
    const uint64_t least = run->trial.at != PLAIT_NEVER ? now + REACH_TWO_NS : now;
    uint64_t until = now + REACH_SESSION_NS > least ? now + REACH_SESSION_NS : least;
    while (now < until && !(reach->is_up && reach->paths_up == bond_links_count(run))) {
        bool was_up = reach->is_up;
        loop_step(&run->loop, until - now);
        now = clock_now_ns();
        if (reach->is_up && !was_up)
            until = now + REACH_PATHS_NS > least ? now + REACH_PATHS_NS : least;
    }
}

static void reach_tell(struct check *check, const struct plait_run *run, bool is_up)
{
    struct plait_stats stats;
    if (!is_up || plait_run_stats(run, 0, &stats) != PLAIT_OK) {
        check_say(check, CHECK_BAD,
                  "is plait recv running there, with the same secret (or this key in --allow), and "
                  "is its UDP port open in every firewall?",
                  "the receiver does not answer over any link");
        return;
    }
    for (uint32_t i = 0; i < run->link_count; i++) {
        const char *name = run->links[i].spec.name;
        bool answers = false;
        if (!run->links[i].loop) /* check_links() and check_host() have said so */
            continue;
        for (uint32_t k = 0; k < stats.paths && !answers; k++) {
            answers = stats.path[k].link == i && stats.path[k].state == PLAIT_PATH_ACTIVE;
            if (answers)
                check_say(check, CHECK_GOOD, NULL, "%s reaches the receiver, round trip %.1f ms",
                          name, (double)stats.path[k].rtt_ns / 1e6);
        }
        if (!answers)
            check_say(check, CHECK_BAD,
                      "look at its default route, its data plan and whether it blocks UDP",
                      "%s does not reach the receiver", name);
    }
}

void check_reach(struct check *check, const struct options *options)
{
    struct plait_run_config config = {0};
    struct credentials credentials;
    struct run_error why;
    struct plait_run *run = NULL;
    struct reach reach = {0};
    printf("\nthe receiver%s%s\n", options->to ? " " : "", options->to ? options->to : "");
    if (!options->to) {
        check_say(check, CHECK_BAD, "give --to HOST:PORT, or a file with [send]",
                  "no receiver to try");
        return;
    }
    int err = check_credentials_read(options, PLAIT_SENDER, &credentials, &why);
    if (err == PLAIT_OK) {
        service_endpoint_config(options, PLAIT_SENDER, &credentials, &config.endpoint);
        config.address = options->to;
        config.links = options->links.items;
        config.link_count = options->links.count;
        memcpy(config.peer_key, credentials.peer[0], PLAIT_KEY_BYTES);
        config.psk = credentials.has_psk ? credentials.psk : NULL;
        config.hooks.ctx = &reach;
        config.hooks.on_event = reach_on_event;
        err = plait_run_create(&config, &run, why.text);
    }
    explicit_bzero(&config.endpoint, sizeof config.endpoint);
    explicit_bzero(&credentials, sizeof credentials);
    if (err != PLAIT_OK) {
        check_say(check, CHECK_BAD, NULL, "%s", why.text);
        return;
    }
    reach_names(run);
    if (bond_links_count(run) > 0) { /* else check_host has said so */
        reach_wait(run, &reach);
        reach_tell(check, run, reach.is_up);
    }
    bond_goodbye(run);
    plait_run_destroy(run);
}
