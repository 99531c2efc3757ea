/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/linkspec.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool spec_text(const char *value, char *out, size_t size)
{
    size_t len = strlen(value);
    if (len == 0 || len >= size)
        return false;
    memcpy(out, value, len + 1);
    return true;
}

static bool spec_number(const char *value, uint32_t *out)
{
    char *end = NULL;
    if (value[0] < '0' || value[0] > '9')
        return false;
    unsigned long number = strtoul(value, &end, 10);
    *out = (uint32_t)number;
    return *end == '\0' && number <= 1000000;
}

bool linkspec_rate_parse(const char *text, uint64_t *bps)
{
    char *end = NULL;
    if ((text[0] < '0' || text[0] > '9') && text[0] != '.')
        return false;
    double value = strtod(text, &end);
    const char *unit = strchr("kMG", *end == 'K' ? 'k' : *end == 'm' ? 'M' : *end);
    if (*end != '\0' && !unit)
        return false;
    if (*end != '\0') {
        value *= *unit == 'k' ? 1e3 : *unit == 'M' ? 1e6 : 1e9;
        end++;
    }
    if (*end != '\0' || !(value >= 1e3 && value <= 1e11))
        return false;
    *bps = (uint64_t)value;
    return true;
}

/* It stands in lines of the log, which end where they seem to. */
static int spec_name_set(struct linkspec *spec, const char *value, struct run_error *error)
{
    for (const char *at = value; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return run_fail(error, PLAIT_ERR_INVALID,
                            "name= holds the control character %d; leave it away", *at);
    }
    if (spec_text(value, spec->name, sizeof spec->name))
        return PLAIT_OK;
    return run_fail(error, PLAIT_ERR_INVALID, "name=%.40s must have 1 to %d bytes; shorten it",
                    value, LINKSPEC_NAME - 1);
}

/* The kernel allows no white space and no slash. With '=' or ';' in it, which it does allow, it is
 * nearly always the next pair, and would be waited for as a device. */
static int spec_dev_set(struct linkspec *spec, const char *value, struct run_error *error)
{
    char before[sizeof spec->dev];
    if (value[strcspn(value, " \t;=")] != '\0')
        return run_fail(error, PLAIT_ERR_INVALID,
                        "dev=%.40s is no device name; write a comma between the pairs", value);
    memcpy(before, spec->dev, sizeof before);
    if (strchr(value, '/') || !spec_text(value, spec->dev, sizeof spec->dev))
        return run_fail(error, PLAIT_ERR_INVALID, "dev=%.40s is no device name; see: ip -br link",
                        value);
    if (before[0] == '\0' || strcmp(before, spec->dev) == 0)
        return PLAIT_OK;
    return run_fail(error, PLAIT_ERR_INVALID, "%.15s and %.15s cannot both be its device; name one",
                    before, spec->dev);
}

/* What stands behind the '%'. A device's number is another one each time that it is plugged in: the
 * name alone is kept. */
static int spec_zone_set(struct linkspec *spec, const char *value, struct run_error *error)
{
    char name[IF_NAMESIZE];
    uint32_t number = 0;
    if (value[0] == '\0' || value[strspn(value, "0123456789")] != '\0')
        return spec_dev_set(spec, value, error);
    if (!spec_number(value, &number) || !if_indextoname(number, name))
        return run_fail(error, PLAIT_ERR_INVALID,
                        "src=: no device has the number %.40s; write the device's name", value);
    return spec_dev_set(spec, name, error);
}

/* A link-local address may name its device (fe80::1%wwan0). */
static int spec_src_set(struct linkspec *spec, const char *value, struct run_error *error)
{
    const char *device = strchr(value, '%');
    char address[ADDR_TEXT];
    (void)snprintf(address, sizeof address, "%.*s", (int)strcspn(value, "%"), value);
    int err = addr_parse_ip(address, &spec->src, error);
    if (err != PLAIT_OK || !device)
        return err;
    if (!addr_is_link_local(&spec->src))
        return run_fail(error, PLAIT_ERR_INVALID,
                        "src=%.60s is not link-local, and has no device; write dev=%.15s beside it",
                        value, device + 1);
    return spec_zone_set(spec, device + 1, error);
}

static int spec_set(struct linkspec *spec, const char *key, const char *value,
                    struct run_error *error)
{
    if (strcmp(key, "dev") == 0)
        return spec_dev_set(spec, value, error);
    if (strcmp(key, "src") == 0)
        return spec_src_set(spec, value, error);
    if (strcmp(key, "to") == 0)
        return spec_text(value, spec->to, sizeof spec->to)
                   ? PLAIT_OK
                   : run_fail(error, PLAIT_ERR_INVALID, "to= is empty; write to=HOST:PORT");
    if (strcmp(key, "name") == 0)
        return spec_name_set(spec, value, error);
    if (strcmp(key, "max") == 0)
        return linkspec_rate_parse(value, &spec->max_bps)
                   ? PLAIT_OK
                   : run_fail(
                         error, PLAIT_ERR_INVALID,
                         "max=%.40s is no rate; write bit/s like max=8000000 or max=8M, at least "
                         "1k",
                         value);
    uint32_t *number = strcmp(key, "cost") == 0       ? &spec->cost
                       : strcmp(key, "priority") == 0 ? &spec->priority
                                                      : NULL;
    if (!number)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.40s' is no key; known: dev, src, to, name, max, cost, priority", key);
    return spec_number(value, number)
               ? PLAIT_OK
               : run_fail(error, PLAIT_ERR_INVALID, "%s=%.40s must be a number, 0 to 1000000", key,
                          value);
}

static void spec_name(struct linkspec *spec, uint32_t index)
{
    char text[ADDR_TEXT];
    if (spec->name[0] != '\0')
        return;
    if (spec->dev[0] != '\0') {
        memcpy(spec->name, spec->dev, sizeof spec->dev);
    } else if (spec->src.family == 4) {
        addr_text(&spec->src, text);
        text[strcspn(text, ":")] = '\0';
        (void)snprintf(spec->name, sizeof spec->name, "%.31s", text);
    } else {
        (void)snprintf(spec->name, sizeof spec->name, "link%u", index + 1);
    }
}

/* A second device is a second link, and of two values of one key the user meant both. */
static bool spec_has_before(const char *copy, const char *pair, const char *key)
{
    for (const char *at = copy; at < pair; at += strlen(at) + 1) {
        if (strcmp(at, key) == 0)
            return true;
        at += strlen(at) + 1; /* the value */
    }
    return false;
}

int linkspec_parse(const char *text, uint32_t index, struct linkspec *out, struct run_error *error)
{
    char copy[1024];
    memset(out, 0, sizeof *out);
    if (strlen(text) >= sizeof copy || text[0] == '\0')
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.40s' is no link; write key=value pairs like dev=wwan0,max=8M", text);
    memcpy(copy, text, strlen(text) + 1);
    for (char *next = copy; next;) {
        char *pair = next;
        next = strchr(pair, ',');
        if (next)
            *next++ = '\0';
        char *value = strchr(pair, '=');
        if (!value)
            return run_fail(error, PLAIT_ERR_INVALID,
                            "'%.40s' has no '='; write key=value pairs like dev=wwan0,max=8M",
                            pair);
        *value++ = '\0';
        if (spec_has_before(copy, pair, pair))
            return run_fail(error, PLAIT_ERR_INVALID,
                            "%.40s=%.40s is the second %.40s= of one link; keep one, and give each "
                            "link a --link of its own",
                            pair, value, pair);
        int err = spec_set(out, pair, value, error);
        if (err != PLAIT_OK)
            return err;
    }
    if (addr_is_link_local(&out->src) && out->dev[0] == '\0')
        return run_fail(error, PLAIT_ERR_INVALID,
                        "'%.60s' has a link-local source; name its device: src=fe80::1%%wwan0",
                        text);
    spec_name(out, index);
    return PLAIT_OK;
}

int linkspec_resolve(struct linkspec *spec, enum addr_use use, struct run_error *error)
{
    if (spec->to[0] == '\0')
        return PLAIT_OK;
    return addr_parse_pair(spec->to, use, &spec->remote, error);
}

/* Whether both would be the same link: also two without a name, a device and a source. */
static bool spec_is_twin(const struct linkspec *a, uint32_t index_a, const struct linkspec *b,
                         uint32_t index_b)
{
    char name_a[LINKSPEC_NAME], name_b[LINKSPEC_NAME];
    if (strcmp(a->dev, b->dev) != 0 || strcmp(a->to, b->to) != 0 || !addr_equal(&a->src, &b->src))
        return false;
    if (a->dev[0] != '\0' || a->src.family != 0 || strcmp(a->name, b->name) == 0)
        return true;
    (void)snprintf(name_a, sizeof name_a, "link%u", index_a + 1);
    (void)snprintf(name_b, sizeof name_b, "link%u", index_b + 1);
    return strcmp(a->name, name_a) == 0 && strcmp(b->name, name_b) == 0;
}

int linkspec_check(const struct linkspec *specs, uint32_t count, struct run_error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (spec_is_twin(&specs[i], i, &specs[k], k))
                return run_fail(error, PLAIT_ERR_INVALID,
                                "'%s' and '%s' are the same device and source; remove one",
                                specs[k].name, specs[i].name);
        }
    }
    return PLAIT_OK;
}

bool linkspec_equal(const struct linkspec *a, const struct linkspec *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->dev, b->dev) == 0 &&
           strcmp(a->to, b->to) == 0 && addr_equal(&a->src, &b->src) && a->max_bps == b->max_bps &&
           a->cost == b->cost && a->priority == b->priority;
}

bool linkspec_is_pattern(const struct linkspec *spec)
{
    return strpbrk(spec->dev, "*?[") != NULL;
}
