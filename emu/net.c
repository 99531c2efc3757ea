/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/net.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct emu_net {
    struct emu_link *link[EMU_LINKS_MAX][EMU_DIRS];
    char name[EMU_LINKS_MAX][EMU_NAME_MAX];
    uint64_t rebind_ns[EMU_LINKS_MAX][EMU_REBINDS_MAX];
    unsigned rebind_count[EMU_LINKS_MAX];
    unsigned link_count;
    uint64_t origin_ns;
    bool is_started;
};

struct emu_net *emu_net_create(const struct emu_scenario *scenario, uint64_t seed)
{
    struct emu_net *net = calloc(1, sizeof *net);

    if (net == NULL) {
        return NULL;
    }
    net->link_count = scenario->link_count;
    for (unsigned i = 0; i < net->link_count; i++) {
        const struct emu_link_spec *spec = &scenario->link[i];

        memcpy(net->name[i], spec->name, sizeof net->name[i]);
        memcpy(net->rebind_ns[i], spec->rebind_ns, sizeof net->rebind_ns[i]);
        net->rebind_count[i] = spec->rebind_count;
        for (unsigned dir = 0; dir < EMU_DIRS; dir++) {
            net->link[i][dir] = emu_link_create(&spec->dir[dir], seed, i, (enum emu_dir)dir);
            if (net->link[i][dir] == NULL) {
                emu_net_destroy(net);
                return NULL;
            }
        }
    }
    return net;
}

void emu_net_destroy(struct emu_net *net)
{
    if (net == NULL) {
        return;
    }
    for (unsigned i = 0; i < net->link_count; i++) {
        emu_link_destroy(net->link[i][EMU_FORWARD]);
        emu_link_destroy(net->link[i][EMU_REVERSE]);
    }
    free(net);
}

unsigned emu_net_link_count(const struct emu_net *net)
{
    return net->link_count;
}

const char *emu_net_link_name(const struct emu_net *net, unsigned link)
{
    assert(link < net->link_count);
    return net->name[link];
}

void emu_net_start(struct emu_net *net, uint64_t origin_ns)
{
    assert(!net->is_started);
    net->is_started = true;
    net->origin_ns = origin_ns;
    for (unsigned i = 0; i < net->link_count; i++) {
        emu_link_start(net->link[i][EMU_FORWARD], origin_ns);
        emu_link_start(net->link[i][EMU_REVERSE], origin_ns);
    }
}

enum emu_fate emu_net_send(struct emu_net *net, unsigned link, enum emu_dir dir, uint64_t now,
                           const void *data, size_t len)
{
    assert(link < net->link_count && dir < EMU_DIRS);
    if (!net->is_started) {
        emu_net_start(net, now);
    }
    return emu_link_send(net->link[link][dir], now, data, len);
}

/* The link on which the next datagram arrives; the lowest number where they are equal. */
static struct emu_link *next_link(const struct emu_net *net, uint64_t *next_ns)
{
    struct emu_link *first = NULL;

    *next_ns = EMU_NEVER;
    for (unsigned i = 0; i < net->link_count; i++) {
        for (unsigned dir = 0; dir < EMU_DIRS; dir++) {
            uint64_t at_ns = emu_link_next_ns(net->link[i][dir]);

            if (at_ns < *next_ns) {
                *next_ns = at_ns;
                first = net->link[i][dir];
            }
        }
    }
    return first;
}

uint64_t emu_net_next_ns(const struct emu_net *net)
{
    uint64_t next_ns;

    next_link(net, &next_ns);
    return next_ns;
}

bool emu_net_recv(struct emu_net *net, uint64_t now, struct emu_arrival *arrival)
{
    uint64_t next_ns;
    struct emu_link *link = next_link(net, &next_ns);

    return link != NULL && next_ns <= now && emu_link_recv(link, now, arrival);
}

unsigned emu_net_epoch(const struct emu_net *net, unsigned link, uint64_t now)
{
    unsigned epoch = 0;

    assert(link < net->link_count);
    if (!net->is_started || now < net->origin_ns) {
        return 0;
    }
    while (epoch < net->rebind_count[link] && net->rebind_ns[link][epoch] <= now - net->origin_ns) {
        epoch++;
    }
    return epoch;
}

const struct emu_link *emu_net_link(const struct emu_net *net, unsigned link, enum emu_dir dir)
{
    assert(link < net->link_count && dir < EMU_DIRS);
    return net->link[link][dir];
}
