/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/lab_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/adaptive.h"
#include "cli/command.h"
#include "cli/lab_check.h"
#include "cli/lab_report.h"
#include "cli/operator.h"
#include "cli/stats_file.h"
#include "cli/table.h"
#include "run/clock.h"
#include "run/input.h"
#include "run/log.h"
#include "run/output.h"
#include "run/signals.h"

#define LAB_NICE        (-10)
#define LAB_TERMINAL_NS (250 * CLOCK_MS) /* how often the table is drawn */
#define LAB_DRAIN_NS    (150 * CLOCK_MS) /* beyond the latency: the slowest link's way there */

struct lab_command {
    const struct options *options;
    struct loop loop;
    struct lab lab;
    struct emu_scenario scenario;
    struct url in_url, out_url;
    struct input *input;
    struct output *output;
    struct operator_view *view;
    struct signals signals;
    struct run_log log;
    struct stats_file stats;
    struct loop_timer tick, draw, limit, view_tick;
    struct table table;
    struct lab_check check;
    struct lab_ends ends; /* statistics of both ends when they were last there */
    const char *names[EMU_LINKS_MAX];
    uint64_t least_bps, most_bps; /* the input follows the advice within these; 0: it does not */
    bool quit, hurry, is_started;
    bool has_failed; /* input or output could not go on */
    uint64_t started, written_at;
};

static void lab_on_input(void *ctx, uint64_t now, const uint8_t *data, size_t len)
{
    struct lab_command *command = ctx;
    lab_check_written(&command->check, now, len);
    command->written_at = now;
    if (lab_write(&command->lab, now, data, len) != PLAIT_OK)
        command->check.refused++;
}

static void lab_on_input_end(void *ctx, uint64_t now, const char *why)
{
    struct lab_command *command = ctx;
    if (why)
        log_line(&command->log, now, "event=stopped reason=\"%s\"", why);
    command->has_failed |= why != NULL;
    command->quit = true;
}

static bool lab_has_room(void *ctx)
{
    struct lab_command *command = ctx;
    return command->lab.is_up &&
           plait_stream_pending(command->lab.sender.endpoint, command->lab.session) < 4096;
}

static void lab_on_output(void *ctx, uint64_t now, const uint8_t *data, size_t len,
                          uint64_t latency_ns)
{
    struct lab_command *command = ctx;
    (void)latency_ns; /* the protocol's own view; lab_check measures */
    lab_check_delivered(&command->check, now, data, len);
    if (command->output)
        output_write(command->output, data, len);
}

static void lab_on_output_failed(void *ctx, uint64_t now, const char *why)
{
    lab_on_input_end(ctx, now, why);
}

static void lab_on_output_note(void *ctx, uint64_t now, const char *text)
{
    struct lab_command *command = ctx;
    if (!command->options->quiet)
        log_line(&command->log, now, "event=output text=\"%s\"", text);
}

static void lab_follow(struct lab_command *command, uint64_t advice_bps)
{
    uint64_t bps = advice_bps < command->most_bps ? advice_bps : command->most_bps;
    input_synth_rate_set(command->input, bps > command->least_bps ? bps : command->least_bps);
}

static void lab_log_event(struct lab_command *command, uint64_t now,
                          const struct plait_event *event)
{
    const char *name = log_event_name(event->kind);
    if (event->path < command->lab.links)
        log_line(&command->log, now, "event=%s link=%s", name, command->names[event->path]);
    else if (event->kind == PLAIT_EVENT_OVERLOAD)
        log_line(&command->log, now, "event=%s dropped_packets=%llu", name,
                 (unsigned long long)event->value);
    else
        log_line(&command->log, now, "event=%s", name);
}

/* --seconds from now on. */
static uint64_t lab_limit(const struct lab_command *command, uint64_t now)
{
    uint64_t seconds = command->options->seconds;
    return seconds > 0 ? now + seconds * CLOCK_S : PLAIT_NEVER;
}

static void lab_on_event(void *ctx, uint64_t now, enum plait_role role, uint32_t session,
                         const struct plait_event *event)
{
    struct lab_command *command = ctx;
    /* Both ends see the same things happen, but for an address that changes on the way. */
    if (role != PLAIT_SENDER && event->kind != PLAIT_EVENT_PATH_MOVED)
        return;
    bool is_news = log_is_news(&command->log, now, event);
    if (is_news && command->view)
        operator_event(command->view, now, session, event);
    if (event->kind == PLAIT_EVENT_ADVICE && command->most_bps > 0 && command->input)
        lab_follow(command, event->value);
    if (event->kind == PLAIT_EVENT_SESSION_UP && !command->is_started) {
        command->is_started = true;
        command->started = now;
        input_start(command->input, now);
        command->limit.at = lab_limit(command, now);
    }
    if (is_news && !command->table.is_terminal && !command->options->quiet)
        lab_log_event(command, now, event);
}

static void lab_on_quit(void *ctx, uint64_t now, int signal_number)
{
    struct lab_command *command = ctx;
    (void)now;
    (void)signal_number;
    command->hurry = command->quit;
    command->quit = true;
}

static void lab_on_limit(void *ctx, uint64_t now)
{
    struct lab_command *command = ctx;
    command->limit.at = PLAIT_NEVER;
    lab_on_input_end(command, now, command->is_started ? NULL : "no session came up in --seconds");
}

static void lab_snapshot(struct lab_command *command, uint64_t now)
{
    struct lab_ends *ends = &command->ends;
    if (plait_stats_get(command->lab.sender.endpoint, now, command->lab.session, &ends->sender) ==
        PLAIT_OK)
        ends->has_sender = true;
    if (plait_stats_get(command->lab.receiver.endpoint, now, 0, &ends->receiver) == PLAIT_OK)
        ends->has_receiver = true;
}

static void lab_on_draw(void *ctx, uint64_t now)
{
    struct lab_command *command = ctx;
    bool is_cut[EMU_LINKS_MAX];
    command->draw.at = now + (command->table.is_terminal ? LAB_TERMINAL_NS : CLOCK_S);
    lab_snapshot(command, now);
    if (!command->ends.has_sender || !command->is_started)
        return;
    for (uint32_t i = 0; i < command->lab.links; i++)
        is_cut[i] = emu_link_is_down(emu_net_link(command->lab.net, i, EMU_FORWARD), now);
    struct table_view view = {
        &command->ends.sender, command->ends.has_receiver ? &command->ends.receiver : NULL,
        command->names,        is_cut,
        command->lab.links,    now - command->started};
    table_draw(&command->table, &view);
}

static void lab_write_stats(struct lab_command *command, uint64_t now, bool is_final)
{
    json_t *line = stats_file_line(&command->stats, "lab", now, is_final);
    if (!line)
        return;
    json_t *sessions = stats_file_sessions(command->lab.sender.endpoint, PLAIT_SENDER, now,
                                           command->names, command->lab.links);
    json_t *receiver =
        stats_file_sessions(command->lab.receiver.endpoint, PLAIT_RECEIVER, now, NULL, 0);
    (void)json_array_extend(sessions, receiver);
    json_decref(receiver);
    (void)json_object_set_new(line, "sessions", sessions);
    (void)json_object_set_new(line, "emulated", lab_report_emulated(command->lab.net, now));
    (void)json_object_set_new(line, "check", lab_report_check(&command->check));
    stats_file_write(&command->stats, line, is_final);
}

static void lab_on_tick(void *ctx, uint64_t now)
{
    struct lab_command *command = ctx;
    lab_write_stats(command, now, false);
    while (command->tick.at <= now)
        command->tick.at += CLOCK_S;
}

static void lab_on_view_tick(void *ctx, uint64_t now)
{
    struct lab_command *command = ctx;
    struct operator_side sides[2] = {{command->lab.sender.endpoint, PLAIT_SENDER},
                                     {command->lab.receiver.endpoint, PLAIT_RECEIVER}};
    struct operator_link links[EMU_LINKS_MAX] = {{0}};
    for (uint32_t i = 0; i < command->lab.links; i++) {
        links[i].name = command->names[i];
        links[i].device = "";
        links[i].note = "";
    }
    operator_publish(command->view, now, sides, 2, links, command->lab.links);
    while (command->view_tick.at <= now)
        command->view_tick.at += OPERATOR_PUBLISH_NS;
}

static int lab_load_scenario(struct lab_command *command, struct run_error *error)
{
    static const char *const shipped[] = {PLAIT_SCENARIO_SOURCE "/demo.txt",
                                          PLAIT_SCENARIO_INSTALLED "/demo.txt"};
    char why[EMU_ERROR_MAX];
    const char *path = command->options->scenario;
    if (!path)
        path = access(shipped[0], R_OK) == 0 ? shipped[0] : shipped[1];
    if (emu_scenario_load(&command->scenario, path, why) != 0)
        return run_fail(error, PLAIT_ERR_INVALID, "--scenario %.290s", why);
    for (uint32_t i = 0; i < command->scenario.link_count; i++)
        command->names[i] = command->scenario.link[i].name;
    return PLAIT_OK;
}

static int lab_check_options(struct lab_command *command, struct run_error *error)
{
    const struct options *options = command->options;
    struct run_error why;
    if (options->in && url_parse(options->in, &command->in_url, &why) != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_INVALID, "--in %.300s", why.text);
    if (options->out && url_parse(options->out, &command->out_url, &why) != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_INVALID, "--out %.300s", why.text);
    int err =
        stats_file_check(options->stats, options->out && command->out_url.kind == URL_STDIO, error);
    if (err == PLAIT_OK)
        err = adaptive_parse(options, &command->least_bps, &command->most_bps, error);
    return err == PLAIT_OK ? lab_load_scenario(command, error) : err;
}

static void lab_timer(struct lab_command *command, struct loop_timer *timer, uint64_t at,
                      void (*on_due)(void *ctx, uint64_t now))
{
    timer->at = at;
    timer->on_due = on_due;
    timer->ctx = command;
    (void)loop_timer_add(&command->loop, timer);
}

static int lab_adapters(struct lab_command *command, struct run_error *error)
{
    const struct options *options = command->options;
    struct input_config input = {&command->loop,
                                 options->in ? &command->in_url : NULL,
                                 command->most_bps > 0 ? command->least_bps : options->rate_bps,
                                 {command, lab_on_input, lab_on_input_end, lab_has_room}};
    struct output_config output = {&command->loop, &command->out_url, command, lab_on_output_failed,
                                   lab_on_output_note};
    struct run_error why;
    int err = input_open(&input, &command->input, &why);
    if (err != PLAIT_OK)
        return run_fail(error, err, "--in %.300s", why.text);
    err = operator_open(options, "lab", &command->view, error);
    if (err == PLAIT_OK && options->out) {
        err = output_open(&output, &command->output, &why);
        if (err != PLAIT_OK)
            return run_fail(error, err, "--out %.300s", why.text);
    }
    if (err == PLAIT_OK)
        err = stats_file_open(&command->stats, options->stats, command->loop.now, error);
    return err;
}

static void lab_on_trace(void *ctx, const struct plait_trace *record)
{
    struct lab_command *command = ctx;
    operator_decision(command->view, record);
}

/* Who measures by them would take a part, or what was there before, for the whole. */
static void lab_fail_stats(struct lab_command *command, uint64_t now, const char *what, int failed)
{
    command->has_failed = true;
    log_line(&command->log, now, "event=stats_failed text=\"--stats %.200s cannot be %s: %s\"",
             command->options->stats, what, strerror(failed));
}

/* What empties a file comes last, as in service_open(). The recording's thread writes to its file,
 * so that this one alone is emptied before all threads are there. */
static int lab_begin(struct lab_command *command, struct run_error *error)
{
    operator_begin(command->view);
    int err = operator_serve(command->view, error);
    if (err != PLAIT_OK)
        return err;
    int failed = stats_file_begin(&command->stats);
    if (failed != 0)
        lab_fail_stats(command, command->loop.now, "emptied", failed);
    if (command->output != NULL)
        output_start(command->output);
    return PLAIT_OK;
}

static int lab_start(struct lab_command *command, struct run_error *error)
{
    const struct options *options = command->options;
    const struct lab_hooks hooks = {command, lab_on_output, lab_on_event};
    struct plait_config config = {0};
    int err = lab_adapters(command, error);
    if (err != PLAIT_OK)
        return err;
    config.latency_ns = options->latency_ms * CLOCK_MS;
    config.mode = (enum plait_mode)options->mode;
    config.scheduler = (enum plait_scheduler)options->scheduler;
    config.controller = (enum plait_controller)options->controller;
    config.fec_off = options->no_fec;
    config.reinject_off = options->no_reinject;
    config.hints_off = options->no_hints;
    config.store_packets = NODE_STORE_PACKETS;
    if (options->trace) {
        config.trace = lab_on_trace;
        config.trace_ctx = command;
    }
    lab_timer(command, &command->tick, command->loop.now + CLOCK_S, lab_on_tick);
    lab_timer(command, &command->view_tick,
              command->options->http || command->options->trace ? command->loop.now : PLAIT_NEVER,
              lab_on_view_tick);
    lab_timer(command, &command->draw, options->quiet ? PLAIT_NEVER : command->loop.now,
              lab_on_draw);
    lab_timer(command, &command->limit, lab_limit(command, command->loop.now), lab_on_limit);
    command->signals.ctx = command;
    command->signals.on_quit = lab_on_quit;
    err = signals_open(&command->signals, &command->loop);
    if (err != PLAIT_OK)
        return run_fail(error, err, "signals cannot be caught (%s); raise the limits (ulimit -n)",
                        strerror(errno));
    err = lab_open(&command->lab, &command->loop, &command->scenario, options->seed, &config,
                   &hooks, error);
    return err == PLAIT_OK ? lab_begin(command, error) : err;
}

static void lab_run(struct lab_command *command)
{
    while (!command->quit)
        loop_step(&command->loop, PLAIT_NEVER);
    input_close(command->input);
    command->input = NULL;
    uint64_t until = command->written_at + command->lab.latency_ns + LAB_DRAIN_NS;
    for (uint64_t now = command->loop.now; now < until && !command->hurry; now = command->loop.now)
        loop_step(&command->loop, until - now);
}

static int lab_finish(struct lab_command *command)
{
    uint64_t now = clock_now_ns();
    uint64_t ran_ns = command->is_started ? now - command->started : 0;
    FILE *to = command->table.to;
    int failed;
    output_close(command->output); /* which hands on the rest, and may fail */
    command->output = NULL;
    lab_snapshot(command, now);
    lab_write_stats(command, now, true);
    stats_file_close(&command->stats);
    failed = command->stats.failed;
    if (failed != 0 && failed != EPIPE) /* a reader that has gone had enough */
        lab_fail_stats(command, now, "written", failed);
    if (!command->options->quiet) {
        fprintf(to, "%s", command->table.is_terminal ? "\n" : "");
        lab_report_print(to, &command->ends, &command->check, command->lab.net, ran_ns);
    }
    (void)plait_session_close(command->lab.sender.endpoint, now, command->lab.session);
    node_drain(&command->lab.sender, now);
    bool is_good = !command->has_failed && command->check.damaged + command->check.disorder == 0;
    return is_good ? EXIT_GOOD : EXIT_FAILED;
}

static void lab_end(struct lab_command *command)
{
    input_close(command->input);
    output_close(command->output);
    lab_close(&command->lab);
    operator_close(command->view);
    signals_close(&command->signals);
    stats_file_close(&command->stats);
    emu_scenario_free(&command->scenario);
    free(command);
}

int command_lab(const struct options *options)
{
    struct lab_command *command = calloc(1, sizeof *command);
    struct run_error error;
    int code;
    if (!command)
        return command_refuse("lab", "no memory; free some");
    /* Emulated time is real time: a busy machine must not look like bad links. Without the
     * permission nothing changes. */
    (void)setpriority(PRIO_PROCESS, 0, LAB_NICE);
    signals_end_at_once();
    loop_init(&command->loop);
    command->options = options;
    command->stats.fd = -1;
    command->check.is_numbered = options->in == NULL;
    log_init(&command->log, command->loop.now);
    bool uses_stdout = (options->out && strcmp(options->out, "-") == 0) ||
                       (options->stats && strcmp(options->stats, "-") == 0);
    table_init(&command->table, uses_stdout ? stderr : stdout);
    int err = lab_check_options(command, &error);
    if (err == PLAIT_OK)
        err = lab_start(command, &error);
    if (err == PLAIT_OK) {
        lab_run(command);
        code = lab_finish(command);
    } else {
        code = command_refuse("lab", "%s", error.text);
    }
    lab_end(command);
    return code;
}
