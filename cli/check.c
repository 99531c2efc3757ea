/* SPDX-License-Identifier: BSD-2-Clause */
/* plait check: looks at this host, and at a configuration file, and says what to mend. */
#include "cli/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check_values.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/credentials.h"
#include "cli/places.h"

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
    if (config_warning(out)[0] != '\0')
        check_say(check, CHECK_WARN, NULL, "%s", config_warning(out));
    out->config = file; /* as the command would have it: nothing may be written there */
    if (places_check(out, &why) != PLAIT_OK)
        check_say(check, CHECK_BAD, NULL, "%s", why.text);
    if (command == FOR_SEND) {
        check_address(check, "to", out->to, ADDR_REACH);
        check_url(check, "in", out->in);
        check_links(check, &out->links);
        if (!out->try_links) /* check_reach() reads them, which standard input allows once */
            check_credentials(check, out, PLAIT_SENDER);
    } else if (command == FOR_LAB) {
        if (out->in)
            check_url(check, "in", out->in);
        if (out->out)
            check_url(check, "out", out->out);
        check_scenario(check, out->scenario);
        check_adaptive(check, out);
    } else {
        check_address(check, "listen", out->listen, ADDR_LISTEN);
        check_url(check, "out", out->out);
        check_credentials(check, out, PLAIT_RECEIVER);
    }
    check_operator(check, out);
}

/* False when there is no such file, or none that can be read. */
static bool check_file(struct check *check, const char *file, struct options *send)
{
    struct options recv = *send, lab = {0};
    struct stat info;
    /* It is read several times: a pipe is not, and a device need not end. */
    if (stat(file, &info) != 0 || !S_ISREG(info.st_mode) || access(file, R_OK) != 0)
        return false;
    bool has_send = config_has_section(file, "send");
    bool has_recv = config_has_section(file, "recv");
    bool has_lab = config_has_section(file, "lab");
    if (has_send)
        check_section(check, file, "send", FOR_SEND, send);
    if (has_recv)
        check_section(check, file, "recv", FOR_RECV, &recv);
    if (has_lab)
        check_section(check, file, "lab", FOR_LAB, &lab);
    if (!has_send && !has_recv && !has_lab)
        check_say(check, CHECK_BAD, "begin it with a line [send] or [recv]",
                  "%s: neither a sender nor a receiver is in it", file);
    config_free(&recv);
    config_free(&lab);
    return true;
}

int command_check(const struct options *options)
{
    struct check check = {0, 0};
    struct options send = *options;
    const char *file = options->args.count > 0 ? options->args.items[0] : NULL;
    if (file && !check_file(&check, file, &send))
        return command_refuse(
            "check", "'%.200s' is no file that can be read; give a configuration file", file);
    if ((!file || !config_has_section(file, "send")) && send.links.count > 0) {
        printf("\nthe links\n");
        check_links(&check, &send.links);
    }
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
