/* SPDX-License-Identifier: BSD-2-Clause */
/* What send and recv share: signals, statistics each second, log, systemd, the operator's pages,
 * and the orderly end. */
#ifndef PLAIT_CLI_SERVICE_H
#define PLAIT_CLI_SERVICE_H

#include "cli/credentials.h"
#include "cli/operator.h"
#include "cli/stats_file.h"
#include "run/bond.h"
#include "run/log.h"
#include "run/notify.h"
#include "run/signals.h"

struct service {
    const char *command; /* "send", "recv" */
    const struct options *options;
    struct options reloaded; /* in use after the first SIGHUP (cli/reload.c) */
    struct plait_run *run;
    struct signals signals;
    struct notify notify;
    struct run_log log;
    struct stats_file stats;
    struct loop_timer tick;
    struct loop_timer view_tick; /* not armed without pages or recording */
    struct operator_view *view;
    int keylog_fd;          /* -1: none */
    uint64_t unanswered_at; /* sender: since then nobody answers; 0: one does, or was told */
    struct service_told {
        uint64_t count, at;          /* of the counter when looked at last; 0: never told */
    } no_room, unauthentic, refused; /* receiver: what its door turned away */
    const char *link_names[PLAIT_MAX_PATHS];
    struct plait_stats ended; /* of the session that ended last */
    bool has_ended;
    bool stats_told, trace_told; /* that they cannot be written */
    bool quit;
    int exit_code;
    /* Of the command that uses it. */
    void *ctx;
    void (*on_event)(void *ctx, uint32_t session, const struct plait_event *event);
    void (*add_stats)(void *ctx, json_t *line); /* NULL: nothing to add */
    /* SIGHUP: takes from `fresh` what is the command's own and logs event=reloaded, or takes
     * nothing and returns an error. */
    int (*on_reload)(void *ctx, const struct options *fresh, uint64_t now, struct run_error *error);
};

/* The own wish: what --latency says, or what the role wishes without it. */
uint64_t service_latency_ns(const struct options *options, enum plait_role role);

/* The part of the endpoint's configuration that options set. */
void service_endpoint_config(const struct options *options, enum plait_role role,
                             const struct credentials *credentials, struct plait_config *out);

/* Zeroes it; service_close() is allowed from then on. A signal to end does so at once, until
 * service_open(). */
void service_init(struct service *service, const char *command, const struct options *options);

/* With --trace the configuration gets what records the endpoint's decisions. */
void service_trace(struct service *service, struct plait_config *config);

/* For plait_run_config.hooks.on_event, with the service as ctx. */
void service_on_event(void *ctx, uint32_t session, const struct plait_event *event);

/* Tells the pages what the peers are called; after service_open(). */
void service_name_peers(struct service *service, const struct credentials *credentials);

/* After plait_run_create(): opens statistics, pages and signals. `error` names the option. */
int service_open(struct service *service, struct run_error *error);

/* "event=NAME" with a text, in the log and on the pages. */
void service_note(struct service *service, uint64_t now, const char *event, const char *text);

/* Runs until a signal or service->quit. */
void service_run(struct service *service);

/* Drains, writes the last statistics, says goodbye. */
void service_finish(struct service *service);
void service_close(struct service *service);

/* Ends the run with this exit code; `why` is logged. */
void service_stop(struct service *service, int exit_code, const char *why);

#endif
