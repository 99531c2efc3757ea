/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/tcp.h"

#include <stdlib.h>
#include <string.h>

#include "plait/plait.h"
#include "sim/cubic.h"

#define PACKET_BYTES 1500 /* IP; the emulator adds EMU_OVERHEAD_BYTES to what it is given */
#define ACK_BYTES    52

/* No Plait datagram begins so: its first byte is a packet type. */
static const uint8_t mark[8] = {0xff, 't', 'c', 'p', 'f', 'l', 'o', 'w'};

struct message {
    uint8_t mark[sizeof mark];
    uint64_t segment, cumulative;
};

struct tcp {
    struct tcp_config config;
    bool started;
    struct cubic sender;
    struct cubic_receiver receiver;
};

struct tcp *tcp_create(const struct tcp_config *config)
{
    struct tcp *tcp = calloc(1, sizeof *tcp);
    if (!tcp) {
        abort();
    }
    tcp->config = *config;
    cubic_init(&tcp->sender);
    return tcp;
}

void tcp_free(struct tcp *tcp)
{
    free(tcp);
}

uint64_t tcp_next(const struct tcp *tcp, uint64_t now)
{
    if (!tcp->started) {
        return tcp->config.from_ns > now ? tcp->config.from_ns : now;
    }
    return tcp->sender.timeout_ns;
}

static void send(struct tcp *tcp, struct emu_net *net, uint64_t now, enum emu_dir dir,
                 uint64_t segment, uint64_t cumulative)
{
    uint8_t packet[PACKET_BYTES] = {0};
    struct message message = {.segment = segment, .cumulative = cumulative};
    size_t bytes = dir == EMU_FORWARD ? PACKET_BYTES : ACK_BYTES;
    memcpy(message.mark, mark, sizeof mark);
    memcpy(packet, &message, sizeof message);
    emu_net_send(net, tcp->config.link, dir, now, packet, bytes - EMU_OVERHEAD_BYTES);
}

void tcp_poll(struct tcp *tcp, struct emu_net *net, uint64_t now)
{
    uint64_t segment;
    if (now < tcp->config.from_ns) {
        return;
    }
    tcp->started = true;
    if (now >= tcp->sender.timeout_ns) {
        cubic_on_timeout(&tcp->sender, now);
    }
    while (cubic_take(&tcp->sender, now, &segment)) {
        send(tcp, net, now, EMU_FORWARD, segment, 0);
    }
}

bool tcp_on_arrived(struct tcp *tcp, struct emu_net *net, uint64_t now,
                    const struct emu_arrival *arrival)
{
    struct message message;
    if (arrival->link != tcp->config.link || arrival->len < sizeof message ||
        memcmp(arrival->data, mark, sizeof mark) != 0) {
        return false;
    }
    memcpy(&message, arrival->data, sizeof message);
    if (arrival->dir == EMU_FORWARD) {
        uint64_t cumulative = cubic_receive(&tcp->receiver, message.segment);
        send(tcp, net, now, EMU_REVERSE, message.segment, cumulative);
    } else {
        cubic_on_ack(&tcp->sender, now, message.segment, message.cumulative);
        tcp_poll(tcp, net, now);
    }
    return true;
}

uint64_t tcp_received_bytes(const struct tcp *tcp)
{
    return tcp->receiver.next * PACKET_BYTES;
}

uint64_t tcp_rtt_ns(const struct tcp *tcp)
{
    return tcp->sender.srtt_ns;
}
