/* SPDX-License-Identifier: BSD-2-Clause */
/* The load: numbered, time-stamped datagrams whose every byte follows from the number; and what
 * comes out at the other end, compared byte for byte. */
#include "bench/duel/duel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAGIC  UINT64_C(0x506c6169744475e1)
#define WARMUP DUEL_S /* written before number 0 and not counted */

struct head {
    uint64_t magic, number, written_ns;
};

static void fill(uint64_t number, uint64_t written_ns, uint8_t out[DUEL_PAYLOAD])
{
    const struct head head = {MAGIC, number, written_ns};

    memcpy(out, &head, sizeof head);
    for (size_t i = sizeof head; i < DUEL_PAYLOAD; i++)
        out[i] = (uint8_t)((number + 1) * 167 + i * 31);
}

void probe_open(struct probe *probe, const struct duel *duel)
{
    const double bits = (double)duel->seconds * duel->rate_mbps * 1e6;

    memset(probe, 0, sizeof *probe);
    probe->duel = duel;
    probe->load = duel_socket(duel, (unsigned)-1);
    probe->output = duel_socket(duel, DUEL_PORT_OUTPUT);
    probe->count = (uint64_t)(bits / 8 / DUEL_PAYLOAD);
    probe->written_ns = calloc(probe->count, sizeof *probe->written_ns);
    probe->took_ns = malloc(probe->count * sizeof *probe->took_ns);
    if (!probe->written_ns || !probe->took_ns) {
        fprintf(stderr, "duel: no memory; give fewer --seconds\n");
        exit(2);
    }
    memset(probe->took_ns, 0xff, probe->count * sizeof *probe->took_ns);
}

void probe_close(struct probe *probe)
{
    close(probe->load);
    close(probe->output);
    free(probe->written_ns);
    free(probe->took_ns);
}

/* Numbers below `warm` belong to the warm-up. */
static uint64_t warm(const struct probe *probe)
{
    return (uint64_t)(probe->duel->rate_mbps * 1e6 / 8 / DUEL_PAYLOAD * (WARMUP / 1e9));
}

static uint64_t due(const struct probe *probe, uint64_t n)
{
    const double ns = (double)n * DUEL_PAYLOAD * 8e3 / probe->duel->rate_mbps;

    return probe->first_ns - WARMUP + (uint64_t)ns;
}

void probe_start(struct probe *probe, uint64_t first_ns)
{
    probe->first_ns = first_ns;
}

uint64_t probe_next(const struct probe *probe)
{
    if (probe->first_ns == 0 || probe->next == probe->count + warm(probe))
        return UINT64_MAX;
    return due(probe, probe->next);
}

static void deliver(struct probe *probe, uint64_t now, const uint8_t *data, size_t len)
{
    uint8_t expected[DUEL_PAYLOAD];
    struct head head;
    uint64_t n;

    if (len == DUEL_PAYLOAD) {
        memcpy(&head, data, sizeof head);
        fill(head.number, head.written_ns, expected);
    }
    if (len != DUEL_PAYLOAD || head.magic != MAGIC || memcmp(data, expected, len) != 0) {
        probe->foreign++;
        return;
    }
    if (head.number < warm(probe))
        return;
    n = head.number - warm(probe);
    if (n >= probe->count || probe->written_ns[n] != head.written_ns) {
        probe->foreign++;
    } else if (probe->took_ns[n] != UINT64_MAX) {
        probe->twice++;
    } else {
        probe->took_ns[n] = now - head.written_ns;
        probe->disorder += n < probe->highest;
        probe->highest = n > probe->highest ? n : probe->highest;
        if (probe->last_ns != 0 && now - probe->last_ns > probe->gap_ns)
            probe->gap_ns = now - probe->last_ns;
        probe->last_ns = now;
    }
}

void probe_work(struct probe *probe, uint64_t now)
{
    const struct sockaddr_in to = duel_address(probe->duel, DUEL_PORT_LOAD);
    uint8_t data[65536];
    ssize_t len;

    while ((len = recv(probe->output, data, sizeof data, 0)) >= 0)
        deliver(probe, now, data, (size_t)len);
    while (probe_next(probe) <= now) {
        if (probe->next >= warm(probe))
            probe->written_ns[probe->next - warm(probe)] = now;
        fill(probe->next++, now, data);
        (void)sendto(probe->load, data, DUEL_PAYLOAD, 0, (const struct sockaddr *)&to, sizeof to);
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

void probe_finish(struct probe *probe, struct probe_result *result)
{
    const uint64_t limit = probe->duel->latency_ms * DUEL_MS + PROBE_SLACK_NS;
    const uint64_t *took = probe->took_ns;
    uint64_t n = 0, on_time = 0;

    memset(result, 0, sizeof *result);
    qsort(probe->took_ns, probe->count, sizeof *took, compare);
    while (n < probe->count && took[n] != UINT64_MAX)
        on_time += took[n++] <= limit;
    result->arrived = probe->count > 0 ? (double)n / (double)probe->count : 0;
    result->on_time = probe->count > 0 ? (double)on_time / (double)probe->count : 0;
    result->gap_ms = (double)probe->gap_ns / 1e6;
    if (n == 0)
        return;
    result->p50_ms = (double)took[n / 2] / 1e6;
    result->p99_ms = (double)took[n * 99 / 100] / 1e6;
    result->p999_ms = (double)took[n * 999 / 1000] / 1e6;
    result->max_ms = (double)took[n - 1] / 1e6;
}
