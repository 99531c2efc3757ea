/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/scenario.h"

#include "emu/value.h"

#include <stdio.h>
#include <string.h>

enum key {
    KEY_NAME,
    KEY_TRACE,
    KEY_RATE,
    KEY_DELAY,
    KEY_JITTER,
    KEY_LOSS,
    KEY_GE,
    KEY_QUEUE,
    KEY_DUP,
    KEY_CORRUPT,
    KEY_REORDER,
    KEY_DOWN,
    KEY_DETOUR,
    KEY_REBIND,
    KEYS
};

static const struct {
    const char *name;
    const char *cure;
    bool has_reverse;
} key_table[KEYS] = {
    [KEY_NAME] = {"name", "write 1 to 31 characters, printable ASCII", false},
    [KEY_TRACE] = {"trace", "write a path of at most 255 characters", true},
    [KEY_RATE] = {"rate", "write bit/s from 10k to 10G, such as 5M", true},
    [KEY_DELAY] = {"delay", "write milliseconds, 0..60000", true},
    [KEY_JITTER] = {"jitter", "write milliseconds, 0..10000", true},
    [KEY_LOSS] = {"loss", "write a share, 0..1 (0.05 is 5 percent)", true},
    [KEY_GE] = {"ge", "write P:R:H, shares of 0..1, P and R above 0", true},
    [KEY_QUEUE] = {"queue", "write milliseconds, 0..60000", true},
    [KEY_DUP] = {"dup", "write a share, 0..1", true},
    [KEY_CORRUPT] = {"corrupt", "write a share, 0..1", true},
    [KEY_REORDER] = {"reorder", "write a share, 0..1", true},
    [KEY_DOWN] = {"down", "write seconds A-B+A-B, rising and apart, at most 64", true},
    [KEY_DETOUR] = {"detour", "write A-B:MS+A-B:MS, rising and apart, at most 16", true},
    [KEY_REBIND] = {"rebind", "write seconds S+S, rising, at most 16", false},
};

/* One line as it is read; `set` has bit `key` of a direction when the line gave that key. */
struct line {
    struct emu_link_spec *link;
    unsigned number;
    unsigned set[EMU_DIRS];
    char *error;
};

struct span {
    const char *text;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the part before the first `mark` off `rest`; false when rest was used up. */
static bool cut(struct span *rest, char mark, struct span *part)
{
    const char *end;

    if (rest->text == NULL) {
        return false;
    }
    *part = *rest;
    end = rest->len == 0 ? NULL : memchr(rest->text, mark, rest->len);
    if (end == NULL) {
        rest->text = NULL;
        rest->len = 0;
        return true;
    }
    part->len = (size_t)(end - rest->text);
    rest->len -= part->len + 1;
    rest->text = end + 1;
    return true;
}

static bool read_text(struct span value, char *out, size_t size)
{
    if (value.len == 0 || value.len >= size) {
        return false;
    }
    memcpy(out, value.text, value.len);
    out[value.len] = '\0';
    return true;
}

/* A name is shown as it is, on terminals and in JSON. */
static bool read_name(struct span value, char *out, size_t size)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.text[i] < '!' || value.text[i] > '~') {
            return false;
        }
    }
    return read_text(value, out, size);
}

static bool read_share(struct span value, double *share)
{
    return emu_value_number(value.text, value.len, share) && *share <= 1;
}

static bool read_time(struct span value, double unit_ns, double max, uint64_t *out_ns)
{
    double number;

    if (!emu_value_number(value.text, value.len, &number) || number > max) {
        return false;
    }
    *out_ns = (uint64_t)(number * unit_ns + 0.5);
    return true;
}

static bool read_ms(struct span value, double max_ms, uint64_t *out_ns)
{
    return read_time(value, EMU_NS_PER_MS, max_ms, out_ns);
}

static bool read_s(struct span value, uint64_t *out_ns)
{
    return read_time(value, EMU_NS_PER_S, EMU_TIME_MAX_S, out_ns);
}

static bool read_rate(struct span value, uint64_t *rate_bps)
{
    double unit = 1;
    double number;

    if (value.len > 0) {
        switch (value.text[value.len - 1]) {
        case 'k':
        case 'K':
            unit = 1e3;
            break;
        case 'M':
            unit = 1e6;
            break;
        case 'G':
            unit = 1e9;
            break;
        default:
            break;
        }
        value.len -= unit > 1;
    }
    if (!emu_value_number(value.text, value.len, &number)) {
        return false;
    }
    if (unit <= 1 && number < 1000) {
        unit = 1e6;
    }
    number *= unit;
    if (number < (double)EMU_RATE_MIN_BPS || number > (double)EMU_RATE_MAX_BPS) {
        return false;
    }
    *rate_bps = (uint64_t)number;
    return true;
}

static bool read_ge(struct span value, struct emu_dir_spec *dir)
{
    struct span part[3];

    for (unsigned i = 0; i < 3; i++) {
        if (!cut(&value, ':', &part[i])) {
            return false;
        }
    }
    return value.text == NULL && read_share(part[0], &dir->ge_enter) &&
           read_share(part[1], &dir->ge_leave) && read_share(part[2], &dir->ge_loss) &&
           dir->ge_enter > 0 && dir->ge_leave > 0;
}

static bool read_interval(struct span part, uint64_t *from_ns, uint64_t *to_ns)
{
    struct span from;

    return cut(&part, '-', &from) && part.text != NULL && read_s(from, from_ns) &&
           read_s(part, to_ns) && *from_ns < *to_ns;
}

static bool read_down(struct span value, struct emu_dir_spec *dir)
{
    struct span part;

    while (cut(&value, '+', &part)) {
        struct emu_outage *last = dir->down_count == 0 ? NULL : &dir->down[dir->down_count - 1];
        struct emu_outage outage;

        if (!read_interval(part, &outage.from_ns, &outage.to_ns) ||
            (last != NULL && outage.from_ns < last->to_ns)) {
            return false;
        }
        if (last != NULL && outage.from_ns == last->to_ns) {
            last->to_ns = outage.to_ns;
            continue;
        }
        if (dir->down_count == EMU_OUTAGES_MAX) {
            return false;
        }
        dir->down[dir->down_count++] = outage;
    }
    return true;
}

static bool read_detour(struct span value, struct emu_dir_spec *dir)
{
    struct span part;

    while (cut(&value, '+', &part)) {
        struct emu_detour detour;
        struct span when;

        if (dir->detour_count == EMU_DETOURS_MAX || !cut(&part, ':', &when) || part.text == NULL ||
            !read_interval(when, &detour.from_ns, &detour.to_ns) ||
            !read_ms(part, EMU_DELAY_MAX_MS, &detour.more_ns) ||
            (dir->detour_count > 0 && detour.from_ns < dir->detour[dir->detour_count - 1].to_ns)) {
            return false;
        }
        dir->detour[dir->detour_count++] = detour;
    }
    return true;
}

static bool read_rebind(struct span value, struct emu_link_spec *link)
{
    struct span part;

    while (cut(&value, '+', &part)) {
        unsigned count = link->rebind_count;

        if (count == EMU_REBINDS_MAX || !read_s(part, &link->rebind_ns[count]) ||
            (count > 0 && link->rebind_ns[count] <= link->rebind_ns[count - 1])) {
            return false;
        }
        link->rebind_count++;
    }
    return true;
}

static bool read_value(struct emu_link_spec *link, enum emu_dir which, enum key key,
                       struct span value)
{
    struct emu_dir_spec *dir = &link->dir[which];

    switch (key) {
    case KEY_NAME:
        return read_name(value, link->name, sizeof link->name);
    case KEY_TRACE:
        return read_text(value, dir->trace_path, sizeof dir->trace_path);
    case KEY_RATE:
        return read_rate(value, &dir->rate_bps);
    case KEY_DELAY:
        return read_ms(value, EMU_DELAY_MAX_MS, &dir->delay_ns);
    case KEY_JITTER:
        return read_ms(value, EMU_JITTER_MAX_MS, &dir->jitter_ns);
    case KEY_LOSS:
        return read_share(value, &dir->loss);
    case KEY_GE:
        return read_ge(value, dir);
    case KEY_QUEUE:
        return read_ms(value, EMU_QUEUE_MAX_MS, &dir->queue_ns);
    case KEY_DUP:
        return read_share(value, &dir->dup);
    case KEY_CORRUPT:
        return read_share(value, &dir->corrupt);
    case KEY_REORDER:
        return read_share(value, &dir->reorder);
    case KEY_DOWN:
        return read_down(value, dir);
    case KEY_DETOUR:
        return read_detour(value, dir);
    case KEY_REBIND:
        return read_rebind(value, link);
    case KEYS:
        break;
    }
    return false;
}

/* Finds "delay" as it is and "rdelay" as delay of the reverse direction; KEYS when unknown. */
static enum key find_key(struct span name, enum emu_dir *dir)
{
    for (unsigned i = 0; i < KEYS; i++) {
        size_t len = strlen(key_table[i].name);

        if (name.len == len && memcmp(name.text, key_table[i].name, len) == 0) {
            *dir = EMU_FORWARD;
            return (enum key)i;
        }
        if (key_table[i].has_reverse && name.len == len + 1 && name.text[0] == 'r' &&
            memcmp(name.text + 1, key_table[i].name, len) == 0) {
            *dir = EMU_REVERSE;
            return (enum key)i;
        }
    }
    return KEYS;
}

static int read_pair(struct line *line, struct span pair)
{
    struct span value = pair;
    struct span name;
    enum emu_dir dir = EMU_FORWARD;
    enum key key;
    int shown = pair.len > 60 ? 60 : (int)pair.len;

    cut(&value, '=', &name);
    if (value.text == NULL) {
        snprintf(line->error, EMU_ERROR_MAX, "line %u: '%.*s' has no '='; write key=value",
                 line->number, shown, pair.text);
        return emu_error_close(line->error);
    }
    key = find_key(name, &dir);
    if (key == KEYS) {
        snprintf(
            line->error, EMU_ERROR_MAX,
            "line %u: '%.*s': no such key; there are name trace rate delay jitter loss ge "
            "queue dup corrupt reorder down detour rebind, with r before them for the way back",
            line->number, shown, pair.text);
        return emu_error_close(line->error);
    }
    if ((line->set[dir] & 1U << key) != 0) {
        snprintf(line->error, EMU_ERROR_MAX, "line %u: '%.*s' is the second of its kind; keep one",
                 line->number, shown, pair.text);
        return emu_error_close(line->error);
    }
    line->set[dir] |= 1U << key;
    if (!read_value(line->link, dir, key, value)) {
        snprintf(line->error, EMU_ERROR_MAX, "line %u: '%.*s' cannot be; %s", line->number, shown,
                 pair.text, key_table[key].cure);
        return emu_error_close(line->error);
    }
    return 0;
}

static bool has(const struct line *line, enum emu_dir dir, enum key key)
{
    return (line->set[dir] & 1U << key) != 0;
}

/* Keys that shut each other out, and what the line left to the defaults. */
static int finish_link(struct line *line)
{
    struct emu_dir_spec *forward = &line->link->dir[EMU_FORWARD];
    struct emu_dir_spec *reverse = &line->link->dir[EMU_REVERSE];

    for (unsigned i = 0; i < EMU_DIRS; i++) {
        enum emu_dir dir = (enum emu_dir)i;
        const char *r = dir == EMU_REVERSE ? "r" : "";
        bool has_trace = has(line, dir, KEY_TRACE);
        bool has_rate = has(line, dir, KEY_RATE);

        if ((has_trace && has_rate) || (dir == EMU_FORWARD && !has_trace && !has_rate)) {
            snprintf(line->error, EMU_ERROR_MAX, "line %u: %s %strace= %s %srate=; give one",
                     line->number, has_trace ? "both" : "neither", r, has_trace ? "and" : "nor", r);
            return emu_error_close(line->error);
        }
        if (has(line, dir, KEY_LOSS) && has(line, dir, KEY_GE)) {
            snprintf(line->error, EMU_ERROR_MAX, "line %u: both %sloss= and %sge=; give one",
                     line->number, r, r);
            return emu_error_close(line->error);
        }
        if (!has(line, dir, KEY_QUEUE)) {
            line->link->dir[dir].queue_ns = EMU_QUEUE_DEFAULT_MS * EMU_NS_PER_MS;
        }
    }
    if (!has(line, EMU_REVERSE, KEY_TRACE) && !has(line, EMU_REVERSE, KEY_RATE)) {
        reverse->rate_bps = EMU_REVERSE_RATE_DEFAULT_BPS;
    }
    if (!has(line, EMU_REVERSE, KEY_DELAY)) {
        reverse->delay_ns = forward->delay_ns;
    }
    if (!has(line, EMU_REVERSE, KEY_JITTER)) {
        reverse->jitter_ns = forward->jitter_ns;
    }
    if (!has(line, EMU_REVERSE, KEY_DOWN)) {
        memcpy(reverse->down, forward->down, sizeof reverse->down);
        reverse->down_count = forward->down_count;
    }
    if (!has(line, EMU_REVERSE, KEY_DETOUR)) {
        memcpy(reverse->detour, forward->detour, sizeof reverse->detour);
        reverse->detour_count = forward->detour_count;
    }
    return 0;
}

/* Cuts the next word off a line; false at its end or at a comment. */
static bool next_word(struct span *rest, struct span *word)
{
    while (rest->len > 0 && is_blank(*rest->text)) {
        rest->text++;
        rest->len--;
    }
    if (rest->len == 0 || *rest->text == '#') {
        return false;
    }
    word->text = rest->text;
    word->len = 0;
    while (rest->len > 0 && !is_blank(*rest->text)) {
        rest->text++;
        rest->len--;
        word->len++;
    }
    return true;
}

static int read_line(struct emu_scenario *scenario, unsigned number, struct span text, char *error)
{
    struct line line = {.number = number, .error = error};
    struct span word;

    if (text.len > EMU_LINE_MAX || memchr(text.text, '\0', text.len) != NULL) {
        snprintf(error, EMU_ERROR_MAX, "line %u: not text of at most %u characters; shorten it",
                 number, EMU_LINE_MAX);
        return emu_error_close(error);
    }
    if (!next_word(&text, &word)) {
        return 0;
    }
    if (scenario->link_count == EMU_LINKS_MAX) {
        snprintf(error, EMU_ERROR_MAX, "line %u: more than %u links; remove some", number,
                 EMU_LINKS_MAX);
        return emu_error_close(error);
    }
    line.link = &scenario->link[scenario->link_count++];
    snprintf(line.link->name, sizeof line.link->name, "link%u", scenario->link_count);
    do {
        if (read_pair(&line, word) != 0) {
            return -1;
        }
    } while (next_word(&text, &word));
    return finish_link(&line);
}

int emu_scenario_parse(struct emu_scenario *scenario, const char *text, size_t len, char *error)
{
    struct span rest = {text, len};
    struct span line;
    unsigned number = 0;

    emu_scenario_free(scenario);
    if (len > EMU_TEXT_MAX) {
        snprintf(error, EMU_ERROR_MAX, "%zu bytes; a scenario has at most %u", len, EMU_TEXT_MAX);
        return emu_error_close(error);
    }
    while (len > 0 && cut(&rest, '\n', &line)) {
        if (++number > EMU_LINES_MAX) {
            snprintf(error, EMU_ERROR_MAX, "more than %u lines; shorten it", EMU_LINES_MAX);
            emu_scenario_free(scenario);
            return emu_error_close(error);
        }
        if (read_line(scenario, number, line, error) != 0) {
            emu_scenario_free(scenario);
            return -1;
        }
    }
    if (scenario->link_count == 0) {
        snprintf(error, EMU_ERROR_MAX,
                 "no link; write one a line, such as name=a rate=5M delay=40");
        return emu_error_close(error);
    }
    return 0;
}

const char *emu_scenario_missing(const struct emu_scenario *scenario)
{
    for (unsigned i = 0; i < scenario->link_count; i++) {
        for (unsigned dir = 0; dir < EMU_DIRS; dir++) {
            const struct emu_dir_spec *spec = &scenario->link[i].dir[dir];

            if (spec->trace_path[0] != '\0' && spec->trace == NULL) {
                return spec->trace_path;
            }
        }
    }
    return NULL;
}

int emu_scenario_attach(struct emu_scenario *scenario, const char *trace_path, const char *text,
                        size_t len, char *error)
{
    struct emu_trace *trace = &scenario->trace[scenario->trace_count];

    if (scenario->trace_count == EMU_TRACES_MAX) {
        snprintf(error, EMU_ERROR_MAX, "more than %u traces; use fewer", EMU_TRACES_MAX);
        return emu_error_close(error);
    }
    if (emu_trace_parse(trace, text, len, error) != 0) {
        return -1;
    }
    scenario->trace_count++;
    for (unsigned i = 0; i < scenario->link_count; i++) {
        for (unsigned dir = 0; dir < EMU_DIRS; dir++) {
            struct emu_dir_spec *spec = &scenario->link[i].dir[dir];

            if (strcmp(spec->trace_path, trace_path) == 0) {
                spec->trace = trace;
            }
        }
    }
    return 0;
}

void emu_scenario_free(struct emu_scenario *scenario)
{
    for (unsigned i = 0; i < scenario->trace_count; i++) {
        emu_trace_free(&scenario->trace[i]);
    }
    memset(scenario, 0, sizeof *scenario);
}
