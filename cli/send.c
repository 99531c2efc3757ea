/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "cli/command.h"
#include "cli/reload.h"
#include "cli/service.h"
#include "run/input.h"
#include "run/keyfile.h"
#include "run/secret.h"

/* A pipe is read while fewer packets than this wait or are under way. */
#define SEND_ROOM_PACKETS 4096

struct send {
    struct service service;
    struct url url;
    struct input *input;
    bool is_started;
    uint64_t datagrams, bytes;
    uint64_t too_big, not_taken;
};

static void send_on_datagram(void *ctx, uint64_t now, const uint8_t *data, size_t len)
{
    struct send *send = ctx;
    int err = bond_write(send->service.run, now, data, len);
    send->datagrams++;
    send->bytes += len;
    if (err == PLAIT_ERR_TOO_BIG)
        send->too_big++;
    else if (err != PLAIT_OK)
        send->not_taken++;
    if (err == PLAIT_ERR_TOO_BIG && !send->service.options->quiet)
        log_line(&send->service.log, now,
                 "event=input_refused bytes=%zu limit=%d reason=\"larger than a datagram may be\"",
                 len, PLAIT_MAX_DATAGRAM);
}

static void send_on_end(void *ctx, uint64_t now, const char *why)
{
    struct send *send = ctx;
    (void)now;
    service_stop(&send->service, why ? EXIT_FAILED : EXIT_GOOD, why ? why : "the input has ended");
}

static bool send_has_room(void *ctx)
{
    struct send *send = ctx;
    const struct plait_run *run = send->service.run;
    return run->session_open &&
           plait_stream_pending(run->node.endpoint, run->session) < SEND_ROOM_PACKETS;
}

/* Files and pipes wait for the receiver: nothing of them is lost for a late start. */
static void send_on_event(void *ctx, uint32_t session, const struct plait_event *event)
{
    struct send *send = ctx;
    (void)session;
    if (event->kind == PLAIT_EVENT_SESSION_UP && send->input && !send->is_started) {
        send->is_started = true;
        input_start(send->input, send->service.run->loop.now);
    }
}

static void send_add_stats(void *ctx, json_t *line)
{
    const struct send *send = ctx;
    (void)json_object_set_new(
        line, "input",
        json_pack("{s:I, s:I, s:I, s:I}", "datagrams", (json_int_t)send->datagrams, "bytes",
                  (json_int_t)send->bytes, "too_big", (json_int_t)send->too_big, "not_taken",
                  (json_int_t)send->not_taken));
}

/* Other links; another receiver's key, or another key in the same file. */
static int send_on_reload(void *ctx, const struct options *fresh, uint64_t now,
                          struct run_error *error)
{
    struct send *send = ctx;
    struct service *service = &send->service;
    uint8_t key[PLAIT_KEY_BYTES];
    char name[PLAIT_KEY_NAME];
    struct run_error why;
    int err = PLAIT_OK;
    if (fresh->peer)
        err = keyfile_read_public_again(fresh->peer, key, name, &why);
    if (err != PLAIT_OK)
        return run_fail(error, err, "peer %.300s", why.text);
    err = reload_links(service, fresh, now, error);
    if (err != PLAIT_OK)
        return err;
    if (fresh->peer)
        bond_peer_set(service->run, now, key);
    if (fresh->peer && service->view)
        operator_name_peer(service->view, key, name);
    log_line(&service->log, now, "event=reloaded links=%u", fresh->links.count);
    return PLAIT_OK;
}

/* Everything that can be told from the words alone, before anything is opened; names are looked up
 * once, with what they are for. */
static int send_check(const struct options *options, struct url *url, struct run_error *error)
{
    struct plait_addr address;
    struct linkspec spec;
    struct run_error why;
    if (!options->to)
        return run_fail(error, PLAIT_ERR_INVALID, "--to is missing; give --to HOST:PORT");
    if (!options->in)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--in is missing; give --in udp://HOST:PORT, file:PATH or -");
    if (addr_parse(options->to, ADDR_NUMBER, &address, &why) == PLAIT_ERR_INVALID)
        return run_fail(error, PLAIT_ERR_INVALID, "--to %.300s", why.text);
    if (url_parse(options->in, url, &why) != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_INVALID, "--in %.300s", why.text);
    if (url->kind == URL_STDIO && options->secret && strcmp(options->secret, "-") == 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--secret - and --in - both read standard input; give --secret-file FILE");
    for (uint32_t i = 0; i < options->links.count; i++) {
        if (linkspec_parse(options->links.items[i], i, &spec, &why) != PLAIT_OK ||
            linkspec_resolve(&spec, ADDR_NUMBER, &why) == PLAIT_ERR_INVALID)
            return run_fail(error, PLAIT_ERR_INVALID, "--link %.300s", why.text);
    }
    return PLAIT_OK;
}

/* The option that an error of the run is about: the receiver's name stands at its beginning. */
static const char *send_blames(const struct options *options, const char *why)
{
    if (strncmp(why, "peer_key", 8) == 0)
        return "peer";
    bool is_to = strncmp(why + 1, options->to, strlen(options->to)) == 0;
    return is_to || options->links.count == 0 ? "to" : "link";
}

static int send_open(struct send *send, const struct credentials *credentials,
                     struct run_error *error)
{
    const struct options *options = send->service.options;
    struct plait_run_config config = {0};
    struct run_error why;
    service_endpoint_config(options, PLAIT_SENDER, credentials, &config.endpoint);
    service_trace(&send->service, &config.endpoint);
    config.address = options->to;
    config.links = options->links.items;
    config.link_count = options->links.count;
    memcpy(config.peer_key, credentials->peer[0], PLAIT_KEY_BYTES);
    config.psk = credentials->has_psk ? credentials->psk : NULL;
    config.hooks.ctx = &send->service;
    config.hooks.on_event = service_on_event;
    int err = plait_run_create(&config, &send->service.run, why.text);
    explicit_bzero(&config.endpoint, sizeof config.endpoint);
    if (err != PLAIT_OK)
        return run_fail(error, err, "--%s %.300s", send_blames(options, why.text), why.text);
    struct input_config input = {&send->service.run->loop,
                                 &send->url,
                                 options->rate_bps,
                                 {send, send_on_datagram, send_on_end, send_has_room}};
    err = input_open(&input, &send->input, &why);
    if (err != PLAIT_OK)
        return run_fail(error, err, "--in %.300s", why.text);
    err = service_open(&send->service, error);
    if (err == PLAIT_OK)
        service_name_peers(&send->service, credentials);
    return err;
}

int command_send(const struct options *options)
{
    struct send *send = secret_alloc(sizeof *send);
    struct credentials credentials;
    struct run_error error;
    if (!send)
        return command_refuse("send", "no memory");
    service_init(&send->service, "send", options);
    send->service.ctx = send;
    send->service.on_event = send_on_event;
    send->service.add_stats = send_add_stats;
    send->service.on_reload = send_on_reload;
    int err = send_check(options, &send->url, &error);
    if (err == PLAIT_OK)
        err = credentials_read(options, PLAIT_SENDER, &credentials, &error);
    if (err == PLAIT_OK)
        err = send_open(send, &credentials, &error);
    explicit_bzero(&credentials, sizeof credentials);
    if (err == PLAIT_OK) {
        if (send->url.kind == URL_UDP || send->url.kind == URL_SRT) {
            send->is_started = true;
            input_start(send->input, send->service.run->loop.now);
        }
        service_run(&send->service);
    }
    input_close(send->input);
    send->input = NULL;
    if (err == PLAIT_OK)
        service_finish(&send->service);
    service_close(&send->service);
    int code = send->service.exit_code;
    secret_free(send, sizeof *send);
    return err != PLAIT_OK ? command_refuse("send", "%s", error.text) : code;
}
