/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/url.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool url_set(struct url *out, const char *key, const char *value)
{
    char *end = NULL;
    if (strcmp(key, "pkt_size") == 0) /* ffmpeg's; here the datagrams are as they come */
        return true;
    if (strcmp(key, "iface") == 0 && value[0] != '\0' && strlen(value) < sizeof out->iface) {
        memcpy(out->iface, value, strlen(value) + 1);
        return true;
    }
    if (strcmp(key, "ttl") != 0 || value[0] < '0' || value[0] > '9')
        return false;
    out->ttl = (int)strtol(value, &end, 10);
    return *end == '\0' && out->ttl >= 1 && out->ttl <= 255;
}

char *url_pair(char **next, char **value)
{
    char *pair = *next;
    if (!pair)
        return NULL;
    *next = strchr(pair, '&');
    if (*next)
        *(*next)++ = '\0';
    *value = strchr(pair, '=');
    if (*value)
        *(*value)++ = '\0';
    return pair;
}

static int url_udp_query(struct url *out, struct run_error *error)
{
    char *next = out->query[0] != '\0' ? out->query : NULL, *value, *pair;
    while ((pair = url_pair(&next, &value)) != NULL) {
        if (!value || !url_set(out, pair, value))
            return run_fail(error, PLAIT_ERR_INVALID,
                            "'%.200s': '%.40s' is wrong; write ttl=1 to 255 or iface=NAME, for a "
                            "multicast group, or nothing",
                            out->text, pair);
    }
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
    if (rest[len] == '/' && rest[len + 1] != '\0' && rest[len + 1] != '?')
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.200s' has more behind HOST:PORT; write %.6sHOST:PORT", out->text,
                        out->text);
    memcpy(out->host, rest, len);
    out->host[len] = '\0';
    const char *query = strchr(rest, '?');
    if (query && strlen(query + 1) >= sizeof out->query)
        return run_fail(error, PLAIT_ERR_INVALID, "'%.200s' is too long after '?'", out->text);
    if (query)
        memcpy(out->query, query + 1, strlen(query + 1) + 1);
    return out->kind == URL_UDP ? url_udp_query(out, error) : PLAIT_OK;
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
