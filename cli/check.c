/* SPDX-License-Identifier: BSD-2-Clause */
/* plait check: looks at this host, and at a configuration file, and says what to mend. */
#include "cli/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/credentials.h"
#include "run/linkspec.h"
#include "run/url.h"

void check_say(struct check *check, enum check_level level, const char *cure, const char *format,
               ...)
{
    static const char *const mark[] = {"good", "note", "warn", "BAD "};
    va_list args;
    printf("%s  ", mark[level]);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    printf("\n");
    if (cure && level != CHECK_GOOD)
        printf("      -> %s\n", cure);
    check->bad += level == CHECK_BAD;
    check->warned += level == CHECK_WARN;
}

static void check_address(struct check *check, const char *name, const char *value,
                          enum addr_use use)
{
    struct plait_addr address;
    struct run_error why;
    if (!value)
        check_say(check, CHECK_BAD, "add it to the file", "%s is missing", name);
    else if (addr_parse(value, use, 0, &address, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s = %s", name, why.text);
    else
        check_say(check, CHECK_GOOD, NULL, "%s = %s", name, value);
}

static void check_url(struct check *check, const char *name, const char *value)
{
    static const char cure[] = "write udp://HOST:PORT, rtp://HOST:PORT, file:PATH or -";
    struct url url;
    struct run_error why;
    if (!value)
        check_say(check, CHECK_BAD, cure, "%s is missing", name);
    else if (url_parse(value, &url, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s = %s", name, why.text);
    else
        check_say(check, CHECK_GOOD, NULL, "%s = %s", name, value);
}

static void check_links(struct check *check, const struct option_list *links)
{
    struct linkspec specs[PLAIT_MAX_PATHS];
    struct run_error why;
    if (links->count > PLAIT_MAX_PATHS) {
        check_say(check, CHECK_BAD, "remove some", "%u links; at most %d", links->count,
                  PLAIT_MAX_PATHS);
        return;
    }
    for (uint32_t i = 0; i < links->count; i++) {
        if (linkspec_parse(links->items[i], i, &specs[i], &why) != PLAIT_OK ||
            linkspec_resolve(&specs[i], &why) != PLAIT_OK) {
            check_say(check, CHECK_BAD, NULL, "link = %s", why.text);
            return;
        }
        check_say(check, CHECK_GOOD, NULL, "link = %s", links->items[i]);
    }
    if (linkspec_check(specs, links->count, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "link: %s", why.text);
}

int check_credentials_read(const struct options *options, enum plait_role role,
                           struct credentials *out, struct run_error *error)
{
    const char *phrase = getenv("PLAIT_SECRET");
    char *kept = phrase ? strdup(phrase) : NULL;
    int err = credentials_read(options, role, out, error);
    if (kept) {
        (void)setenv("PLAIT_SECRET", kept, 1);
        explicit_bzero(kept, strlen(kept));
        free(kept);
    }
    return err;
}

static void check_credentials(struct check *check, const struct options *options,
                              enum plait_role role)
{
    struct credentials credentials;
    struct run_error why;
    if (!options->secret && !options->secret_file && !options->key && !getenv("PLAIT_SECRET")) {
        check_say(check, CHECK_NOTE,
                  "give the service PLAIT_SECRET (NAME.env), or add secret-file or key",
                  "neither a pass phrase nor a key is in it");
        return;
    }
    if (check_credentials_read(options, role, &credentials, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s", why.text);
    else
        check_say(check, CHECK_GOOD, NULL, "keys can be read");
    explicit_bzero(&credentials, sizeof credentials);
}

/* One section as its command would read it. */
static void check_section(struct check *check, const char *file, const char *name,
                          enum option_command command, struct options *out)
{
    struct run_error why;
    printf("\n[%s] of %s\n", name, file);
    if (config_read(out, command, name, file, &why) != PLAIT_OK) {
        check_say(check, CHECK_BAD, NULL, "%s", why.text);
        return;
    }
    if (command == FOR_SEND) {
        check_address(check, "to", out->to, ADDR_REACH);
        check_url(check, "in", out->in);
        check_links(check, &out->links);
        if (!out->try_links) /* check_reach() reads them, which standard input allows once */
            check_credentials(check, out, PLAIT_SENDER);
    } else {
        check_address(check, "listen", out->listen, ADDR_LISTEN);
        check_url(check, "out", out->out);
        check_credentials(check, out, PLAIT_RECEIVER);
    }
}

/* False when there is no such file. */
static bool check_file(struct check *check, const char *file, struct options *send)
{
    struct options recv = *send;
    FILE *there = fopen(file, "re");
    if (!there)
        return false;
    (void)fclose(there);
    bool has_send = config_has_section(file, "send");
    bool has_recv = config_has_section(file, "recv");
    if (has_send)
        check_section(check, file, "send", FOR_SEND, send);
    if (has_recv)
        check_section(check, file, "recv", FOR_RECV, &recv);
    if (!has_send && !has_recv)
        check_say(check, CHECK_BAD, "begin it with a line [send] or [recv]",
                  "%s: neither a sender nor a receiver is in it", file);
    config_free(&recv);
    return true;
}

int command_check(const struct options *options)
{
    struct check check = {0, 0};
    struct options send = *options;
    const char *file = options->args.count > 0 ? options->args.items[0] : NULL;
    if (file && !check_file(&check, file, &send))
        return command_refuse("check", "'%.200s' cannot be read; give a configuration file", file);
    check_host(&check, &send, file && !config_has_section(file, "send"));
    if (options->try_links)
        check_reach(&check, &send);
    else if (send.to)
        check_say(&check, CHECK_NOTE,
                  "add --try, with the secret or keys; a session that runs with them ends",
                  "not tried whether the receiver answers over each link");
    config_free(&send);
    if (check.bad > 0)
        printf("\n%u to mend, %u to think about\n", check.bad, check.warned);
    else
        printf("\nall is well%s\n", check.warned > 0 ? ", with warnings" : "");
    return check.bad > 0 ? EXIT_FAILED : EXIT_GOOD;
}
