/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/keyfile.h"

#define CREDENTIALS_SECRET (OPTIONS_SECRET + 1) /* with the final zero */

/* Puts the option's name before the reason. */
static int credentials_fail(struct run_error *error, int code, const char *option)
{
    struct run_error reason = *error;
    return run_fail(error, code, "--%s %.280s", option, reason.text);
}

/* Returns the length, 0 when there is no pass phrase. */
static int credentials_phrase(const struct options *options, char *out, struct run_error *error)
{
    const char *from_environment = getenv("PLAIT_SECRET");
    int len = 0;
    if (options->secret && options->secret_file)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--secret-file %.200s and --secret are both there; give one",
                        options->secret_file);
    if (options->secret && strcmp(options->secret, "-") == 0) {
        len = keyfile_read_line("/dev/stdin", false, out, CREDENTIALS_SECRET, error);
        if (len == 0)
            return run_fail(error, PLAIT_ERR_INVALID,
                            "--secret -: standard input is empty; write the pass phrase to it");
        return len < 0 ? credentials_fail(error, len, "secret") : len;
    }
    if (options->secret_file) {
        len = keyfile_read_line(options->secret_file, true, out, CREDENTIALS_SECRET, error);
        if (len == 0)
            return run_fail(error, PLAIT_ERR_INVALID,
                            "--secret-file %.200s is empty; write the pass phrase into it",
                            options->secret_file);
        return len < 0 ? credentials_fail(error, len, "secret-file") : len;
    }
    const char *phrase = options->secret ? options->secret : from_environment;
    if (!phrase || phrase[0] == '\0')
        return 0;
    if (strlen(phrase) >= CREDENTIALS_SECRET)
        return run_fail(error, PLAIT_ERR_INVALID, "%s is too long; at most %d bytes",
                        options->secret ? "--secret" : "PLAIT_SECRET", OPTIONS_SECRET);
    memcpy(out, phrase, strlen(phrase) + 1);
    return (int)strlen(phrase);
}

static int credentials_from_phrase(const struct options *options, enum plait_role role,
                                   const char *phrase, int len, struct credentials *out,
                                   struct run_error *error)
{
    struct plait_pair_keys pair;
    bool is_sender = role == PLAIT_SENDER;
    int err = plait_pair_derive(phrase, (size_t)len, &pair);
    if (err != PLAIT_OK)
        return run_fail(error, err, "--secret: no keys can be derived: %s; 64 MiB must be free",
                        plait_strerror(err));
    memcpy(out->psk, pair.psk, PLAIT_KEY_BYTES);
    out->has_psk = true;
    if (!options->key)
        memcpy(out->secret_key, is_sender ? pair.sender_secret : pair.receiver_secret,
               PLAIT_KEY_BYTES);
    bool has_peers = is_sender ? options->peer != NULL : options->allow.count > 0;
    if (!has_peers)
        memcpy(out->peer[out->peers++], is_sender ? pair.receiver_public : pair.sender_public,
               PLAIT_KEY_BYTES);
    explicit_bzero(&pair, sizeof pair);
    return PLAIT_OK;
}

static bool credentials_is_gone(const char *file)
{
    struct stat info;
    return stat(file, &info) != 0 && errno == ENOENT;
}

static int credentials_read_allow(const struct options *options, bool again,
                                  struct credentials *out, struct run_error *error)
{
    for (uint32_t i = 0; i < options->allow.count; i++) {
        if (again && credentials_is_gone(options->allow.items[i]))
            continue;
        int err = (again ? keyfile_read_public_again : keyfile_read_public)(
            options->allow.items[i], out->peer[out->peers], out->name[out->peers], error);
        if (err != PLAIT_OK)
            return credentials_fail(error, err, "allow");
        out->peers++;
    }
    return PLAIT_OK;
}

int credentials_reload_allow(const struct options *options, struct credentials *out,
                             struct run_error *error)
{
    out->peers = 0;
    return credentials_read_allow(options, true, out, error);
}

static int credentials_from_files(const struct options *options, struct credentials *out,
                                  struct run_error *error)
{
    int err = PLAIT_OK;
    if (options->key) {
        err = keyfile_read_secret(options->key, out->secret_key, error);
        if (err != PLAIT_OK)
            return credentials_fail(error, err, "key");
    }
    if (options->peer) {
        err = keyfile_read_public(options->peer, out->peer[0], out->name[0], error);
        if (err != PLAIT_OK)
            return credentials_fail(error, err, "peer");
        out->peers = 1;
    }
    return credentials_read_allow(options, false, out, error);
}

/* Out of /proc/PID/environ too, which unsetenv() leaves as it is. */
static void credentials_forget_environment(void)
{
    char *phrase = getenv("PLAIT_SECRET");
    if (phrase)
        explicit_bzero(phrase, strlen(phrase));
    (void)unsetenv("PLAIT_SECRET");
}

int credentials_read(const struct options *options, enum plait_role role, struct credentials *out,
                     struct run_error *error)
{
    char phrase[CREDENTIALS_SECRET];
    bool is_sender = role == PLAIT_SENDER;
    const char *trusted = is_sender ? "--peer FILE.pub" : "--allow FILE.pub";
    memset(out, 0, sizeof *out);
    int len = credentials_phrase(options, phrase, error);
    credentials_forget_environment();
    if (len < 0)
        return len;
    bool has_peers = is_sender ? options->peer != NULL : options->allow.count > 0;
    if (has_peers && !options->key)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--key is missing beside %s; make one with: plait keygen FILE", trusted);
    if (len == 0 && !options->key)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "--secret is missing; give --secret PASS on both sides, or --key FILE and "
                        "%s",
                        trusted);
    if (len == 0 && !has_peers)
        return run_fail(error, PLAIT_ERR_INVALID, "--%s is missing beside --key; give %s",
                        is_sender ? "peer" : "allow", trusted);
    int err = credentials_from_files(options, out, error);
    if (err == PLAIT_OK && len > 0)
        err = credentials_from_phrase(options, role, phrase, len, out, error);
    explicit_bzero(phrase, sizeof phrase);
    return err;
}
