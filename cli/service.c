/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/service.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/keylog.h"
#include "cli/reload.h"
#include "http/json.h"
#include "run/addr.h"
#include "run/bond_links.h"
#include "run/bond_names.h"
#include "run/bond_ways.h"
#include "run/clock.h"
#include "run/sandbox.h"
#include "run/secret.h"

#define SERVICE_SESSIONS 64 /* plait_config.max_sessions is at most this */
#define SERVICE_ANSWER_S 5  /* a sender without a session for so long is told of */
#define SERVICE_DOOR_S   60 /* that senders are turned away is told again after this */

/* The larger wish of both sides holds; a receiver that was given none leaves it to the sender,
 * whose own default is a second. */
uint64_t service_latency_ns(const struct options *options, enum plait_role role)
{
    if (options->latency_ms > 0)
        return options->latency_ms * CLOCK_MS;
    return role == PLAIT_RECEIVER ? PLAIT_LATENCY_MIN_NS : PLAIT_LATENCY_DEFAULT_NS;
}

void service_endpoint_config(const struct options *options, enum plait_role role,
                             const struct credentials *credentials, struct plait_config *out)
{
    memset(out, 0, sizeof *out);
    out->role = role;
    memcpy(out->secret_key, credentials->secret_key, PLAIT_KEY_BYTES);
    out->latency_ns = service_latency_ns(options, role);
    out->mode = (enum plait_mode)options->mode;
    out->scheduler = (enum plait_scheduler)options->scheduler;
    out->controller = (enum plait_controller)options->controller;
    out->fec_off = options->no_fec;
    out->reinject_off = options->no_reinject;
    out->hints_off = options->no_hints;
    out->max_udp = (uint16_t)options->max_udp;
    out->max_peers = OPTIONS_MAX_LIST + 1;
    /* One for each sender and one more, because a sender that starts anew comes before its old
     * session ends. One that nobody uses costs 0.1 MB (95 MB of addresses that are not touched). */
    if (role == PLAIT_RECEIVER)
        out->max_sessions =
            credentials->peers < SERVICE_SESSIONS ? credentials->peers + 1 : SERVICE_SESSIONS;
    out->store_packets = NODE_STORE_PACKETS;
}

static void service_on_trace(void *ctx, const struct plait_trace *record)
{
    struct service *service = ctx;
    if (service->view) /* not yet while the endpoint starts */
        operator_decision(service->view, record);
}

void service_trace(struct service *service, struct plait_config *config)
{
    if (!service->options->trace)
        return;
    config->trace = service_on_trace;
    config->trace_ctx = service;
}

void service_init(struct service *service, const char *command, const struct options *options)
{
    memset(service, 0, sizeof *service);
    service->command = command;
    service->options = options;
    signals_end_at_once();
    service->notify.fd = -1;
    service->stats.fd = -1;
    service->keylog_fd = -1;
}

/* The link that carries a path; UINT32_MAX when there is none or it is the peer's. */
static uint32_t service_link(const struct service *service, uint32_t path)
{
    const struct plait_run *run = service->run;
    for (uint32_t i = 0; run && run->role == PLAIT_SENDER && i < run->link_count; i++) {
        if (run->links[i].path == path)
            return i;
    }
    return UINT32_MAX;
}

/* Which link of a sender it is; at a receiver, where it comes from, which is no longer known of a
 * path that is gone. */
static void service_log_path(struct service *service, uint64_t now, uint32_t session,
                             const struct plait_event *event)
{
    const char *name = log_event_name(event->kind), *from = "-";
    uint32_t link = service_link(service, event->path);
    struct plait_stats stats;
    char text[ADDR_TEXT];
    if (link != UINT32_MAX) {
        log_line(&service->log, now, "event=%s session=%u path=%u link=%s", name, session,
                 event->path, service->run->links[link].spec.name);
        return;
    }
    if (event->kind == PLAIT_EVENT_PATH_REMOVED) {
        log_line(&service->log, now, "event=%s session=%u path=%u", name, session, event->path);
        return;
    }
    if (service->run &&
        plait_stats_get(service->run->node.endpoint, now, session, &stats) == PLAIT_OK) {
        for (uint32_t i = 0; i < stats.paths; i++) {
            if (stats.path[i].path == event->path)
                from = addr_text(&stats.path[i].remote, text);
        }
    }
    log_line(&service->log, now, "event=%s session=%u path=%u from=%s", name, session, event->path,
             from);
}

static void service_log_event(struct service *service, uint64_t now, uint32_t session,
                              const struct plait_event *event)
{
    const char *name = log_event_name(event->kind);
    switch (event->kind) {
    case PLAIT_EVENT_SESSION_UP:
    case PLAIT_EVENT_LATENCY:
        log_line(&service->log, now, "event=%s session=%u latency_ms=%llu", name, session,
                 (unsigned long long)(event->value / CLOCK_MS));
        return;
    case PLAIT_EVENT_SESSION_CLOSED:
        log_line(&service->log, now, "event=%s session=%u reason=\"%s\"", name, session,
                 log_close_text((enum plait_close)event->value));
        return;
    case PLAIT_EVENT_ADVICE: /* no news, see log_is_news() */
        return;
    case PLAIT_EVENT_OVERLOAD:
        log_line(&service->log, now, "event=%s session=%u dropped_packets=%llu", name, session,
                 (unsigned long long)event->value);
        return;
    case PLAIT_EVENT_REKEYED:
        log_line(&service->log, now, "event=%s session=%u generation=%llu", name, session,
                 (unsigned long long)event->value);
        return;
    case PLAIT_EVENT_PATH_UP:
    case PLAIT_EVENT_PATH_SUSPECT:
    case PLAIT_EVENT_PATH_DOWN:
    case PLAIT_EVENT_PATH_REMOVED:
    case PLAIT_EVENT_PATH_MOVED:
        service_log_path(service, now, session, event);
        return;
    }
}

static bool service_has_path(const struct service *service, uint64_t now, uint32_t session)
{
    struct plait_stats stats;
    if (plait_stats_get(service->run->node.endpoint, now, session, &stats) != PLAIT_OK)
        return false;
    for (uint32_t i = 0; i < stats.paths; i++) {
        if (stats.path[i].state == PLAIT_PATH_ACTIVE || stats.path[i].state == PLAIT_PATH_SUSPECT)
            return true;
    }
    return false;
}

/* A receiver that was killed or lets this sender in no more says no goodbye: its paths go down. */
static void service_mark_silence(struct service *service, uint64_t now, uint32_t session,
                                 enum plait_event_kind kind)
{
    if (kind == PLAIT_EVENT_SESSION_UP || kind == PLAIT_EVENT_PATH_UP)
        service->unanswered_at = 0;
    if (kind == PLAIT_EVENT_SESSION_CLOSED ||
        (kind == PLAIT_EVENT_PATH_DOWN && !service_has_path(service, now, session)))
        service->unanswered_at = now;
}

void service_on_event(void *ctx, uint32_t session, const struct plait_event *event)
{
    struct service *service = ctx;
    uint64_t now = service->run ? service->run->loop.now : clock_now_ns();
    bool is_news = log_is_news(&service->log, now, event);
    /* A session that ends would otherwise take its last second's figures with it. */
    if (event->kind == PLAIT_EVENT_SESSION_CLOSED && service->run &&
        plait_stats_get(service->run->node.endpoint, service->run->loop.now, session,
                        &service->ended) == PLAIT_OK)
        service->has_ended = true;
    if (is_news && !service->options->quiet)
        service_log_event(service, now, session, event);
    service_mark_silence(service, now, session, event->kind);
    if (event->kind == PLAIT_EVENT_SESSION_UP || event->kind == PLAIT_EVENT_REKEYED)
        keylog_write(service->keylog_fd, service->run->node.endpoint, session);
    if (is_news && service->view)
        operator_event(service->view, now, session, event);
    if (service->on_event)
        service->on_event(service->ctx, session, event);
}

static void service_on_link(void *ctx, uint64_t now, uint32_t link, const char *text)
{
    struct service *service = ctx;
    if (!service->options->quiet && link == UINT32_MAX)
        log_line(&service->log, now, "event=receiver text=\"%s\"", text);
    else if (!service->options->quiet)
        log_line(&service->log, now, "event=link link=%u text=\"%s\"", link, text);
    if (service->view)
        operator_note(service->view, now, link, text);
}

static json_t *service_links_json(const struct plait_run *run)
{
    json_t *links = json_array();
    for (uint32_t i = 0; i < run->link_count; i++) {
        const struct link *link = &run->links[i];
        if (link->spec.name[0] == '\0')
            continue;
        (void)json_array_append_new(
            links,
            json_pack("{s:i, s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I}", "link", (int)i, "name",
                      json_text(link->spec.name), "device", json_text(link->spec.dev), "open",
                      link->fd >= 0, "datagrams_sent", (json_int_t)link->tx.sent,
                      "datagrams_refused", (json_int_t)link->tx.dropped, "syscalls",
                      (json_int_t)link->tx.syscalls, "errors", (json_int_t)link->errors, "reopened",
                      (json_int_t)link->reopened));
    }
    return links;
}

static json_t *service_names_json(const struct plait_run *run)
{
    json_t *names = json_array();
    const char *name;
    for (uint32_t i = 0; (name = bond_names_unknown(run, i)) != NULL; i++)
        (void)json_array_append_new(names, json_text(name));
    return names;
}

static void service_say_stats(struct service *service, uint64_t now, const char *what, int failed)
{
    char text[320];
    (void)snprintf(text, sizeof text, "--stats %.200s cannot be %s: %s", service->options->stats,
                   what, strerror(failed));
    service_note(service, now, "event=stats_failed", text);
}

/* Once, until a line could be written again. */
static void service_tell_stats(struct service *service, uint64_t now)
{
    bool was_told = service->stats_told;
    service->stats_told = service->stats.failed != 0;
    if (service->stats_told && !was_told)
        service_say_stats(service, now, "written", service->stats.failed);
}

static void service_write_stats(struct service *service, uint64_t now, bool is_final)
{
    const struct plait_run *run = service->run;
    struct plait_door_stats door;
    json_t *line = stats_file_line(&service->stats, service->command, now, is_final);
    if (!line)
        return;
    plait_door_stats_get(run->node.endpoint, &door);
    (void)json_object_set_new(line, "links", service_links_json(run));
    if (run->role == PLAIT_SENDER)
        (void)json_object_set_new(line, "names_not_known", service_names_json(run));
    (void)json_object_set_new(line, "sessions",
                              stats_file_sessions(run->node.endpoint, run->role, now,
                                                  service->link_names, run->link_count));
    if (service->has_ended)
        (void)json_object_set_new(
            line, "ended",
            json_stats(&service->ended, run->role, service->link_names, run->link_count));
    (void)json_object_set_new(line, "door", json_door(&door));
    if (service->add_stats)
        service->add_stats(service->ctx, line);
    stats_file_write(&service->stats, line, is_final);
    service_tell_stats(service, now);
}

static const char *service_link_note(const struct plait_run *run, const struct link *link)
{
    if (!link->loop && !bond_ways_is_known(run, &link->spec))
        return "waits for the name of its receiver to be looked up";
    if (!link->loop)
        return "not plugged in, or without address or route";
    return link->fd < 0 ? "its device or address is gone" : link->note;
}

static void service_publish(struct service *service, uint64_t now)
{
    struct operator_side side = {service->run->node.endpoint, service->run->role};
    struct operator_link links[PLAIT_MAX_PATHS];
    uint32_t count = service->run->role == PLAIT_SENDER ? service->run->link_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct link *link = &service->run->links[i];
        links[i].name = link->spec.name;
        links[i].device = link->spec.dev;
        links[i].note = service_link_note(service->run, link);
        links[i].max_bps = link->spec.max_bps;
        links[i].cost = link->spec.cost;
        links[i].priority = link->spec.priority;
    }
    operator_publish(service->view, now, &side, 1, links, count);
}

/* Whether it has risen, once in SERVICE_DOOR_S. */
static bool service_has_risen(struct service_told *told, uint64_t count, uint64_t now)
{
    bool is_due = told->at == 0 || now >= told->at + SERVICE_DOOR_S * CLOCK_S;
    bool has_risen = count > told->count && is_due;
    told->count = count;
    if (has_risen)
        told->at = now;
    return has_risen;
}

/* A sender that gets no answer tries again each second, and only this side knows why. */
static void service_tell_door(struct service *service, uint64_t now)
{
    struct plait_door_stats door;
    if (service->run->role != PLAIT_RECEIVER)
        return;
    plait_door_stats_get(service->run->node.endpoint, &door);
    if (service_has_risen(&service->no_room, door.no_room, now))
        service_note(service, now, "event=no_room",
                     "a sender that is allowed gets no answer: all sessions are taken");
    if (service_has_risen(&service->unauthentic, door.unauthentic, now))
        service_note(service, now, "event=turned_away",
                     "what came in does not open: a sender with another --secret, or whose --peer "
                     "is not this receiver's key");
    if (service_has_risen(&service->refused, door.refused, now))
        service_note(service, now, "event=turned_away",
                     "a sender gets no answer: its key is in no --allow, or only one side has a "
                     "--secret beside the keys");
}

/* Once: what comes after it is in no recording. */
static void service_tell_trace(struct service *service, uint64_t now)
{
    char text[400];
    int failed = operator_trace_failed(service->view);
    if (failed == 0 || service->trace_told)
        return;
    service->trace_told = true;
    (void)snprintf(text, sizeof text, "--trace %.200s cannot be written and ends here: %.100s",
                   service->options->trace, strerror(failed));
    service_note(service, now, "event=trace_failed", text);
}

/* Once an outage. What was received and is not authentic comes from a receiver with another secret
 * or key, or from somebody else. */
static void service_tell_no_answer(struct service *service, uint64_t now)
{
    struct plait_door_stats door;
    char event[96];
    if (service->run->role != PLAIT_SENDER || service->unanswered_at == 0 ||
        bond_links_count(service->run) == 0 ||
        now < service->unanswered_at + SERVICE_ANSWER_S * CLOCK_S)
        return;
    service->unanswered_at = 0;
    plait_door_stats_get(service->run->node.endpoint, &door);
    (void)snprintf(event, sizeof event, "event=no_answer received=%llu unauthentic=%llu",
                   (unsigned long long)door.received, (unsigned long long)door.unauthentic);
    service_note(service, now, event,
                 "the receiver does not answer: does it run, with the same secret or this key in "
                 "--allow, and is its UDP port open? (plait check --try tells for each link)");
}

static void service_on_tick(void *ctx, uint64_t now)
{
    struct service *service = ctx;
    service_write_stats(service, now, false);
    service_tell_door(service, now);
    service_tell_trace(service, now);
    service_tell_no_answer(service, now);
    if (service->notify.watchdog_ns > 0)
        notify_alive(&service->notify);
    while (service->tick.at <= now)
        service->tick.at += CLOCK_S;
}

static void service_on_view_tick(void *ctx, uint64_t now)
{
    struct service *service = ctx;
    service_publish(service, now);
    while (service->view_tick.at <= now)
        service->view_tick.at += OPERATOR_PUBLISH_NS;
}

static void service_on_quit(void *ctx, uint64_t now, int signal_number)
{
    struct service *service = ctx;
    (void)now;
    (void)signal_number;
    service->run->hurry = service->quit; /* asked twice: do not wait */
    service->quit = true;
}

static void service_on_reload(void *ctx, uint64_t now)
{
    struct service *service = ctx;
    notify_reloading(&service->notify, now);
    reload(service, now);
    notify_ready(&service->notify);
}

void service_name_peers(struct service *service, const struct credentials *credentials)
{
    for (uint32_t i = 0; service->view && i < credentials->peers; i++)
        operator_name_peer(service->view, credentials->peer[i], credentials->name[i]);
}

void service_note(struct service *service, uint64_t now, const char *event, const char *text)
{
    log_line(&service->log, now, "%s text=\"%s\"", event, text);
    if (service->view)
        operator_note(service->view, now, UINT32_MAX, text);
}

/* Said once: from then on each link that comes is. */
static void service_tell_no_link(struct service *service, uint64_t now)
{
    service_note(
        service, now, "event=no_link",
        "no link to the receiver yet, waiting for one (plait check tells what each interface "
        "lacks)");
}

int service_open(struct service *service, struct run_error *error)
{
    struct plait_run *run = service->run;
    uint64_t now = clock_now_ns();
    log_init(&service->log, now);
    for (uint32_t i = 0; i < PLAIT_MAX_PATHS; i++)
        service->link_names[i] = run->links[i].spec.name;
    for (uint32_t i = 0; i < run->link_count; i++) {
        if (run->links[i].note[0] != '\0')
            log_line(&service->log, now, "event=link link=%u text=\"%s\"", i, run->links[i].note);
    }
    run->on_link_ctx = service;
    run->on_link = service_on_link;
    int err = keylog_open(service->options->keylog, &service->keylog_fd, error);
    if (err == PLAIT_OK)
        err = operator_open(service->options, service->command, &service->view, error);
    if (err == PLAIT_OK)
        err = stats_file_open(&service->stats, service->options->stats, now, error);
    if (err == PLAIT_OK && run->role == PLAIT_SENDER) {
        bond_names_tell(run, now);
        bond_links_refresh(run, now); /* tells of those that are missing */
        if (bond_links_count(run) == 0)
            service_tell_no_link(service, now);
    }
    service->unanswered_at = now;
    if (err != PLAIT_OK)
        return err;
    service->signals.ctx = service;
    service->signals.on_quit = service_on_quit;
    service->signals.on_reload = service_on_reload;
    err = signals_open(&service->signals, &run->loop);
    if (err != PLAIT_OK)
        return run_fail(error, err, "signals cannot be caught (%s); raise the limits (ulimit -n)",
                        strerror(errno));
    service->tick.at = now + CLOCK_S;
    service->tick.on_due = service_on_tick;
    service->tick.ctx = service;
    err = loop_timer_add(&run->loop, &service->tick);
    service->view_tick.at = service->view ? now : PLAIT_NEVER;
    service->view_tick.on_due = service_on_view_tick;
    service->view_tick.ctx = service;
    if (err == PLAIT_OK)
        err = loop_timer_add(&run->loop, &service->view_tick);
    if (err != PLAIT_OK)
        return err;
    notify_open(&service->notify);
    /* Last: a start that is refused takes nothing from a file. But for want of a thread: those
     * start in the sandbox, which lets nobody empty a file. */
    operator_begin(service->view);
    int failed = stats_file_begin(&service->stats);
    if (failed != 0)
        service_say_stats(service, now, "emptied", failed);
    return PLAIT_OK;
}

/* The directory a file is in, with the slash. */
static const char *service_directory(const char *file, char out[256])
{
    const char *slash = strrchr(file, '/');
    (void)snprintf(out, 256, "%.*s", slash ? (int)(slash - file) + 1 : 1, slash ? file : ".");
    return out;
}

/* Where the file of the name servers is, or is going to be: before the first network has come there
 * is none, or a link that leads nowhere yet. */
static const char *service_servers(char out[256])
{
    static const char file[] = "/etc/resolv.conf";
    char target[PATH_MAX], path[PATH_MAX + sizeof "/etc/"];
    char *found = realpath(file, NULL);
    ssize_t len = readlink(file, target, sizeof target - 1);
    target[len > 0 ? len : 0] = '\0';
    (void)snprintf(path, sizeof path, "%s%s", target[0] == '/' ? "" : "/etc/", target);
    (void)service_directory(found ? found : path, out);
    free(found);
    if (access(out, F_OK) != 0)
        (void)snprintf(out, 256, "/etc/");
    return out;
}

/* The directories of the --allow and --peer files and of --config stay readable, for SIGHUP; of a
 * sender, that of the name servers too: their file is another one whenever a network has come. */
static void service_sandbox(struct service *service)
{
    char directories[OPTIONS_MAX_LIST + 3][256];
    const char *readable[OPTIONS_MAX_LIST + 3];
    const struct option_list *allow = &service->options->allow;
    uint32_t count = 0;
    for (; count < allow->count; count++)
        readable[count] = service_directory(allow->items[count], directories[count]);
    if (service->options->peer) {
        readable[count] = service_directory(service->options->peer, directories[count]);
        count++;
    }
    if (service->options->config) {
        readable[count] = service_directory(service->options->config, directories[count]);
        count++;
    }
    if (service->run->role == PLAIT_SENDER) {
        readable[count] = service_servers(directories[count]);
        count++;
    }
    struct sandbox_result result = sandbox_enter(readable, count);
    if (!service->options->quiet && !(result.has_seccomp && result.has_landlock))
        log_line(&service->log, service->run->loop.now,
                 "event=sandbox_missing seccomp=%d landlock=%d", result.has_seccomp,
                 result.has_landlock);
}

void service_run(struct service *service)
{
    struct run_error error;
    if (!service->options->no_sandbox)
        service_sandbox(service);
    if (operator_serve(service->view, &error) != PLAIT_OK)
        service_stop(service, EXIT_FAILED, error.text);
    secret_wipe_stack(); /* the pass phrase and the keys were read and derived there */
    notify_ready(&service->notify);
    while (!service->quit)
        plait_run_step(service->run, PLAIT_NEVER);
}

void service_finish(struct service *service)
{
    notify_stopping(&service->notify);
    bond_drain(service->run);
    service->tick.at = PLAIT_NEVER; /* the final line is the last one: the goodbye runs the loop */
    service_write_stats(service, clock_now_ns(), true);
    bond_goodbye(service->run);
}

void service_close(struct service *service)
{
    if (!service->run)
        return;
    loop_timer_remove(&service->run->loop, &service->tick);
    loop_timer_remove(&service->run->loop, &service->view_tick);
    signals_close(&service->signals);
    notify_close(&service->notify);
    stats_file_close(&service->stats);
    service_tell_stats(service, clock_now_ns());
    operator_close(service->view);
    config_free(&service->reloaded);
    if (service->keylog_fd >= 0)
        (void)close(service->keylog_fd);
    plait_run_destroy(service->run);
    service->run = NULL;
}

void service_stop(struct service *service, int exit_code, const char *why)
{
    service->quit = true;
    service->exit_code = exit_code;
    if (why && (exit_code != 0 || !service->options->quiet))
        log_line(&service->log, service->run->loop.now, "event=stopped reason=\"%s\"", why);
}
