/* SPDX-License-Identifier: BSD-2-Clause */
/* The emulated links in real time: a UDP port a link on the sender's side, and a socket a link
 * towards the receiver. What the receiver sends to a port that a NAT has given up is lost with the
 * socket. */
#include "bench/duel/duel.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void relay_open(struct relay *relay, const struct duel *duel)
{
    memset(relay, 0, sizeof *relay);
    relay->duel = duel;
    relay->net = emu_net_create(&duel->scenario, duel->seed);
    relay->links = emu_net_link_count(relay->net);
    for (unsigned i = 0; i < relay->links; i++) {
        relay->listen[i] = duel_socket(duel, DUEL_PORT_LINK + i);
        relay->upstream[i] = duel_socket(duel, UINT_MAX);
    }
}

void relay_start(struct relay *relay, uint64_t now)
{
    emu_net_start(relay->net, now);
    relay->started_ns = now;
}

void relay_close(struct relay *relay)
{
    for (unsigned i = 0; i < relay->links; i++) {
        close(relay->listen[i]);
        close(relay->upstream[i]);
    }
    emu_net_destroy(relay->net);
}

static void take(struct relay *relay, unsigned link, enum emu_dir dir, uint64_t now)
{
    const int from = dir == EMU_FORWARD ? relay->listen[link] : relay->upstream[link];
    struct sockaddr_in address;
    socklen_t address_len = sizeof address;
    uint8_t data[EMU_DATAGRAM_MAX + 1]; /* what is longer is cut, but still too long for the link */
    ssize_t len;

    while ((len = recvfrom(from, data, sizeof data, 0, (struct sockaddr *)&address,
                           &address_len)) >= 0) {
        if (dir == EMU_FORWARD)
            relay->sender[link] = address;
        (void)emu_net_send(relay->net, link, dir, now, data, (size_t)len);
    }
}

static void rebind(struct relay *relay, unsigned link, uint64_t now)
{
    const unsigned epoch = emu_net_epoch(relay->net, link, now);

    if (epoch == relay->epoch[link])
        return;
    relay->epoch[link] = epoch;
    close(relay->upstream[link]);
    relay->upstream[link] = duel_socket(relay->duel, UINT_MAX);
}

void relay_work(struct relay *relay, uint64_t now)
{
    const struct sockaddr_in receiver = duel_address(relay->duel, DUEL_PORT_RECEIVER);
    struct emu_arrival arrival;

    if (relay->started_ns == 0)
        return;
    for (unsigned i = 0; i < relay->links; i++) {
        rebind(relay, i, now);
        take(relay, i, EMU_FORWARD, now);
        take(relay, i, EMU_REVERSE, now);
    }
    while (emu_net_recv(relay->net, now, &arrival)) {
        const bool forward = arrival.dir == EMU_FORWARD;
        const struct sockaddr_in *to = forward ? &receiver : &relay->sender[arrival.link];
        const int from = forward ? relay->upstream[arrival.link] : relay->listen[arrival.link];

        if (to->sin_port != 0)
            (void)sendto(from, arrival.data, arrival.len, 0, (const struct sockaddr *)to,
                         sizeof *to);
    }
}

uint64_t relay_bytes(const struct relay *relay, enum emu_dir dir)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < relay->links; i++)
        bytes += emu_link_stats(emu_net_link(relay->net, i, dir))->sent_bytes;
    return bytes;
}

uint64_t relay_unheld(const struct relay *relay)
{
    uint64_t datagrams = 0;

    for (unsigned i = 0; i < relay->links; i++)
        for (int dir = 0; dir < EMU_DIRS; dir++)
            datagrams += emu_link_stats(emu_net_link(relay->net, i, (enum emu_dir)dir))
                             ->fate[EMU_DROPPED_MEMORY];
    return datagrams;
}
