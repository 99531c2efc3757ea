/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of one section, as the command would take them at its start. Nothing is opened that a
 * running plait may hold already. */
#include "cli/check_values.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/adaptive.h"
#include "cli/stats_file.h"
#include "emu/scenario.h"
#include "run/hostlinks.h"
#include "run/input.h"
#include "run/linkspec.h"
#include "run/url.h"

void check_address(struct check *check, const char *name, const char *value, enum addr_use use)
{
    struct plait_addr address;
    struct run_error why;
    if (!value)
        check_say(check, CHECK_BAD, "add it to the file", "%s is missing", name);
    else if (addr_parse(value, use, &address, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s = %s", name, why.text);
    else
        check_say(check, CHECK_GOOD, NULL, "%s = %s", name, value);
}

/* A file, and the value that names it. What another user may read or write there is not known, and
 * a path that is not absolute begins in a directory of the service's. */
static void check_place(struct check *check, const char *name, const char *value, const char *file,
                        bool is_read)
{
    char directory[URL_PATH];
    struct stat info;
    const char *slash = file ? strrchr(file, '/') : NULL;
    if (!file)
        return;
    (void)snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - file) + 1 : 0, file);
    if (file[0] == '/' && access(directory, F_OK) != 0)
        check_say(check, CHECK_BAD, "make the directory, or take another place",
                  "%s = %s: there is no directory %s", name, value, directory);
    else if ((slash && slash[1] == '\0') ||
             (file[0] == '/' && stat(file, &info) == 0 && S_ISDIR(info.st_mode)))
        check_say(check, CHECK_BAD, "add a name", "%s = %s: is a directory", name, value);
    else if (is_read && file[0] == '/' && access(file, F_OK) != 0)
        check_say(check, CHECK_BAD, "check the name", "%s = %s: there is no such file", name,
                  value);
    else
        check_say(check, CHECK_GOOD, NULL, "%s = %s", name, value);
}

/* What plait send would refuse; its port may be a running one's. */
static int check_input(const struct url *url, struct run_error *why)
{
    struct socket_config config;
    int err = input_udp_socket(url, &config, why);
    if (err != PLAIT_OK)
        return err;
    config.bind.port = 0;
    int fd = socket_open(&config, why);
    if (fd >= 0)
        (void)close(fd);
    return fd < 0 ? fd : PLAIT_OK;
}

static void check_udp(struct check *check, const char *name, const char *value,
                      const struct url *url)
{
    struct plait_addr address;
    struct run_error why;
    bool is_in = strcmp(name, "in") == 0;
    int err = is_in ? check_input(url, &why) : addr_parse(url->host, ADDR_REACH, &address, &why);
    if (err != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s = %s: %s", name, value, why.text);
    else if (!is_in && addr_is_multicast(&address) && url->iface[0] != '\0' &&
             if_nametoindex(url->iface) == 0)
        check_say(check, CHECK_WARN, "plug it in; or is the name right? see: ip -br link",
                  "%s = %s: no such device now; nothing goes out until it comes", name, value);
    else
        check_say(check, CHECK_GOOD, NULL, "%s = %s", name, value);
}

void check_url(struct check *check, const char *name, const char *value)
{
    static const char cure[] = "write udp://HOST:PORT, rtp://HOST:PORT, file:PATH or -";
    struct url url;
    struct run_error why;
    if (!value)
        check_say(check, CHECK_BAD, cure, "%s is missing", name);
    else if (url_parse(value, &url, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s = %s", name, why.text);
    else if (url.kind == URL_FILE)
        check_place(check, name, value, url.path, strcmp(name, "in") == 0);
    else if (url.kind == URL_UDP)
        check_udp(check, name, value, &url);
    else
        check_say(check, CHECK_GOOD, NULL, "%s = %s", name, value);
}

/* A modem may be unplugged while a file is checked, or its name mistyped: plait send waits for it.
 */
static void check_link_is_there(struct check *check, const char *text, const struct linkspec *spec)
{
    if (spec->dev[0] != '\0' && !strpbrk(spec->dev, "*?[") && if_nametoindex(spec->dev) == 0)
        check_say(check, CHECK_WARN, "plug it in; or is the name right? see: ip -br link",
                  "link = %s: no such device now; plait send takes it when it comes", text);
    else if (spec->src.family != 0 && !hostlinks_is_own(&spec->src))
        check_say(check, CHECK_WARN, "ip -br addr shows them; dev=NAME needs none",
                  "link = %s: no such address now; plait send takes it when it comes", text);
    else
        check_say(check, CHECK_GOOD, NULL, "link = %s", text);
}

void check_links(struct check *check, const struct option_list *links)
{
    struct linkspec specs[PLAIT_MAX_PATHS];
    struct run_error why;
    uint32_t good = 0;
    if (links->count > PLAIT_MAX_PATHS) {
        check_say(check, CHECK_BAD, "remove some", "%u links; at most %d", links->count,
                  PLAIT_MAX_PATHS);
        return;
    }
    for (uint32_t i = 0; i < links->count; i++) {
        if (linkspec_parse(links->items[i], i, &specs[good], &why) != PLAIT_OK ||
            linkspec_resolve(&specs[good], ADDR_REACH, &why) != PLAIT_OK)
            check_say(check, CHECK_BAD, NULL, "link = %s", why.text);
        else
            check_link_is_there(check, links->items[i], &specs[good++]);
    }
    if (linkspec_check(specs, good, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "link: %s", why.text);
}

static void check_http(struct check *check, const struct options *options)
{
    struct plait_addr address;
    struct run_error why;
    char text[300];
    if (!options->http) {
        if (options->http_token)
            check_say(check, CHECK_WARN, "add http = ADDR:PORT", "http-token: there is no http");
        return;
    }
    /* Without a host it is the loopback (http/access.c). */
    (void)snprintf(text, sizeof text, "%s%.250s", options->http[0] == ':' ? "127.0.0.1" : "",
                   options->http);
    if (addr_parse(text, ADDR_LISTEN, &address, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, "write it as 127.0.0.1:8080", "http = %s", why.text);
    else if (!addr_is_loopback(&address) && !options->http_token)
        check_say(check, CHECK_BAD, "add http-token, or take 127.0.0.1 and ssh -L",
                  "http = %s: can be reached from elsewhere without a token", options->http);
    else
        check_say(check, CHECK_GOOD, NULL, "http = %s", options->http);
}

void check_scenario(struct check *check, const char *value)
{
    struct emu_scenario scenario = {0};
    char why[EMU_ERROR_MAX];
    struct stat info;
    if (!value)
        return;
    /* A pipe waits for its writer, and a device need not end. */
    if (stat(value, &info) == 0 && !S_ISREG(info.st_mode))
        check_say(check, CHECK_BAD, "give a scenario's file", "scenario = %s: is no file", value);
    else if (emu_scenario_load(&scenario, value, why) != 0)
        check_say(check, CHECK_BAD, NULL, "scenario = %s", why);
    else
        check_say(check, CHECK_GOOD, NULL, "scenario = %s", value);
    emu_scenario_free(&scenario);
}

void check_adaptive(struct check *check, const struct options *options)
{
    struct run_error why;
    uint64_t least_bps, most_bps;
    if (!options->adaptive)
        return;
    if (adaptive_parse(options, &least_bps, &most_bps, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s", why.text);
    else
        check_say(check, CHECK_GOOD, NULL, "adaptive = %s", options->adaptive);
}

void check_operator(struct check *check, const struct options *options)
{
    struct run_error why;
    bool out_is_stdout = options->out && strcmp(options->out, "-") == 0;
    check_http(check, options);
    if (stats_file_check(options->stats, out_is_stdout, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s", why.text);
    else
        check_place(check, "stats", options->stats, options->stats, false);
    check_place(check, "trace", options->trace, options->trace, false);
    check_place(check, "keylog", options->keylog, options->keylog, false);
}
