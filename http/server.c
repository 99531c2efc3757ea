/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "http/access.h"
#include "http/assets.h"
#include "http/http.h"
#include "http/json.h"
#include "http/mailbox.h"
#include "http/metrics.h"
#include "http/model.h"
#include "http/settle.h"
#include "http/stream.h"
#include "http/waiting.h"
#include "run/thread.h"

#define MAX_CONNECTIONS 128u
#define ASK_S           5u  /* a connection that asks nothing is closed after this */
#define ANSWER_S        30u /* and one that takes nothing of its answer */
#define STALE_MS        10000
#define EVENTS_SENT     16 /* newest events in each message; the page tells new from known by id */
#define TITLE_MAX       64
#define TOKEN_MAX       256
#define PAGE_POLICY                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self';" \
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

struct http_server {
    char address[128], title[TITLE_MAX];
    unsigned max_streams; /* connections that stay; the rest is for /healthz and /metrics */
    bool has_token;
    uint8_t token_digest[ACCESS_DIGEST];
    struct http_mailbox *box;
    struct model *model;
    struct stream_hub *hub;
    struct settle settle;
    struct waiting waiting;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    bool serves; /* the thread runs */
    atomic_bool ending;
    uint64_t heard_ms; /* when the newest snapshot came, by the server's own clock */
};

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
                              struct MHD_Response *response)
{
    if (response == NULL) {
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy", PAGE_POLICY);
    if (status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    }
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* Takes `text` over; in a terminal it ends its line. */
static enum MHD_Result answer_text(struct MHD_Connection *connection, const char *type, char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    if (len > 0 && text[len - 1] != '\n') {
        text[len++] = '\n'; /* in place of the terminator, which nobody needs from here on */
    }
    return text == NULL ? MHD_NO
                        : answer(connection, MHD_HTTP_OK, type,
                                 MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result answer_plain(struct MHD_Connection *connection, unsigned status,
                                    const char *text)
{
    char line[128];
    snprintf(line, sizeof(line), "%s\n", text);
    return answer(connection, status, "text/plain; charset=utf-8",
                  MHD_create_response_from_buffer(strlen(line), line, MHD_RESPMEM_MUST_COPY));
}

static bool may_ask(const struct http_server *server, struct MHD_Connection *connection)
{
    if (!server->has_token) {
        return access_host_allowed(
            MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST));
    }
    const char *given = access_bearer(
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION));
    if (given == NULL) {
        given = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "token");
    }
    return given != NULL && access_token_equal(server->token_digest, given);
}

/* "/events", or "/stats" for who wants it as a stream. */
static bool is_stream(struct MHD_Connection *connection, const char *path)
{
    const char *accept =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    return strcmp(path, "/events") == 0 || (strcmp(path, "/stats") == 0 && accept != NULL &&
                                            strstr(accept, "text/event-stream") != NULL);
}

/* A session stays up for a while when the other side has gone without a word: its paths go down. */
static bool is_answered(const struct plait_stats *stats)
{
    for (uint32_t i = 0; stats->up && i < stats->paths; i++) {
        if (stats->path[i].state == PLAIT_PATH_ACTIVE ||
            stats->path[i].state == PLAIT_PATH_SUSPECT) {
            return true;
        }
    }
    return false;
}

static enum MHD_Result answer_health(const struct http_server *server,
                                     struct MHD_Connection *connection)
{
    const struct http_snapshot *snapshot = model_snapshot(server->model);
    if (snapshot == NULL || clock_ms() - server->heard_ms > STALE_MS) {
        return answer_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "stale: no snapshot lately");
    }
    for (uint32_t i = 0; i < snapshot->sessions; i++) {
        if (is_answered(&snapshot->session[i].stats)) {
            return answer_plain(connection, MHD_HTTP_OK, "ok");
        }
    }
    return answer_plain(connection, MHD_HTTP_OK, "waiting");
}

static enum MHD_Result answer_data(struct http_server *server, struct MHD_Connection *connection,
                                   const char *path)
{
    static const char json[] = "application/json";
    const struct model *model = server->model;

    if (model_snapshot(model) == NULL) {
        return answer_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "not started yet");
    }
    if (strcmp(path, "/stats") == 0) {
        return answer_text(connection, json,
                           json_snapshot_text(model, server->title, MODEL_EVENTS));
    }
    if (strcmp(path, "/stats/legacy") == 0) {
        return answer_text(connection, json, json_legacy_text(model));
    }
    if (strcmp(path, "/history") == 0) {
        return answer_text(connection, json, json_history_text(model));
    }
    if (strcmp(path, "/metrics") == 0) {
        return answer_text(connection, "text/plain; version=0.0.4; charset=utf-8",
                           metrics_text(model_snapshot(model)));
    }
    return answer_plain(connection, MHD_HTTP_NOT_FOUND, "no such page");
}

/* Answers at once, which closes the connection afterwards: there are few places, and none for
 * connections that a browser keeps in case. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **request)
{
    struct http_server *server = ctx;

    (void)version;
    (void)upload;
    (void)upload_len;
    (void)request;
    waiting_asked(&server->waiting, connection);
    (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, ANSWER_S);
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return answer_plain(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only");
    }
    const struct http_asset *asset = http_asset_find(path);
    /* The page asks for its scripts without the token; they hold nothing of the session. */
    bool open_to_all = asset != NULL && strcmp(path, "/") != 0;
    if (!open_to_all && !may_ask(server, connection)) {
        return server->has_token
                   ? answer_plain(connection, MHD_HTTP_UNAUTHORIZED,
                                  "a token is needed: ?token=.. or Authorization: Bearer ..")
                   : answer_plain(connection, MHD_HTTP_FORBIDDEN,
                                  "ask by address or as localhost, or set a token (--http-token)");
    }
    if (asset != NULL) {
        union {
            const unsigned char *data;
            void *buffer; /* microhttpd takes no const pointer, and does not write to it */
        } embedded = {.data = asset->data};
        return answer(
            connection, MHD_HTTP_OK, asset->type,
            MHD_create_response_from_buffer(asset->len, embedded.buffer, MHD_RESPMEM_PERSISTENT));
    }
    if (strcmp(path, "/healthz") == 0) {
        return answer_health(server, connection);
    }
    if (is_stream(connection, path)) {
        if (strcmp(method, MHD_HTTP_METHOD_HEAD) == 0) {
            return answer(connection, MHD_HTTP_OK, "text/event-stream",
                          MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
        }
        if (stream_listeners(server->hub) >= server->max_streams) {
            return answer_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                                "too many pages are open; close one");
        }
        return answer(connection, MHD_HTTP_OK, "text/event-stream",
                      stream_response(server->hub, connection));
    }
    return answer_data(server, connection, path);
}

static void let_go_of_held(struct http_server *server, uint64_t now_ns)
{
    struct http_event event;
    while (settle_due(&server->settle, now_ns, &event)) {
        model_event_taken(server->model, &event);
    }
}

/* Whatever the loop thread left in the mailbox goes to the model, the history and the pages. */
static void take_news(struct http_server *server)
{
    struct http_event event;

    mailbox_woken(server->box);
    const struct http_snapshot *snapshot = mailbox_take(server->box);
    if (snapshot != NULL) {
        server->heard_ms = clock_ms();
        if (model_snapshot_taken(server->model, snapshot)) {
            char *sample = json_sample_text(server->model);
            if (sample != NULL) {
                model_history_add(server->model, sample);
            }
        }
    }
    while (mailbox_take_event(server->box, &event)) {
        let_go_of_held(server, event.now_ns);
        if (settle_event_taken(&server->settle, &event)) {
            model_event_taken(server->model, &event);
        }
    }
    if (model_snapshot(server->model) != NULL) {
        let_go_of_held(server, model_snapshot(server->model)->now_ns);
    }
    if (model_snapshot(server->model) != NULL && stream_listeners(server->hub) > 0) {
        char *text = json_snapshot_text(server->model, server->title, EVENTS_SENT);
        if (text != NULL) {
            stream_send(server->hub, text);
            free(text);
        }
    }
}

static int wait_ms(struct MHD_Daemon *daemon)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(daemon, &ms) != MHD_YES) {
        return -1;
    }
    return ms < 1000 ? (int)ms : 1000;
}

static void *serve(void *ctx)
{
    struct http_server *server = ctx;
    int epoll = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct pollfd wait[] = {
        {.fd = mailbox_fd(server->box), .events = POLLIN},
        {.fd = epoll, .events = POLLIN},
    };

    while (!atomic_load(&server->ending)) {
        if (poll(wait, 2, wait_ms(server->daemon)) > 0 && (wait[0].revents & POLLIN) != 0) {
            take_news(server);
        }
        MHD_run(server->daemon);
    }
    stream_end(server->hub);
    MHD_run(server->daemon);
    return NULL;
}

static void server_free(struct http_server *server)
{
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    stream_hub_destroy(server->hub);
    model_destroy(server->model);
    mailbox_destroy(server->box);
    free(server);
}

static int token_check(const struct http_config *config, const char *bound, bool loopback,
                       char *why, size_t why_len)
{
    size_t len = config->token != NULL ? strlen(config->token) : 0;
    if (len >= TOKEN_MAX) {
        snprintf(why, why_len, "the token has %zu characters; at most %d are allowed", len,
                 TOKEN_MAX - 1);
        return -1;
    }
    if (len == 0 && !loopback) {
        snprintf(why, why_len,
                 "\"%s\" can be reached from elsewhere: set a token (--http-token), or listen on "
                 "127.0.0.1 and use ssh -L",
                 bound);
        return -1;
    }
    return 0;
}

/* Links and files need descriptors as well: at most half of them are for who asks here. */
static unsigned connections_max(void)
{
    struct rlimit files;
    rlim_t most = getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur / 2 : MAX_CONNECTIONS;
    return most < MAX_CONNECTIONS ? (unsigned)most : MAX_CONNECTIONS;
}

int http_server_open(const struct http_config *config, struct http_server **out, char *why,
                     size_t why_len)
{
    bool loopback = false;
    char bound[sizeof((*out)->address)];
    int fd = access_listen(config->listen, bound, sizeof(bound), &loopback, why, why_len);

    if (fd < 0) {
        return -1;
    }
    if (token_check(config, bound, loopback, why, why_len) != 0) {
        close(fd);
        return -1;
    }
    snprintf(why, why_len, "\"%s\": out of memory or descriptors (raise: ulimit -n)", bound);
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        close(fd);
        return -1;
    }
    snprintf(server->address, sizeof(server->address), "%s", bound);
    snprintf(server->title, sizeof(server->title), "%s", config->title ? config->title : "plait");
    server->has_token = config->token != NULL && config->token[0] != '\0';
    access_token_digest(server->has_token ? config->token : "", server->token_digest);
    server->box = mailbox_create();
    server->model = model_create();
    server->hub = stream_hub_create();
    unsigned connections = connections_max();
    server->waiting.max = connections / 4;
    server->max_streams = connections * 3 / 8;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, ASK_S, MHD_OPTION_NOTIFY_CONNECTION, waiting_notified,
        &server->waiting, MHD_OPTION_END);
    if (server->daemon == NULL) {
        close(fd);
    }
    if (server->box == NULL || server->model == NULL || server->hub == NULL ||
        server->daemon == NULL) {
        server_free(server);
        return -1;
    }
    why[0] = '\0';
    *out = server;
    return 0;
}

int http_server_start(struct http_server *server)
{
    server->serves = thread_start(&server->thread, serve, server) == 0;
    return server->serves ? 0 : -1;
}

const char *http_server_address(const struct http_server *server)
{
    return server->address;
}

void http_server_publish(struct http_server *server, const struct http_snapshot *snapshot)
{
    mailbox_put(server->box, snapshot);
}

void http_server_event(struct http_server *server, const struct http_event *event)
{
    mailbox_put_event(server->box, event);
}

void http_server_stop(struct http_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->serves) {
        atomic_store(&server->ending, true);
        mailbox_wake(server->box);
        pthread_join(server->thread, NULL);
    }
    server_free(server);
}
