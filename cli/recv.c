/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/service.h"
#include "run/output.h"
#include "run/secret.h"

struct receive {
    struct service service;
    struct url url;
    struct output *output;
    struct credentials credentials;
    bool has_list; /* of peers; else who has the pass phrase is let in */
    /* Several senders may be connected; the output belongs to the first until its session ends,
     * because two streams in one output would be neither. */
    uint32_t owner; /* UINT32_MAX: nobody */
    uint64_t not_owned;
    uint64_t told; /* bit i: of session i was said that its media goes nowhere */
};

/* Said once a session: what a sender sends in vain nobody else would notice. */
static void recv_tell_other(struct receive *receive, uint32_t session)
{
    struct service *service = &receive->service;
    char event[48], text[128];
    uint64_t bit = UINT64_C(1) << session % 64;
    if ((receive->told & bit) != 0)
        return;
    receive->told |= bit;
    (void)snprintf(event, sizeof event, "event=other_session session=%u", session);
    (void)snprintf(text, sizeof text,
                   "the media of session %u is discarded: the output is another sender's until "
                   "that one ends",
                   session);
    service_note(service, service->run->loop.now, event, text);
}

static void recv_give_output(struct receive *receive, uint32_t session)
{
    receive->owner = session;
    operator_output_of(receive->service.view, session);
}

static void recv_on_datagram(void *ctx, uint32_t session, const uint8_t *data, size_t len)
{
    struct receive *receive = ((struct service *)ctx)->ctx;
    if (receive->owner == UINT32_MAX)
        recv_give_output(receive, session);
    if (receive->owner == session) {
        output_write(receive->output, data, len);
        return;
    }
    receive->not_owned++;
    recv_tell_other(receive, session);
}

static void recv_on_event(void *ctx, uint32_t session, const struct plait_event *event)
{
    struct receive *receive = ctx;
    if (event->kind != PLAIT_EVENT_SESSION_CLOSED)
        return;
    receive->told &= ~(UINT64_C(1) << session % 64);
    if (receive->owner == session)
        recv_give_output(receive, UINT32_MAX);
}

static void recv_on_failed(void *ctx, uint64_t now, const char *why)
{
    struct receive *receive = ctx;
    char text[400];
    (void)now;
    (void)snprintf(text, sizeof text, "--out %.200s: %.160s", receive->url.text, why);
    service_stop(&receive->service, EXIT_FAILED, text);
}

static void recv_on_note(void *ctx, uint64_t now, const char *text)
{
    struct receive *receive = ctx;
    struct service *service = &receive->service;
    if (!service->options->quiet)
        log_line(&service->log, now, "event=output text=\"%s\"", text);
    if (service->view)
        operator_note(service->view, now, UINT32_MAX, text);
}

static void recv_add_stats(void *ctx, json_t *line)
{
    const struct receive *receive = ctx;
    const struct output_counts *counts = &receive->output->counts;
    (void)json_object_set_new(
        line, "output",
        json_pack("{s:I, s:I, s:I, s:I}", "datagrams", (json_int_t)counts->datagrams, "bytes",
                  (json_int_t)counts->bytes, "dropped", (json_int_t)counts->dropped,
                  "other_sessions", (json_int_t)receive->not_owned));
}

static void recv_allow(struct receive *receive)
{
    const struct credentials *credentials = &receive->credentials;
    for (uint32_t i = 0; i < credentials->peers; i++)
        (void)plait_run_allow(receive->service.run, credentials->peer[i],
                              credentials->has_psk ? credentials->psk : NULL);
}

/* Lets new ones in, and takes out whose file is no longer there or no longer named. A file that is
 * there and cannot be read changes nothing. */
static int recv_on_reload(void *ctx, const struct options *options, uint64_t now,
                          struct run_error *error)
{
    struct receive *receive = ctx;
    struct service *service = &receive->service;
    struct credentials fresh = receive->credentials;
    bool has_list = receive->has_list || options->allow.count > 0;
    int err = has_list ? credentials_reload_allow(options, &fresh, error) : PLAIT_OK;
    if (err != PLAIT_OK) {
        explicit_bzero(&fresh, sizeof fresh);
        return err;
    }
    receive->has_list = has_list;
    for (uint32_t i = 0; i < receive->credentials.peers; i++) {
        bool stays = false;
        for (uint32_t k = 0; k < fresh.peers; k++)
            stays =
                stays || memcmp(receive->credentials.peer[i], fresh.peer[k], PLAIT_KEY_BYTES) == 0;
        if (!stays)
            (void)plait_run_revoke(service->run, receive->credentials.peer[i]);
    }
    receive->credentials = fresh;
    explicit_bzero(&fresh, sizeof fresh);
    recv_allow(receive);
    service_name_peers(service, &receive->credentials);
    log_line(&service->log, now, "event=reloaded peers=%u", receive->credentials.peers);
    return PLAIT_OK;
}

static int recv_check(const struct options *options, struct url *url, struct run_error *error)
{
    struct plait_addr address;
    struct run_error why;
    if (!options->listen)
        return run_fail(error, PLAIT_ERR_INVALID, "--listen is missing; give --listen ADDR:PORT");
    if (!options->out)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--out is missing; give --out udp://HOST:PORT, file:PATH or -");
    if (addr_parse(options->listen, ADDR_LISTEN, &address, &why) != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_INVALID, "--listen %.300s", why.text);
    if (url_parse(options->out, url, &why) != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_INVALID, "--out %.300s", why.text);
    return stats_file_check(options->stats, url->kind == URL_STDIO, error);
}

static int recv_open(struct receive *receive, struct run_error *error)
{
    const struct options *options = receive->service.options;
    struct plait_run_config config = {0};
    struct run_error why;
    char text[ADDR_TEXT];
    service_endpoint_config(options, PLAIT_RECEIVER, &receive->credentials, &config.endpoint);
    service_trace(&receive->service, &config.endpoint);
    config.address = options->listen;
    config.hooks.ctx = &receive->service;
    config.hooks.on_event = service_on_event;
    config.hooks.on_datagram = recv_on_datagram;
    int err = plait_run_create(&config, &receive->service.run, why.text);
    explicit_bzero(&config.endpoint, sizeof config.endpoint);
    if (err != PLAIT_OK)
        return run_fail(error, err, "--listen %.300s", why.text);
    receive->has_list = options->allow.count > 0;
    recv_allow(receive);
    /* A FIFO waits for its reader: while a signal still ends that at once. */
    struct output_config output = {&receive->service.run->loop, &receive->url, receive,
                                   recv_on_failed, recv_on_note};
    err = output_open(&output, &receive->output, &why);
    if (err != PLAIT_OK)
        return run_fail(error, err, "--out %.300s", why.text);
    err = service_open(&receive->service, error);
    if (err != PLAIT_OK)
        return err;
    output_start(receive->output);
    service_name_peers(&receive->service, &receive->credentials);
    if (!options->quiet)
        log_line(&receive->service.log, receive->service.run->loop.now,
                 "event=listening address=%s",
                 addr_text(&receive->service.run->links[0].local, text));
    return PLAIT_OK;
}

int command_recv(const struct options *options)
{
    struct receive *receive = secret_alloc(sizeof *receive);
    struct run_error error;
    if (!receive)
        return command_refuse("recv", "no memory");
    service_init(&receive->service, "recv", options);
    receive->service.ctx = receive;
    receive->service.on_event = recv_on_event;
    receive->service.add_stats = recv_add_stats;
    receive->service.on_reload = recv_on_reload;
    receive->owner = UINT32_MAX;
    int err = recv_check(options, &receive->url, &error);
    if (err == PLAIT_OK)
        err = credentials_read(options, PLAIT_RECEIVER, &receive->credentials, &error);
    if (err == PLAIT_OK)
        err = recv_open(receive, &error);
    if (err == PLAIT_OK) {
        service_run(&receive->service);
        service_finish(&receive->service);
    }
    if (receive->output)
        output_close(receive->output);
    service_close(&receive->service);
    int code = receive->service.exit_code;
    secret_free(receive, sizeof *receive);
    return err != PLAIT_OK ? command_refuse("recv", "%s", error.text) : code;
}
