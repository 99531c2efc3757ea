/* SPDX-License-Identifier: BSD-2-Clause */
/* duel: runs the contenders one after another and prints the table. Real time: it takes about
 * --seconds + 7 for each. */
#include "bench/duel/duel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "emu/bound.h"

#define SETTLE_NS    (2 * DUEL_S) /* from the sender's start to the load's */
#define WARMUP_NS    DUEL_S       /* of load, not counted */
#define SOCKET_BYTES (4 << 20)
#define SECONDS_MAX  600

struct row {
    struct probe_result result;
    double bound, sent, returned, cpu_s;
    uint64_t foreign, twice, disorder;
    uint64_t unheld;    /* datagrams that the emulated links had no memory for */
    const char *absent; /* the program that had ended before the duel did; NULL: none */
};

uint64_t duel_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * DUEL_S + (uint64_t)t.tv_nsec;
}

struct sockaddr_in duel_address(const struct duel *duel, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = port == UINT_MAX ? 0 : htons((uint16_t)(duel->port + port));
    return address;
}

int duel_socket(const struct duel *duel, unsigned port)
{
    const struct sockaddr_in address = duel_address(duel, port);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int bytes = SOCKET_BYTES;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "duel: port %u: %s; give another --port\n",
                port == UINT_MAX ? 0 : duel->port + port, strerror(errno));
        exit(2);
    }
    return fd;
}

/* Serves relay and probe until `until`. */
static void serve(struct relay *relay, struct probe *probe, uint64_t until)
{
    struct pollfd fds[2 * EMU_LINKS_MAX + 1];
    uint64_t now = duel_now();

    while (now < until) {
        uint64_t next = probe_next(probe) < until ? probe_next(probe) : until;
        const uint64_t arrival = relay->started_ns ? emu_net_next_ns(relay->net) : EMU_NEVER;
        struct timespec wait = {0};
        nfds_t count = 0;

        next = arrival < next ? arrival : next;
        if (next > now) {
            wait.tv_sec = (time_t)((next - now) / DUEL_S);
            wait.tv_nsec = (long)((next - now) % DUEL_S);
        }
        fds[count++] = (struct pollfd){probe->output, POLLIN, 0};
        for (unsigned i = 0; i < relay->links; i++) {
            fds[count++] = (struct pollfd){relay->listen[i], POLLIN, 0};
            fds[count++] = (struct pollfd){relay->upstream[i], POLLIN, 0};
        }
        (void)ppoll(fds, count, &wait, NULL);
        now = duel_now();
        relay_work(relay, now);
        probe_work(probe, now);
    }
}

/* What could have come in time over the same links at the same moments; 0 without memory. */
static double bound_share(const struct duel *duel, uint64_t first_ns)
{
    struct emu_bound bound;
    struct emu_bound_stream stream;
    struct emu_bound_result result = {0};
    const uint64_t latency = duel->latency_ms * DUEL_MS + PROBE_SLACK_NS; /* as the probe counts */

    if (emu_bound_init(&bound, &duel->scenario, duel->seed, DUEL_PAYLOAD,
                       first_ns + duel->seconds * DUEL_S + latency) != 0)
        return 0;
    stream = emu_bound_stream_of(&bound, (uint64_t)(duel->rate_mbps * 1e6), first_ns,
                                 duel->seconds * DUEL_S, latency);
    (void)emu_bound_match(&bound, EMU_BOUND_KNOWN, &stream, &result);
    emu_bound_free(&bound);
    return result.packets ? (double)result.on_time / (double)result.packets : 0;
}

static void run(const struct duel *duel, const struct contender *contender, struct row *row)
{
    const double media = (double)duel->seconds * duel->rate_mbps * 1e6 / 8;
    struct relay relay;
    struct probe probe;
    uint64_t before[EMU_DIRS], first;
    pid_t receiver, sender;

    relay_open(&relay, duel);
    probe_open(&probe, duel);
    receiver = contender_run(duel, contender->receiver);
    serve(&relay, &probe, duel_now() + DUEL_S);
    relay_start(&relay, duel_now());
    first = relay.started_ns + SETTLE_NS + WARMUP_NS;
    sender = contender_run(duel, contender->sender);
    serve(&relay, &probe, relay.started_ns + SETTLE_NS);
    probe_start(&probe, first);
    serve(&relay, &probe, first);
    for (int dir = 0; dir < EMU_DIRS; dir++)
        before[dir] = relay_bytes(&relay, (enum emu_dir)dir);
    serve(&relay, &probe, first + duel->seconds * DUEL_S);
    row->sent = (double)(relay_bytes(&relay, EMU_FORWARD) - before[EMU_FORWARD]) / media;
    row->returned = (double)(relay_bytes(&relay, EMU_REVERSE) - before[EMU_REVERSE]) / media;
    serve(&relay, &probe, duel_now() + duel->latency_ms * DUEL_MS + DUEL_S);
    row->absent = !contender_runs(sender)     ? "sender"
                  : !contender_runs(receiver) ? "receiver"
                                              : NULL;
    row->unheld = relay_unheld(&relay);
    row->cpu_s = contender_end(sender) + contender_end(receiver);
    row->foreign = probe.foreign;
    row->twice = probe.twice;
    row->disorder = probe.disorder;
    row->bound = bound_share(duel, first - relay.started_ns);
    probe_finish(&probe, &row->result);
    probe_close(&probe);
    relay_close(&relay);
}

static const char *scenario_name(const struct duel *duel)
{
    const char *slash = strrchr(duel->scenario_path, '/');

    return slash ? slash + 1 : duel->scenario_path;
}

/* The name of a file may be no text. */
static json_t *text(const char *name)
{
    json_t *string = json_string(name);

    return string ? string : json_string("?");
}

static void print_json(const struct duel *duel, const char *name, const struct row *row)
{
    const struct probe_result *r = &row->result;
    json_t *object = json_pack(
        "{s:s, s:o, s:f, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}",
        "contender", name, "scenario", text(scenario_name(duel)), "rate_mbps", duel->rate_mbps,
        "latency_ms", (json_int_t)duel->latency_ms, "seconds", (json_int_t)duel->seconds, "seed",
        (json_int_t)duel->seed, "on_time_share", r->on_time, "bound_o1_share", row->bound,
        "on_time_of_bound", row->bound > 0 ? r->on_time / row->bound : 0, "latency_p50_ms",
        r->p50_ms, "latency_p99_ms", r->p99_ms, "latency_p999_ms", r->p999_ms, "latency_max_ms",
        r->max_ms, "sent_bytes_a_media_byte", row->sent, "returned_bytes_a_media_byte",
        row->returned, "longest_gap_ms", r->gap_ms, "cpu_s", row->cpu_s);

    json_object_set_new(object, "arrived_share", json_real(r->arrived));
    json_object_set_new(object, "foreign", json_integer((json_int_t)row->foreign));
    json_object_set_new(object, "twice", json_integer((json_int_t)row->twice));
    json_object_set_new(object, "out_of_order", json_integer((json_int_t)row->disorder));
    json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    printf("\n");
    json_decref(object);
}

static void print_row(const struct duel *duel, const char *name, const struct row *row)
{
    const struct probe_result *r = &row->result;

    printf("| %s | %g | %llu | %s | %.3f | %.3f | %.3f | %.3f | %.0f | %.0f | %.0f | %.0f | %.3f | "
           "%.3f | "
           "%.0f | %.2f |\n",
           scenario_name(duel), duel->rate_mbps, (unsigned long long)duel->latency_ms, name,
           100 * r->on_time, 100 * r->arrived, 100 * row->bound,
           row->bound > 0 ? 100 * r->on_time / row->bound : 0, r->p50_ms, r->p99_ms, r->p999_ms,
           r->max_ms, row->sent, row->returned, r->gap_ms, row->cpu_s);
}

static int refuse(const char *option, const char *value, const char *cure)
{
    fprintf(stderr, "duel: --%s '%s': %s\n", option, value, cure);
    return 2;
}

/* A number from low to high, whole where asked. */
static bool take(const char *option, const char *value, double low, double high, bool whole,
                 double *out)
{
    char *end;
    const double n = strtod(value, &end);

    if (end == value || *end != 0 || !(n >= low && n <= high) ||
        (whole && n != (double)(uint64_t)n)) {
        fprintf(stderr, "duel: --%s '%s': write a %snumber from %.15g to %.15g\n", option, value,
                whole ? "whole " : "", low, high);
        return false;
    }
    *out = n;
    return true;
}

static bool parse_number(struct duel *duel, int option, const char *value)
{
    double n;

    switch (option) {
    case 'r':
        return take("rate", value, 0.1, 100, false, &duel->rate_mbps);
    case 'l':
        if (!take("latency", value, 20, 10000, true, &n))
            return false;
        duel->latency_ms = (uint64_t)n;
        return true;
    case 'n':
        if (!take("seconds", value, 1, SECONDS_MAX, true, &n))
            return false;
        duel->seconds = (uint64_t)n;
        return true;
    case 'e':
        if (!take("seed", value, 0, 1e15, true, &n))
            return false;
        duel->seed = (uint64_t)n;
        return true;
    case 't': /* the first of some 40 free ports */
        if (!take("port", value, 1024, 65000, true, &n))
            return false;
        duel->port = (unsigned)n;
        return true;
    default:
        return false;
    }
}

static bool is_chosen(const struct duel *duel, const struct contender *contender)
{
    return !duel->only || strstr(contender->name, duel->only);
}

static int check(struct duel *duel)
{
    char error[EMU_ERROR_MAX];
    unsigned chosen = 0;

    for (unsigned i = 0; i < contenders_count; i++)
        chosen += is_chosen(duel, &contenders[i]);
    if (chosen == 0)
        return refuse("only", duel->only, "in no contender's name; there are plait, librist, SRT");
    if (!duel->scenario_path)
        return refuse("scenario", "", "give a scenario file");
    if (emu_scenario_load(&duel->scenario, duel->scenario_path, error) != 0)
        return refuse("scenario", duel->scenario_path, error);
    return 0;
}

static int parse(struct duel *duel, int argc, char **argv)
{
    static const struct option options[] = {
        {"scenario", 1, NULL, 's'}, {"rate", 1, NULL, 'r'}, {"latency", 1, NULL, 'l'},
        {"seconds", 1, NULL, 'n'},  {"seed", 1, NULL, 'e'}, {"plait", 1, NULL, 'p'},
        {"only", 1, NULL, 'o'},     {"port", 1, NULL, 't'}, {"json", 0, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            duel->scenario_path = optarg;
            break;
        case 'p':
            duel->plait = optarg;
            break;
        case 'o':
            duel->only = optarg;
            break;
        case 'j':
            duel->json = true;
            break;
        default:
            if (!parse_number(duel, option, optarg))
                return 2;
        }
    }
    return check(duel);
}

/* Prints a contender's row; false: it has none. */
static bool print(const struct duel *duel, const char *name, const struct row *row)
{
    if (row->absent) {
        fprintf(stderr, "duel: %s: its %s ended before the duel did: no row\n", name, row->absent);
        return false;
    }
    if (duel->json)
        print_json(duel, name, row);
    else
        print_row(duel, name, row);
    if (row->foreign + row->twice + row->disorder > 0)
        fprintf(stderr, "duel: %s: foreign %llu, twice %llu, out of order %llu\n", name,
                (unsigned long long)row->foreign, (unsigned long long)row->twice,
                (unsigned long long)row->disorder);
    if (row->unheld > 0)
        fprintf(stderr, "duel: %s: the emulator had no memory for %llu datagrams\n", name,
                (unsigned long long)row->unheld);
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    struct duel duel = {.plait = "build/cli/plait",
                        .rate_mbps = 6,
                        .latency_ms = 1000,
                        .seconds = 40,
                        .seed = 1,
                        .port = 26000};
    const int refused = parse(&duel, argc, argv);
    bool all_ran = true;

    if (refused)
        return refused;
    for (unsigned i = 0; i < contenders_count; i++) {
        struct row row = {.bound = 0};

        if (!is_chosen(&duel, &contenders[i]))
            continue;
        run(&duel, &contenders[i], &row);
        all_ran &= print(&duel, contenders[i].name, &row);
    }
    emu_scenario_free(&duel.scenario);
    return all_ran ? 0 : 1;
}
