/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/places.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/url.h"

#define PLACES_MAX (OPTIONS_MAX_LIST + 10)

struct place {
    const char *option, *path;
    bool is_written;
};

struct places {
    uint32_t count;
    struct place of[PLACES_MAX];
};

static void places_add(struct places *places, const char *option, const char *path, bool is_written)
{
    const struct place place = {option, path, is_written};
    if (path && strcmp(path, "-") != 0)
        places->of[places->count++] = place;
}

static const char *places_file(const char *text, struct url *url)
{
    struct run_error ignored;
    bool is_file = text && url_parse(text, url, &ignored) == PLAIT_OK && url->kind == URL_FILE;
    return is_file ? url->path : NULL;
}

static bool places_same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Cuts a path into its directory, which is looked at, and the name in there, which is returned. */
static const char *places_parent(const char *path, struct stat *parent)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                       slash ? path : ".");
    bool is_there = len < PATH_MAX && stat(directory, parent) == 0;
    return !is_there ? NULL : slash ? slash + 1 : path;
}

/* Also by another name. What is no file, such as /dev/null, may be everybody's; what is not there
 * yet is where it would be made. */
static bool places_same(const char *a, const char *b)
{
    struct stat of_a, of_b;
    bool has_a = stat(a, &of_a) == 0, has_b = stat(b, &of_b) == 0;
    if (has_a && has_b)
        return S_ISREG(of_a.st_mode) && places_same_inode(&of_a, &of_b);
    if (has_a || has_b)
        return false;
    const char *name_a = places_parent(a, &of_a), *name_b = places_parent(b, &of_b);
    return name_a && name_b && strcmp(name_a, name_b) == 0 && places_same_inode(&of_a, &of_b);
}

int places_check(const struct options *options, struct run_error *error)
{
    struct places places = {0};
    struct url in, out;
    places_add(&places, "out", places_file(options->out, &out), true);
    places_add(&places, "stats", options->stats, true);
    places_add(&places, "trace", options->trace, true);
    places_add(&places, "keylog", options->keylog, true);
    places_add(&places, "in", places_file(options->in, &in), false);
    places_add(&places, "key", options->key, false);
    places_add(&places, "secret-file", options->secret_file, false);
    places_add(&places, "peer", options->peer, false);
    places_add(&places, "config", options->config, false);
    places_add(&places, "scenario", options->scenario, false);
    for (uint32_t i = 0; i < options->allow.count; i++)
        places_add(&places, "allow", options->allow.items[i], false);
    for (uint32_t i = 0; i < places.count; i++) {
        const struct place *a = &places.of[i];
        for (uint32_t k = i + 1; a->is_written && k < places.count; k++) {
            const struct place *b = &places.of[k];
            if (places_same(a->path, b->path))
                return run_fail(error, PLAIT_ERR_INVALID,
                                "--%s and --%s are the same file '%.200s'; give another one",
                                a->option, b->option, b->path);
        }
    }
    return PLAIT_OK;
}
