/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SRT connection (libsrt, live mode) for --in or --out srt://HOST:PORT?key=value&..., as
 * srt-live-transmit writes it: mode=caller|listener (an empty host listens), latency=MS,
 * passphrase=TEXT, pbkeylen=16|24|32, streamid=TEXT. A lost connection is made anew. libsrt runs
 * threads of its own and has no descriptor to wait for, so its owner looks every SRT_LINK_TICK_NS.
 */
#ifndef PLAIT_RUN_SRT_LINK_H
#define PLAIT_RUN_SRT_LINK_H

#include <stdbool.h>
#include <sys/socket.h>

#include "run/error.h"
#include "run/url.h"

#define SRT_LINK_TICK_NS    UINT64_C(2000000)
#define SRT_LINK_MAX_PACKET 1456 /* bytes: the largest message of live mode */

struct srt_link {
    int listener; /* SRTSOCKET, -1: none */
    int peer;     /* -1: none */
    bool listens;
    bool is_started;
    uint64_t retry_at;
    int latency_ms, key_length; /* 0: libsrt's own */
    char passphrase[80];
    char stream_id[256];
    struct sockaddr_storage address;
    socklen_t address_len;
};

/* PLAIT_ERR_INVALID with the value and the cure: malformed, port in use. A caller's peer need not
 * be there yet. */
int srt_link_open(struct srt_link *link, const struct url *url, struct run_error *error);
void srt_link_close(struct srt_link *link);

/* Connects or accepts as far as it goes without waiting; true while a peer is connected. */
bool srt_link_is_connected(struct srt_link *link, uint64_t now);

/* One message: its length, 0 when there is none, or -1 when the connection was lost. */
int srt_link_receive(struct srt_link *link, uint8_t *data, size_t size);

/* False when it could not be handed over (too long, no room, lost). */
bool srt_link_send(struct srt_link *link, const uint8_t *data, size_t len);

#endif
