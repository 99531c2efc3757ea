/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/reload.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/config.h"
#include "run/bond_links.h"
#include "run/reread.h"
#include "run/secret.h"

#define RELOAD_SESSIONS 64 /* plait_config.max_sessions is at most this */

static bool reload_may_change(const struct options *options, const char *name)
{
    return !option_was_given(options, options_find(name, ~0U));
}

int reload_links(struct service *service, const struct options *fresh, uint64_t now,
                 struct run_error *error)
{
    struct run_error why;
    if (!service->options->config || !reload_may_change(service->options, "link"))
        return PLAIT_OK;
    int err = bond_links_set(service->run, now, fresh->links.items, fresh->links.count, &why);
    return err == PLAIT_OK ? err : run_fail(error, err, "link = %.280s", why.text);
}

/* Of the sessions that are there and of those to come. */
static void reload_latency(struct service *service, const struct options *fresh, uint64_t now)
{
    uint64_t latency_ns = service_latency_ns(fresh, service->run->role);
    if (fresh->latency_ms == service->options->latency_ms)
        return;
    (void)plait_endpoint_latency_set(service->run->node.endpoint, latency_ns);
    for (uint32_t session = 0; session < RELOAD_SESSIONS; session++)
        (void)plait_session_latency_set(service->run->node.endpoint, now, session, latency_ns);
    node_drain(&service->run->node, now);
}

static bool reload_differs(const struct option *row, const void *a, const void *b)
{
    switch (row->kind) {
    case OPTION_FLAG:
        return *(const bool *)a != *(const bool *)b;
    case OPTION_TEXT: {
        const char *one = *(const char *const *)a, *two = *(const char *const *)b;
        return one && two ? strcmp(one, two) != 0 : one != two;
    }
    case OPTION_NUMBER:
    case OPTION_RATE:
        return *(const uint64_t *)a != *(const uint64_t *)b;
    case OPTION_CHOICE:
        return *(const int *)a != *(const int *)b;
    default: /* secrets are not kept, lists are taken */
        return false;
    }
}

/* Who changes the receiver's address and sends SIGHUP must not believe that it was taken. */
static void reload_tell_untaken(struct service *service, const struct options *fresh,
                                enum option_command command, uint64_t now)
{
    const struct options *running = service->options;
    char names[256] = "";
    for (size_t i = 0; i < options_count; i++) {
        const struct option *row = &options_table[i];
        size_t len = strlen(names);
        if ((row->commands & command) != 0 && !option_was_given(running, row) &&
            row->offset != offsetof(struct options, config) &&
            reload_differs(row, (const char *)running + row->offset,
                           (const char *)fresh + row->offset))
            (void)snprintf(names + len, sizeof names - len, "%s%s", len > 0 ? ", " : "", row->name);
    }
    if (names[0] != '\0')
        log_line(&service->log, now,
                 "event=reload_warning text=\"%s: changed in the file, and taken at the next start "
                 "only\"",
                 names);
}

/* *merged is what runs, with what may change from the file, whose strings *fresh keeps. */
static int reload_read(const struct service *service, enum option_command command,
                       struct options *fresh, struct options *merged, struct run_error *error)
{
    const struct options *running = service->options;
    *merged = *running;
    if (!running->config)
        return PLAIT_OK;
    if (reread_is_pipe(running->config))
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--config '%.200s' is a pipe, which is read once; give a file",
                        running->config);
    int err = config_read(fresh, command, service->command, running->config, error);
    if (err != PLAIT_OK)
        return err;
    if (reload_may_change(running, "link"))
        merged->links = fresh->links;
    if (reload_may_change(running, "allow"))
        merged->allow = fresh->allow;
    if (reload_may_change(running, "peer"))
        merged->peer = fresh->peer;
    if (reload_may_change(running, "latency"))
        merged->latency_ms = fresh->latency_ms;
    return PLAIT_OK;
}

/* The strings of the first reading stay where they are: main() frees them. */
static void reload_keep(struct service *service, struct options *fresh,
                        const struct options *merged)
{
    config_free(&service->reloaded);
    service->reloaded = *merged;
    service->reloaded.config_store = fresh->config_store;
    service->options = &service->reloaded;
}

void reload(struct service *service, uint64_t now)
{
    enum option_command command = service->run->role == PLAIT_SENDER ? FOR_SEND : FOR_RECV;
    struct run_error error;
    struct options fresh = {0}, merged;
    int err = reload_read(service, command, &fresh, &merged, &error);
    if (err == PLAIT_OK)
        err = service->on_reload(service->ctx, &merged, now, &error);
    if (err != PLAIT_OK) {
        log_line(&service->log, now, "event=reload_failed reason=\"%s\"", error.text);
        config_free(&fresh);
    } else if (service->options->config) {
        if (config_warning(&fresh)[0] != '\0')
            log_line(&service->log, now, "event=reload_warning text=\"%s\"",
                     config_warning(&fresh));
        reload_latency(service, &merged, now);
        /* What was taken is the same in both from here on. */
        reload_keep(service, &fresh, &merged);
        fresh.peer = merged.peer;
        fresh.latency_ms = merged.latency_ms;
        reload_tell_untaken(service, &fresh, command, now);
    }
    explicit_bzero(&merged, sizeof merged);
    explicit_bzero(&fresh, sizeof fresh);
    secret_wipe_stack();
}
