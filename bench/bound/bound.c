/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what a clairvoyant sender could deliver of a stream over a scenario (emu/bound.h). */
#include "emu/bound.h"
#include "emu/emu.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_S    5U
#define WINDOWS_MAX 1000U
#define ADAPT_SHARE 0.999

struct options {
    const char *scenario;
    double rate_mbps;
    double latency_ms;
    double size;
    double seconds;
    double seed;
    bool is_json;
};

struct figures {
    struct emu_bound_result result[EMU_BOUND_LEVELS];
    uint64_t capacity_bytes;
    uint64_t windows;
    uint64_t window_bps[WINDOWS_MAX];
    double adapt_bps;
};

static const char usage[] =
    "usage: bound SCENARIO [--rate MBIT] [--latency MS] [--size BYTES] [--seconds N] [--seed S] "
    "[--json]\n";

static bool read_number(const char *name, const char *text, double least, double most, double *out)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= least && value <= most)) {
        fprintf(stderr, "bound: --%s %s: write a number from %g to %g\n", name, text, least, most);
        return false;
    }
    *out = value;
    return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option table[] = {
        {"rate", required_argument, NULL, 'r'},
        {"latency", required_argument, NULL, 'l'},
        {"size", required_argument, NULL, 'b'},
        {"seconds", required_argument, NULL, 'n'},
        {"seed", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    bool is_right = true;
    int key;

    while (is_right && (key = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (key) {
        case 'r':
            is_right = read_number("rate", optarg, 0.01, 1000, &options->rate_mbps);
            break;
        case 'l':
            is_right = read_number("latency", optarg, 1, 60000, &options->latency_ms);
            break;
        case 'b':
            is_right = read_number("size", optarg, 1, EMU_DATAGRAM_MAX, &options->size);
            break;
        case 'n':
            is_right = read_number("seconds", optarg, 1, WINDOWS_MAX * WINDOW_S, &options->seconds);
            break;
        case 's':
            is_right = read_number("seed", optarg, 0, 1e15, &options->seed);
            break;
        case 'j':
            options->is_json = true;
            break;
        default:
            is_right = false;
            break;
        }
    }
    if (is_right && optind + 1 != argc) {
        fputs(usage, stderr);
        return false;
    }
    options->scenario = argv[optind];
    return is_right;
}

static uint64_t capacity_bytes(const struct emu_scenario *scenario, uint64_t until_ns)
{
    struct emu_net *net = emu_net_create(scenario, 0);
    uint64_t bytes = 0;

    if (net == NULL) {
        return 0;
    }
    emu_net_start(net, 0);
    for (unsigned i = 0; i < scenario->link_count; i++) {
        bytes += emu_link_capacity_bytes(emu_net_link(net, i, EMU_FORWARD), 0, until_ns);
    }
    emu_net_destroy(net);
    return bytes;
}

static int compute(const struct options *options, const struct emu_scenario *scenario,
                   struct figures *figures)
{
    uint64_t latency_ns = (uint64_t)(options->latency_ms * (double)EMU_NS_PER_MS);
    uint64_t duration_ns = (uint64_t)(options->seconds * (double)EMU_NS_PER_S);
    struct emu_bound_stream stream;
    struct emu_bound bound;
    int result;

    result = emu_bound_init(&bound, scenario, (uint64_t)options->seed, (uint64_t)options->size,
                            duration_ns + latency_ns);
    if (result != 0) {
        return result;
    }
    stream = emu_bound_stream_of(&bound, (uint64_t)(options->rate_mbps * 1e6), 0, duration_ns,
                                 latency_ns);
    for (int level = 0; level < EMU_BOUND_LEVELS && result == 0; level++) {
        result =
            emu_bound_match(&bound, (enum emu_bound_level)level, &stream, &figures->result[level]);
    }
    figures->capacity_bytes = capacity_bytes(scenario, duration_ns);
    figures->windows = duration_ns / (WINDOW_S * EMU_NS_PER_S);
    if (result == 0) {
        result = emu_bound_adapt(&bound, latency_ns, ADAPT_SHARE, WINDOW_S * EMU_NS_PER_S,
                                 figures->windows, figures->window_bps);
    }
    for (uint64_t i = 0; i < figures->windows; i++) {
        figures->adapt_bps += (double)figures->window_bps[i] / (double)figures->windows;
    }
    emu_bound_free(&bound);
    return result;
}

static double percent(const struct emu_bound_result *result)
{
    return 100 * (double)result->on_time / (double)result->packets;
}

static void print_text(const struct options *options, const struct figures *figures)
{
    printf("%s: %g Mbit/s of %g bytes, latency %g ms, %g s, seed %.0f\n", options->scenario,
           options->rate_mbps, options->size, options->latency_ms, options->seconds, options->seed);
    printf("capacity %.2f Mbit/s; %llu packets\n",
           (double)figures->capacity_bytes * 8e-6 / options->seconds,
           (unsigned long long)figures->result[0].packets);
    printf("O0 (nothing lost)    %8.4f %%\n", percent(&figures->result[EMU_BOUND_LOSSLESS]));
    printf("O1 (losses known)    %8.4f %%\n", percent(&figures->result[EMU_BOUND_KNOWN]));
    printf("O2 (losses learnt)   %8.4f %%, %.4f sent a packet\n",
           percent(&figures->result[EMU_BOUND_LEARNT]),
           (double)figures->result[EMU_BOUND_LEARNT].sent / (double)figures->result[0].packets);
    printf("rate held %u s, %g %% on time: mean ", WINDOW_S, 100 * ADAPT_SHARE);
    if (figures->windows == 0) {
        printf("-\n"); /* shorter than one window */
        return;
    }
    printf("%.3f Mbit/s:", figures->adapt_bps * 1e-6);
    for (uint64_t i = 0; i < figures->windows; i++) {
        printf(" %.2f", (double)figures->window_bps[i] * 1e-6);
    }
    printf("\n");
}

static int print_json(const struct options *options, const struct figures *figures)
{
    json_t *windows = json_array();
    json_t *name = json_string(options->scenario);
    json_t *mean = figures->windows == 0 ? json_null() : json_real(figures->adapt_bps);
    json_t *root;
    int result;

    for (uint64_t i = 0; i < figures->windows; i++) {
        json_array_append_new(windows, json_integer((json_int_t)figures->window_bps[i]));
    }
    root = json_pack(
        "{s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:f, s:f, s:f, s:o, s:o}", "scenario",
        name != NULL ? name : json_string("?"), /* the name of a file may be no text */
        "rate_mbps", options->rate_mbps, "latency_ms", options->latency_ms, "size_bytes",
        options->size, "duration_s", options->seconds, "seed", options->seed, "capacity_mbps",
        (double)figures->capacity_bytes * 8e-6 / options->seconds, "packets",
        (json_int_t)figures->result[0].packets, "o0_percent",
        percent(&figures->result[EMU_BOUND_LOSSLESS]), "o1_percent",
        percent(&figures->result[EMU_BOUND_KNOWN]), "o2_percent",
        percent(&figures->result[EMU_BOUND_LEARNT]), "o2_sent_per_packet",
        (double)figures->result[EMU_BOUND_LEARNT].sent / (double)figures->result[0].packets,
        "adapt_mean_bps", mean, "adapt_window_bps", windows);
    if (root == NULL) {
        return -1;
    }
    result = json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(root);
    return result;
}

int main(int argc, char **argv)
{
    struct options options = {
        .rate_mbps = 6, .latency_ms = 1000, .size = 1316, .seconds = 60, .seed = 1};
    struct emu_scenario scenario = {.link_count = 0};
    struct figures figures = {.windows = 0};
    char error[EMU_ERROR_MAX];
    int result;

    if (!read_options(argc, argv, &options)) {
        return 2;
    }
    if (emu_scenario_load(&scenario, options.scenario, error) != 0) {
        fprintf(stderr, "bound: %s\n", error);
        return 2;
    }
    result = compute(&options, &scenario, &figures);
    emu_scenario_free(&scenario);
    if (result != 0) {
        fprintf(stderr, "bound: out of memory\n");
        return 1;
    }
    if (!options.is_json) {
        print_text(&options, &figures);
        return 0;
    }
    return print_json(&options, &figures) == 0 ? 0 : 1;
}
