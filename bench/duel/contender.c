/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs of the duel and their command lines; bench/duel/peers.md tells how these were
 * found. */
#include "bench/duel/duel.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD_BYTES 2048
#define SECRET     "plait-duel-secret"

#if defined(__GNUC__)
#define WORD_PRINTF __attribute__((format(printf, 2, 3)))
#else
#define WORD_PRINTF
#endif

WORD_PRINTF static void word(char **words, const char *format, ...)
{
    unsigned at = 0;
    va_list list;

    while (words[at])
        at++;
    words[at] = malloc(WORD_BYTES);
    if (!words[at] || at + 1 == DUEL_WORDS) {
        fprintf(stderr, "duel: a command line is too long\n");
        exit(2);
    }
    va_start(list, format);
    (void)vsnprintf(words[at], WORD_BYTES, format, list);
    va_end(list);
}

static unsigned port(const struct duel *duel, unsigned which)
{
    return duel->port + which;
}

static unsigned delay_ms(const struct duel *duel, unsigned link)
{
    const struct emu_dir_spec *spec = &duel->scenario.link[link].dir[EMU_FORWARD];

    return (unsigned)((spec->delay_ns + spec->jitter_ns) / DUEL_MS);
}

/* -- plait -- */

static void plait_receiver(const struct duel *duel, char **words)
{
    word(words, "%s", duel->plait);
    word(words, "recv");
    word(words, "--listen");
    word(words, "127.0.0.1:%u", port(duel, DUEL_PORT_RECEIVER));
    word(words, "--out");
    word(words, "udp://127.0.0.1:%u", port(duel, DUEL_PORT_OUTPUT));
    word(words, "--secret");
    word(words, SECRET);
    word(words, "--quiet");
}

static void plait_sender(const struct duel *duel, char **words)
{
    word(words, "%s", duel->plait);
    word(words, "send");
    word(words, "--to");
    word(words, "127.0.0.1:%u", port(duel, DUEL_PORT_LINK));
    word(words, "--in");
    word(words, "udp://127.0.0.1:%u", port(duel, DUEL_PORT_LOAD));
    word(words, "--secret");
    word(words, SECRET);
    word(words, "--latency");
    word(words, "%llu", (unsigned long long)duel->latency_ms);
    word(words, "--quiet");
    for (unsigned i = 0; i < duel->scenario.link_count; i++) {
        word(words, "--link");
        word(words, "src=127.0.0.1,to=127.0.0.1:%u,name=%s", port(duel, DUEL_PORT_LINK + i),
             duel->scenario.link[i].name);
    }
}

/* -- librist: the play-out buffer counts from the arrival, so it is shorter by the way there -- */

static unsigned rist_buffer_ms(const struct duel *duel)
{
    unsigned most = 0;

    for (unsigned i = 0; i < duel->scenario.link_count; i++)
        most = delay_ms(duel, i) > most ? delay_ms(duel, i) : most;
    return duel->latency_ms > most + 10 ? (unsigned)duel->latency_ms - most : 10;
}

/* Mean capacity, bit/s, over the duel. */
static double mean_bps(const struct duel *duel, unsigned link)
{
    struct emu_net *net = emu_net_create(&duel->scenario, duel->seed);
    const uint64_t ns = (duel->seconds + 4) * DUEL_S;
    uint64_t bytes;

    emu_net_start(net, 0);
    bytes = emu_link_capacity_bytes(emu_net_link(net, link, EMU_FORWARD), 0, ns);
    emu_net_destroy(net);
    return (double)bytes * 8e9 / (double)ns;
}

static void rist_receiver(const struct duel *duel, char **words)
{
    word(words, "ristreceiver");
    word(words, "-p");
    word(words, "1");
    word(words, "-i");
    word(words, "rist://@127.0.0.1:%u?secret=" SECRET "&aes-type=128&buffer=%u",
         port(duel, DUEL_PORT_RECEIVER), rist_buffer_ms(duel));
    word(words, "-o");
    word(words, "udp://127.0.0.1:%u", port(duel, DUEL_PORT_OUTPUT));
}

static void rist_sender(const struct duel *duel, char **words, bool weighted)
{
    char out[WORD_BYTES] = "";
    size_t used = 0;

    for (unsigned i = 0; i < duel->scenario.link_count && used < sizeof out; i++) {
        const unsigned weight = weighted ? 1 + (unsigned)(mean_bps(duel, i) / 250e3) : 5;

        used += (size_t)snprintf(
            out + used, sizeof out - used,
            "%srist://127.0.0.1:%u?secret=" SECRET "&aes-type=128&buffer=%u&weight=%u",
            i > 0 ? "," : "", port(duel, DUEL_PORT_LINK + i), rist_buffer_ms(duel), weight);
    }
    word(words, "ristsender");
    word(words, "-p");
    word(words, "1");
    word(words, "-i");
    word(words, "udp://@127.0.0.1:%u", port(duel, DUEL_PORT_LOAD));
    word(words, "-o");
    word(words, "%s", out);
}

static void rist_sender_equal(const struct duel *duel, char **words)
{
    rist_sender(duel, words, false);
}

static void rist_sender_weighted(const struct duel *duel, char **words)
{
    rist_sender(duel, words, true);
}

/* -- SRT on the link of the highest mean capacity -- */

static unsigned best_link(const struct duel *duel)
{
    unsigned best = 0;

    for (unsigned i = 1; i < duel->scenario.link_count; i++)
        best = mean_bps(duel, i) > mean_bps(duel, best) ? i : best;
    return best;
}

static unsigned srt_latency_ms(const struct duel *duel)
{
    const unsigned delay = delay_ms(duel, best_link(duel));

    return duel->latency_ms > delay + 10 ? (unsigned)duel->latency_ms - delay : 10;
}

static void srt_receiver(const struct duel *duel, char **words)
{
    word(words, "srt-live-transmit");
    word(words, "-chunk:%u", DUEL_PAYLOAD);
    word(words, "-loglevel:error");
    word(words, "srt://127.0.0.1:%u?mode=listener&rcvlatency=%u&passphrase=" SECRET "&pbkeylen=16",
         port(duel, DUEL_PORT_RECEIVER), srt_latency_ms(duel));
    word(words, "udp://127.0.0.1:%u", port(duel, DUEL_PORT_OUTPUT));
}

static void srt_sender(const struct duel *duel, char **words)
{
    word(words, "srt-live-transmit");
    word(words, "-chunk:%u", DUEL_PAYLOAD);
    word(words, "-loglevel:error");
    word(words, "udp://127.0.0.1:%u", port(duel, DUEL_PORT_LOAD));
    word(words, "srt://127.0.0.1:%u?mode=caller&latency=%u&passphrase=" SECRET "&pbkeylen=16",
         port(duel, DUEL_PORT_LINK + best_link(duel)), srt_latency_ms(duel));
}

const struct contender contenders[] = {
    {"plait", plait_receiver, plait_sender},
    {"librist, equal weights", rist_receiver, rist_sender_equal},
    {"librist, weights by mean", rist_receiver, rist_sender_weighted},
    {"SRT, best link", srt_receiver, srt_sender},
};
const unsigned contenders_count = sizeof contenders / sizeof contenders[0];

/* -- Processes -- */

pid_t contender_run(const struct duel *duel, void (*make)(const struct duel *, char **))
{
    char *words[DUEL_WORDS] = {NULL};
    pid_t pid;

    make(duel, words);
    pid = fork();
    if (pid == 0) {
        /* Whatever becomes of the duel, its contenders end with it. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int null = open("/dev/null", O_RDWR);

        (void)dup2(null, 0);
        (void)dup2(null, 1);
        if (!getenv("DUEL_VERBOSE"))
            (void)dup2(null, 2);
        execvp(words[0], words);
        _exit(127);
    }
    if (pid < 0) {
        fprintf(stderr, "duel: cannot start '%s'\n", words[0]);
        exit(2);
    }
    for (unsigned i = 0; words[i]; i++)
        free(words[i]);
    return pid;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

bool contender_runs(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

double contender_end(pid_t pid)
{
    struct rusage usage = {.ru_maxrss = 0};
    int status = 0;
    pid_t ended = 0;

    (void)kill(pid, SIGTERM);
    for (unsigned i = 0; i < 300 && ended == 0; i++) {
        ended = wait4(pid, &status, WNOHANG, &usage);
        if (ended == 0)
            (void)usleep(10000);
    }
    if (ended == 0) {
        (void)kill(pid, SIGKILL);
        (void)wait4(pid, &status, 0, &usage);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        fprintf(stderr, "duel: a program is missing; apt-get install rist-tools srt-tools\n");
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}
