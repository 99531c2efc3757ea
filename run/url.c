/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/url.h"

#include <stdio.h>
#include <string.h>

struct url_scheme {
    const char *prefix;
    enum url_kind kind;
};

static const struct url_scheme url_schemes[] = {
    {"udp://", URL_UDP},
    {"rtp://", URL_UDP},
    {"srt://", URL_SRT},
    {"file:", URL_FILE},
};

static int url_file(const char *rest, struct url *out, struct run_error *error)
{
    if (strncmp(rest, "//", 2) == 0)
        rest += 2;
    if (rest[0] == '\0' || strlen(rest) >= sizeof out->path)
        return run_fail(error, PLAIT_ERR_INVALID, "'%.200s' names no file; write file:PATH",
                        out->text);
    memcpy(out->path, rest, strlen(rest) + 1);
    return PLAIT_OK;
}

static int url_host(const char *rest, struct url *out, struct run_error *error)
{
    if (rest[0] == '@') /* VLC and older tools write udp://@:PORT to listen */
        rest++;
    size_t len = strcspn(rest, "?/");
    if (len == 0 || len >= sizeof out->host || !memchr(rest, ':', len))
        return run_fail(error, PLAIT_ERR_INVALID, "'%.200s' has no HOST:PORT; write %.6sHOST:PORT",
                        out->text, out->text);
    memcpy(out->host, rest, len);
    out->host[len] = '\0';
    const char *query = strchr(rest, '?');
    if (query && strlen(query + 1) >= sizeof out->query)
        return run_fail(error, PLAIT_ERR_INVALID, "'%.200s' is too long after '?'", out->text);
    if (query)
        memcpy(out->query, query + 1, strlen(query + 1) + 1);
    return PLAIT_OK;
}

int url_parse(const char *text, struct url *out, struct run_error *error)
{
    memset(out, 0, sizeof *out);
    if (strlen(text) >= sizeof out->text)
        return run_fail(error, PLAIT_ERR_INVALID, "'%.60s...' is too long; at most %d bytes", text,
                        URL_PATH);
    memcpy(out->text, text, strlen(text) + 1);
    if (strcmp(text, "-") == 0) {
        out->kind = URL_STDIO;
        return PLAIT_OK;
    }
    for (size_t i = 0; i < sizeof url_schemes / sizeof url_schemes[0]; i++) {
        const struct url_scheme *scheme = &url_schemes[i];
        size_t len = strlen(scheme->prefix);
        if (strncmp(text, scheme->prefix, len) != 0)
            continue;
        out->kind = scheme->kind;
        return scheme->kind == URL_FILE ? url_file(text + len, out, error)
                                        : url_host(text + len, out, error);
    }
    return run_fail(error, PLAIT_ERR_INVALID,
                    "'%.200s' is no URL Plait knows; write udp://HOST:PORT, rtp://HOST:PORT, "
                    "srt://HOST:PORT, file:PATH or -",
                    text);
}
