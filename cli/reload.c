/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/reload.h"

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

static int reload_links(struct service *service, const struct options *fresh, uint64_t now,
                        struct run_error *error)
{
    struct run_error why;
    if (service->run->role != PLAIT_SENDER || !reload_may_change(service->options, "link"))
        return PLAIT_OK;
    int err = bond_links_set(service->run, now, fresh->links.items, fresh->links.count, &why);
    return err == PLAIT_OK ? err : run_fail(error, err, "link = %.280s", why.text);
}

/* Of the sessions that are there and of those to come. */
static void reload_latency(struct service *service, const struct options *fresh, uint64_t now)
{
    uint64_t latency_ns = service_latency_ns(fresh, service->run->role);
    if (!reload_may_change(service->options, "latency") ||
        fresh->latency_ms == service->options->latency_ms)
        return;
    (void)plait_endpoint_latency_set(service->run->node.endpoint, latency_ns);
    for (uint32_t session = 0; session < RELOAD_SESSIONS; session++)
        (void)plait_session_latency_set(service->run->node.endpoint, now, session, latency_ns);
    node_drain(&service->run->node, now);
}

void reload_config(struct service *service, enum option_command command, uint64_t now)
{
    struct run_error error;
    struct options fresh = {0};
    const struct options *running = service->options;
    int err = PLAIT_OK;
    if (reread_is_pipe(running->config))
        err = run_fail(&error, PLAIT_ERR_INVALID,
                       "--config '%.200s' is a pipe, which is read once; give a file",
                       running->config);
    if (err == PLAIT_OK)
        err = config_read(&fresh, command, service->command, running->config, &error);
    if (err == PLAIT_OK)
        err = reload_links(service, &fresh, now, &error);
    if (err != PLAIT_OK) {
        config_free(&fresh);
        explicit_bzero(&fresh, sizeof fresh);
        secret_wipe_stack();
        log_line(&service->log, now, "event=reload_failed reason=\"%s\"", error.text);
        return;
    }
    if (config_warning(&fresh)[0] != '\0')
        log_line(&service->log, now, "event=reload_warning text=\"%s\"", config_warning(&fresh));
    reload_latency(service, &fresh, now);
    struct options merged = *running;
    if (reload_may_change(running, "link"))
        merged.links = fresh.links;
    if (reload_may_change(running, "allow"))
        merged.allow = fresh.allow;
    if (reload_may_change(running, "peer"))
        merged.peer = fresh.peer;
    if (reload_may_change(running, "latency"))
        merged.latency_ms = fresh.latency_ms;
    /* The strings of the first reading stay where they are: main() frees them. */
    config_free(&service->reloaded);
    service->reloaded = merged;
    service->reloaded.config_store = fresh.config_store;
    service->options = &service->reloaded;
    log_line(&service->log, now, "event=reloaded links=%u allow=%u", merged.links.count,
             merged.allow.count);
    explicit_bzero(&merged, sizeof merged);
    explicit_bzero(&fresh, sizeof fresh);
    secret_wipe_stack();
}
