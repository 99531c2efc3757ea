/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_MAX 1000000

const char *const options_help =
    "plait-sim: whole bonds in virtual time, everything from one seed\n"
    "\n"
    "  plait-sim --seed N | --seeds A-B        random worlds with all checkers; --verbose tells\n"
    "                                          what is in them; --adversary puts one on the path\n"
    "  plait-sim --scenario FILE ...           measures a scenario and prints a row\n"
    "  plait-sim --scenario FILE --advised ... what an encoder gets that follows the advice\n"
    "  plait-sim --table [--rows TEXT]         the must-reach table; rows whose name holds TEXT\n"
    "  plait-sim --table --gaps                the gap to the bound of each row, split\n"
    "\n"
    "measuring:\n"
    "  --rate MBIT        load, Mbit/s of payload (6)\n"
    "  --adaptive MBIT    the load follows the advice, up to this; not in frames\n"
    "  --latency MS       (1000)\n"
    "  --seconds N        length of the load (60)\n"
    "  --seeds N|A-B      so many seeds from 1, or these (1); mean and 95 % interval\n"
    "  --add LINKSPEC     one more link, as a line of a scenario; may be given four times\n"
    "  --steps T:M+T:M..  from second T of the load on it is M Mbit/s; 0: a pause\n"
    "  --size BYTES       a datagram (1316); A+B: of one size or the other\n"
    "  --frames FPS       the load comes in frames, some of them key frames; else evenly\n"
    "  --key-every N      each Nth frame is a key frame (60), N times as large (4) by\n"
    "  --key-size N\n"
    "  --worths           datagrams of mixed worth\n"
    "  --ts               datagrams of 1316 bytes are MPEG-TS, with null packets\n"
    "  --warmup MS        from the sender's start to the load's (1000)\n"
    "  --sched on-time|earliest|dwrr   --cc delay|aimd   --mode aggregate|backup|broadcast\n"
    "  --fec off   --reinject off\n"
    "  --oracle KIND      the sender knows its links' true rates: delayed (by the way back),\n"
    "                     present or future (200 ms ahead)\n"
    "  --autopsy          why packets were not on time: each, by kind, by second (one seed)\n"
    "  --series           a line a second (one seed)\n"
    "  --json             JSON instead of a row\n"
    "  --jobs N           processes at a time (2)\n"
    "  --shared DIR       where scenarios/ lies, for --table (../shared)\n";

enum option {
    OPT_HELP,
    OPT_SEED,
    OPT_SEEDS,
    OPT_ADVERSARY,
    OPT_VERBOSE,
    OPT_TABLE,
    OPT_GAPS,
    OPT_ROWS,
    OPT_SHARED,
    OPT_JSON,
    OPT_SCENARIO,
    OPT_RATE,
    OPT_ADAPTIVE,
    OPT_ADVISED,
    OPT_LATENCY,
    OPT_SECONDS,
    OPT_ADD,
    OPT_STEPS,
    OPT_SIZE,
    OPT_FRAMES,
    OPT_KEY_EVERY,
    OPT_KEY_SIZE,
    OPT_WORTHS,
    OPT_TS,
    OPT_WARMUP,
    OPT_SCHED,
    OPT_CC,
    OPT_MODE,
    OPT_FEC,
    OPT_REINJECT,
    OPT_ORACLE,
    OPT_SERIES,
    OPT_AUTOPSY,
    OPT_JOBS,
    OPTIONS
};

static const struct {
    const char *name;
    bool value;
} table[OPTIONS] = {
    [OPT_HELP] = {"help", false},
    [OPT_SEED] = {"seed", true},
    [OPT_SEEDS] = {"seeds", true},
    [OPT_ADVERSARY] = {"adversary", false},
    [OPT_VERBOSE] = {"verbose", false},
    [OPT_TABLE] = {"table", false},
    [OPT_GAPS] = {"gaps", false},
    [OPT_ROWS] = {"rows", true},
    [OPT_SHARED] = {"shared", true},
    [OPT_JSON] = {"json", false},
    [OPT_SCENARIO] = {"scenario", true},
    [OPT_RATE] = {"rate", true},
    [OPT_ADAPTIVE] = {"adaptive", true},
    [OPT_ADVISED] = {"advised", false},
    [OPT_LATENCY] = {"latency", true},
    [OPT_SECONDS] = {"seconds", true},
    [OPT_ADD] = {"add", true},
    [OPT_STEPS] = {"steps", true},
    [OPT_SIZE] = {"size", true},
    [OPT_FRAMES] = {"frames", true},
    [OPT_KEY_EVERY] = {"key-every", true},
    [OPT_KEY_SIZE] = {"key-size", true},
    [OPT_WORTHS] = {"worths", false},
    [OPT_TS] = {"ts", false},
    [OPT_WARMUP] = {"warmup", true},
    [OPT_SCHED] = {"sched", true},
    [OPT_CC] = {"cc", true},
    [OPT_MODE] = {"mode", true},
    [OPT_FEC] = {"fec", true},
    [OPT_REINJECT] = {"reinject", true},
    [OPT_ORACLE] = {"oracle", true},
    [OPT_AUTOPSY] = {"autopsy", false},
    [OPT_SERIES] = {"series", false},
    [OPT_JOBS] = {"jobs", true},
};

static int refuse(const char *name, const char *value, const char *cure)
{
    fprintf(stderr, "plait-sim: --%s '%s': %s\n", name, value, cure);
    return -1;
}

static bool number(const char *text, double low, double high, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return end != text && *end == 0 && errno == 0 && *out >= low && *out <= high;
}

static bool whole(const char *text, uint64_t *out, const char **end)
{
    char *after;
    errno = 0;
    *out = strtoull(text, &after, 10);
    *end = after;
    return text[0] >= '0' && text[0] <= '9' && after != text && errno == 0;
}

/* A-B, or N alone: N seeds from 1; SEEDS_MAX at most. */
static bool seed_range(const char *text, uint64_t *first, uint64_t *last)
{
    const char *end;
    if (!whole(text, first, &end)) {
        return false;
    }
    if (*end == 0) {
        *last = *first;
        *first = 1;
        return *last >= 1 && *last <= SEEDS_MAX;
    }
    return *end == '-' && whole(end + 1, last, &end) && *end == 0 && *last >= *first &&
           *last - *first < SEEDS_MAX;
}

static int choose(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static int set_choice(enum option option, const char *value, struct experiment *experiment)
{
    struct plait_config *endpoint = &experiment->endpoint;
    static const char *const oracles[] = {"off", "delayed", "present", "future"};
    static const char *const scheds[] = {"on-time", "earliest", "dwrr"};
    static const char *const ccs[] = {"delay", "aimd"};
    static const char *const modes[] = {"aggregate", "backup", "broadcast"};
    static const char *const switches[] = {"on", "off"};
    int chosen;
    switch (option) {
    case OPT_SCHED:
        chosen = choose(value, scheds, 3);
        endpoint->scheduler = (enum plait_scheduler)(chosen < 0 ? 0 : chosen);
        return chosen < 0 ? refuse("sched", value, "on-time, earliest or dwrr") : 0;
    case OPT_CC:
        chosen = choose(value, ccs, 2);
        endpoint->controller = (enum plait_controller)(chosen < 0 ? 0 : chosen);
        return chosen < 0 ? refuse("cc", value, "delay or aimd") : 0;
    case OPT_MODE:
        chosen = choose(value, modes, 3);
        endpoint->mode = (enum plait_mode)(chosen < 0 ? 0 : chosen);
        return chosen < 0 ? refuse("mode", value, "aggregate, backup or broadcast") : 0;
    case OPT_ORACLE:
        chosen = choose(value, oracles, ORACLE_KINDS);
        experiment->oracle = (enum oracle_kind)(chosen < 0 ? 0 : chosen);
        return chosen < 0 ? refuse("oracle", value, "off, delayed, present or future") : 0;
    default:
        chosen = choose(value, switches, 2);
        if (option == OPT_FEC) {
            endpoint->fec_off = chosen == 1;
        } else {
            endpoint->reinject_off = chosen == 1;
        }
        return chosen < 0 ? refuse(table[option].name, value, "on or off") : 0;
    }
}

static int set_number(enum option option, const char *value, struct experiment *experiment)
{
    static const struct {
        double low, high;
        const char *cure;
        bool whole;
    } limits[OPTIONS] = {
        [OPT_RATE] = {0.01, 1000, "Mbit/s, 0.01 to 1000", false},
        [OPT_ADAPTIVE] = {0.01, 1000, "Mbit/s, 0.01 to 1000", false},
        [OPT_LATENCY] = {20, 10000, "milliseconds, 20 to 10000", false},
        [OPT_SECONDS] = {1, 3600, "whole seconds, 1 to 3600", true},
        [OPT_FRAMES] = {1, 240, "frames a second, 1 to 240", false},
        [OPT_KEY_EVERY] = {1, 10000, "frames, 1 to 10000", true},
        [OPT_KEY_SIZE] = {1, 1000, "times as large, 1 to 1000", true},
        [OPT_WARMUP] = {0, 60000, "milliseconds, 0 to 60000", false},
        [OPT_JOBS] = {1, 64, "processes, 1 to 64", true},
    };
    double n;
    if (!number(value, limits[option].low, limits[option].high, &n) ||
        (limits[option].whole && n != (double)(uint32_t)n)) {
        return refuse(table[option].name, value, limits[option].cure);
    }
    if (option == OPT_RATE) {
        experiment->rate_bps = (uint64_t)(n * 1e6 + 0.5);
    } else if (option == OPT_ADAPTIVE) {
        experiment->follow_max_bps = (uint64_t)(n * 1e6 + 0.5);
    } else if (option == OPT_LATENCY) {
        experiment->latency_ns = (uint64_t)(n * 1e6);
    } else if (option == OPT_SECONDS) {
        experiment->seconds = (uint32_t)n;
    } else if (option == OPT_FRAMES) {
        experiment->frame_ns = (uint64_t)(1e9 / n);
    } else if (option == OPT_KEY_EVERY) {
        experiment->key_every = (uint32_t)n;
    } else if (option == OPT_KEY_SIZE) {
        experiment->key_weight = (uint32_t)n;
    } else if (option == OPT_WARMUP) {
        experiment->load_start_ns = (uint64_t)(n * 1e6);
    } else {
        experiment->processes = (unsigned)n;
    }
    return 0;
}

/* T:M+T:M.., seconds from the load's start and Mbit/s, later and later. */
static int set_steps(const char *value, struct experiment *experiment)
{
    static const char cure[] = "T:M+T:M.., at most 32 seconds from 0 to 3600, rising, each with "
                               "Mbit/s from 0.01 to 1000, or 0 for a pause";
    const char *text = value;
    double last = -1;
    experiment->steps = 0;
    do {
        char *after;
        double second = strtod(text, &after);
        if (after == text || *after != ':' || !(second > last && second <= 3600) ||
            experiment->steps == LOAD_STEPS_MAX) {
            return refuse("steps", value, cure);
        }
        text = after + 1;
        double rate = strtod(text, &after);
        if (after == text || (*after != '+' && *after != 0) ||
            !(rate == 0 || (rate >= 0.01 && rate <= 1000))) {
            return refuse("steps", value, cure);
        }
        experiment->step[experiment->steps++] =
            (struct load_step){(uint64_t)(second * 1e9 + 0.5), (uint64_t)(rate * 1e6 + 0.5)};
        last = second;
        text = *after ? after + 1 : NULL;
    } while (text);
    return 0;
}

/* BYTES, or A+B. */
static int set_size(const char *value, struct experiment *experiment)
{
    uint64_t size[2] = {0, 0};
    const char *end;
    bool taken = whole(value, &size[0], &end);
    if (taken && *end == '+') {
        taken = whole(end + 1, &size[1], &end) && size[1] >= 1;
    }
    if (!taken || *end || size[0] < 1 || size[0] > PLAIT_MAX_DATAGRAM ||
        size[1] > PLAIT_MAX_DATAGRAM) {
        return refuse("size", value, "bytes, 1 to 16384, or two such sizes as 1316+188");
    }
    experiment->size = (uint32_t)size[0];
    experiment->size_other = (uint32_t)size[1];
    return 0;
}

static int set_text(enum option option, const char *value, struct options *options)
{
    struct experiment *experiment = &options->experiment;
    const char *end;
    switch (option) {
    case OPT_SEED:
        options->seeds_given = true;
        if (!whole(value, &options->first_seed, &end) || *end) {
            return refuse("seed", value, "a number");
        }
        options->last_seed = options->first_seed;
        return 0;
    case OPT_SEEDS:
        options->seeds_given = true;
        return seed_range(value, &options->first_seed, &options->last_seed)
                   ? 0
                   : refuse("seeds", value, "N, or A-B with B not below A; at most 1000000");
    case OPT_ROWS:
        options->rows = value;
        return 0;
    case OPT_SHARED:
        options->shared = value;
        return 0;
    case OPT_SCENARIO:
        experiment->scenario = value;
        return 0;
    case OPT_STEPS:
        return set_steps(value, experiment);
    case OPT_SIZE:
        return set_size(value, experiment);
    default:
        if (experiment->added_count == EXPERIMENT_ADDED_MAX) {
            return refuse("add", value, "at most four links can be added");
        }
        experiment->added[experiment->added_count++] = value;
        return 0;
    }
}

static int apply(enum option option, const char *value, struct options *options)
{
    switch (option) {
    case OPT_HELP:
        options->help = true;
        return 0;
    case OPT_ADVERSARY:
        options->adversary = true;
        return 0;
    case OPT_VERBOSE:
        options->verbose = true;
        return 0;
    case OPT_TABLE:
        options->table = true;
        return 0;
    case OPT_GAPS:
        options->gaps = true;
        return 0;
    case OPT_ADVISED:
        options->advised = true;
        return 0;
    case OPT_JSON:
        options->json = true;
        return 0;
    case OPT_WORTHS:
        options->experiment.worths = true;
        return 0;
    case OPT_TS:
        options->experiment.ts = true;
        return 0;
    case OPT_AUTOPSY:
        options->experiment.autopsy = true;
        return 0;
    case OPT_SERIES:
        options->experiment.series = true;
        return 0;
    case OPT_SCHED:
    case OPT_CC:
    case OPT_MODE:
    case OPT_ORACLE:
    case OPT_FEC:
    case OPT_REINJECT:
        return set_choice(option, value, &options->experiment);
    case OPT_RATE:
    case OPT_ADAPTIVE:
    case OPT_LATENCY:
    case OPT_SECONDS:
    case OPT_FRAMES:
    case OPT_KEY_EVERY:
    case OPT_KEY_SIZE:
    case OPT_WARMUP:
    case OPT_JOBS:
        return set_number(option, value, &options->experiment);
    default:
        return set_text(option, value, options);
    }
}

/* Words that would mean nothing beside the others. */
static int check_together(const struct options *options)
{
    const struct experiment *experiment = &options->experiment;
    if (options->rows && !options->table) {
        return refuse("rows", options->rows, "picks rows of --table; give that too");
    }
    if (options->gaps && !options->table) {
        return refuse("gaps", "", "splits the gaps of --table; give that too");
    }
    if (options->advised && !experiment->scenario) {
        return refuse("advised", "", "follows the advice over --scenario FILE; give that too");
    }
    if (experiment->follow_max_bps && experiment->frame_ns) {
        return refuse("adaptive", "", "its load has no frames; leave --frames away");
    }
    if (!experiment->frame_ns && (experiment->key_every || experiment->key_weight)) {
        return refuse(experiment->key_weight ? "key-size" : "key-every", "",
                      "is for a load in frames; give --frames FPS too");
    }
    return 0;
}

int options_parse(struct options *options, int argc, char **argv)
{
    memset(options, 0, sizeof *options);
    experiment_defaults(&options->experiment);
    options->experiment.processes = 2;
    options->shared = "../shared";
    options->first_seed = options->last_seed = 1;
    for (int i = 1; i < argc; i++) {
        const char *name = strncmp(argv[i], "--", 2) == 0 ? argv[i] + 2 : "";
        int option = 0;
        while (option < OPTIONS && strcmp(name, table[option].name) != 0) {
            option++;
        }
        if (option == OPTIONS) {
            fprintf(stderr, "plait-sim: '%s': no such option; see --help\n", argv[i]);
            return -1;
        }
        if (table[option].value && i + 1 == argc) {
            return refuse(name, "", "needs a value");
        }
        const char *value = table[option].value ? argv[++i] : "";
        if (apply((enum option)option, value, options) != 0) {
            return -1;
        }
    }
    struct experiment *experiment = &options->experiment;
    if (experiment->frame_ns && !experiment->key_every) {
        experiment->key_every = 60;
    }
    experiment->first_seed = options->first_seed;
    experiment->seeds = (uint32_t)(options->last_seed - options->first_seed + 1);
    return check_together(options);
}
